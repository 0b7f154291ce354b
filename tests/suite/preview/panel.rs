//! What stands beside the mail: checks with the ways from them, weight, mail programs, contrast; and the editor that is opened.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use postrider::check::support::{self, table::Tally};
use postrider::compose::{Purpose, Reader};
use postrider::model::theme::Theme;
use postrider::preview::desk::Settings;
use postrider::preview::desk::editor::Editor;

use super::{checked, served::Served};
use crate::workspace::{EDITION, Workspace};

const EN: &str = "issues/2023-q3/en.toml";
const BN: &str = "issues/2023-q3/bn.toml";

/// A block with something to find, for some readers only.
const BLOCK: &str =
    "\n[[block]]\nkind = \"button\"\nonly = [\"donors\"]\ntext = \"Click here\"\nurl = \"https://example.org/\"\n";

fn desk_with(root: &Path, editor: &str) -> Served {
    Served::desk_as(root, Settings { editor: editor.parse().expect("an editor"), ..Settings::default() })
}

/// The part of a page from one text on to the next.
fn between<'p>(page: &'p str, from: &str, until: &str) -> &'p str {
    let (_, rest) = page.split_once(from).unwrap_or_else(|| panic!("no {from}: {page}"));
    rest.split_once(until).unwrap_or_else(|| panic!("no {until}: {page}")).0
}

/// The values of an attribute.
fn values<'p>(part: &'p str, attribute: &str) -> Vec<&'p str> {
    part.split(&format!(" {attribute}=\"")).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// A project in a folder whose name means something to a shell, to HTML and to addresses.
