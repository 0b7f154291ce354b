//! Whatever is written in an edition, each rule answers, soon, and with places that lie in the files.

use std::time::{Duration, Instant};

use proptest::prelude::*;

use postrider::check::check;
use postrider::check::markup::{Engine, Markup};
use postrider::check::number::numbers;
use postrider::compose::PictureCache;
use postrider::files::Project;

use super::{HEAD, with_edition};
use crate::workspace::Workspace;

/// A text as a TOML string.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).expect("any text").replace('\u{7f}', "\\u007f")
}

/// Two editions with this text wherever one can stand, judged. Every place of every finding must lie in its file.
fn judge(workspace: &Workspace, text: &str) {
    let text = quoted(text);
    let blocks = format!(
        "[[block]]\nkind = \"lead\"\nkicker = {text}\ntitle = {text}\nplace = {text}\nbody = {text}\n\
         links = [{{ text = {text}, url = \"https://example.org/a\" }}, {{ text = {text}, url = \"https://example.org/b\" }}]\n\
         [[block]]\nkind = \"figures\"\nitems = [{{ value = {text}, label = {text} }}]\n\
         [[block]]\nkind = \"list\"\nitems = [{text}, {text}]\n\
         [[block]]\nkind = \"events\"\nitems = [{{ title = {text}, date = 2023-10-01 }}]\n"
    );
    workspace.write("issues/2023-q3/en.toml", format!("{HEAD}{blocks}"));
    let head = format!("subject = {text}\npreheader = {text}\ntitle = {text}\nperiod = {text}\ndate = 2023-09-30\n");
    workspace.write("issues/2023-q3/bn.toml", format!("{head}{blocks}"));
    let project = Project::find(workspace.root()).expect("a project");
    let checked = check(project.load(Some("2023-q3")), &PictureCache::default());
    for finding in &checked.findings {
        let places = finding.related.iter().map(|(place, _)| place).chain([&finding.place]);
        for span in places.filter_map(|place| Some((place.span.clone()?, &place.source.text))) {
            assert!(span.1.get(span.0.clone()).is_some(), "{finding:?}");
        }
    }
}

#[test]
fn texts_that_break_things_elsewhere_break_no_rule() {
    let workspace = with_edition("");
    let long = "x".repeat(10_000);
    let digits = "১2٣,".repeat(3_000);
    let brackets = "[".repeat(10_000);
    let braces = "{%%*|".repeat(2_000);
    let ls = "lL".repeat(5_000);
    let capitals = "A ".repeat(5_000);
    let marks = "e\u{301}".repeat(5_000);
    let begun = Instant::now();
    for text in [
        long.as_str(),
        &digits,
        &brackets,
        &braces,
        &ls,
        &capitals,
        &marks,
        "\u{202e}txet\u{202c}",
        "\u{2066}a\u{2069}",
        "👩‍👩‍👧‍👧👍🏽🇧🇩",
        "\u{200d}\u{200c}\u{feff}",
        "]]>",
        "<!--[if mso]>",
        "<![endif]-->",
        "--boundary",
        ".\nFrom me",
        "İstanbul İMAGE OF",
        "ﬁle.JPG",
        "0",
        "٠٠٠",
        "1,",
        ",1",
        "1.2.3.4",
        "[İ]",
        "*||*",
        "%%%%",
        "{}",
        "?",
        "???",
        "X",
        "XXX",
        "#",
        "http://",
        "https://x",
        "www.",
        " ",
        "\u{a0}",
        "TODO",
    ] {
        judge(&workspace, text);
    }
    // Generous: what is quadratic in ten thousand characters takes minutes.
    assert!(begun.elapsed() < Duration::from_mins(2), "{:?}", begun.elapsed());
}

#[test]
fn thousands_of_blocks_are_compared_without_squaring_them() {
    let workspace = with_edition("");
    let dividers = "[[block]]\nkind = \"divider\"\n".repeat(3_000);
    let buttons = "[[block]]\nkind = \"button\"\ntext = \"The page\"\nurl = \"https://example.org/\"\n".repeat(3_000);
    workspace.write("issues/2023-q3/en.toml", format!("{HEAD}{dividers}{buttons}"));
    workspace.write("issues/2023-q3/bn.toml", format!("{HEAD}{buttons}{dividers}"));
    let ran = workspace.run(&["check", "--format", "json"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_judged(text in "(?s)[a-zA-Z0-9 \\[\\]{}%*|?!.,:/@#<>&\"'\\-_০-৯٠-٩আ-ঔা-ৌء-ي一-三🎉\u{200d}\u{202e}\u{301}\n]{0,60}") {
        judge(&with_edition(""), &text);
    }

    #[test]
    fn any_html_is_read(html in "(?s)(<[a-z!/]{0,3}[^>]{0,8}>?|<!--\\[if mso\\]>|<!\\[endif\\]-->|<!--\\[if !mso\\]><!-->|[^<]{0,5}|<style>|<table role=\"x\">|<h[1-6]>){0,20}") {
        let markup = Markup::read(&html);
        for fault in markup.faults(Engine::Browser).into_iter().chain(markup.faults(Engine::Word)) {
            prop_assert!(fault.at.start <= fault.at.end && fault.at.start <= html.len(), "{fault:?}");
        }
    }

    #[test]
    fn numbers_lie_in_their_text_and_have_digits(text in "(?s).{0,40}") {
        for number in numbers(&text) {
            prop_assert!(text.get(number.span.clone()).is_some() && !number.digits.is_empty());
        }
    }
}
