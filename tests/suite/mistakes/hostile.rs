//! Whatever lies in a file's place: a clear answer, exit code 1, no panic, no waiting.

use std::fs::{self, File};
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::process::Command;
use std::sync::LazyLock;

use postrider::check;
use postrider::compose::PictureCache;
use postrider::files::Project;
use proptest::prelude::*;

use super::{EDITION_FILE, check, errors, found, replace};
use crate::workspace::{Ran, Workspace};

const FILES: [&str; 3] = ["newsletter.toml", "subscribers.toml", EDITION_FILE];
const PICTURE: &str = "issues/2023-q3/pictures/river.jpg";

/// A project in which one file is replaced by something else.
fn instead_of(file: &str, place: impl FnOnce(&Workspace)) -> Workspace {
    let workspace = Workspace::new();
    let _ = fs::remove_file(workspace.path(file));
    place(&workspace);
    workspace
}

fn pipe(workspace: &Workspace, file: &str) {
    let made = Command::new("mkfifo").arg(workspace.path(file)).status().expect("mkfifo");
    assert!(made.success());
}

#[test]
fn whatever_stands_in_a_files_place_is_named() {
    for file in FILES {
        let folder = instead_of(file, |workspace| fs::create_dir(workspace.path(file)).expect("a folder"));
        assert_eq!(errors(&folder), [format!("{file}:-:- not-a-file")]);
        let pipe = instead_of(file, |workspace| pipe(workspace, file));
        assert_eq!(errors(&pipe), [format!("{file}:-:- not-a-file")]);
        let outside = instead_of(file, |workspace| symlink("/etc/hostname", workspace.path(file)).expect("a link"));
        assert_eq!(errors(&outside), [format!("{file}:-:- path-outside")]);
        let device = instead_of(file, |workspace| symlink("/dev/zero", workspace.path(file)).expect("a link"));
        assert_eq!(errors(&device), [format!("{file}:-:- path-outside")]);
        let dangling = instead_of(file, |workspace| symlink("nowhere", workspace.path(file)).expect("a link"));
        assert_eq!(errors(&dangling), [format!("{file}:-:- missing-file")]);
        let circle = instead_of(file, |workspace| symlink(workspace.path(file), workspace.path(file)).expect("a link"));
        assert_eq!(errors(&circle), [format!("{file}:-:- unreadable-file")]);
    }
}

#[test]
fn a_link_within_the_project_is_followed() {
    for file in FILES {
        let workspace = Workspace::new();
        fs::rename(workspace.path(file), workspace.path("elsewhere")).expect("moved");
        symlink(workspace.path("elsewhere"), workspace.path(file)).expect("a link");
        assert_eq!(found(&workspace), [""; 0], "{file}");
    }
}

#[test]
fn a_file_that_may_not_be_read_is_named() {
    for file in FILES {
        let workspace = Workspace::new();
        let path = workspace.path(file);
        fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).expect("permissions");
        let own = workspace.command(&["check", "--format", "json"]);
        let mut command = if fs::metadata(&path).expect("metadata").uid() == 0 {
            // Root reads everything, unless it lays down the right to.
            let mut command = Command::new("setpriv");
            command.arg("--bounding-set=-dac_override,-dac_read_search").arg(own.get_program()).args(own.get_args());
            command.current_dir(workspace.root());
            command
        } else {
            own
        };
        let ran = Ran::from(command.output().expect("it runs"));
        assert_eq!(ran.code, Some(1), "{ran:?}");
        assert!(ran.stdout.contains("\"rule\":\"unreadable-file\"") && ran.stdout.contains("may not be read"), "{ran:?}");
    }
}

#[test]
fn a_file_of_50_megabytes_is_answered() {
    for file in ["newsletter.toml", EDITION_FILE] {
        let workspace = instead_of(file, |workspace| {
            File::create(workspace.path(file)).and_then(|file| file.set_len(50 << 20)).expect("a large file");
        });
        assert_eq!(found(&workspace), [format!("{file}:-:- too-large")]);
    }
    // A list may be so large; what is no TOML in it is told once.
    let workspace = Workspace::new();
    workspace.append("subscribers.toml", &format!("#{}\nthis is no TOML\n", "-".repeat(50 << 20)));
    assert_eq!(found(&workspace), ["subscribers.toml:16:6 syntax"]);
}