fn in_a_hostile_folder(workspace: &Workspace) -> PathBuf {
    let root = workspace.path("a b;touch gone \"'><b>&é%41#?{line}");
    for file in ["newsletter.toml", "subscribers.toml", EN] {
        let to = root.join(file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("folders");
        fs::copy(workspace.path(file), to).expect("a copy");
    }
    root
}

#[test]
fn a_check_says_where_it_is_and_leads_to_its_block_in_its_edition() {
    let workspace = Workspace::new();
    workspace.write(EN, format!("{EDITION}{BLOCK}"));
    workspace.write(BN, format!("{}{BLOCK}", EDITION.replace("The preheader", "Short").replace("The subject", "বিষয়")));
    let desk = Served::desk(workspace.root());
    let page = desk.get("/").text();
    let checks = between(&page, "id=\"checks\"", "</section>");
    assert!(checks.contains("<h3>Worth a look</h3>") && !checks.contains("Mistakes"), "{checks}");
    assert!(checks.find(BN) < checks.find(EN), "by file: {checks}");
    let bangla = between(checks, BN, "<h4");
    assert!(bangla.contains("<summary>") && bangla.contains("Line 18, button"), "{bangla}");
    assert!(bangla.contains("url = <mark>&quot;https://example.org/&quot;</mark>"), "its lines: {bangla}");
    assert!(bangla.contains("href=\"?edition=bn\" data-block=\"1\""), "to the other edition: {bangla}");
    assert!(bangla.contains("href=\"?edition=bn\" data-block=\"\""), "its preheader is in no block: {bangla}");
    let english = between(checks, &format!("<code>{EN}</code>"), "</ol>");
    assert!(english.contains("href=\"?\" data-block=\"1\""), "it is here already: {english}");

    // Ana does not see the block: whoever wants to see it reads as anyone.
    let page = desk.get("/?reader=ana%40example.org&pane=text&width=phone").text();
    let checks = between(&page, "id=\"checks\"", "</section>");
    assert!(checks.contains("href=\"?edition=en&amp;width=phone\" data-block=\"1\""), "{checks}");
}

#[test]
fn editor_links_hold_the_whole_path_encoded() {
    let workspace = Workspace::new();
    workspace.write(EN, format!("{EDITION}{BLOCK}"));
    let root = in_a_hostile_folder(&workspace);
    let desk = desk_with(&root, "vscode://file/{file}:{line}:{column}");
    let page = desk.get("/").text();
    let links: Vec<_> = values(between(&page, "id=\"checks\"", "</section>"), "href")
        .into_iter()
        .filter(|link| link.starts_with("vscode:"))
        .collect();
    let hostile = "a%20b%3Btouch%20gone%20%22%27%3E%3Cb%3E%26%C3%A9%2541%23%3F%7Bline%7D";
    let parent = workspace.root().to_str().expect("UTF-8").trim_start_matches('/');
    assert!(links.contains(&&*format!("vscode://file/{parent}/{hostile}/{EN}:18:7")), "{links:?}");

    let desk = desk_with(&root, "none");
    assert!(!desk.get("/").text().contains("Edit line"));
    let settings = Settings { is_read_only: true, ..Settings::default() };
    assert!(!Served::desk_as(&root, settings).get("/").text().contains("Edit line"), "read-only has no editor");
}

#[test]
fn the_command_gets_its_words_without_a_shell() {
    let workspace = Workspace::new();
    workspace.write(EN, format!("{EDITION}{BLOCK}"));
    let root = in_a_hostile_folder(&workspace);
    let (editor, told) = (workspace.path("the editor"), workspace.path("told"));
    fs::write(&editor, format!("#!/bin/sh\nprintf '%s\\n' \"$@\" > '{0}.part' && mv '{0}.part' '{0}'\n", told.display()))
        .expect("a script");
    fs::set_permissions(&editor, fs::Permissions::from_mode(0o755)).expect("it can be run");
    let desk = desk_with(&root, &format!("'{}' -g {{file}}:{{line}}:{{column}} $(touch gone) ; *", editor.display()));
    let page = desk.get("/").text();
    let form = between(&page, "<form class=\"edit\"", "</form>");
    assert_eq!(values(form, "action"), [desk.at("/edit")], "{form}");
    let answer = desk.post("/edit", &[("file", EN), ("line", "16"), ("column", "9")]);
    assert_eq!(answer.status, 204, "{}", answer.head);
    let late = Instant::now() + Duration::from_mins(1);
    while !told.exists() {
        assert!(Instant::now() < late, "the editor was never started");
        std::thread::sleep(Duration::from_millis(5));
    }
    let place = format!("{}/{EN}:16:9", root.display());
    assert_eq!(fs::read_to_string(told).expect("what it was told"), format!("-g\n{place}\n$(touch\ngone)\n;\n*\n"));
    assert!(!root.join("gone").exists());
}

#[test]
fn only_files_of_findings_are_opened_and_only_for_a_page_of_this_server() {
    let workspace = Workspace::new();
    workspace.write(EN, format!("{EDITION}{BLOCK}"));
    let told = workspace.path("told");
    let editor = format!("cp {{file}} '{}'", told.display());
    let desk = desk_with(workspace.root(), &editor);
    let absolute = workspace.path(EN).display().to_string();
    for file in
        ["", "newsletter.toml", "../en.toml", "/etc/passwd", &absolute, "./issues/2023-q3/en.toml", "issues/2023-q3/en.toml/."]
    {
        assert_eq!(desk.post("/edit", &[("file", file), ("line", "1")]).status, 404, "{file}");
    }
    let host = format!("Host: {}\r\n", desk.address);
    assert_eq!(desk.post_as("/edit", &host, &[("file", EN)]).status, 403, "no page of ours asks");
    assert_eq!(desk.get("/edit").status, 405);
    let read_only = Settings { is_read_only: true, editor: editor.parse().expect("an editor"), ..Settings::default() };
    assert_eq!(
        Served::desk_as(workspace.root(), read_only).post("/edit", &[("file", EN)]).status,
        404,
        "read-only opens nothing"
    );
    let open = Settings {
        door: postrider::preview::Door { listen: "0.0.0.0".parse().unwrap(), ..Default::default() },
        editor: editor.parse().unwrap(),
        ..Settings::default()
    };
    assert_eq!(Served::desk_as(workspace.root(), open).post("/edit", &[("file", EN)]).status, 404, "nor does an open door");
    assert!(!told.exists());
    let missing = desk_with(workspace.root(), "no-such-editor {file}");
    let answer = missing.post("/edit", &[("file", EN)]);
    assert_eq!(answer.status, 500);
    assert!(answer.text().starts_with("The editor does not start: "));
}

#[test]
fn what_opens_no_editor_is_refused_before_anything_is_served() {
    let workspace = Workspace::new();
    let ran = workspace.run(&["preview", "--port", "0", "--editor", "javascript:alert({file})"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
    assert!(ran.stderr.contains("javascript: opens no editor; write an address of your editor"), "{}", ran.stderr);
    assert_eq!("none".parse(), Ok(Editor::Unknown));
}

#[test]
fn the_rows_of_the_weight_add_up_to_the_message() {
    let workspace = Workspace::sample();
    let desk = Served::desk(workspace.root());
    for path in ["/", "/?edition=bn", "/?reader=tanvir.hasan%40agency.example"] {
        let page = desk.get(path).text();
        let chart = between(&page, "<details id=\"weight\"", "</div></details></div>");
        let octets: Vec<usize> = values(chart, "data-octets").iter().map(|octets| octets.parse().expect("a number")).collect();
        let page = desk.get(&format!("{path}{}pane=source", if path.contains('?') { "&" } else { "?" })).text();
        let file = values(&page, "href").into_iter().find(|link| link.ends_with("message.eml")).expect("a file");
        let file = desk.get(file);
        assert_eq!(octets.iter().sum::<usize>(), file.body.len(), "{path}: {chart}");
        let header = file.body.windows(4).position(|four| four == b"\r\n\r\n").expect("a header ends") + 4;
        let [.., header_told, rest] = octets[..] else { panic!("rows: {chart}") };
        assert_eq!(header_told, header, "{path}: {chart}");
        assert!(rest < 1000, "boundaries take little: {path}: {chart}");
        let blocks = desk.mail(path).text().matches("<!--block ").count();
        let html = between(chart, "<ol class=\"chart\">", "</ol>");
        assert_eq!(values(html, "data-block").len(), blocks, "{path}: {html}");
        assert!(chart.contains("<bdi>pictures/"), "{chart}");
    }
}

#[test]
fn the_families_are_told_by_the_same_counts_as_the_findings() {
    let workspace = Workspace::sample();
    let composer = checked(workspace.root()).composer.expect("a sound project");
    let language = composer.issue().editions[0].language;
    let report = support::judge(&composer.compose(&Reader::Anyone(language), Purpose::Issue).html);
    let page = Served::desk(workspace.root()).get("/").text();
    let shown = between(&page, "<details id=\"support\"", "</div></details></div>");
    assert!(shown.contains(&format!("would give it {:.1} %", report.score)), "{shown}");
    let mut told = 0;
    for name in ["Gmail", "Outlook", "Apple Mail", "Yahoo! Mail", "Mozilla Thunderbird"] {
        let tallies: Vec<(&str, Tally)> = report
            .features
            .iter()
            .flat_map(|used| {
                used.feature.families().filter(|(family, _)| *family == name).map(|(_, tally)| (used.feature.title(), tally))
            })
            .collect();
        let sum = |part: fn(&Tally) -> u32| -> f64 { tallies.iter().map(|(_, tally)| f64::from(part(tally))).sum() };
        let share = |part: fn(&Tally) -> u32| 100.0 * sum(part) / sum(|tally| tally.total());
        let words =
            format!("{:.0} % full, {:.0} % in part, {:.0} % not", share(|t| t.full), share(|t| t.partial), share(|t| t.none));
        let family = between(shown, &format!("<span class=\"name\">{name}</span>"), "</details>");
        assert!(family.contains(&words), "{name}: {words}: {family}");
        for (title, tally) in tallies {
            let title = title.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;");
            let is_told = family.contains(&format!("<code>{title}</code>"));
            assert_eq!(is_told, tally.partial + tally.none > 0, "{name}: {title}: {family}");
            told += usize::from(is_told);
        }
    }
    assert!(told > 5, "only {told} features were told of");
}

#[test]
fn the_contrast_of_every_pair_is_shown_with_what_it_must_be() {
    let workspace = Workspace::new();
    workspace.append("newsletter.toml", "\n[theme]\nname = \"gazette\"\n");
    let page = Served::desk(workspace.root()).get("/").text();
    let shown = between(&page, "<details id=\"contrast\"", "</div></details></div>");
    let pairs = Theme::named("gazette").expect("a theme").pairs();
    let rows: Vec<_> = shown.split("<li>").skip(1).collect();
    assert_eq!(rows.len(), pairs.len());
    for (row, pair) in rows.iter().zip(pairs) {
        assert!(row.contains(&format!("<code>{}</code> on <code>{}</code>", pair.text, pair.ground)), "{row}");
        assert!(row.contains(&format!("<span class=\"ratio\">{:.1}</span>", pair.contrast)), "{row}");
        assert!(row.contains(&format!("meets {}</span>", pair.least)), "{row}");
    }
}

#[test]
fn hostile_titles_stay_texts_beside_the_mail() {
    let evil = "<script>alert(1)</script><img src=x onerror=alert(1)>";
    let workspace = Workspace::new();
    workspace.write(
        EN,
        format!("{EDITION}{}", BLOCK.replace("Click here", evil)).replace("The lead", evil).replace("The preheader", evil),
    );
    let desk = desk_with(workspace.root(), "true {file}");
    for path in ["/", "/?reader=ana%40example.org", "/?edition=%22%3E%3Cscript%3E"] {
        let page = desk.get(path).text();
        assert!(between(&page, "<details id=\"weight\"", "</div></details></div>").contains("&lt;script&gt;alert(1)"), "{page}");
        assert_eq!(page.matches("<script").count(), 1, "only our own: {page}");
        assert!(!page.contains("<img"), "{page}");
    }
}
