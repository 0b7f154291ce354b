//! What is read from a document, and the score that follows from it.

use postrider::check::support::{Report, Used, judge};
use proptest::prelude::*;

/// A whole document around a body.
fn page(body: &str) -> String {
    format!("<!DOCTYPE html><html><head><meta charset=\"utf-8\"><title>T</title></head><body>{body}</body></html>")
}

/// How often a document uses a feature, as counted.
fn found(report: &Report, slug: &str) -> usize {
    report.features.iter().find(|used| used.feature.slug() == slug).map_or(0, Used::found)
}

#[track_caller]
fn assert_found(body: &str, expected: &[(&str, usize)]) {
    let report = judge(&page(body));
    for &(slug, times) in expected {
        assert_eq!(found(&report, slug), times, "{slug} in {body}");
    }
}

#[test]
fn the_score_is_reckoned_from_the_worst_partial_and_the_worst_missing_support() {
    // title, body, nine divs: eleven nodes. `margin` is partial in 38.6 %, `overflow-wrap` in 42.1 % and missing in 50 %.
    let report =
        judge(&page(&format!("<div style=\"overflow-wrap:anywhere\"></div>{}", "<div style='margin:0'></div>".repeat(8))));
    assert_eq!(report.nodes, 11);
    let dearest = &report.features[0];
    assert_eq!((dearest.feature.slug(), dearest.found()), ("css-margin", 8));
    assert!((report.score - (100.0 - dearest.partial_cost - 100.0 * 19.0 / 38.0 / 11.0)).abs() < 0.001, "{report:?}");
    assert!((dearest.partial_cost - 100.0 * 22.0 / 57.0 * 8.0 / 11.0).abs() < 0.001, "{dearest:?}");
}

#[test]
fn elements_are_counted_with_those_that_a_browser_puts_into_a_table() {
    let nodes = |body: &str| judge(&page(body)).nodes - judge(&page("")).nodes;
    assert_eq!(nodes("<p>a</p><br><img src=x>"), 3);
    assert_eq!(nodes("<table><tr><td>a</td></tr><tr><td>b</td></tr></table>"), 6, "a tbody is added");
    assert_eq!(nodes("<table><tbody><tr><td>a</td></tr></tbody></table>"), 4);
    assert_eq!(nodes("<table><td>a</table>"), 4, "a tbody and a tr are added");
    assert_eq!(nodes("<table><tr><td><table><tr><td></td></tr></table></td></tr></table>"), 8);
    assert_eq!(nodes("<table><thead><tr><th></th></tr></thead><tr><td></td></tr></table>"), 7);
    assert_eq!(nodes("<!--[if mso]><table><tr><td><![endif]--><p></p><!--[if mso]></td></tr></table><![endif]-->"), 1);
}

#[test]
fn properties_count_once_an_element_and_longhands_not_for_their_shorthand() {
    assert_found("<p style='margin:0;MARGIN : 1px'></p>", &[("css-margin", 1)]);
    assert_found(
        "<p style='margin-top:0;max-width:1px;border-top:0'></p>",
        &[("css-margin", 0), ("css-width", 0), ("css-border", 0)],
    );
    assert_found(
        "<p style='display: none'></p><p style='display:none!important'></p>",
        &[("css-display", 2), ("css-display-none", 2)],
    );
    assert_found("<p style=\"font-family:'a;margin:0';x:url(;margin:0)\"></p>", &[("css-margin", 0)]);
    assert_found(
        "<p style='color:rgb(0 0 0);width:calc(1px + 2px)'></p>",
        &[("css-rgb", 1), ("css-rgba", 0), ("css-unit-calc", 1)],
    );
    assert_found("<p style='margin:1rem 1.5rem;font:1em x3rem'></p>", &[("css-unit-rem", 2)]);
    assert_found("<p style='color:red !important;top:0!important'></p>", &[("css-important", 1)]);
    assert_found("<p>margin:0</p><p title='margin:0'></p>", &[("css-margin", 0)]);
}

#[test]
fn attributes_that_stand_for_a_property_count_once_a_document() {
    assert_found("<img width=1 height=2><img width=1 height=2 style='height:auto'>", &[("css-width", 1), ("css-height", 2)]);
    assert_found("<td bgcolor=red><td bgcolor=red>", &[("css-background-color", 1)]);
}

