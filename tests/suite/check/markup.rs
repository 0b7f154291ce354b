//! The composed HTML as a document, to browsers and to Word's engine.

use postrider::check::markup::{Engine, Markup, check};
use postrider::compose::{Message, Purpose, Reader};
use postrider::model::issue::Edition;
use postrider::model::language::Language;

use crate::compose::{open, png};
use crate::workspace::Workspace;

/// The rules that a document breaks.
fn broken(html: &str, engine: Engine) -> Vec<&'static str> {
    Markup::read(html).faults(engine).into_iter().map(|fault| fault.rule).collect()
}

fn for_all(html: &str) -> Vec<&'static str> {
    broken(html, Engine::Browser)
}

#[test]
fn tags_balance_and_void_elements_need_no_end() {
    assert_eq!(for_all("<h1>a<br>b<img alt=\"<p>\"></h1><p>a &lt;b&gt; &amp; c</p><style>p>a{}</style>"), [""; 0]);
    assert_eq!(for_all("<h1></h1><p>"), ["unbalanced-tag"]);
    assert_eq!(for_all("<h1></h1></p>"), ["unbalanced-tag"]);
    assert_eq!(for_all("<h1></h1><div><p></div>"), ["unbalanced-tag"]);
    assert_eq!(for_all("<h1></h1><div/>"), ["unbalanced-tag"]);
}

#[test]
fn a_fault_knows_where_it_stands() {
    let html = "<h1>বাংলা &amp; more</h1><p class=\"x\">";
    let faults = Markup::read(html).faults(Engine::Browser);
    assert_eq!(&html[faults[0].at.clone()], "<p class=\"x\">");
    let html = "<h1>é</h1><!--[if mso]><table><tr></tr></table><![endif]-->";
    let faults = Markup::read(html).faults(Engine::Word);
    assert_eq!(&html[faults[0].at.clone()], "<table>");
}

#[test]
fn words_engine_reads_another_document() {
    let ghost = "<h1>a</h1><!--[if mso]><table role=\"presentation\"><tr><td><![endif]--><p>b</p><!--[if mso]></td></tr></table><![endif]-->";
    assert_eq!((broken(ghost, Engine::Word), for_all(ghost)), (vec![], vec![]));
    let open = "<h1>a</h1><!--[if mso]><table role=\"presentation\"><tr><td><![endif]--><p>b</p>";
    assert_eq!((broken(open, Engine::Word).len(), for_all(open).len()), (3, 0));
    let roleless = "<h1>a</h1><!--[if mso]><table></table><![endif]-->";
    assert_eq!((broken(roleless, Engine::Word), for_all(roleless)), (vec!["table-role"], vec![]));
    let not_for_word = "<h1>a</h1><!--[if !mso]><!--><p><!--<![endif]-->";
    assert_eq!((broken(not_for_word, Engine::Word), for_all(not_for_word)), (vec![], vec!["unbalanced-tag"]));
    for torn in ["<h1>a</h1><!--[if mso]><p></p>-->", "<h1>a</h1><!--<![endif]-->"] {
        assert_eq!(broken(torn, Engine::Word), ["unbalanced-tag"], "{torn}");
    }
}

#[test]
fn headings_go_down_a_level_at_a_time_from_one_first() {
    assert_eq!(for_all("<h1></h1><h2></h2><h3></h3><h2></h2>"), [""; 0]);
    for html in ["<p></p>", "<h1></h1><h3></h3>", "<h1></h1><h1></h1>"] {
        assert_eq!(for_all(html), ["heading-order"], "{html}");
    }
    assert_eq!(for_all("<h2></h2>").len(), 2);
}

#[test]
fn places_have_one_name_and_links_within_the_mail_lead_to_one() {
    assert_eq!(for_all("<h1 id=\"a\"></h1><a href=\"#a\"></a><a href=\"https://example.org/#b\"></a>"), [""; 0]);
    assert_eq!(for_all("<h1 id=\"a\"></h1><a href=\"#b\"></a>"), ["dead-anchor"]);
    assert_eq!(for_all("<h1 id=\"a\"></h1><p id=\"a\"></p>"), ["duplicate-id"]);
}

#[test]
fn a_fault_in_the_html_is_shown_at_the_block_it_comes_from() {
    let workspace = super::with_blocks("[[block]]\nkind = \"button\"\ntext = \"The report\"\nurl = \"https://example.org/\"\n");
    let (composer, _) = open(&workspace);
    let edition: &Edition = &composer.issue().editions[0];
    let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
    let span = message.blocks[0].html.clone();
    let findings = |html: String| {
        let message = Message { html, ..message.clone() };
        check(edition, &message, &Markup::read(&message.html))
    };
    assert_eq!(findings(message.html.clone()), []);
    let mut torn = message.html.clone();
    torn.insert_str(span.end - 1, "<b");
    torn.replace_range(span.start..span.start + 4, "<t>>");
    let found = findings(torn);
    assert!(!found.is_empty() && found.iter().all(|finding| finding.rule == "unbalanced-tag" && finding.is_error()), "{found:?}");
    assert_eq!(found[0].place.position(), Some((7, 8)));
}

/// An edition with every block in many variations, whatever its language.
const EVERYTHING: &str = include_str!("everything.toml");

#[test]
fn every_block_in_every_variation_language_and_theme_is_sound_to_both_engines() {
    let mut documents = 0;
    for theme in ["delta", "gazette", "monsoon"] {
        let workspace = Workspace::new();
        let languages = Language::tags();
        let list = languages.iter().map(|tag| format!("\"{tag}\"")).collect::<Vec<_>>().join(", ");
        let newsletter = crate::workspace::NEWSLETTER.replace("\"en\", \"bn\"", &list);
        let logo = "[theme.logo]\nfile = \"logo.png\"\ndark = \"dark.png\"\nalt = \"Mark\"\nwidth = 100\n";
        let web = "[footer]\naddress = \"Dhaka\"\nreason = \"Asked\"\n[web]\nbase = \"https://news.example.org/\"\n";
        workspace.write("newsletter.toml", format!("{newsletter}\n{web}[theme]\nname = \"{theme}\"\n{logo}"));
        workspace.write("logo.png", png(400, 80));
        workspace.write("dark.png", png(400, 90));
        workspace.write("issues/2023-q3/a.png", png(300, 200));
        for tag in &languages {
            workspace.write(&format!("issues/2023-q3/{tag}.toml"), EVERYTHING);
        }
        let (composer, subscribers) = open(&workspace);
        let readers = languages.iter().filter_map(|tag| Language::from_tag(tag)).map(Reader::Anyone);
        for reader in readers.chain(subscribers.iter().map(Reader::Subscriber)) {
            let message = composer.compose(&reader, Purpose::Issue);
            let markup = Markup::read(&message.html);
            for engine in [Engine::Browser, Engine::Word] {
                assert_eq!(markup.faults(engine), [], "{theme} {reader:?} {engine:?}");
            }
            documents += 1;
        }
    }
    assert_eq!(documents, 3 * (7 + 3));
}
