//! The panes of one message, over HTTP and as files: what programs make of the mail, its text, its line in an inbox, its headers and parts.

use std::collections::BTreeSet;
use std::fs;

use html5gum::{Token, Tokenizer};
use postrider::model::colour::Colour;
use postrider::preview::album::{self, Extent};
use postrider::preview::mailbox::{Delivered, Mailbox};

use super::{EN, Served, checked};
use crate::dkim;
use crate::workspace::{EDITION, Workspace};

/// Every rendition of a mail, as the desk's address says it.
const RENDITIONS: [&str; 14] = [
    "",
    "colours=light",
    "colours=dark",
    "colours=gmail",
    "colours=outlook",
    "pictures=off",
    "colours=light&pictures=off",
    "colours=dark&pictures=off",
    "colours=gmail&pictures=off",
    "colours=outlook&pictures=off",
    "engine=word",
    "colours=dark&engine=word",
    "pictures=off&engine=word",
    "colours=dark&pictures=off&engine=word",
];

/// The words of a document, and the values of its attributes of a name.
fn read(html: &str, attribute: &str) -> (String, Vec<String>) {
    let (mut words, mut values, mut is_sheet) = (String::new(), Vec::new(), false);
    for token in Tokenizer::new(html) {
        match token {
            Ok(Token::StartTag(tag)) => {
                is_sheet = tag.name.as_slice() == b"style";
                values.extend(
                    tag.attributes.get(attribute.as_bytes()).map(|value| String::from_utf8_lossy(&value.value).into_owned()),
                );
            }
            Ok(Token::EndTag(_)) => is_sheet = false,
            Ok(Token::String(text)) if !is_sheet => words.push_str(&String::from_utf8_lossy(&text)),
            _ => {}
        }
    }
    (words, values)
}

/// The colour that the first of some declarations gives, after `before`.
fn colour(html: &str, before: &str, property: &str) -> Colour {
    let (_, rest) = html.split_once(before).unwrap_or_else(|| panic!("no {before}: {html}"));
    let (_, rest) = rest.split_once(&format!("{property}:")).unwrap_or_else(|| panic!("no {property}: {rest}"));
    Colour::parse(rest.get(..7).expect("six digits")).unwrap_or_else(|| panic!("no colour: {rest}"))
}

/// A mailbox with one message in it, as it is written here.
fn mailbox(workspace: &Workspace, message: &str) -> Served {
    let path = workspace.path("one.eml");
    fs::write(&path, message.replace('\n', "\r\n")).expect("a file");
    let delivered = Delivered { recipient: "ana@example.org".to_owned(), path, octets: message.len() as u64, note: None };
    Served::mailbox(Mailbox { messages: vec![delivered], ..Mailbox::default() })
}

#[test]
fn either_design_is_forced_whatever_the_browser_prefers() {
    let workspace = Workspace::sample();
    let desk = Served::desk(workspace.root());
    let mail = |query: &str| desk.mail(&format!("/?{query}")).text();
    let rule = ".p{background-color:#141c1a!important}";
    let as_sent = mail("");
    assert!(as_sent.contains("@media (prefers-color-scheme:dark)") && as_sent.contains(rule));
    let (light, dark) = (mail("colours=light"), mail("colours=dark"));
    for (forced, scheme) in [(&light, "light"), (&dark, "dark")] {
        assert!(!forced.contains("prefers-color-scheme"), "{forced}");
        assert!(forced.contains(&format!(":root{{color-scheme:{scheme}!important}}")), "{forced}");
        assert!(forced.contains("@media (max-width:519px)"), "other questions stay: {forced}");
    }
    let without_answers = |html: &str| html.replace(&format!("[data-ogsb] {rule}"), "");
    assert!(!without_answers(&light).contains(rule), "{light}");
    assert!(without_answers(&dark).contains(rule), "{dark}");
    assert_eq!(read(&light, "src"), read(&dark, "src"));
}

