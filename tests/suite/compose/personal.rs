//! What differs from reader to reader: words, blocks, editions.

use postrider::compose::{Message, Purpose, Reader};

use super::{english, for_anyone, for_everyone, markup, open};
use crate::workspace::{EDITION, Workspace};

/// The anchors that a document has, and those that its links lead to.
fn anchors(html: &str) -> (Vec<String>, Vec<String>) {
    let elements = markup::elements(html);
    let all = |name: &'static str| elements.iter().filter_map(move |(_, attributes)| markup::attribute(attributes, name));
    let led_to = all("href").filter_map(|href| href.strip_prefix('#')).map(str::to_owned).collect();
    (all("id").map(str::to_owned).collect(), led_to)
}

#[test]
fn merge_fields_are_filled_everywhere_or_fall_back() {
    let workspace = Workspace::new();
    workspace.write(
        super::EDITION,
        "subject = \"For {{ first_name | colleague }}\"\npreheader = \"Dear {{ first_name | colleague }},\"\n\
         title = \"Title for {{first_name|colleague}}\"\ndate = 2023-09-30\n\
         [[block]]\nkind = \"article\"\ntitle = \"Piece for {{ first_name | colleague }}\"\n\
         body = \"Dear **{{ first_name | dear colleague }}** at {{ email }}, [for {{ first_name | you }}](https://example.org/).\"\n",
    );
    let [ana, rina, nameless] = for_everyone(&workspace).try_into().expect("three people");
    let check = |message: &Message, name: &str, in_body: &str, in_link: &str, email: &str| {
        assert_eq!(message.subject, format!("For {name}"));
        assert_eq!(markup::preheader(&message.html), Some(format!("Dear {name},")));
        let html = markup::visible(&message.html);
        for part in [&html, &message.text] {
            for words in
                [format!("Title for {name}"), format!("Piece for {name}"), format!("Dear {in_body} at {email}, for {in_link}")]
            {
                assert!(part.contains(&words), "{words} in {part}");
            }
            assert!(!part.contains("{{") && !part.contains("first_name"), "{part}");
        }
    };
    check(&ana, "Ana", "Ana", "Ana", "ana@example.org");
    check(&rina, "colleague", "dear colleague", "you", "rina@বাংলা.example");
    check(&nameless, "colleague", "dear colleague", "you", "nameless+news@example.com");
}

#[test]
fn values_of_a_reader_are_words_and_never_markup() {
    let workspace = Workspace::new();
    workspace.write("subscribers.toml", "[[subscriber]]\nemail = \"a@example.org\"\nfirst_name = \"*A* <b> & {{ email }}\"\n");
    let message = for_everyone(&workspace).remove(0);
    assert_eq!(message.subject, "The subject for *A* <b> & {{ email }}");
    for part in [markup::visible(&message.html), message.text] {
        assert!(part.contains("Dear *A* <b> & {{ email }}, this is"), "{part}");
    }
}

#[test]
fn a_block_for_some_is_seen_by_them_alone_and_the_numbers_follow() {
    let block = |title: &str, only: &str| {
        format!("[[block]]\nkind = \"article\"\ntitle = \"{title}\"\nbody = \"About {title}.\"\n{only}\n")
    };
    let workspace = Workspace::new();
    workspace.write(
        super::EDITION,
        [
            super::HEAD,
            "[[block]]\nkind = \"contents\"\n",
            &block("Members", "only = [\"members\"]"),
            &block("Everyone", ""),
            &block("Donors", "only = [\"donors\"]"),
            &block("Both", "only = [\"members\", \"donors\"]"),
        ]
        .concat(),
    );
    let [ana, rina, nameless] = for_everyone(&workspace).try_into().expect("three people");
    for (message, seen) in [
        (&ana, &["Members", "Everyone", "Both"][..]),
        (&rina, &["Everyone", "Donors", "Both"]),
        (&nameless, &["Everyone"]),
        (&for_anyone(&workspace), &["Members", "Everyone", "Donors", "Both"]),
    ] {
        let html = markup::visible(&message.html);
        for title in ["Members", "Everyone", "Donors", "Both"] {
            let expected = if seen.contains(&title) { 3 } else { 0 };
            assert_eq!(html.matches(title).count(), expected, "{title} in {html}");
            assert_eq!(message.text.matches(title).count(), expected, "{title} in {}", message.text);
        }
        let (there, led_to) = anchors(&message.html);
        assert_eq!(there, led_to, "each link in the contents leads to a piece");
        assert_eq!(there.len(), seen.len());
        for (title, number) in seen.iter().zip(1..) {
            assert!(message.text.contains(&format!("\n  {number}. {title}\n")), "in the contents: {}", message.text);
            assert!(message.text.contains(&format!("\n++ {number}. {title}\n\n")), "above the piece: {}", message.text);
        }
    }
}

#[test]
fn a_reader_whose_language_has_no_edition_gets_the_first_language() {
    let workspace = Workspace::new();
    let (composer, subscribers) = open(&workspace);
    let for_rina = || Reader::Subscriber(&subscribers[1]);
    assert_eq!(for_rina().language().tag(), "bn");
    assert_eq!(composer.compose(&for_rina(), Purpose::Issue).edition, english());

    let bangla = EDITION.replace("The title", "শিরোনাম").replace("The period", "সময়কাল");
    workspace.write("issues/2023-q3/bn.toml", bangla);
    let (composer, _) = open(&workspace);
    let message = composer.compose(&for_rina(), Purpose::Issue);
    assert_eq!(message.edition.tag(), "bn");
    assert!(message.text.contains("শিরোনাম") && message.text.contains("সাবস্ক্রিপশন বাতিল করুন:"), "{}", message.text);
    assert!(message.html.contains("<html lang=\"bn\" dir=\"ltr\""));
    assert_eq!(composer.compose(&Reader::Subscriber(&subscribers[0]), Purpose::Issue).edition, english());
}

#[test]
fn a_guest_reads_the_fallbacks() {
    let workspace = Workspace::new();
    let guest = postrider::model::address::Address::parse("guest@example.org").expect("an address");
    let (composer, _) = open(&workspace);
    let message = composer.compose(&Reader::Guest(&guest, english()), Purpose::Test);
    assert!(message.text.contains("Dear colleague, this is"), "{}", message.text);
    let mail = postrider::model::mail::Mail::parse(&message.bytes).expect("a message");
    assert_eq!(mail.to, [(String::new(), "guest@example.org".to_owned())]);
}