#[test]
fn octets_that_are_no_utf8_have_a_line_and_a_column() {
    for file in FILES {
        let workspace = Workspace::new();
        let mut content = b"# \xef\xbb\xbf\n# \xe0\xa6\xac\xe0\xa6\xbe \xff\xfe\n".to_vec();
        content.extend(fs::read(workspace.path(file)).expect("a file"));
        workspace.write(file, content);
        assert_eq!(errors(&workspace), [format!("{file}:2:6 not-utf8")]);
    }
}

#[test]
fn a_byte_order_mark_and_crlf_are_no_mistakes() {
    let workspace = Workspace::new();
    for file in FILES {
        let text = fs::read_to_string(workspace.path(file)).expect("a text");
        workspace.write(file, format!("\u{feff}{}", text.replace('\n', "\r\n")));
    }
    assert_eq!(found(&workspace), [""; 0]);
    // Nor do they move a mistake.
    replace(&workspace, "newsletter.toml", "name = \"Test", "nmae = \"Test");
    replace(&workspace, EDITION_FILE, "date = 2023-09-30", "date = 3");
    let expected = ["issues/2023-q3/en.toml:5:8 bad-date", "newsletter.toml:-:- missing-key", "newsletter.toml:1:1 unknown-key"];
    assert_eq!(found(&workspace), expected);
}

#[test]
fn an_empty_file_says_what_it_lacks() {
    for (file, expected) in FILES.into_iter().zip([4, 1, 4]) {
        let workspace = Workspace::new();
        workspace.write(file, "");
        let found = found(&workspace);
        assert_eq!(found.len(), expected, "{found:?}");
        assert!(found.iter().all(|line| line.starts_with(&format!("{file}:-:- "))), "{found:?}");
    }
}

/// A chunk of a PNG, with the checksum of its specification's annex D.
fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a small chunk");
    let body = [name.as_slice(), content].concat();
    let checksum = !body.iter().fold(u32::MAX, |sum, octet| {
        (0..8).fold(sum ^ u32::from(*octet), |sum, _| if sum & 1 == 1 { 0xEDB8_8320 ^ (sum >> 1) } else { sum >> 1 })
    });
    [length.to_be_bytes().as_slice(), &body, &checksum.to_be_bytes()].concat()
}

/// A PNG of a few octets whose header claims a size.
fn png(width: u32, height: u32) -> Vec<u8> {
    let header = [width.to_be_bytes().as_slice(), &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    [b"\x89PNG\r\n\x1a\n".as_slice(), &chunk(*b"IHDR", &header), &chunk(*b"IDAT", &[0x78, 0x01]), &chunk(*b"IEND", &[])].concat()
}

#[test]
fn a_picture_that_is_none_is_named_where_it_is_used() {
    let sample = Workspace::sample();
    let dialogue = fs::read(sample.path("issues/2023-q3/pictures/dialogue.jpg")).expect("a picture");
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("bad-picture", b"This is a text.".to_vec(), "neither JPEG nor PNG nor WebP"),
        ("bad-picture", Vec::new(), "it is empty"),
        ("bad-picture", dialogue[..dialogue.len() / 2].to_vec(), "its end is missing"),
        ("bad-picture", dialogue[..200].to_vec(), "its end is missing"),
        ("bad-picture", png(60_000, 60_000), "60000 × 60000"),
        ("too-large", vec![0; 50 << 20], "50 MB"),
    ];
    for (rule, content, words) in cases {
        let workspace = with_picture(|workspace| workspace.write(PICTURE, content));
        let ran = check(&workspace, &[]);
        assert!(ran.stdout.contains(words), "{words}: {}", ran.stdout);
        assert!(errors(&workspace).contains(&format!("{EDITION_FILE}:10:20 {rule}")), "{}", ran.stdout);
    }
    let whole = with_picture(|workspace| workspace.write(PICTURE, &dialogue));
    assert_eq!(found(&whole), [""; 0]);
}

fn with_picture(place: impl FnOnce(&Workspace)) -> Workspace {
    let workspace = Workspace::new();
    let picture = "title = \"The lead\"\npicture = { file = \"pictures/river.jpg\", alt = \"A river\" }";
    replace(&workspace, EDITION_FILE, "title = \"The lead\"", picture);
    fs::create_dir_all(workspace.path(PICTURE).parent().expect("a folder")).expect("folders");
    place(&workspace);
    workspace
}

