//! The mistakes people make in the files: one constructor for each, so that this file is the whole list of what is said about them.

use std::path::Path;

use super::address::AddressError;
use super::diagnostic::Diagnostic;
use super::dkim::Algorithm;
use super::source::Place;
use super::theme::Pair;

/// The file is not TOML.
#[must_use]
pub fn syntax(place: Place, problem: &str) -> Diagnostic {
    let help = match problem {
        _ if problem.starts_with("duplicate key") => "a key stands once in its table: take one of the two out",
        _ if problem.starts_with("missing comma") => "a list ends with ], and has commas between its items",
        _ if problem.starts_with("missing escaped value") => "write a backslash twice, as in \"C:\\\\pictures\"",
        _ => "texts stand in straight double quotes, longer ones between three of them, and each key = value has its own line",
    };
    Diagnostic::error("syntax", place, format!("this is not TOML: {problem}"), help)
}

/// A key nobody knows.
#[must_use]
pub fn unknown_key(place: Place, key: &str, known: &[&str], owner: &str) -> Diagnostic {
    let (label, help) = match nearest(key, known.iter().copied()) {
        Some(near) => (format!("did you mean `{near}`?"), format!("write `{near}`, or take the line out")),
        None => (String::new(), format!("{owner} has these keys: {}", known.join(", "))),
    };
    Diagnostic::error("unknown-key", place, format!("{owner} has no key `{key}`"), help).labelled(label)
}

/// A file without a single block.
#[must_use]
pub fn missing_blocks(place: Place) -> Diagnostic {
    let help = "begin one with a line [[block]], and write kind = \"lead\" and title = \"…\" below it";
    Diagnostic::error("missing-key", place, "an edition needs blocks, and has none", help)
}

/// A list with nobody on it.
#[must_use]
pub fn empty_list(place: Place) -> Diagnostic {
    let help = "begin an entry with a line [[subscriber]], and write email = \"name@example.org\" below it";
    Diagnostic::warning("empty-list", place, "nobody is on the list", help)
}

/// More mistakes than anyone reads in one go.
#[must_use]
pub fn too_many(place: Place, count: usize) -> Diagnostic {
    let help = "mend those above first: where there are so many, they often have one cause";
    Diagnostic::error("too-many", place, format!("from here on, this file has {count} mistakes more"), help)
}

/// A key that must be there is not.
#[must_use]
pub fn missing_key(place: Place, key: &str, owner: &str, example: &str) -> Diagnostic {
    Diagnostic::error("missing-key", place, format!("{owner} needs `{key}`"), format!("add a line such as: {key} = {example}"))
}

/// A value of the wrong kind.
#[must_use]
pub fn wrong_type(place: Place, key: &str, wanted: &str, found: &str, example: &str) -> Diagnostic {
    Diagnostic::error(
        "wrong-type",
        place,
        format!("`{key}` must be {wanted}, and this is {found}"),
        format!("write it as: {key} = {example}"),
    )
    .labelled(format!("{wanted} is needed here"))
}

/// A text that must not be empty is.
#[must_use]
pub fn empty(place: Place, key: &str) -> Diagnostic {
    Diagnostic::error("empty", place, format!("`{key}` is empty"), "write the text, or take the key out if it is not needed")
}

/// A value outside what is possible.
#[must_use]
pub fn bad_value(place: Place, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error("bad-value", place, message, help)
}

/// One of a few words was needed.
#[must_use]
pub fn unknown_word(rule: &'static str, place: Place, noun: &str, word: &str, known: &[&str], where_to_add: &str) -> Diagnostic {
    let list = if known.is_empty() { "none are declared".to_owned() } else { format!("known: {}", known.join(", ")) };
    let finding = Diagnostic::error(rule, place, format!("there is no {noun} `{word}`"), format!("{list}{where_to_add}"));
    match nearest(word, known.iter().copied()) {
        Some(near) => finding.labelled(format!("did you mean `{near}`?")),
        None => finding,
    }
}

/// A file of the list where the database has the list.
#[must_use]
pub fn unread_list(place: Place) -> Diagnostic {
    let message = "this file is not read: the database has the list, as [subscribers] in newsletter.toml says";
    let help =
        "bring its people into the database with `postrider subscribers import subscribers.toml --apply`, then put it away";
    Diagnostic::warning("unread-list", place, message.to_owned(), help)
}

