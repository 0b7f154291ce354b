//! The real send: the binary, a real Postfix, and the mailboxes of the people on the list.

use std::collections::BTreeMap;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};

use postrider::check::check;
use postrider::compose::{Message, PictureCache, Purpose, Reader};
use postrider::files::Project;
use postrider::model::mail::Mail;

use crate::postfix::{Certificate, Options, Postfix};
use crate::workspace::{NEWSLETTER, Workspace};

/// The messages that the workspace's issue is composed to, by recipient.
fn composed(workspace: &Workspace) -> BTreeMap<String, Message> {
    let project = Project::find(workspace.root()).expect("a project");
    let slug = project.issues().pop().expect("an issue");
    let checked = check(project.load(Some(&slug)), &PictureCache::default());
    let composer = checked.composer.expect("a sound issue");
    let compose = |subscriber| composer.compose(&Reader::Subscriber(subscriber), Purpose::Issue);
    checked.subscribers.written().iter().map(|subscriber| (subscriber.address.wire(), compose(subscriber))).collect()
}

/// A `[relay]` for `newsletter.toml`.
fn relay(port: u16, tls: &str, more: &str) -> String {
    format!("\n[relay]\nhost = \"127.0.0.1\"\nport = {port}\ntls = \"{tls}\"\nconnections = 3\n{more}")
}

fn with_relay(workspace: &Workspace, port: u16, tls: &str, more: &str) {
    workspace.write("newsletter.toml", NEWSLETTER.to_owned() + &relay(port, tls, more));
}

/// A login in a file that only its owner can read.
fn login(workspace: &Workspace, postfix: &Postfix, password: &str) -> String {
    workspace.write("password", password.to_owned() + "\n");
    std::fs::set_permissions(workspace.path("password"), std::fs::Permissions::from_mode(0o600)).expect("our own file");
    let ca_file = postfix.ca_file();
    format!("user = \"{}\"\npassword_file = \"password\"\nca_file = \"{}\"\n", postfix.user(), ca_file.display())
}

/// Holds every mailbox against what was composed: one message each, its parts the same once decoded.
fn assert_delivered(postfix: &Postfix, composed: &BTreeMap<String, Message>) {
    postfix.wait_until_delivered(composed.len());
    let mailboxes = postfix.mailboxes();
    assert_eq!(mailboxes.keys().collect::<Vec<_>>(), composed.keys().collect::<Vec<_>>(), "the recipients");
    for (address, messages) in &mailboxes {
        let [message] = messages.as_slice() else { panic!("{address} got {} copies", messages.len()) };
        let expected = &composed[address];
        let (got, sent) = (Mail::parse(message).expect("a message"), Mail::parse(&expected.bytes).expect("a message"));
        assert_eq!(got.subject, expected.subject, "{address}");
        assert_eq!(got.html, expected.html, "{address}");
        assert_eq!(got.text, expected.text, "{address}");
        assert_eq!(got.pictures, sent.pictures, "{address}");
        assert_eq!(got.message_id, expected.id, "{address}");
        assert_eq!((got.from, got.to), (sent.from, sent.to), "{address}");
    }
}

/// What Python's own mail library finds in a message: its subject, its text part and its HTML part.
fn read_by_python(message: &[u8]) -> (String, String, String) {
    const SCRIPT: &str = "import sys, json, email, email.policy\n\
        m = email.message_from_binary_file(sys.stdin.buffer, policy=email.policy.default)\n\
        assert not any(part.defects for part in m.walk()), 'defects'\n\
        part = lambda kind: m.get_body((kind,)).get_content()\n\
        print(json.dumps([m['subject'], part('plain'), part('html')]))";
    let mut python = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is not installed: run tests/run");
    python.stdin.take().expect("piped").write_all(message).expect("python reads");
    let output = python.wait_with_output().expect("python ends");
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).expect("JSON")
}