/// Puts something where a file is expected.
type Damage = fn(&Workspace);

#[test]
fn whatever_stands_in_a_pictures_place_is_named_where_it_is_used() {
    let cases: [(&str, Damage); 5] = [
        ("not-a-file", |workspace| fs::create_dir(workspace.path(PICTURE)).expect("a folder")),
        ("not-a-file", |workspace| pipe(workspace, PICTURE)),
        ("path-outside", |workspace| symlink("/etc/hostname", workspace.path(PICTURE)).expect("a link")),
        ("missing-picture", |workspace| symlink("nowhere", workspace.path(PICTURE)).expect("a link")),
        ("missing-picture", |_| {}),
    ];
    for (rule, place) in cases {
        assert_eq!(errors(&with_picture(place)), [format!("{EDITION_FILE}:10:20 {rule}")]);
    }
}

/// Every character that must not stand in a header or in a line of text, as TOML escapes it.
const FORBIDDEN: [&str; 14] = [
    "\\r",
    "\\n",
    "\\r\\n",
    "\\u0000",
    "\\t",
    "\\b",
    "\\u001B",
    "\\u007F",
    "\\u0085",
    "\\u009F",
    "\\u2028",
    "\\u2029",
    "\\uFFFE",
    "\\U0010FFFF",
];

#[test]
fn controls_are_refused_in_every_name_and_header_with_their_line() {
    for control in FORBIDDEN {
        let workspace = Workspace::new();
        workspace.write(
            "newsletter.toml",
            format!(
                "name = \"A{control}\"\nlanguages = [\"en\", \"bn\"]\ngroups = [\"members\", \"donors\", \"x{control}\"]\n\
                 sender = {{ name = \"A{control}\", email = \"a{control}@example.org\" }}\n\
                 list = {{ id = \"a.b{control}\", unsubscribe = \"a@example.org{control}\" }}\n"
            ),
        );
        workspace.write(
            "subscribers.toml",
            format!(
                "[[subscriber]]\nemail = \"a@example.org{control}\"\nname = \"A{control}\"\nlanguage = \"en{control}\"\n\
                 groups = [\"members{control}\"]\nfirst_name = \"A{control}\"\n"
            ),
        );
        replace(&workspace, EDITION_FILE, "The subject", &format!("A{control}"));
        replace(&workspace, EDITION_FILE, "The preheader", &format!("A{control}"));
        let expected = [
            "issues/2023-q3/en.toml:1:13",
            "issues/2023-q3/en.toml:2:15",
            "newsletter.toml:1:10",
            "newsletter.toml:3:34",
            "newsletter.toml:4:21",
            // The second of a line stands further right by what the first takes.
            &format!("newsletter.toml:4:{}", 34 + control.len()),
            "newsletter.toml:5:19",
            &format!("newsletter.toml:5:{}", 50 + control.len()),
            "subscribers.toml:2:23",
            "subscribers.toml:3:10",
            "subscribers.toml:4:15",
            "subscribers.toml:5:19",
            "subscribers.toml:6:16",
        ];
        let expected = expected.map(|place| format!("{place} control-character"));
        assert_eq!(found(&workspace), expected, "{control}");
    }
}

#[test]
fn controls_are_refused_in_every_line_of_a_block() {
    for control in ["\\r", "\\u0000", "\\u001B", "\\u2028"] {
        let workspace = Workspace::new();
        let block = format!(
            "\n[[block]]\nkind = \"article\"\ntitle = \"A{control}\"\nkicker = \"A{control}\"\nplace = \"A{control}\"\nbody = \"A{control}\"\n\
             links = [{{ text = \"A{control}\", url = \"https://example.org/\" }}]\n\
             [block.picture]\nfile = \"A{control}\"\nalt = \"A{control}\"\ncaption = \"A{control}\"\n"
        );
        workspace.append(EDITION_FILE, &block);
        let found = found(&workspace);
        let lines: Vec<_> = found.iter().filter_map(|line| line.strip_suffix(" control-character")?.split(':').nth(1)).collect();
        // In a text of many lines a carriage return is one more way to end a line.
        let expected =
            ["16", "17", "18", "19", "20", "22", "23", "24"].into_iter().filter(|&line| line != "19" || control != "\\r");
        assert_eq!(lines, expected.collect::<Vec<_>>(), "{control}: {found:?}");
    }
}