/// A list in the database that cannot be read.
#[must_use]
pub fn unreadable_list(place: Place, problem: &str) -> Diagnostic {
    let help = "nothing is sent as long as nobody can tell to whom; mend that first";
    Diagnostic::error("unreadable-list", place, problem.to_owned(), help)
}

/// An edition that is not to be sent yet.
#[must_use]
pub fn draft(place: Place, language: &str) -> Diagnostic {
    let message = format!("the edition \"{language}\" is a draft");
    Diagnostic::error("draft", place, message, "take this line away once it is ready to be sent")
}

/// A language the publication does not have.
#[must_use]
pub fn unknown_language(place: Place, word: &str, known: &[&str]) -> Diagnostic {
    unknown_word("unknown-language", place, "language", word, known, "; a new one is added to `languages` in newsletter.toml")
}

/// A group the publication does not have.
#[must_use]
pub fn unknown_group(place: Place, word: &str, known: &[&str]) -> Diagnostic {
    unknown_word("unknown-group", place, "group", word, known, "; a new one is added to `groups` in newsletter.toml")
}

/// A kind of block nobody knows.
#[must_use]
pub fn unknown_kind(place: Place, word: &str, known: &[&str]) -> Diagnostic {
    unknown_word("unknown-kind", place, "kind of block", word, known, "")
}

/// A control character in a text of one line.
#[must_use]
pub fn control_character(place: Place, key: &str, found: &str) -> Diagnostic {
    let help = "write the text on one line, without escapes such as \\n, \\r, \\t or \\u0000";
    Diagnostic::error("control-character", place, format!("`{key}` holds {found}"), help).labelled("not allowed here")
}

/// Something that is no mail address.
#[must_use]
pub fn bad_address(place: Place, written: &str, error: &AddressError) -> Diagnostic {
    let shown: String = written.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).collect();
    Diagnostic::error("bad-address", place, format!("`{shown}` is not a mail address: {error}"), "write it as name@example.org")
}

/// One mailbox twice in the list.
#[must_use]
pub fn duplicate_address(place: Place, address: &str, first: Place) -> Diagnostic {
    let line = first.position().map_or(0, |(line, _)| line);
    let message = format!("`{address}` is on the list twice; the first time in line {line}");
    Diagnostic::error("duplicate-address", place, message, "take one of the two out: a person receives one copy")
        .labelled("again here")
        .related_to(first, "first here")
}

/// A key or an entry given twice where one can be.
#[must_use]
pub fn duplicate(place: Place, message: impl Into<String>, first: Place) -> Diagnostic {
    Diagnostic::error("duplicate", place, message, "take one of the two out")
        .labelled("again here")
        .related_to(first, "first here")
}

/// Something that is no date.
#[must_use]
pub fn bad_date(place: Place, key: &str, problem: &str) -> Diagnostic {
    Diagnostic::error(
        "bad-date",
        place,
        format!("`{key}` is no date: {problem}"),
        format!("write it without quotes: {key} = 2023-09-30"),
    )
    .labelled("year-month-day is needed here")
}

/// A picture without words for those who do not see it.
#[must_use]
pub fn missing_alt(place: Place) -> Diagnostic {
    let help = "add alt = \"what is to be seen\"; or decorative = true if the picture says nothing";
    Diagnostic::error("missing-alt", place, "the picture has no alternative text", help)
        .labelled("people who do not see it learn nothing")
}

/// A picture file that is not there.
#[must_use]
pub fn missing_picture(place: Place, file: &str, known: &[&str]) -> Diagnostic {
    // A link that leads nowhere is listed under the very name that is looked for.
    let known = known.iter().copied().filter(|name| *name != file);
    let finding = Diagnostic::error(
        "missing-picture",
        place,
        format!("there is no picture `{file}` in the issue's folder"),
        "put the file there, or write the name of one that is; upper and lower case count",
    );
    match nearest(file, known) {
        Some(near) => finding.labelled(format!("did you mean `{near}`?")),
        None => finding,
    }
}

/// A picture file that cannot be used.
#[must_use]
pub fn bad_picture(place: Place, file: &str, problem: &str) -> Diagnostic {
    let help = "save the picture again as JPEG, PNG or WebP";
    Diagnostic::error("bad-picture", place, format!("the picture `{file}` cannot be used: {problem}"), help)
}

