//! Each kind of block as plain text.

use super::Letter;
use super::direction::join;
use super::prose::{list, number_mark, prose};
use super::sheet::Sheet;
use crate::model::block::{Article, Block, Contact, Event, Kind, Picture, Quote};
use crate::model::text::Text;

/// A block, its links listed after it, and a gap.
pub fn block(letter: &Letter<'_>, index: usize, block: &Block, sheet: &mut Sheet) {
    let number = letter.anchor(index, 0);
    match &block.kind {
        Kind::Lead(article) | Kind::Article(article) => self::article(letter, article, number, sheet),
        Kind::Pair(articles) => {
            for (nth, found) in articles.iter().enumerate() {
                article(letter, found, letter.anchor(index, nth), sheet);
                sheet.list_links();
                sheet.gap();
            }
        }
        Kind::Quote(quote) => self::quote(letter, quote, sheet),
        Kind::List(found) => {
            title(letter, found.title.as_ref(), None, sheet);
            found.intro.iter().for_each(|intro| prose(letter, intro, 0, sheet));
            list(letter, found.is_numbered.then_some(1), &found.items, 0, sheet);
        }
        Kind::Figures(figures) => {
            title(letter, figures.title.as_ref(), None, sheet);
            for (value, label) in &figures.items {
                sheet.hanging(1, "- ", &format!("{} {}", fill(letter, value), fill(letter, label)));
            }
        }
        Kind::Events(events) => {
            title(letter, events.title.as_ref(), number, sheet);
            events.items.iter().for_each(|found| event(letter, found, sheet));
        }
        Kind::Picture(found) => picture(letter, found, sheet),
        Kind::Button(button) => {
            let words = sheet.link(&fill(letter, &button.text), &button.link);
            sheet.paragraph(&words);
        }
        Kind::Divider => sheet.rule(0),
        Kind::Contents(found) => contents(letter, found.as_ref(), sheet),
        Kind::Notice(titled) | Kind::About(titled) => {
            title(letter, titled.title.as_ref(), None, sheet);
            prose(letter, &titled.body, 0, sheet);
        }
        Kind::Contact(found) => contact(letter, found, sheet),
    }
    sheet.list_links();
    sheet.gap();
}

fn fill(letter: &Letter<'_>, text: &Text) -> String {
    letter.fill(text)
}

fn title(letter: &Letter<'_>, text: Option<&Text>, number: Option<usize>, sheet: &mut Sheet) {
    if let Some(text) = text {
        let words = letter.edition.language.words();
        let text = fill(letter, text);
        let text = number.map_or_else(|| text.clone(), |number| format!("{}. {text}", words.number(number)));
        block_heading(&text, sheet);
    }
}

fn block_heading(text: &str, sheet: &mut Sheet) {
    sheet.wide_gap();
    sheet.heading(0, 2, text);
    sheet.gap();
}

fn article(letter: &Letter<'_>, article: &Article, number: Option<usize>, sheet: &mut Sheet) {
    let words = letter.edition.language.words();
    title(letter, Some(&article.title), number, sheet);
    let date = article.date.map(|(from, until)| words.days(from, until));
    let kicker = article.kicker.as_ref().map(|kicker| fill(letter, kicker));
    let place = article.place.as_ref().map(|place| fill(letter, place));
    let facts: Vec<_> = kicker.into_iter().chain(date).chain(place).collect();
    if !facts.is_empty() {
        sheet.paragraph(&join(words.direction, &facts, " · "));
        sheet.gap();
    }
    if let Some(found) = &article.picture {
        picture(letter, found, sheet);
        sheet.gap();
    }
    article.body.iter().for_each(|body| prose(letter, body, 0, sheet));
    for link in &article.links {
        let words = sheet.link(&letter.read_more(article, link), &link.link);
        sheet.paragraph(&words);
    }
}

fn picture(letter: &Letter<'_>, picture: &Picture, sheet: &mut Sheet) {
    let words = letter.edition.language.words();
    if let Some(alt) = &picture.alt {
        sheet.paragraph(&format!("[{}{}{}]", words.picture, words.colon, fill(letter, alt)));
    }
    let caption = letter.caption(picture);
    if !caption.is_empty() {
        sheet.paragraph(&caption);
    }
}

fn quote(letter: &Letter<'_>, quote: &Quote, sheet: &mut Sheet) {
    let words = letter.edition.language.words();
    sheet.hanging(4, "", &words.quoted(&fill(letter, &quote.text)));
    let speaker: Vec<_> = quote.by.iter().chain(&quote.role).map(|part| fill(letter, part)).collect();
    if !speaker.is_empty() {
        sheet.hanging(4, "— ", &join(words.direction, &speaker, words.comma));
    }
}

fn event(letter: &Letter<'_>, event: &Event, sheet: &mut Sheet) {
    let words = letter.edition.language.words();
    let details = event.time.iter().chain(&event.place).map(|detail| fill(letter, detail));
    let facts: Vec<_> = std::iter::once(words.days(event.date.0, event.date.1)).chain(details).collect();
    let title = fill(letter, &event.title);
    let title = event.link.as_ref().map_or_else(|| title.clone(), |link| sheet.link(&title, link));
    sheet.hanging(1, "- ", &format!("{}\n{title}", join(words.direction, &facts, " · ")));
}

fn contents(letter: &Letter<'_>, title: Option<&Text>, sheet: &mut Sheet) {
    let pieces = letter.contents();
    // A title over an empty list would promise what is not there.
    let Some((last, _)) = pieces.last() else { return };
    let last = *last as u64;
    let words = letter.edition.language.words();
    block_heading(&title.map_or_else(|| words.in_this_issue.to_owned(), |title| fill(letter, title)), sheet);
    for (number, title) in pieces {
        sheet.hanging(1, &number_mark(letter, number as u64, last), &title);
    }
}

fn contact(letter: &Letter<'_>, contact: &Contact, sheet: &mut Sheet) {
    let words = letter.edition.language.words();
    title(letter, contact.title.as_ref(), None, sheet);
    contact.body.iter().for_each(|body| prose(letter, body, 0, sheet));
    if let Some(email) = &contact.email {
        sheet.fixed(email.as_written());
    }
    if let Some(phone) = &contact.phone {
        sheet.paragraph(&[words.phone, words.colon, &fill(letter, phone)].concat());
    }
    if let Some(link) = &contact.link {
        sheet.fixed(link.shown());
    }
}
