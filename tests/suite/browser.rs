//! The desk in a real browser: Chromium from Debian, driven as a person would.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use fantoccini::wd::TimeoutConfiguration;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;

use postrider::model::mail::Mail;

use crate::postfix::{Options, Postfix};
use crate::preview::Served;
use crate::relay::Relay;
use crate::workspace::{EDITION, NEWSLETTER, Workspace};

/// Far more than any page takes on a busy machine: only a failing test waits this long.
const DEADLINE: Duration = Duration::from_mins(1);
const EN: &str = "issues/2023-q3/en.toml";

/// A browser with a profile of its own; dropping it ends every process of it.
struct Browser {
    client: Client,
    // Dropped after the client, in this order: the driver, which ends the browser, before the browser's folder.
    _driver: Driver,
    _profile: TempDir,
}

struct Driver {
    process: Child,
    port: u16,
}

impl Driver {
    /// Starts a driver at a free port. It takes one for IPv4 and asks for the same one for IPv6, which somebody may have: then it
    /// ends, and another is started.
    fn start() -> Self {
        let mut said = String::new();
        for _ in 0..5 {
            let started = Command::new("chromedriver").arg("--port=0").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
            let mut process = started.unwrap_or_else(|error| {
                panic!("chromedriver does not start ({error}): install Debian's chromium and chromium-driver, or run tests/run")
            });
            said.clear();
            for line in BufReader::new(process.stdout.take().expect("its output is ours")).lines().map_while(Result::ok) {
                if let Some((_, port)) = line.split_once("started successfully on port ") {
                    let port = port.trim_end_matches('.').parse().expect("a port");
                    return Self { process, port };
                }
                said.push_str(&line);
            }
            process.wait().expect("it ended");
        }
        panic!("chromedriver found no port: {said}");
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        // It ends its browsers before itself, which no signal makes it do.
        if let Ok(mut stream) = TcpStream::connect(("127.0.0.1", self.port)) {
            let _ = write!(stream, "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
            let _ = stream.set_read_timeout(Some(DEADLINE)).and_then(|()| stream.read_to_end(&mut Vec::new()).map(drop));
        } else {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

impl Browser {
    async fn open(served: &Served) -> Self {
        let driver = Driver::start();
        let profile = tempfile::tempdir().expect("a temporary folder");
        let folder = format!("--user-data-dir={}", profile.path().display());
        let arguments = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--disable-dev-shm-usage",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
            &folder,
        ];
        let Value::Object(capabilities) = json!({ "goog:chromeOptions": { "args": arguments } }) else { unreachable!() };
        let address = format!("http://127.0.0.1:{}", driver.port);
        let client = ClientBuilder::new(HttpConnector::new()).capabilities(capabilities).connect(&address).await;
        let client = client.unwrap_or_else(|error| {
            panic!("Chromium does not start ({error}): install Debian's chromium and chromium-driver, or run tests/run")
        });
        let timeouts = TimeoutConfiguration::new(Some(DEADLINE), Some(DEADLINE), None);
        client.update_timeouts(timeouts).await.expect("deadlines");
        client.goto(&served.url("/")).await.expect("the page loads");
        Self { client, _driver: driver, _profile: profile }
    }

    /// Waits until a JavaScript expression holds in the page. `mail` is the document in the frame, if there is one.
    async fn until(&self, expression: &str) {
        let script = format!(
            "const done = arguments[0];
             const look = () => {{
                 const mail = document.querySelector('iframe')?.contentDocument;
                 let holds = false;
                 try {{ holds = Boolean({expression}); }} catch {{ }}
                 holds ? done() : setTimeout(look, 10);
             }};
             look();"
        );
        if let Err(error) = self.client.execute_async(&script, Vec::new()).await {
            let page = self.client.source().await.unwrap_or_default();
            panic!("{expression} never held ({error}): {page}");
        }
    }

    async fn value(&self, expression: &str) -> Value {
        let script = format!("const mail = document.querySelector('iframe')?.contentDocument; return {expression};");
        self.client.execute(&script, Vec::new()).await.expect("a script runs")
    }

    async fn press(&self, link: &str) {
        let late = Instant::now() + DEADLINE;
        loop {
            let found = self.client.find(Locator::LinkText(link)).await.expect("a link");
            match found.click().await {
                Ok(()) => return,
                // The page was exchanged between the two: a person presses the one that is there now.
                Err(error) if error.is_stale_element_reference() && Instant::now() < late => {}
                Err(error) => panic!("{link} cannot be pressed: {error}"),
            }
        }
    }
}

/// Runs a test in the browser, opened at the desk of a project.
fn at_the_desk(workspace: &Workspace, test: impl AsyncFnOnce(&Browser)) {
    let served = Served::desk(workspace.root());
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().expect("a runtime");
    runtime.block_on(async {
        let browser = Browser::open(&served).await;
        test(&browser).await;
    });
}

/// An edition long enough to scroll in.
fn edition(headline: &str) -> String {
    let body = "A paragraph.\n\n".repeat(60);
    EDITION.replace("\"The lead\"", &format!("\"{headline}\"")).replace("Dear", &format!("{body}Dear"))
}

#[test]
fn the_page_follows_the_file_and_keeps_its_place() {
    let workspace = Workspace::new();
    workspace.write(EN, edition("First headline"));
    at_the_desk(&workspace, async |browser| {
        browser.until("document.querySelector('#live').textContent === 'Live'").await;
        browser.until("mail.body.textContent.includes('First headline')").await;
        browser.press("Phone").await;
        browser.until("document.querySelector('.screen').className === 'screen phone'").await;
        browser.until("(mail.defaultView.scrollTo(0, 321), mail.defaultView.scrollY === 321)").await;

        workspace.write(EN, edition("Second headline"));
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('Second headline')").await;
        browser.until("mail.defaultView.scrollY === 321").await;
        assert_eq!(browser.value("document.querySelector('.screen').className").await, "screen phone");
        assert_eq!(browser.value("location.search").await, "?width=phone");

        workspace.write(EN, edition("Third headline").replace("period =", "perriod ="));
        browser.until("document.querySelector('#mistakes h2').textContent === '1 mistake to mend'").await;
        browser.until("document.querySelector('.finding mark').textContent === 'perriod'").await;
        // The last good mail is still there, behind it.
        assert_eq!(browser.value("mail.body.textContent.includes('Second headline')").await, true);

        workspace.write(EN, edition("Third headline"));
        browser.until("mail.body.textContent.includes('Third headline')").await;
        assert_eq!(browser.value("document.querySelector('.screen').className").await, "screen phone");
    });
}

#[test]
fn the_mail_is_seen_in_other_colours_and_drawn_to_any_width() {
    let workspace = Workspace::new();
    at_the_desk(&workspace, async |browser| {
        let is_dark = "getComputedStyle(mail.querySelector('.p')).backgroundColor === 'rgb(0, 0, 0)'";
        browser.until(&format!("mail.readyState === 'complete' && !({is_dark})")).await;
        browser.press("Gmail dark").await;
        browser.until(&format!("mail.readyState === 'complete' && {is_dark}")).await;
        browser.press("Phone").await;
        browser.until("document.querySelector('.screen').clientWidth === 377").await;
        // The corner that is drawn lies outside of the frame, which would swallow the pointer, and is to be seen.
        let corner = "(() => {
            const box = document.querySelector('.screen').getBoundingClientRect();
            return document.elementFromPoint(box.right - 6, box.bottom - 6)?.className;
        })()";
        assert_eq!(browser.value(corner).await, "screen phone");
        assert_eq!(browser.value("getComputedStyle(document.querySelector('.screen')).resize").await, "horizontal");
        browser.value("document.querySelector('.screen').style.width = '5000px'").await;
        let beyond = "document.querySelector('#pane').scrollWidth - document.querySelector('#pane').clientWidth";
        assert_eq!(browser.value(beyond).await, 0);
        browser.press("Plain text").await;
        browser.press("Phone").await;
        browser.until("document.querySelector('.plain.phone p').textContent.length > 0").await;
    });
}

#[test]
fn a_reader_is_found_by_typing_and_chosen_by_a_click() {
    let workspace = Workspace::new();
    at_the_desk(&workspace, async |browser| {
        browser.until("mail.body.textContent.includes('Dear colleague')").await;
        let search = browser.client.find(Locator::Id("search")).await.expect("the search");
        search.send_keys("silva").await.expect("typing");
        browser.until("document.querySelectorAll('.people li').length === 2").await;
        assert_eq!(browser.value("document.activeElement.id + document.activeElement.value").await, "searchsilva");
        let person = browser.client.find(Locator::Css(".people li:last-child a")).await.expect("the person");
        person.click().await.expect("it can be pressed");
        browser.until("mail.body.textContent.includes('Dear Ana')").await;
        assert_eq!(browser.value("document.querySelector('h1').textContent").await, "The subject for Ana");

        browser.client.back().await.expect("back");
        browser.until("mail.body.textContent.includes('Dear colleague')").await;
    });
}

#[test]
fn no_save_is_lost_between_a_reload_and_its_connection() {
    let workspace = Workspace::new();
    at_the_desk(&workspace, async |browser| {
        for round in 0..12 {
            // The page is being loaded while the file is saved: before, between or after its parts, as it happens.
            let reload = browser.client.refresh();
            workspace.write(EN, edition(&format!("Headline {round}.")));
            reload.await.expect("a reload");
            browser.until(&format!("mail.body.textContent.includes('Headline {round}.')")).await;
        }
    });
}

#[test]
fn no_text_of_a_file_runs() {
    let evil = "<img src=x onerror=top.ran=1><script>top.ran=1</script>";
    let workspace = Workspace::new();
    workspace.write(EN, EDITION.replace("\"The lead\"", &format!("\"{evil}\"")).replace("The subject", evil));
    at_the_desk(&workspace, async |browser| {
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('top.ran')").await;
        // Even what stood in the mail as markup would not run: this is the frame's seal, not the escaping.
        browser.value("mail.body.appendChild(mail.createElement('script')).textContent = 'top.ran = 1'").await;
        browser.value("mail.body.appendChild(mail.createElement('a')).setAttribute('href', 'javascript:top.ran=1')").await;
        browser.value("mail.body.lastChild.click()").await;
        assert_eq!(browser.value("window.ran ?? null").await, Value::Null);
        workspace.write(EN, EDITION.replace("period", &format!("\"{evil}\"")));
        browser.until("document.querySelector('.finding')?.textContent.includes('top.ran')").await;
        assert_eq!(browser.value("window.ran ?? null").await, Value::Null);
    });
}

/// Presses a button by what it says.
async fn press_button(browser: &Browser, words: &str) {
    let button = browser.client.find(Locator::XPath(&format!("//button[normalize-space()='{words}']"))).await.expect(words);
    button.click().await.expect("it can be pressed");
}

async fn fill(browser: &Browser, id: &str, words: &str) {
    let field = browser.client.find(Locator::Id(id)).await.expect(id);
    field.clear().await.expect("a field");
    field.send_keys(words).await.expect("typing");
}

/// Goes to a page of the office by the way in the bar.
async fn go(browser: &Browser, name: &str) {
    browser.press(name).await;
    browser.until(&format!("document.querySelector('.ways [aria-current]').textContent === '{name}'")).await;
}

#[test]
fn a_test_a_rehearsal_an_approval_and_a_send_are_done_in_the_browser_and_arrive() {
    let postfix = Postfix::start(Options::default());
    let workspace = Workspace::new();
    let relay = format!("\n[relay]\nhost = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n", postfix.plain_port());
    workspace.write("newsletter.toml", format!("approval = \"required\"\n{NEWSLETTER}{relay}"));
    at_the_desk(&workspace, async |browser| {
        go(browser, "Test").await;
        fill(browser, "to", "ana@example.org guest@example.net").await;
        press_button(browser, "Send the test").await;
        browser.until("document.querySelector('.words')?.textContent.includes('2 accepted of 2')").await;
        postfix.wait_until_delivered(2);
        assert_eq!(postfix.mailbox("guest@example.net").len(), 1);

        go(browser, "Rehearse").await;
        press_button(browser, "Rehearse").await;
        browser.until("document.querySelector('.words')?.textContent.includes('3 messages checked')").await;
        browser.press("Open the mail that came").await;
        browser.until("document.querySelectorAll('.messages li').length === 3").await;
        let first = browser.client.find(Locator::XPath("//li[contains(., 'ana@example.org')]/a")).await.expect("Ana's");
        first.click().await.expect("it can be pressed");
        browser.until("mail.body.textContent.includes('Dear Ana')").await;

        go(browser, "Approve").await;
        fill(browser, "name", "Mina").await;
        press_button(browser, "Approve exactly this").await;
        browser.until("document.querySelector('h1').textContent === 'Approved'").await;
        browser.press("Go on to the send").await;
        browser.until("document.querySelector('#typed')").await;
        fill(browser, "typed", "Test Quarterly 4").await;
        press_button(browser, "Send to 3 people").await;
        browser.until("document.querySelector('[role=alert]')?.textContent.includes('nothing was sent')").await;
        fill(browser, "typed", "Test Quarterly 3").await;
        press_button(browser, "Send to 3 people").await;
        browser.until("document.querySelector('.words')?.textContent.includes('3 accepted of 3')").await;
        // The page of a deed is an address like any other: reloaded, it is there again.
        browser.client.refresh().await.expect("a reload");
        browser.until("document.querySelector('.words')?.textContent.includes('3 accepted of 3')").await;
        go(browser, "History").await;
        browser.until("document.querySelector('.runs').textContent.includes('3 of 3 accepted')").await;
    });
    postfix.wait_until_delivered(5);
    for address in ["ana@example.org", "nameless+news@example.com"] {
        let subject = |message: &[u8]| Mail::parse(message).expect("a message").subject;
        let issues = postfix.mailbox(address).iter().filter(|message| !subject(message).starts_with("[TEST]")).count();
        assert_eq!(issues, 1, "{address}");
    }
}

#[test]
fn a_send_is_paused_and_goes_on_in_the_browser_over_reloads() {
    let (workspace, relay) = (Workspace::new(), Relay::start());
    relay.serve(&workspace, "");
    workspace.append(
        "subscribers.toml",
        "\n[[subscriber]]\nemail = \"slow@example.org\"\n\n[[subscriber]]\nemail = \"last@example.org\"\n",
    );
    at_the_desk(&workspace, async |browser| {
        go(browser, "Send").await;
        fill(browser, "typed", "Test Quarterly 5").await;
        press_button(browser, "Send to 5 people").await;
        let answer = relay.held();
        browser.until("document.title.startsWith('60 %')").await;
        browser.client.refresh().await.expect("a reload");
        browser.until("document.title.startsWith('60 %')").await;
        press_button(browser, "Pause").await;
        browser.until("document.querySelector('#course').textContent.includes('Stopping')").await;
        drop(answer);
        browser.until("document.querySelector('.words')?.textContent.includes('4 accepted, 1 not yet sent of 5')").await;
        press_button(browser, "Go on").await;
        browser.until("document.querySelector('.words')?.textContent.includes('5 accepted of 5')").await;
    });
    assert_eq!(relay.taken().len(), 5, "each once");
}

/// A block with something to find, below the long lead.
const BUTTON: &str = "\n[[block]]\nkind = \"button\"\ntext = \"Click here\"\nurl = \"https://example.org/\"\n";

#[test]
fn a_check_that_is_pressed_shows_its_block_and_its_lines() {
    let workspace = Workspace::new();
    workspace.write(EN, edition("First headline") + BUTTON);
    workspace.write("issues/2023-q3/bn.toml", edition("Bangla headline") + BUTTON);
    at_the_desk(&workspace, async |browser| {
        let is_seen = "(button => button.top >= 0 && button.bottom <= mail.defaultView.innerHeight)\
                       ([...mail.links].find(link => link.textContent.includes('Click here')).getBoundingClientRect())";
        let check = |file: &str| {
            format!(
                "[...document.querySelectorAll('#checks .finding')].find(one => one.textContent.includes('Click here') && one.querySelector('.edit').href.includes('{file}'))"
            )
        };
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('First headline')").await;
        assert_eq!(browser.value(is_seen).await, false, "it is far below");
        browser.value(&format!("{}.querySelector('summary').click()", check("en.toml"))).await;
        browser.until(is_seen).await;
        browser.until(&format!("{}.open", check("en.toml"))).await;
        assert_eq!(
            browser.value(&format!("{}.querySelector('mark').textContent", check("en.toml"))).await,
            "\"https://example.org/\""
        );
        assert_eq!(browser.value("location.search").await, "");

        // One of the other edition brings that edition, and its block.
        browser.value("mail.defaultView.scrollTo(0, 0)").await;
        browser.value(&format!("{}.querySelector('summary').click()", check("bn.toml"))).await;
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('Bangla headline')").await;
        browser.until(is_seen).await;
        assert_eq!(browser.value("location.search").await, "?edition=bn");
        assert_eq!(browser.value(&format!("{}.open && {}.open", check("bn.toml"), check("en.toml"))).await, true);

        // From another pane the way leads to the mail.
        browser.press("Plain text").await;
        browser.until("document.querySelector('#pane.text')").await;
        browser.value(&format!("{}.querySelector('a.shown').click()", check("bn.toml"))).await;
        browser.until(&format!("mail.readyState === 'complete' && {is_seen}")).await;
    });
}

#[test]
fn keys_go_from_pane_to_pane_and_from_check_to_check_but_not_while_somebody_types() {
    let workspace = Workspace::new();
    workspace.write(EN, edition("First headline") + BUTTON);
    workspace.write("issues/2023-q3/bn.toml", edition("Bangla headline") + BUTTON);
    at_the_desk(&workspace, async |browser| {
        let press =
            async |keys: &str| browser.client.active_element().await.expect("a focus").send_keys(keys).await.expect("keys");
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('First headline')").await;
        press("2").await;
        browser.until("document.querySelector('#panes [aria-current]').textContent === 'Plain text'").await;
        press("1").await;
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('First headline')").await;
        let width = browser.value("document.querySelector('.screen').className").await;
        press("w").await;
        browser.until(&format!("document.querySelector('.screen').className !== {width}")).await;
        press("e").await;
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('Bangla headline')").await;
        press("j").await;
        browser.until("document.querySelectorAll('#checks .finding')[0].open").await;
        press("j").await;
        browser.until("document.querySelectorAll('#checks .finding')[1].open").await;
        assert_eq!(browser.value("document.querySelectorAll('#checks .finding[open]').length").await, 1);
        press("k").await;
        browser.until("document.querySelectorAll('#checks .finding')[0].open").await;
        press("?").await;
        browser.until("document.querySelector('#keys').open").await;
        press("\u{E00C}").await;
        browser.until("!document.querySelector('#keys').open").await;

        // In a field a key is a letter.
        press("/").await;
        browser.until("document.activeElement.id === 'search'").await;
        press("2e?").await;
        browser.until("document.querySelector('#search').value === '2e?' && location.search.includes('search=2e')").await;
        assert_eq!(browser.value("document.querySelector('#keys').open || !document.querySelector('#pane.mail')").await, false);
        press("\u{E00C}").await;
        browser.until("document.activeElement.id !== 'search'").await;
        // In the mail it is a key of the page.
        browser
            .value("mail.body.setAttribute('tabindex', '0') ?? (document.querySelector('iframe').focus(), mail.body.focus())")
            .await;
        browser.value("mail.body.dispatchEvent(new KeyboardEvent('keydown', { key: '2', bubbles: true }))").await;
        browser.until("document.querySelector('#pane.text')").await;
        browser
            .value("document.body.dispatchEvent(new KeyboardEvent('keydown', { key: '1', ctrlKey: true, bubbles: true }))")
            .await;
        press("3").await;
        browser.until("document.querySelector('#pane.inbox')").await;
    });
}

#[test]
fn what_is_unfolded_stays_unfolded_over_a_save_and_over_a_mistake_and_its_cure() {
    let workspace = Workspace::new();
    workspace.write(EN, edition("First headline") + BUTTON);
    at_the_desk(&workspace, async |browser| {
        browser.until("document.querySelector('#live').textContent === 'Live'").await;
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('First headline')").await;
        browser.value("document.querySelectorAll('#weight > summary, #family-gmail > summary, #checks summary').forEach(one => one.click())").await;
        let person = browser.client.find(Locator::Css("a[href*='ana%40example.org']")).await.expect("the person");
        person.click().await.expect("it can be pressed");
        browser.until("document.querySelector('h1').textContent === 'The subject for Ana'").await;
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('Dear Ana')").await;
        browser.until("(mail.defaultView.scrollTo(0, 123), mail.defaultView.scrollY === 123)").await;
        let is_kept = "document.querySelector('#weight').open && document.querySelector('#family-gmail').open \
                       && !document.querySelector('#contrast').open \
                       && document.querySelector('.people [aria-current]').textContent.includes('Ana') && mail.defaultView.scrollY === 123";
        // One line more: everything below moves.
        workspace.write(EN, edition("Second headline").replace("period =", "# A note.\nperiod =") + BUTTON);
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('Second headline')").await;
        browser.until(is_kept).await;
        browser.until("document.querySelector('#checks .finding').open").await;

        // While there is a mistake, nothing else is said of the file.
        workspace.write(EN, edition("Third headline").replace("period =", "perriod =") + BUTTON);
        browser.until("document.querySelector('#mistakes h2').textContent === '1 mistake to mend'").await;
        assert_eq!(browser.value("mail.body.textContent.includes('Second headline')").await, true);
        browser.until(is_kept).await;
        workspace.write(EN, edition("Third headline") + BUTTON);
        browser.until("mail.readyState === 'complete' && mail.body.textContent.includes('Third headline')").await;
        browser.until(&format!("!document.querySelector('#mistakes h2') && {is_kept}")).await;
        browser.until("document.querySelector('#checks .finding').open").await;
    });
}