/// A path that leads out of the folder, or is no path of a file at all.
#[must_use]
pub fn path_outside(place: Place, path: &str) -> Diagnostic {
    let help = "put the file in the issue's folder and write its path from there, such as pictures/lead.jpg";
    Diagnostic::error("path-outside", place, format!("`{path}` names no file in the issue's folder"), help)
}

/// A logo whose path leads out of the project.
#[must_use]
pub fn logo_outside(place: Place, path: &str) -> Diagnostic {
    let help = "put the file in the project's folder and write its path from there, such as artwork/logo.png";
    Diagnostic::error("path-outside", place, format!("`{path}` names no file in the project's folder"), help)
}

/// A key that is not where mail is to be signed; it need not be where the issue is only written.
#[must_use]
pub fn absent_key(place: Place, file: &Path, problem: &str) -> Diagnostic {
    let message = format!("the mail is not signed here: {} {problem}", file.display());
    let help = "no matter where the issue is only written; test, rehearse and send go where the key is. \
                A new key is made by: postrider dkim keygen";
    Diagnostic::warning("dkim-key", place, message, help)
}

/// A key that others can read.
#[must_use]
pub fn readable_key(place: Place, file: &Path) -> Diagnostic {
    let file = file.display();
    let help = format!("run: chmod 600 {file}; if others had a look at it, make a new one: postrider dkim keygen");
    Diagnostic::error("dkim-key", place, format!("{file} holds a private key, and others can read it"), help)
}

/// The keys of the list are not at hand.
#[must_use]
pub fn absent_list_keys(place: Place, file: &Path, problem: &str) -> Diagnostic {
    let message = format!("the mail has no links of its readers' own here: {} {problem}", file.display());
    let help = "no matter where the issue is only written; test, rehearse and send go where the keys are. New keys are made by: postrider keys new";
    Diagnostic::warning("list-keys", place, message, help)
}

/// Keys of the list that others can read.
#[must_use]
pub fn readable_list_keys(place: Place, file: &Path) -> Diagnostic {
    let file = file.display();
    let help = format!("run: chmod 600 {file}; if others had a look at it, put a new [[key]] before the one that they saw");
    Diagnostic::error("list-keys", place, format!("{file} holds the keys of the list, and others can read it"), help)
}

/// A file that holds no keys of the list.
#[must_use]
pub fn bad_list_keys(place: Place, file: &Path, problem: &str) -> Diagnostic {
    let help = "name the file that holds them; where there were none yet, make new ones: postrider keys new";
    Diagnostic::error("list-keys", place, format!("{}: {problem}", file.display()), help)
}

/// A file that holds no key to sign with.
#[must_use]
pub fn bad_key(place: Place, file: &Path, problem: &str) -> Diagnostic {
    let help = "name the file that holds the key, or make a new one: postrider dkim keygen";
    Diagnostic::error("dkim-key", place, format!("{} {problem}", file.display()), help)
}

/// A key of another algorithm than its place is for.
#[must_use]
pub fn other_key(place: Place, file: &Path, found: Algorithm) -> Diagnostic {
    let (found, help) = match found {
        Algorithm::Rsa => {
            ("an RSA key, and an Ed25519 key", "an RSA key stands in [dkim] itself: selector = \"…\" and key = \"…\"")
        }
        Algorithm::Ed25519 => {
            ("an Ed25519 key, and an RSA key", "an Ed25519 key stands in [dkim.ed25519]: selector = \"…\" and key = \"…\"")
        }
    };
    Diagnostic::error("dkim-key", place, format!("{} holds {found} belongs here", file.display()), help)
}

/// A key itself where the path of its file belongs.
#[must_use]
pub fn key_in_file(place: Place) -> Diagnostic {
    let help =
        "take it out, make a new one if the file was shared, and name the file it is kept in: key = \"/etc/postrider/dkim.pem\"";
    bad_value(place, "a private key does not belong in this file", help)
}

/// A domain whose signature says nothing for the sender's.
#[must_use]
pub fn unaligned_domain(place: Place, domain: &str, sender: &str) -> Diagnostic {
    let message = format!("a signature of `{domain}` says nothing for mail from `{sender}`: DMARC fails");
    let help = format!("sign as the domain that readers see: domain = \"{sender}\", or one above it; or take the line out");
    Diagnostic::error("dkim-domain", place, message, help)
}

