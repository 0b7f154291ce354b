//! The HTML as a document: language, headings, tables, pictures, weight.

use postrider::compose::{Purpose, Reader};
use postrider::model::language::Language;

use super::{for_anyone, markup, open, sample_for_anyone, with_blocks};
use crate::workspace::Workspace;

/// The levels of the headings, in order.
fn levels(html: &str) -> Vec<u32> {
    let level = |(name, _): &(String, _)| name.strip_prefix('h').and_then(|level| level.parse().ok());
    markup::elements(html).iter().filter_map(level).collect()
}

#[test]
fn the_sample_is_a_sound_document() {
    let html = sample_for_anyone().html;
    markup::assert_balanced(&html);
    markup::assert_balanced(&markup::for_word(&html));
    for html in [html.clone(), markup::for_word(&html)] {
        for (name, attributes) in markup::elements(&html) {
            let attribute = |name| markup::attribute(&attributes, name);
            match name.as_str() {
                "table" => assert_eq!(attribute("role"), Some("presentation"), "{attributes:?}"),
                "img" => {
                    assert!(attribute("alt").is_some_and(|alt| !alt.is_empty()), "{attributes:?}");
                    for side in ["width", "height"] {
                        assert!(
                            attribute(side).is_some_and(|size| size.parse::<u32>().is_ok_and(|size| size > 0)),
                            "{attributes:?}"
                        );
                    }
                }
                "a" => assert!(attribute("href").is_some_and(|href| !href.is_empty()), "{attributes:?}"),
                _ => {}
            }
            for (name, value) in &attributes {
                assert!(!name.starts_with("on"), "{name}={value}");
                let is_reference = ["src", "href", "background"].contains(&name.as_str());
                let is_local = ["cid:", "https://", "mailto:", "#piece-"].iter().any(|scheme| value.starts_with(scheme));
                assert!(!is_reference || is_local, "{name}={value}");
                assert!(!value.contains("url("), "{name}={value}");
            }
            assert!(!["script", "link", "iframe", "form", "object", "embed", "base"].contains(&name.as_str()), "<{name}>");
        }
    }
}

#[test]
fn the_sample_is_light() {
    let message = sample_for_anyone();
    assert!(message.html.len() < 60_000, "{} octets of HTML", message.html.len());
    let sheets: usize =
        message.html.split("<style>").skip(1).filter_map(|rest| rest.split("</style>").next()).map(str::len).sum();
    assert!(sheets > 0 && sheets < 8_192, "{sheets} octets of style sheets");
}

#[test]
fn every_language_says_which_it_is_and_how_it_runs() {
    let workspace = Workspace::new();
    let edition = std::fs::read_to_string(workspace.path(super::EDITION)).expect("an edition");
    let tags = Language::tags();
    for tag in &tags {
        workspace.write(&format!("issues/2023-q3/{tag}.toml"), &edition);
    }
    let newsletter = crate::workspace::NEWSLETTER.replace("[\"en\", \"bn\"]", &format!("{tags:?}"));
    workspace.write("newsletter.toml", newsletter);
    let (composer, _) = open(&workspace);
    for tag in tags {
        let language = Language::from_tag(tag).expect("a language");
        let html = composer.compose(&Reader::Anyone(language), Purpose::Issue).html;
        let direction = if tag == "ar" { "rtl" } else { "ltr" };
        let elements = markup::elements(&html);
        for place in ["html", "div"] {
            let mut found =
                elements.iter().filter(|(name, attributes)| name == place && markup::attribute(attributes, "lang").is_some());
            let (_, attributes) = found.next().expect("it says its language");
            assert_eq!(markup::attribute(attributes, "lang"), Some(tag), "{place}");
            assert_eq!(markup::attribute(attributes, "dir"), Some(direction), "{place}");
        }
        let body = elements.iter().find(|(name, _)| name == "body").expect("a body");
        assert_eq!(markup::attribute(&body.1, "xml:lang"), Some(tag), "for Word");
        markup::assert_balanced(&markup::for_word(&html));
    }
}

#[test]
fn headings_begin_with_one_h1_and_skip_no_level() {
    let sample = sample_for_anyone().html;
    let inside = "body = \"# A\\n\\n###### B\\n\\n> ## C\\n\\n- ## D\"\n";
    let untitled = with_blocks(&format!(
        "[[block]]\nkind = \"about\"\n{inside}\
         [[block]]\nkind = \"list\"\nintro = \"## E\"\nitems = [\"## F\"]\n\
         [[block]]\nkind = \"contact\"\nbody = \"## G\"\n\
         [[block]]\nkind = \"article\"\ntitle = \"T\"\n{inside}\
         [[block]]\nkind = \"notice\"\n{inside}\
         [[block]]\nkind = \"notice\"\ntitle = \"T\"\n{inside}"
    ));
    for html in [sample, for_anyone(&untitled).html] {
        let levels = levels(&html);
        assert_eq!(levels.iter().filter(|&&level| level == 1).count(), 1, "{levels:?}");
        assert_eq!(levels[0], 1, "{levels:?}");
        assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
        assert!(levels.iter().all(|&level| level <= 3), "{levels:?}");
    }
    let levels = levels(&for_anyone(&untitled).html);
    assert_eq!(
        levels,
        [[1].as_slice(), &[2; 7], &[2, 3, 3, 3, 3], &[2; 4], &[2, 3, 3, 3, 3]].concat(),
        "below a title, or in its place"
    );
}

#[test]
fn a_decorative_picture_has_an_empty_description() {
    let workspace = with_blocks("[[block]]\nkind = \"picture\"\nfile = \"a.png\"\ndecorative = true\n");
    workspace.write("issues/2023-q3/a.png", super::png(4, 4));
    let html = for_anyone(&workspace).html;
    let (_, attributes) = markup::elements(&html).into_iter().find(|(name, _)| name == "img").expect("a picture");
    assert_eq!(markup::attribute(&attributes, "alt"), Some(""));
}

#[test]
fn markdown_keeps_its_structure() {
    let html = for_anyone(&super::with_body(
        "A *b* **c** `d` [e](https://example.org/?a=1&b=2).\\\nf\n\n- g\n  - h\n\n7. i\n8. j\n\n> k\n\n~~~\nl  <m>\n~~~\n\n***",
    ))
    .html;
    let shape: Vec<_> = markup::elements(&html).into_iter().map(|(name, _)| name).collect();
    let from = shape.iter().rposition(|name| name == "h2").expect("the title");
    let expected = "h2 p em strong code a br ul li div ul li ol li li blockquote p pre hr tr td p a";
    assert_eq!(shape[from..].join(" "), expected);
    let elements = markup::elements(&html);
    let attribute = |element: &str, name| {
        let (_, attributes) = elements.iter().find(|(found, _)| found == element).expect("it is there");
        markup::attribute(attributes, name)
    };
    assert_eq!(attribute("ol", "start"), Some("7"));
    assert_eq!(attribute("a", "href"), Some("https://example.org/?a=1&b=2"));
    assert!(html.contains("l  &lt;m&gt;\n</pre>"), "white space in code counts");
}
