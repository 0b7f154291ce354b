//! The HTML of a mail as one kind of mail program shows it: another document, made from the one that is sent.
//!
//! An approximation, to see in a moment what will be asked about; no mail program says how it changes a mail. What each kind does, as
//! people who took mails apart in them report it:
//!
//! - Programs with a browser inside follow the mail's own design for the dark, by what the *device* prefers. Here either side can be
//!   forced, whatever this device prefers.
//! - **Gmail** on iOS passes the mail's own dark design over and inverts every colour, so that what was dark becomes light.
//! - **Outlook** on the web passes it over as well, and inverts light grounds and dark texts only; it marks what it changed
//!   (`data-ogsc`, `data-ogsb`), and a mail can answer to these marks.
//! - **Word**, in classic Outlook, reads another branch of the mail and knows little of CSS; in the dark it inverts every colour.
//!
//! The rooms:
//!
//! - `token`: HTML taken apart so that it can be put together again octet for octet
//! - `sheet`: the rules of a style sheet, and the design for light or dark forced in them
//! - `inversion`: colours made their opposites
//! - `word`: what is left of a mail to Word
//! - `blank`: the boxes that stand where pictures are not shown

mod blank;
mod inversion;
mod sheet;
pub(super) mod token;
mod word;

use url::form_urlencoded;

use super::look::{Choice, field};
use inversion::Inversion;
use sheet::{Declaration, Scheme};
use token::{Kind, Tag, Token};

/// The colours in which a mail is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) enum Colours {
    /// As the device prefers.
    #[default]
    Auto,
    /// Light, whatever the device prefers.
    Light,
    /// The mail's own design for the dark; with Word, which has none, inverted.
    Dark,
    /// Inverted wholly, as by Gmail on iOS.
    Gmail,
    /// Inverted where it is light, as by Outlook on the web.
    Outlook,
}

/// Whether pictures are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) enum Pictures {
    /// They are.
    #[default]
    On,
    /// A box with the words that stand for it is shown in place of each, as before a reader has said yes to pictures.
    Off,
}

/// What lays the mail out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) enum Engine {
    /// A browser's engine, as in nearly all mail programs.
    #[default]
    Browser,
    /// Word, in classic Outlook.
    Word,
}

/// As which program a mail is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) struct Rendition {
    /// The colours.
    pub(in crate::preview) colours: Colours,
    /// Whether there are pictures.
    pub(in crate::preview) pictures: Pictures,
    /// The engine.
    pub(in crate::preview) engine: Engine,
}

impl Choice for Colours {
    const ALL: &'static [Self] = &[Self::Auto, Self::Light, Self::Dark, Self::Gmail, Self::Outlook];

    fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Light => "light",
            Self::Dark => "dark",
            Self::Gmail => "gmail",
            Self::Outlook => "outlook",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Auto => "Auto",
            Self::Light => "Light",
            Self::Dark => "Dark",
            Self::Gmail => "Gmail dark",
            Self::Outlook => "Outlook dark",
        }
    }
}

impl Choice for Pictures {
    const ALL: &'static [Self] = &[Self::On, Self::Off];

    fn name(self) -> &'static str {
        match self {
            Self::On => "on",
            Self::Off => "off",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::On => "Pictures",
            Self::Off => "No pictures",
        }
    }
}

impl Choice for Engine {
    const ALL: &'static [Self] = &[Self::Browser, Self::Word];

    fn name(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::Word => "word",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Browser => "Browser",
            Self::Word => "Word",
        }
    }
}

impl Colours {
    /// Those that an engine has.
    pub(in crate::preview) fn of(engine: Engine) -> &'static [Self] {
        match engine {
            Engine::Browser => Self::ALL,
            Engine::Word => &[Self::Light, Self::Dark],
        }
    }

    /// What the program does, where that asks for a word.
    fn note(self) -> Option<&'static str> {
        match self {
            Self::Auto => None,
            Self::Light => Some("Light, whatever this device prefers."),
            Self::Dark => Some("The mail’s own design for the dark, as Apple Mail shows it."),
            Self::Gmail => Some("About as Gmail on iOS shows it in the dark: every colour inverted, pictures untouched."),
            Self::Outlook => Some("About as Outlook on the web shows it in the dark: light grounds and dark texts inverted."),
        }
    }
}

impl Rendition {
    /// Every one that differs from the others, the one that changes nothing first.
    pub(in crate::preview) fn all() -> impl Iterator<Item = Self> {
        let of = |pictures: Pictures, engine: Engine| {
            Colours::of(engine).iter().map(move |&colours| Self { colours, pictures, engine })
        };
        let engines = Engine::ALL.iter();
        engines.flat_map(move |&engine| Pictures::ALL.iter().flat_map(move |&pictures| of(pictures, engine)))
    }