/// Two keys under one name.
#[must_use]
pub fn selector_twice(place: Place, selector: &str) -> Diagnostic {
    let message = format!("both keys are to stand under `{selector}` in the DNS, where there is room for one");
    bad_value(place, message, "give the second key a selector of its own")
}

/// A signature that few check.
#[must_use]
pub fn ed25519_alone(place: Place) -> Diagnostic {
    let message = "the mail is signed with Ed25519 alone, which Gmail, Yahoo and Microsoft do not check";
    let help = "add an RSA key to [dkim]: selector = \"…\" and key = \"…\"; made by: postrider dkim keygen";
    Diagnostic::warning("dkim-ed25519", place, message, help)
}

/// Two colours that cannot be told apart well enough; `key` is the one to change.
#[must_use]
pub fn low_contrast(place: Place, pair: &Pair, key: &str, near: Option<&str>) -> Diagnostic {
    let Pair { mode, text, ground, contrast, least } = pair;
    // Rounded down: a figure that reads as enough would contradict the error.
    let contrast = (contrast * 100.0).floor() / 100.0;
    let message = format!("`{text}` on `{ground}` has a contrast of {contrast:.2} in {mode} mode, and needs {least}");
    let help = match near {
        Some(near) => format!("the nearest colour that passes: {key} = \"{near}\""),
        None => format!("no `{key}` passes there: change `{}` as well", if key == *text { ground } else { text }),
    };
    Diagnostic::error("low-contrast", place, message, help)
}

/// A pair of articles that is not two.
#[must_use]
pub fn not_a_pair(place: Place, count: usize) -> Diagnostic {
    let help = "write two tables [[block.items]], each with a title; a single piece is an article, and three are two blocks";
    Diagnostic::error("not-a-pair", place, format!("a pair block has two items, and this one has {count}"), help)
}

/// A link that must not be in a mail.
#[must_use]
pub fn bad_link(place: Place, url: &str, problem: &str) -> Diagnostic {
    let shown: String = url.chars().map(|c| if c.is_control() { '\u{FFFD}' } else { c }).take(80).collect();
    let help = "write the whole address: https://…, http://… or mailto:…";
    Diagnostic::error("bad-link", place, format!("`{shown}` cannot be linked: {problem}"), help)
}

/// HTML in Markdown.
#[must_use]
pub fn raw_html(place: Place) -> Diagnostic {
    let help = "use Markdown: *emphasis*, **strong**, [text](https://…); for a plain < write \\<";
    Diagnostic::error("raw-html", place, "HTML is not taken in texts", help).labelled("this is HTML")
}

/// A picture in Markdown.
#[must_use]
pub fn markdown_picture(place: Place) -> Diagnostic {
    let help = "use a block of kind \"picture\", or the article's picture = { file = \"…\", alt = \"…\" }";
    Diagnostic::error("markdown-picture", place, "pictures do not stand inside a text", help)
}

/// Lists, quotations or emphasis inside one another, further than any text needs.
#[must_use]
pub fn nested_too_deep(place: Place) -> Diagnostic {
    let help = "write it with fewer levels of lists, quotations and emphasis inside one another";
    Diagnostic::error("nested-too-deep", place, "this text is nested too deep", help)
}

/// A merge field that cannot be read.
#[must_use]
pub fn bad_field(place: Place, problem: &str) -> Diagnostic {
    Diagnostic::error("merge-field", place, problem, "write it as {{ first_name }} or {{ first_name | colleague }}")
}

/// A filter that cannot be read.
#[must_use]
pub fn bad_filter(place: Place, message: impl Into<String>, help: impl Into<String>) -> Diagnostic {
    Diagnostic::error("bad-filter", place, message, help)
}

/// A filter that names something nobody has.
#[must_use]
pub fn unknown_in_filter(place: Place, noun: &str, word: &str, known: &[&str]) -> Diagnostic {
    unknown_word("bad-filter", place, noun, word, known, "")
}

/// The word among `known` that was probably meant, if one is near enough.
#[must_use]
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let reach = match word.chars().count() {
        0..=2 => 1,
        3..=5 => 2,
        length => length / 3 + 1,
    };
    known
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(&word.to_lowercase(), &candidate.to_lowercase()), candidate))
        .filter(|&(distance, candidate)| distance <= reach && distance < candidate.chars().count())
        .min()
        .map(|(_, candidate)| candidate)
}