#[test]
fn the_sample_issue_reaches_every_mailbox_once_and_whole() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::sample();
    let newsletter = std::fs::read_to_string(workspace.path("newsletter.toml")).expect("the sample");
    workspace.write("newsletter.toml", newsletter.replace("port = 2525", &format!("port = {}", postfix.plain_port())));
    let composed = composed(&workspace);
    let people = composed.len().to_string();
    assert!(composed.len() >= 24, "dozens of people");

    let sent = workspace.run(&["send", "--expect-recipients", &people, "--json"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    let summary = sent.last_json();
    assert_eq!(summary["accepted"], composed.len());
    assert_eq!(summary["planned"], composed.len());
    assert_delivered(&postfix, &composed);

    let (address, messages) = postfix.mailboxes().pop_first().expect("a mailbox");
    let (subject, text, html) = read_by_python(&messages[0]);
    assert_eq!(subject, composed[&address].subject);
    assert_eq!(text.replace("\r\n", "\n"), composed[&address].text);
    assert_eq!(html.replace("\r\n", "\n"), composed[&address].html);

    let again = workspace.run(&["send", "--expect-recipients", &people, "--json"]);
    assert_eq!(again.code, Some(0), "{again:?}");
    assert_eq!(again.last_json()["accepted"], composed.len());
    postfix.wait_until_delivered(composed.len());
}

#[test]
fn somebody_new_on_the_list_is_the_only_one_sent_to_the_next_time() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    with_relay(&workspace, postfix.plain_port(), "none", "");
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"late@example.org\"\n");
    let sent = workspace.run(&["send", "--expect-recipients", "4"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert!(sent.stdout.contains("3 have it already"), "{sent:?}");
    assert_delivered(&postfix, &composed(&workspace));
}

#[test]
fn an_issue_changed_after_its_first_readers_have_it_is_not_sent_to_the_rest() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    with_relay(&workspace, postfix.plain_port(), "none", "");
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"late@example.org\"\n");
    workspace.append("issues/2023-q3/en.toml", "\n[[block]]\nkind = \"divider\"\n");
    let sent = workspace.run(&["send", "--expect-recipients", "4"]);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    assert!(sent.stderr.contains("changed since this issue went out"), "{sent:?}");
    postfix.wait_until_delivered(3);
}

#[test]
fn mail_goes_by_starttls_with_a_login() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    with_relay(&workspace, postfix.submission_port(), "starttls", &login(&workspace, &postfix, postfix.password()));
    let sent = workspace.run(&["send", "--expect-recipients", "3"]);
    assert_eq!(sent.code, Some(0), "{sent:?}");
    assert_delivered(&postfix, &composed(&workspace));
    assert!(postfix.log().contains("sasl_username="), "the server saw a login:\n{}", postfix.log());
}

#[test]
fn mail_goes_by_implicit_tls_with_a_password_from_the_environment() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    let ca_file = postfix.ca_file();
    let login = format!(
        "user = \"{}\"\npassword_env = \"POSTRIDER_TEST_PASSWORD\"\nca_file = \"{}\"\n",
        postfix.user(),
        ca_file.display()
    );
    with_relay(&workspace, postfix.implicit_port(), "implicit", &login);
    let unset = workspace.run(&["send", "--expect-recipients", "3"]);
    assert_eq!(unset.code, Some(1), "{unset:?}");
    assert!(unset.stderr.contains("POSTRIDER_TEST_PASSWORD, which is not set"), "{unset:?}");

    let mut command = workspace.command(&["send", "--expect-recipients", "3"]);
    let sent = command.env("POSTRIDER_TEST_PASSWORD", postfix.password()).output().expect("the binary runs");
    assert!(sent.status.success(), "{sent:?}");
    assert_delivered(&postfix, &composed(&workspace));
}

#[test]
fn a_wrong_password_stops_the_send_charges_nobody_and_is_shown_nowhere() {
    let postfix = Postfix::start(Options::default());
    for (port, tls) in [(postfix.submission_port(), "starttls"), (postfix.implicit_port(), "implicit")] {
        let workspace = Workspace::new();
        with_relay(&workspace, port, tls, &login(&workspace, &postfix, "wrong-and-secret"));
        let sent = workspace.run(&["send", "--expect-recipients", "3", "--json"]);
        assert_eq!(sent.code, Some(1), "{sent:?}");
        let summary = sent.last_json();
        assert_eq!(summary["pending"], 3, "{sent:?}");
        assert_eq!(summary["refused"], 0, "{sent:?}");
        assert!(summary["stopped"].as_str().is_some_and(|why| why.contains("refuses the login")), "{sent:?}");
        assert!(!format!("{sent:?}").contains("wrong-and-secret"), "{sent:?}");

        // With the right password the same command goes on.
        login(&workspace, &postfix, postfix.password());
        assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    }
    postfix.wait_until_delivered(6);
}

#[test]
fn a_certificate_that_nobody_vouches_for_or_for_another_name_stops_the_send() {
    let postfix = Postfix::start(Options { certificate: Certificate::WrongName, ..Options::default() });
    for (port, tls) in [(postfix.submission_port(), "starttls"), (postfix.implicit_port(), "implicit")] {
        let workspace = Workspace::new();
        let known = login(&workspace, &postfix, postfix.password());
        let unknown = known.lines().filter(|line| !line.starts_with("ca_file")).collect::<Vec<_>>().join("\n");
        for login in [known, unknown] {
            with_relay(&workspace, port, tls, &login);
            let sent = workspace.run(&["send", "--expect-recipients", "3", "--json"]);
            assert_eq!(sent.code, Some(1), "{sent:?}");
            assert_eq!(sent.last_json()["pending"], 3, "{sent:?}");
            assert!(sent.stdout.contains("no secure connection"), "{sent:?}");
        }
    }
    postfix.wait_until_delivered(0);
    assert!(!postfix.log().contains("sasl_username="), "a password went to a server that nobody vouches for");
}