    /// Reads a query; what it does not understand it leaves out.
    pub(in crate::preview) fn parse(query: &str) -> Self {
        let mut rendition = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            rendition.read(&key, &value);
        }
        rendition.settled()
    }

    /// Takes a field of a query, if it is about this.
    pub(super) fn read(&mut self, key: &str, value: &str) {
        match key {
            "colours" => self.colours = Colours::named(value),
            "pictures" => self.pictures = Pictures::named(value),
            "engine" => self.engine = Engine::named(value),
            _ => {}
        }
    }

    /// The same in colours that the engine has.
    pub(in crate::preview) fn settled(self) -> Self {
        let colours = match (self.engine, self.colours) {
            (Engine::Browser, colours) => colours,
            (Engine::Word, Colours::Auto | Colours::Light) => Colours::Light,
            (Engine::Word, Colours::Dark | Colours::Gmail | Colours::Outlook) => Colours::Dark,
        };
        Self { colours, ..self }
    }

    /// The fields of a query that say it, as far as it is not the default.
    pub(in crate::preview) fn fields(self) -> impl Iterator<Item = (&'static str, &'static str)> {
        let fields = [field("colours", self.colours), field("pictures", self.pictures), field("engine", self.engine)];
        fields.into_iter().flatten()
    }

    /// The query alone, with its question mark; empty for the default.
    pub(in crate::preview) fn query(self) -> String {
        let mut query = form_urlencoded::Serializer::for_suffix("?".to_owned(), 1).extend_pairs(self.fields()).finish();
        if query == "?" {
            query.clear();
        }
        query
    }

    /// The name of a file with it, as far as it says more than the default: `-gmail-dark`, `-word-no-pictures`.
    pub(in crate::preview) fn suffix(self) -> String {
        let engine = if self.engine == Engine::Word { "-word" } else { "" };
        let colours = match (self.colours, self.engine) {
            (Colours::Auto, _) | (Colours::Light, Engine::Word) => "",
            (Colours::Light, Engine::Browser) => "-light",
            (Colours::Dark, _) => "-dark",
            (Colours::Gmail, _) => "-gmail-dark",
            (Colours::Outlook, _) => "-outlook-dark",
        };
        let pictures = if self.pictures == Pictures::Off { "-no-pictures" } else { "" };
        format!("{engine}{colours}{pictures}")
    }

    /// What is seen, in a sentence, where it is not the mail as this very browser shows it.
    pub(in crate::preview) fn note(self) -> Option<&'static str> {
        match (self.engine, self.colours) {
            (Engine::Browser, colours) => colours.note(),
            (Engine::Word, Colours::Dark) => {
                Some("About as classic Outlook shows it in the dark: Word’s branch of the mail, inverted.")
            }
            (Engine::Word, _) => {
                Some("About as classic Outlook shows it: Word’s branch of the mail, without the CSS that Word passes over.")
            }
        }
    }

    fn inversion(self) -> Option<Inversion> {
        match (self.engine, self.colours) {
            (Engine::Word, Colours::Dark) | (_, Colours::Gmail) => Some(Inversion::Whole),
            (_, Colours::Outlook) => Some(Inversion::Partial),
            _ => None,
        }
    }

    /// Which of the mail's own designs is forced.
    fn scheme(self) -> Option<Scheme> {
        match (self.engine, self.colours) {
            (Engine::Browser, Colours::Auto) => None,
            (Engine::Browser, Colours::Dark) => Some(Scheme::Dark),
            _ => Some(Scheme::Light),
        }
    }

    /// The document of a mail for a browser, in this rendition; links to other sites open in a window of their own.
    ///
    /// The same mail gives the same document. Whatever the text, it ends: markup that is not sound is read as browsers read it.
    pub(in crate::preview) fn document(self, html: &str) -> String {
        let rendition = self.settled();
        let tokens = match rendition.engine {
            Engine::Browser => token::read(html),
            Engine::Word => word::branch(html),
        };
        let mut out = String::with_capacity(html.len() + 1024);
        let mut ground = rendition.ground();
        for token in &tokens {
            if matches!(&token.kind, Kind::End(name) if name == "head")
                && let Some(sheet) = ground.take()
            {
                out.push_str(&sheet);
            }
            rendition.put(token, &mut out);
        }
        out.extend(ground);
        out
    }

    /// What stands around the mail: a style sheet at the end of the head.
    fn ground(self) -> Option<String> {
        let scheme = if self.inversion().is_some() { Scheme::Dark } else { self.scheme()? };
        // The weakest of rules, so that whatever the mail says of its own is stronger.
        let around = self.inversion().map(|inversion| {
            let [paper, ink, anchor] = inversion.around();
            format!(":where(html){{background-color:{paper};color:{ink}}}:where(a:any-link){{color:{anchor}}}")
        });
        Some(format!("<style>:root{{color-scheme:{}!important}}{}</style>", scheme.name(), around.unwrap_or_default()))
    }

    fn put(self, token: &Token<'_>, out: &mut String) {
        match &token.kind {
            Kind::Start(tag) => match self.tag(tag) {
                Some(changed) => out.push_str(&changed),
                None => out.push_str(&token.raw),
            },
            Kind::Sheet if self != Self::default() => out.push_str(&self.sheet(&token.raw)),
            _ => out.push_str(&token.raw),
        }
    }

    /// The start tag as it is in this rendition; `None` where nothing changes.
    fn tag(self, original: &Tag) -> Option<String> {
        let mut tag = original.clone();
        let is_web = |address: &str| {
            let starts = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
            starts("http://") || starts("https://")
        };
        if tag.name == "a" && tag.attribute("href").is_some_and(is_web) {
            tag.set("target", "_blank");
            tag.set("rel", "noopener noreferrer");
        }
        if self.engine == Engine::Word {
            word::adapt(&mut tag);
        }
        if let Some(style) = tag.attribute("style") {
            let declarations = self.declarations(sheet::declarations(style), Some(&tag.name));
            let changed = sheet::written(&declarations);
            if declarations != sheet::declarations(style) {
                tag.set("style", &changed);
            }
        }
        if let Some(inversion) = self.inversion() {
            inversion.apply(original, &mut tag);
        }
        if self.pictures == Pictures::Off {
            tag.attributes.retain(|(name, _)| name != "background");
            if let Some(blank) = blank::of(&tag) {
                return Some(blank);
            }
        }
        (tag != *original).then(|| tag.to_string())
    }

    fn declarations(self, mut declarations: Vec<Declaration>, element: Option<&str>) -> Vec<Declaration> {
        if self.engine == Engine::Word {
            declarations.retain(|declaration| word::knows(declaration, element));
        }
        if self.pictures == Pictures::Off {
            declarations.retain(|declaration| !sheet::has_address(&declaration.value));
        }
        if let Some(inversion) = self.inversion() {
            for declaration in &mut declarations {
                inversion.declaration(declaration);
            }
        }
        declarations
    }

    fn sheet(self, css: &str) -> String {
        let mut rules = sheet::rules(css);
        if let Some(scheme) = self.scheme() {
            rules = sheet::forced(rules, scheme);
        }
        if self.engine == Engine::Word {
            rules = word::rules(rules);
        }
        let mut out = String::with_capacity(css.len());
        for mut rule in rules {
            rule.change(&mut |prelude, declarations| {
                // What a mail says to Outlook's marks is its own answer, which Outlook leaves as it is.
                let is_answer = prelude.contains("[data-ogs");
                let settled = if is_answer { Self { colours: Colours::Light, ..self } } else { self };
                *declarations = settled.declarations(std::mem::take(declarations), None);
            });
            rule.write(&mut out);
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_rendition_has_a_name_of_its_own_and_can_be_asked_for() {
        let all: Vec<_> = Rendition::all().collect();
        assert_eq!(all.len(), 14);
        for rendition in &all {
            assert_eq!(Rendition::parse(rendition.query().trim_start_matches('?')), *rendition);
            assert_eq!(all.iter().filter(|other| other.suffix() == rendition.suffix()).count(), 1, "{rendition:?}");
        }
        assert_eq!(all[0], Rendition::default());
        assert_eq!(all[0].query() + &all[0].suffix(), "");
    }

    #[test]
    fn links_to_other_sites_open_in_a_window_of_their_own() {
        let html = "<p><a class=\"a\" href=\"https://example.org/?a=1&amp;b=2\">x</a> <a href=\"#piece\">y</a></p>";
        let expected = "<p><a class=\"a\" href=\"https://example.org/?a=1&amp;b=2\" target=\"_blank\" rel=\"noopener noreferrer\">x</a> \
                        <a href=\"#piece\">y</a></p>";
        assert_eq!(Rendition::default().document(html), expected);
    }

    proptest! {
        #[test]
        fn any_text_becomes_a_document(html in "(\\PC|[<>!/&;:{}()\"'=#@ -]|style|<style>|</style>|<!--\\[if mso\\]>|<!\\[endif\\]-->|rgb\\(|#fff|<img |<a href=http:){0,60}") {
            for rendition in Rendition::all() {
                let _ = rendition.document(&html);
            }
        }
    }
}