#[test]
fn raw_controls_are_named_as_escaped_ones_are() {
    for control in ["\0", "\r", "\u{1}", "\u{1b}", "\u{7f}", "\u{2028}"] {
        let workspace = Workspace::new();
        replace(&workspace, "subscribers.toml", "Ana Silva", &format!("Ana{control}Silva"));
        replace(&workspace, EDITION_FILE, "The subject", &format!("The{control}subject"));
        let expected = ["issues/2023-q3/en.toml:1:15 control-character", "subscribers.toml:3:12 control-character"];
        assert_eq!(found(&workspace), expected, "{control:?}");
    }
}

#[test]
fn nothing_nested_or_long_brings_it_down() {
    let nested = |open: &str, close: &str| format!("x = {}{}\n", open.repeat(100_000), close.repeat(100_000));
    let body = |text: String| format!("\n[[block]]\nkind = \"about\"\nbody = \"\"\"{text}\"\"\"\n");
    let lines: String = (0..100_000).map(|number| format!("# line {number}\n")).collect::<Vec<_>>().concat();
    let cases = [
        ("arrays", nested("[", "]"), "syntax"),
        ("open arrays", nested("[", ""), "syntax"),
        ("tables", nested("{ x = ", "}"), "syntax"),
        ("dotted keys", format!("x{} = 1\n", ".x".repeat(100_000)), "syntax"),
        ("headers", format!("[x{}]\n", ".x".repeat(100_000)), "syntax"),
        ("100,000 lines", format!("{lines}colour = 1\n"), "100013:1 unknown-key"),
        ("100,000 slips", "x x x\n".repeat(100_000), "513:3 too-many"),
        ("quotations", body("> ".repeat(50_000) + "x"), "nested-too-deep"),
        ("stars", body("*".repeat(200_000) + "x" + &"*".repeat(200_000)), "nested-too-deep"),
        (
            "lists",
            body((0..1000).map(|depth| format!("{}- x\n", "  ".repeat(depth))).collect::<Vec<_>>().concat()),
            "nested-too-deep",
        ),
        ("brackets", body("[".repeat(50_000) + "x" + &"](y)".repeat(50_000)), "bad-link"),
        ("tags", body("x <b> ".repeat(20_000)), "too-many"),
        ("a word in a name", "x".to_owned(), "unknown-key"),
    ];
    for (name, text, expected) in cases {
        let workspace = Workspace::new();
        let text = if name == "a word in a name" { format!("{} = 1\n", "x".repeat(10_000)) } else { text };
        workspace.append(EDITION_FILE, &text);
        let errors = errors(&workspace);
        assert!(errors.last().is_some_and(|line| line.ends_with(expected)), "{name}: {errors:?}");
        // The terminal's page of the same must be made, too, and be one that a person can page through.
        let page = check(&workspace, &[]).stdout;
        assert!(page.len() < 2_000_000, "{name}: {} octets", page.len());
    }
}

#[test]
fn a_word_of_10_000_characters_passes_in_a_text_and_in_no_header() {
    let word = "x".repeat(10_000);
    let cases = [
        (EDITION_FILE, "this is the *lead*", ""),
        (EDITION_FILE, "The lead", ""),
        (EDITION_FILE, "The subject", "issues/2023-q3/en.toml:1:12 subject-length"),
        ("newsletter.toml", "Test Quarterly", "newsletter.toml:1:8 bad-value"),
        ("newsletter.toml", "The Secretariat", "newsletter.toml:6:8 bad-value"),
        ("newsletter.toml", "news@", "newsletter.toml:7:9 bad-address"),
        ("newsletter.toml", "quarterly.list", "newsletter.toml:11:6 bad-value"),
        ("subscribers.toml", "Ana Silva", "subscribers.toml:3:8 bad-value"),
        ("subscribers.toml", "ana@example.org", "subscribers.toml:2:9 bad-address"),
        ("subscribers.toml", "first_name = \"Ana", "subscribers.toml:1:1 subject-length"),
        ("subscribers.toml", "\"members", "subscribers.toml:5:11 unknown-group"),
    ];
    for (file, text, expected) in cases {
        let workspace = Workspace::new();
        replace(&workspace, file, text, &format!("{text}{word}"));
        let expected: &[&str] = if expected.is_empty() { &[] } else { &[expected] };
        assert_eq!(found(&workspace), expected, "{text}");
    }
}