#[test]
fn inversions_change_grounds_and_texts_and_neither_pictures_nor_words() {
    let workspace = Workspace::sample();
    let desk = Served::desk(workspace.root());
    let light = desk.mail("/?colours=light").text();
    let ground = |html: &str| colour(html, "class=\"p\"", "background-color");
    let ink = |html: &str| colour(html, "class=\"pad i\"", ";color");
    let (paper, text) = (ground(&light), ink(&light));
    assert!(paper.luminance() > text.luminance());
    for query in ["colours=gmail", "colours=outlook", "colours=dark&engine=word"] {
        let inverted = desk.mail(&format!("/?{query}")).text();
        let (new_paper, new_text) = (ground(&inverted), ink(&inverted));
        assert!(new_paper.luminance() < 0.05 && new_text.luminance() > 0.4, "{query}: {new_text} on {new_paper}");
        assert!(new_text.contrast(new_paper) >= 7.0, "{query}: {new_text} on {new_paper}");
        assert!(inverted.contains(":root{color-scheme:dark!important}"), "{inverted}");
        if !query.contains("word") {
            assert_eq!(read(&inverted, "src"), read(&light, "src"), "{query}");
            assert_eq!(read(&inverted, "alt").1, read(&light, "alt").1, "{query}");
        }
    }
    let gmail = desk.mail("/?colours=gmail").text();
    let button = |html: &str| colour(html, "class=\"wide u v\"", "background-color");
    assert_ne!(button(&gmail), button(&light), "what was dark becomes light");
    let outlook = desk.mail("/?colours=outlook").text();
    assert_eq!(button(&outlook), button(&light), "what is dark is left");
    assert!(outlook.contains("data-ogsc=\"\"") && outlook.contains("data-ogsb=\"\"") && !gmail.contains("data-ogsc=\"\""));
}

#[test]
fn word_gets_its_branch_without_what_it_passes_over() {
    let workspace = Workspace::sample();
    let desk = Served::desk(workspace.root());
    let (all, word) = (desk.mail("/").text(), desk.mail("/?engine=word").text());
    let ghost = "<table role=\"presentation\" align=\"center\" width=\"600\"";
    assert!(all.contains(&format!("<!--[if mso]>{ghost}")));
    assert!(word.contains(ghost) && !word.contains("<!--[if") && !word.contains("<![endif]"), "{word}");
    assert!(all.contains("class=\"ld\"") && !word.contains("class=\"ld\""), "what is for all others: {word}");
    for passed_over in
        ["@media", "border-radius", "max-width", "<xml>", "PixelsPerInch", "data-og", "display:inline-block", "max(16px"]
    {
        assert!(!word.contains(passed_over), "{passed_over}: {word}");
    }
    assert!(word.contains("Bangladesh United Nations Network on Migration</h1>"), "{word}");
    assert_eq!(word.matches("<!--block ").count(), all.matches("<!--block ").count());
}

#[test]
fn without_pictures_their_words_stand_in_their_place() {
    let workspace = Workspace::sample();
    let desk = Served::desk(workspace.root());
    let all = desk.mail("/").text();
    let (_, texts) = read(&all, "alt");
    assert!(texts.len() > 4);
    for query in ["pictures=off", "pictures=off&colours=gmail", "pictures=off&engine=word"] {
        let html = desk.mail(&format!("/?{query}")).text();
        let (words, addresses) = read(&html, "src");
        assert!(addresses.is_empty() && !html.contains("<img") && !html.contains("url("), "{query}: {html}");
        for text in &texts {
            assert!(words.contains(text), "{query}: {text}");
        }
        assert!(html.contains("aspect-ratio:600/400"), "{query}: a box of the picture's size: {html}");
    }
}