#[test]
fn a_recipient_the_server_refuses_is_told_and_the_others_get_theirs() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    with_relay(&workspace, postfix.plain_port(), "none", "");
    let expected = composed(&workspace);
    workspace.append("subscribers.toml", "\n[[subscriber]]\nemail = \"nobody@nowhere.test\"\n");
    let sent = workspace.run(&["send", "--expect-recipients", "4", "--json"]);
    assert_eq!(sent.code, Some(1), "not everybody has it: {sent:?}");
    let summary = sent.last_json();
    assert_eq!((&summary["accepted"], &summary["refused"]), (&3.into(), &1.into()), "{sent:?}");
    assert!(sent.stdout.contains("nobody@nowhere.test"), "{sent:?}");
    assert_delivered(&postfix, &expected);
}

#[test]
fn a_server_that_is_down_costs_nobody_anything() {
    let free = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = free.local_addr().expect("its address").port();
    drop(free);
    let workspace = Workspace::new();
    with_relay(&workspace, port, "none", "");
    let sent = workspace.run(&["send", "--expect-recipients", "3", "--json"]);
    assert_eq!(sent.code, Some(1), "{sent:?}");
    let summary = sent.last_json();
    assert_eq!(summary["pending"], 3, "{sent:?}");
    assert!(summary["stopped"].as_str().is_some_and(|why| why.contains("no connection to 127.0.0.1")), "{sent:?}");

    let postfix = Postfix::start(Options::default());
    with_relay(&workspace, postfix.plain_port(), "none", "");
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    assert_delivered(&postfix, &composed(&workspace));
}

#[test]
fn a_test_goes_to_the_named_addresses_only_and_says_that_it_is_one() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    with_relay(&workspace, postfix.plain_port(), "none", "");
    let issue = composed(&workspace);
    for round in 1..=2 {
        let sent = workspace.run(&["test", "--to", "ANA@example.org", "guest@example.net"]);
        assert_eq!(sent.code, Some(0), "{sent:?}");
        postfix.wait_until_delivered(2 * round);
    }
    let mailboxes = postfix.mailboxes();
    assert_eq!(mailboxes.keys().collect::<Vec<_>>(), ["ana@example.org", "guest@example.net"]);
    let ana = Mail::parse(&postfix.mailbox("ana@example.org")[0]).expect("a message");
    assert_eq!(ana.subject, "[TEST] The subject for Ana");
    assert_ne!(ana.message_id, issue["ana@example.org"].id, "a test is not taken for the issue");
    let guest = Mail::parse(&mailboxes["guest@example.net"][0]).expect("a message");
    assert_eq!(guest.subject, "[TEST] The subject for colleague");
    assert_eq!(guest.to, [(String::new(), "guest@example.net".to_owned())]);

    // Who got a test still gets the issue.
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    postfix.wait_until_delivered(7);
}

#[test]
fn what_was_sent_is_kept_for_its_owner_alone() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    with_relay(&workspace, postfix.plain_port(), "none", "");
    assert_eq!(workspace.run(&["send", "--expect-recipients", "3"]).code, Some(0));
    let mode = |name: &str| std::fs::metadata(workspace.path(name)).expect("it is there").permissions().mode() & 0o777;
    assert_eq!(mode(".postrider"), 0o700);
    for entry in std::fs::read_dir(workspace.path(".postrider")).expect("a folder").flatten() {
        let name = entry.file_name().into_string().expect("a plain name");
        assert_eq!(mode(&format!(".postrider/{name}")) & 0o077, 0, "{name}");
    }
}

#[test]
fn a_relay_that_takes_mail_for_nobody_charges_nobody() {
    let postfix = Postfix::start(Options { settings: &[("smtpd_recipient_restrictions", "reject")], ..Options::default() });
    for more in ["", "\n[[subscriber]]\nemail = \"a@example.org\"\n\n[[subscriber]]\nemail = \"b@example.org\"\n"] {
        let workspace = Workspace::new();
        with_relay(&workspace, postfix.plain_port(), "none", "");
        workspace.append("subscribers.toml", more);
        let people = composed(&workspace).len();
        let sent = workspace.run(&["send", "--expect-recipients", &people.to_string(), "--json"]);
        assert_eq!(sent.code, Some(1), "{sent:?}");
        assert_eq!(sent.last_json()["pending"], people, "{sent:?}");
        assert!(sent.last_json()["stopped"].as_str().is_some_and(|why| why.contains("refuses by its policy")), "{sent:?}");
    }
}