#[test]
fn dates_beyond_every_calendar_are_bad_dates() {
    for date in [
        "99999999999999999999",
        "-1",
        "0x7FFFFFFFFFFFFFFF",
        "1e400",
        "nan",
        "99999-01-01",
        "0000-00-00",
        "2023-13-01",
        "2023-02-29",
        "9999-12-31T23:59:59-23:59",
        "2023-09-30T25:00:00Z",
        "2023-09-30T12:00:00+99:99",
        "12:00:00",
        "30/09/2023",
        "September",
        "[2023, 9, 30]",
        "\"2023-09-30\"",
    ] {
        let workspace = Workspace::new();
        replace(&workspace, EDITION_FILE, "2023-09-30", date);
        let found = found(&workspace);
        assert!(
            found.len() == 1 && found[0].starts_with("issues/2023-q3/en.toml:5:") && found[0].ends_with(" bad-date"),
            "{date}: {found:?}"
        );
    }
}

/// One project for all cases below: only its three texts are written anew. Its pictures are small, for they are encoded in each case.
static GROUND: LazyLock<(Workspace, [Vec<u8>; 3], PictureCache)> = LazyLock::new(|| {
    let workspace = Workspace::sample();
    let pictures = workspace.path("issues/2023-q3/pictures");
    for picture in fs::read_dir(&pictures).expect("pictures").flatten() {
        fs::copy(workspace.path("artwork/logo.png"), picture.path()).expect("a picture");
    }
    let texts = FILES.map(|file| fs::read(workspace.path(file)).expect("a file"));
    (workspace, texts, PictureCache::default())
});

/// Loads and checks the sample with one file changed: there are errors or there is a composer, and every finding can be shown.
fn judge(file: usize, content: &[u8]) -> Result<(), TestCaseError> {
    let (workspace, texts, cache) = &*GROUND;
    workspace.write(FILES[file], content);
    let project = Project::find(workspace.root()).expect("a project");
    let checked = check::check(project.load(Some("2023-q3")), cache);
    workspace.write(FILES[file], &texts[file]);
    let (errors, _) = checked.count();
    prop_assert_eq!(checked.composer.is_none(), errors > 0);
    for finding in &checked.findings {
        prop_assert!(serde_json::to_string(finding).is_ok());
        if let Some((line, column)) = finding.place.position() {
            let shown = finding.place.source.text.split('\n').nth(line - 1).expect("a line of the file");
            prop_assert!(column <= shown.chars().count() + 1);
        }
    }
    Ok(())
}

/// What slips of the pen and attackers put into files.
const FRAGMENTS: [&str; 26] = [
    "\"",
    "\"\"\"",
    "'",
    "[",
    "]]",
    "{",
    "}",
    "{{",
    "}}",
    "|",
    "=",
    "\\",
    "\\u0000",
    "\\\n",
    "\r",
    "\0",
    "<b>",
    "](javascript:x)",
    "![",
    "> > > ",
    "🎉",
    "রি",
    "\u{202e}",
    "\n[[block]]\nkind = \"figures\"\nitems = [{}]\n",
    "\n[[subscriber]]\n",
    "2023-02-30",
];

fn slip() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    let inserted = prop_oneof![
        prop::sample::select(FRAGMENTS.as_slice()).prop_map(|fragment| fragment.as_bytes().to_vec()),
        prop::collection::vec(any::<u8>(), 0..4),
    ];
    (any::<prop::sample::Index>(), prop_oneof![Just(0), 1..4_usize, 0..400_usize], inserted)
}

proptest! {
    // What is found is mended and made a case above, so no file keeps it.
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_slip_in_a_sound_file_brings_it_down(file in 0..3_usize, slips in prop::collection::vec(slip(), 1..6)) {
        let mut content = GROUND.1[file].clone();
        for (place, removed, inserted) in slips {
            let at = place.index(content.len() + 1);
            let end = content.len().min(at + removed);
            content.splice(at..end, inserted);
        }
        judge(file, &content)?;
    }

    #[test]
    fn no_octets_bring_it_down(file in 0..3_usize, content in prop::collection::vec(any::<u8>(), 0..500)) {
        judge(file, &content)?;
    }

    #[test]
    fn no_characters_bring_it_down(file in 0..3_usize, content in prop::collection::vec(prop::sample::select(FRAGMENTS.as_slice()), 0..60)) {
        judge(file, content.concat().as_bytes())?;
    }
}