#[test]
fn the_text_is_shown_as_it_travels_and_as_a_phone_lays_it_out() {
    let workspace = Workspace::new();
    let message = "From: news@example.org\nSubject: Flow\nMIME-Version: 1.0\nContent-Type: text/plain; charset=utf-8; format=flowed\n\n\
                   A paragraph \nof two lines.\n  - stuffed\n > no quotation\n> quoted \n> twice\n-- \nThe team <b>\n";
    let served = mailbox(&workspace, message);
    let lines = served.get("/message/1?pane=text").text();
    let text =
        "A paragraph \nof two lines.\n  - stuffed\n &gt; no quotation\n&gt; quoted \n&gt; twice\n-- \nThe team &lt;b&gt;\n</pre>";
    assert!(lines.contains(text), "{lines}");
    let phone = served.get("/message/1?pane=text&text=phone").text();
    for paragraph in [
        "<p class=\"quoted-0\" dir=\"auto\">A paragraph of two lines.</p>",
        "<p class=\"quoted-0\" dir=\"auto\"> - stuffed</p>",
        "<p class=\"quoted-0\" dir=\"auto\">&gt; no quotation</p>",
        "<p class=\"quoted-1\" dir=\"auto\">quoted twice</p>",
        "<p class=\"quoted-0\" dir=\"auto\">-- </p>",
    ] {
        assert!(phone.contains(paragraph), "{paragraph}: {phone}");
    }
    assert!(!phone.contains("<pre"), "{phone}");
    let fixed = mailbox(&workspace, &message.replace("; format=flowed", ""));
    assert!(fixed.get("/message/1?pane=text&text=phone").text().contains("dir=\"auto\">A paragraph </p>"));
}

#[test]
fn the_sample_reads_alike_in_both_settings_of_its_text() {
    let workspace = Workspace::sample();
    let desk = Served::desk(workspace.root());
    let words = |query: &str| -> Vec<String> {
        let page = desk.get(query).text();
        let (_, shown) = page.split_once("id=\"pane\"").expect("a pane");
        let (shown, _) = shown.split_once("<aside").expect("an end");
        let (_, shown) = shown.split_once('>').expect("a tag");
        // Between paragraphs there is nothing but their ends.
        read(&shown.replace("</p>", "\n"), "src").0.split_whitespace().map(str::to_owned).collect()
    };
    let (lines, phone) = (words("/?pane=text"), words("/?pane=text&text=phone"));
    assert!(lines.len() > 500);
    assert_eq!(lines, phone);
}

#[test]
fn inboxes_cut_at_their_counts_and_never_within_a_letter() {
    let workspace = Workspace::new();
    let subject = "e\u{301}".repeat(100);
    let preheader = "ক্ষি".repeat(200);
    workspace.write(
        EN,
        EDITION.replace("The subject for {{ first_name | colleague }}", &subject).replace("The preheader", &preheader),
    );
    let page = Served::desk(workspace.root()).get("/?pane=inbox").text();
    let letter = "e\u{301}";
    for subject in [70, 38, 60, 41, 55, 40] {
        let cut = format!("<span class=\"subject\" dir=\"auto\">{}…</span>", letter.repeat(subject - 1));
        assert!(page.contains(&cut), "{subject}: {page}");
    }
    let shown: Vec<_> =
        page.split("class=\"preheader\" dir=\"auto\">").skip(1).filter_map(|rest| rest.split('<').next()).collect();
    assert_eq!(shown.len(), 6);
    for shown in shown {
        let letters = shown.strip_suffix('…').expect("it is cut");
        assert_eq!(letters.replace("ক্ষি", ""), "", "{shown}");
    }
}

#[test]
fn the_line_of_an_inbox_is_read_from_the_mail_and_goes_on_after_the_preheader() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let page = desk.get("/?pane=inbox").text();
    assert_eq!(
        page.matches("<span class=\"preheader\" dir=\"auto\">The preheader</span>").count(),
        6,
        "filler keeps the rest away: {page}"
    );
    assert_eq!(page.matches("<span class=\"sender\"><bdi>The Secretariat</bdi>").count(), 6, "{page}");
    assert_eq!(page.matches(">30 Sep<").count(), 6, "{page}");
    let html = "<html><head><title>T</title></head><body><div style=\"display:none\">Short.</div><h1>The &lt;title&gt;</h1></body></html>";
    let message =
        format!("From: A <a@example.org>\nSubject: S\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n{html}\n");
    let page = mailbox(&workspace, &message).get("/message/1?pane=inbox").text();
    assert_eq!(page.matches(">Short. The &lt;title&gt;</span>").count(), 6, "what a program takes next: {page}");
}