#[test]
fn elements_links_and_pictures_are_told_apart() {
    assert_found("<a href='#a'></a><a href='https://example.org/#a'></a>", &[("html-anchor-links", 1)]);
    assert_found("<a href=mailto:a@example.org></a>", &[("html-mailto-links", 1)]);
    assert_found(
        "<ul></ul><ol></ol><h2></h2><section></section>",
        &[("html-lists", 2), ("html-h1-h6", 1), ("html-semantics", 1)],
    );
    assert_found(
        "<img src='https://example.org/a.WEBP'><img src='data:image/png;base64,AA=='>",
        &[("image-webp", 1), ("image-base64", 1)],
    );
    assert_found("<img src='cid:1@list.example.org'><img src='ä.😀'><img src>", &[("image-webp", 0)]);
    assert_found("<script>if (a < b) {}</script><script type='application/ld+json'></script>", &[("html-script", 1)]);
    assert_found("<input type=TEXT><button type=submit></button>", &[("html-input-text", 1), ("html-button-submit", 1)]);
}

#[test]
fn style_sheets_are_read_for_what_cannot_stand_in_an_element() {
    let sheet = "<style>:root{color:red}@media (max-width:519px){.a:hover{margin:0}}/* :active */\
        @media screen and (prefers-color-scheme:dark){a::before{content:':focus'}}@font-face{}</style>";
    assert_found(
        sheet,
        &[
            ("html-style", 1),
            ("css-at-media", 2),
            ("css-at-media-prefers-color-scheme", 1),
            ("css-at-font-face", 1),
            ("css-pseudo-class-hover", 1),
            ("css-pseudo-element-before", 1),
            ("css-pseudo-class-active", 0),
            ("css-pseudo-class-focus", 0),
            ("css-margin", 0),
        ],
    );
}

#[test]
fn each_use_is_found_at_its_tag() {
    let html = page("<p>বাংলা</p><p style='margin:0'>a</p><div class=x style=\"margin:1px\">b</div>");
    let report = judge(&html);
    let margin = report.features.iter().find(|used| used.feature.slug() == "css-margin").expect("found");
    let tags: Vec<_> = margin.places.iter().map(|&at| html[at..].split('>').next().unwrap()).collect();
    assert_eq!(tags, ["<p style='margin:0'", "<div class=x style=\"margin:1px\""]);
}

#[test]
fn a_script_costs_all_that_it_can() {
    let report = judge("<script></script>");
    assert!(report.score.abs() < 0.001, "{report:?}");
}

#[test]
fn odd_documents_have_a_report_too() {
    for odd in [
        "",
        " ",
        "\0",
        "<",
        "<p",
        "<p style",
        "<p style=",
        "<p style='",
        "</body>",
        "</table></table>",
        "<!--",
        "<!--[if mso]>",
        "<style>",
    ] {
        let report = judge(odd);
        assert!((0.0..=100.0).contains(&report.score), "{odd}: {report:?}");
    }
    assert!((judge("").score - 100.0).abs() < f64::EPSILON);
    for piece in [
        "<table>",
        "<p style='margin:",
        "<a href='#",
        "<style>@media(",
        "<style>'",
        "<p style='1rem(\"",
        "😀<",
        "<b a=b ",
        "/*",
        "&#0;",
    ] {
        let report = judge(&piece.repeat(200_000 / piece.len()));
        assert!((0.0..=100.0).contains(&report.score), "{piece}");
    }
    assert_eq!(judge(&"<p style='margin:0'>".repeat(50_000)).nodes, 50_000);
}

proptest! {
    #[test]
    fn no_document_is_too_broken_to_be_judged(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "<p", " style=", "'", "\"", ">", "margin:", ";", "(", ")", "rgb(", "1rem", "<style>", "@media", ":hover",
                "::", "/*", "*/", "</style>", "<table>", "<tr>", "<td>", "</table>", "<!--", "-->", "😀", "বাং", "\u{202e}",
                "\0", "&", "]]>", "</body>", "{", "}",
            ]),
            0..40,
        )
    ) {
        let report = judge(&pieces.concat());
        prop_assert!((0.0..=100.0).contains(&report.score));
        for used in &report.features {
            prop_assert!(used.places.iter().all(|&at| at <= pieces.concat().len()));
        }
    }
}