#[test]
fn every_header_is_explained_and_stays_text() {
    let workspace = Workspace::new();
    dkim::sign(&workspace);
    let desk = Served::desk(workspace.root());
    let page = desk.get("/?pane=headers").text();
    let (_, listed) = page.split_once("class=\"fields\"").expect("the fields");
    let fields: Vec<_> =
        listed.split("<div><dt>").skip(1).map(|rest| rest.split("</div><div><dt>").next().unwrap_or(rest)).collect();
    for name in ["From", "To", "Subject", "Date", "Message-ID", "List-Unsubscribe", "MIME-Version", "Content-Type", "Reply-To"] {
        let field =
            fields.iter().find(|field| field.starts_with(&format!("{name}<"))).unwrap_or_else(|| panic!("no {name}: {page}"));
        assert!(field.contains("<p class=\"quiet\">"), "{name} is not explained: {field}");
    }
    assert_eq!(page.matches("<dt>DKIM-Signature</dt>").count(), 2);
    for words in [
        "<dt>Domain</dt><dd>example.org</dd>",
        "<dt>Algorithm</dt><dd>rsa-sha256</dd>",
        "<dt>Algorithm</dt><dd>ed25519-sha256</dd>",
        "<dt>Key</dt><dd>first._domainkey.example.org</dd>",
        "<dt>Signed body</dt><dd>whole</dd>",
        "One of 2 signatures",
        "of what Gmail shows before it cuts a mail off",
    ] {
        assert!(page.contains(words), "{words}: {page}");
    }
    let evil = "\"><script>alert(1)</script><img src=x onerror=alert(1)>";
    let message = format!(
        "From: a@example.org\nX-Own: {evil}\nDKIM-Signature: v=1; l=5; d={evil}; s=x\nSubject: S\nContent-Type: text/html\n\n<p>x{}",
        "y".repeat(110_000)
    );
    let page = mailbox(&workspace, &message).get("/message/1?pane=headers").text();
    assert!(page.contains("<dt>X-Own</dt>") && page.contains("alert(1)"), "an unknown one is shown: {page}");
    assert_eq!(page.matches("<script").count(), 1, "only our own: {page}");
    assert!(!page.contains("<img") && page.contains("the first 5 octets"), "{page}");
    assert!(page.contains("Gmail cuts the HTML off"), "{page}");
}

#[test]
fn every_part_has_its_weight_and_share() {
    let workspace = Workspace::sample();
    let page = Served::desk(workspace.root()).get("/?pane=parts").text();
    for kind in ["multipart/alternative", "text/plain", "multipart/related", "text/html", "image/jpeg", "image/png"] {
        assert!(page.contains(&format!("<code>{kind}</code>")), "{kind}: {page}");
    }
    assert!(
        page.contains(" · 100 %") && page.contains("@quarterly.bdunnm.example.org</code>") && page.contains(" decoded"),
        "{page}"
    );
}

#[test]
fn no_rendition_of_a_hostile_mail_has_a_script_and_each_is_sealed() {
    let workspace = Workspace::new();
    let evil =
        "</style><script>alert(1)</script><img src=x onerror=alert(1)>\\\" onload=\\\"alert(1)<![endif]--><!--[if mso]><script>";
    let edition =
        EDITION.replace("The subject", evil).replace("The preheader", evil).replace("\"The title\"", &format!("\"{evil}\""));
    workspace.write(EN, edition.replace("\"The lead\"", &format!("\"{evil}\"")));
    let desk = Served::desk(workspace.root());
    for rendition in RENDITIONS {
        let answer = desk.mail(&format!("/?{rendition}"));
        let policy = answer.header("content-security-policy").to_owned();
        assert!(
            policy.contains("default-src 'none'") && policy.contains("; sandbox allow-same-origin "),
            "{rendition}: {policy}"
        );
        assert!(!policy.contains("allow-scripts") && !policy.contains("script-src"), "{rendition}: {policy}");
        let html = answer.text();
        assert!(html.contains("alert(1)"), "{html}");
        assert!(!html.contains("<script") && !html.contains("<img src=x") && !html.contains("\" onload"), "{rendition}: {html}");
    }
    for pane in ["mail", "text", "text&text=phone", "inbox", "headers", "parts", "source"] {
        let page = desk.get(&format!("/?pane={pane}")).text();
        assert!(page.matches("<script").count() == 1 && !page.contains("<img") && !page.contains("\" onload"), "{pane}: {page}");
    }
}

#[test]
fn what_an_address_says_in_vain_is_the_default() {
    let workspace = Workspace::new();
    let desk = Served::desk(workspace.root());
    let (page, mail) = (desk.get("/").text(), desk.mail("/").text());
    for query in [
        "width=wide",
        "colours=%22%3E%3Cscript%3E",
        "pictures=maybe",
        "engine=",
        "pane=x&text=y",
        "colours=auto&pictures=on&engine=browser",
    ] {
        assert_eq!(desk.get(&format!("/?{query}")).text(), page, "{query}");
        assert_eq!(desk.mail(&format!("/?{query}")).text(), mail, "{query}");
    }
    // Word has two ways to show colours: what others have is one of them.
    assert_eq!(desk.mail("/?engine=word&colours=gmail").text(), desk.mail("/?engine=word&colours=dark").text());
    // Whatever is chosen is kept when something else is.
    let page = desk.get("/?colours=gmail&width=phone").text();
    assert!(
        page.contains("href=\"?width=tablet&amp;colours=gmail\"")
            && page.contains("href=\"?width=phone&amp;colours=gmail&amp;pictures=off\""),
        "{page}"
    );
    assert!(page.contains("href=\"?width=phone&amp;colours=dark&amp;engine=word\""), "{page}");
}

#[test]
fn the_same_desk_stands_in_files() {
    let workspace = Workspace::sample();
    let checked = checked(workspace.root());
    let out = workspace.path("out");
    album::write(&out, &checked, Extent::Whole).expect("a build");
    let read_file = |name: &str| fs::read_to_string(out.join(name)).unwrap_or_else(|error| panic!("{name}: {error}"));
    let index = read_file("index.html");
    for language in ["en", "bn", "ar"] {
        for pane in ["mail", "text", "inbox", "headers", "parts"] {
            assert!(
                index.contains(&format!("id=\"{language}-{pane}\"")) && index.contains(&format!("href=\"#{language}-{pane}\""))
            );
        }
    }
    assert!(index.contains("id=\"checks-title\""));
    for what in ["class=\"plain lines\"", "class=\"plain phone\"", "class=\"inboxes\"", "class=\"fields\"", "class=\"tree\""] {
        assert_eq!(index.matches(what).count(), 3, "{what}");
    }
    let (_, ids) = read(&index, "id");
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "no name is given twice: {ids:?}");
    let (_, frames) = read(&index, "src");
    assert_eq!(frames.len(), 3 * RENDITIONS.len());
    assert_eq!(index.matches("loading=\"lazy\"").count(), frames.len());
    let desk = Served::desk(workspace.root());
    for frame in &frames {
        let html = read_file(frame);
        let folder = out.join(frame).parent().expect("a folder").to_owned();
        let (_, pictures) = read(&html, "src");
        assert_eq!(pictures.is_empty(), frame.contains("-no-pictures"), "{frame}");
        for picture in pictures {
            assert!(folder.join(&picture).is_file(), "{frame}: {picture}");
        }
        assert!(!html.contains("<script") && !html.contains("=\"/"), "{frame}");
    }
    // The very document of the desk, but for where its pictures are.
    let at_the_desk = desk.mail("/?colours=gmail&pictures=off").text();
    let blocks = |html: &str| {
        html.split("<!--block ")
            .enumerate()
            .map(|(at, rest)| if at == 0 { rest } else { rest.split_once("-->").expect("an end").1 })
            .collect::<String>()
    };
    assert_eq!(read_file("views/en-gmail-dark-no-pictures.html"), blocks(&at_the_desk));
    assert!(!read_file("views/en-light.html").contains("prefers-color-scheme"));
}
