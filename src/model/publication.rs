//! The publication: what `newsletter.toml` says.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::address::{Address, DisplayName};
use super::dkim::Dkim;
use super::document::{Document, Fields, Literal, Mistakes};
use super::inbox::Inbox;
use super::keys::Keys;
use super::language::Language;
use super::link::{Link, mailto};
use super::mistake;
use super::relay::{self, Kept, Login, Rate, Relay, Secret, Tls};
use super::service::Service;
use super::source::Place;
use super::text::Text;
use super::theme::Theme;

/// The most characters of a name: even without a space it fits a line of a header (RFC 5322 §2.1.1).
const NAME_MAX: usize = 200;

/// A newsletter, with its sender and its rules; the same for every issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Publication {
    /// The list's name, which a person types to confirm a send.
    pub name: DisplayName,
    /// The words that files may use.
    pub vocabulary: Vocabulary,
    /// Who writes.
    pub sender: Sender,
    /// The list as mail programs know it.
    pub list: List,
    /// The small print below every issue.
    pub footer: Footer,
    /// The look.
    pub theme: Theme,
    /// Where its issues stand on the web, if they do.
    pub web: Option<Web>,
    /// Where readers leave, join and look at past issues, if there is such a place.
    pub service: Option<Service>,
    /// The list's own mailbox, if it has one.
    pub inbox: Option<Inbox>,
    /// The keys of the list, where service or mailbox need them.
    pub keys: Option<Keys>,
    /// How messages are made.
    pub message: MessageRules,
    /// Who signs the mail, if anybody.
    pub dkim: Option<Dkim>,
    /// Whether nothing is sent that a second person has not approved.
    pub needs_approval: bool,
    /// The servers that take the mail; needed only to send.
    pub relays: Vec<Relay>,
    /// How fast mail may go to a domain (A-labels).
    pub pace: BTreeMap<String, Rate>,
    /// The content of the files that it names itself, by the path written: the logo's. Filled by whoever reads the folder.
    pub assets: BTreeMap<String, Arc<Vec<u8>>>,
}

/// The words that subscribers and issues may use, as the publication declares them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vocabulary {
    /// Languages of editions; the first is the one that others fall back to. Never empty in a [`Publication`].
    pub languages: Vec<Language>,
    /// Groups of subscribers.
    pub groups: Vec<String>,
    /// Languages to try for readers of a language that an issue has no edition in; those without an entry take `languages` in order.
    pub fallbacks: BTreeMap<Language, Vec<Language>>,
    /// Whether the database has the list, and not `subscribers.toml`.
    pub is_list_kept: bool,
}

/// Where issues stand on the web.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Web {
    /// The address below which the files that `build` writes are put; ends in `/`.
    pub base: String,
    /// Whether mails name pictures there instead of carrying them.
    pub are_pictures_hosted: bool,
    /// Whether it is our own service that shows them there.
    pub is_served: bool,
}

impl Web {
    /// The page of an edition.
    #[must_use]
    pub fn page(&self, slug: &str, language: Language) -> String {
        format!("{}{slug}/{language}.html", self.base)
    }

    /// A picture, by the name of its file.
    #[must_use]
    pub fn picture(&self, file_name: &str) -> String {
        format!("{}pictures/{file_name}", self.base)
    }
}

/// How messages are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MessageRules {
    /// Whether the lines of the text part flow (RFC 3676); else each paragraph is one line.
    pub is_flowed: bool,
    /// The most octets of a whole message, pictures included.
    pub budget: usize,
}

impl Default for MessageRules {
    fn default() -> Self {
        Self { is_flowed: true, budget: 2_000_000 }
    }
}

/// Who writes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// The name before the address.
    pub name: DisplayName,
    /// `From`, and the envelope's return path.
    pub address: Address,
    /// `Reply-To`, where answers go elsewhere.
    pub reply_to: Option<Address>,
}

/// The list as mail programs know it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The list's identifier (RFC 2919 §3): dot-separated labels, stable for as long as the list lives.
    pub id: String,
    /// The mailbox that takes requests to unsubscribe (RFC 2369 §3.2).
    pub unsubscribe: Address,
}

impl List {
    /// The address of the request to leave the list, with a subject that says so (RFC 6068).
    #[must_use]
    pub fn unsubscribe_url(&self) -> String {
        format!("{}?subject=unsubscribe%20{}", mailto(&self.unsubscribe), self.id)
    }

    /// The same for one reader, whose token proves whom it is about.
    #[must_use]
    pub fn unsubscribe_url_of(&self, token: &str) -> String {
        format!("{}?subject=unsubscribe%20{token}", mailto(&self.unsubscribe))
    }
}

/// The small print below every issue.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Footer {
    /// Where the publisher lives.
    pub address: Localised,
    /// Why a reader gets this.
    pub reason: Localised,
}

/// A text in one or several languages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Localised {
    /// For languages without a text of their own: the one text, or that of the publication's first language that has one.
    general: Option<Text>,
    by_language: BTreeMap<Language, Text>,
}

impl Localised {
    fn read(fields: &Fields<'_>, key: &'static str, vocabulary: &Vocabulary) -> Self {
        if !fields.is_table(key) {
            return Self { general: fields.text(key), by_language: BTreeMap::new() };
        }
        let Some(table) = fields.table(key, key) else { return Self::default() };
        let read = |&language: &Language| Some((language, table.text(language.tag())?));
        let by_language: BTreeMap<_, _> = vocabulary.languages.iter().filter_map(read).collect();
        table.finish();
        let general = vocabulary.languages.iter().find_map(|language| by_language.get(language)).cloned();
        Self { general, by_language }
    }

    /// The text for readers of a language.
    #[must_use]
    pub fn text(&self, language: Language) -> Option<&Text> {
        self.by_language.get(&language).or(self.general.as_ref())
    }

    /// Whether readers of a language get a text that was written for them, or the one that is for everyone.
    #[must_use]
    pub fn is_written_for(&self, language: Language) -> bool {
        self.by_language.is_empty() || self.by_language.contains_key(&language)
    }
}

impl Publication {
    /// Reads `newsletter.toml`. The vocabulary is returned in any case, as far as it could be read, so that the other files can be
    /// held against it; the publication only if nothing it needs is missing.
    #[must_use]
    pub fn read(document: &Document<'_>, mistakes: &Mistakes) -> (Option<Self>, Vocabulary) {
        document.read("newsletter.toml", mistakes, |fields| {
            let name = fields.need("name", "\"Our Quarterly\"", Fields::display_name);
            let vocabulary = Vocabulary::read(fields);
            let sender = fields.need("sender", "{ name = \"…\", email = \"news@example.org\" }", read_sender);
            let list = fields.need("list", "{ id = \"news.example.org\", unsubscribe = \"leave@example.org\" }", read_list);
            let vocabulary = Vocabulary { is_list_kept: read_list_source(fields), ..vocabulary };
            let footer = fields.table("footer", "[footer]").map_or_else(Footer::default, |fields| {
                let read = |key| Localised::read(&fields, key, &vocabulary);
                let footer = Footer { address: read("address"), reason: read("reason") };
                fields.finish();
                footer
            });
            let theme = fields.table("theme", "[theme]").map_or_else(Theme::default, |fields| {
                let theme = Theme::read(&fields);
                fields.finish();
                theme
            });
            let web = fields.table("web", "[web]").and_then(|fields| {
                let web = read_web(&fields);
                fields.finish();
                web
            });
            let has_service = fields.has("service");
            let service = fields.table("service", "[service]").and_then(|fields| {
                let service = Service::read(&fields, &vocabulary);
                fields.finish();
                service
            });
            let has_inbox = fields.has("inbox");
            let inbox = fields.table("inbox", "[inbox]").and_then(|fields| {
                let inbox = Inbox::read(&fields);
                fields.finish();
                inbox
            });
            // Without a place of their own, issues stand in the archive of the service.
            let in_archive = |service: &Service| Web { base: service.archive(), are_pictures_hosted: false, is_served: true };
            let web = if fields.has("web") { web } else { service.as_ref().map(in_archive) };
            let message = fields.table("message", "[message]").map_or_else(MessageRules::default, |fields| {
                let rules = read_message_rules(&fields);
                fields.finish();
                rules
            });
            let has_dkim = fields.has("dkim");
            let dkim = fields.table("dkim", "[dkim]").and_then(|fields| {
                let dkim = Dkim::read(&fields, sender.as_ref().map(|sender| &sender.address));
                fields.finish();
                dkim
            });
            let needs_approval = read_approval(fields);
            let relays = read_relays(fields);
            let pace = fields.table("pace", "[pace]").map_or_else(BTreeMap::new, |fields| read_pace(&fields));
            let publication = (|| {
                let (name, sender, (list, keys)) = (name?, sender?, list?);
                (has_dkim == dkim.is_some() && has_service == service.is_some() && has_inbox == inbox.is_some()).then_some(())?;
                let relays = relays?;
                (!vocabulary.languages.is_empty()).then_some(())?;
                let vocabulary = vocabulary.clone();
                Some(Self {
                    name,
                    vocabulary,
                    sender,
                    list,
                    footer,
                    theme,
                    web,
                    keys: (service.is_some() || inbox.is_some()).then_some(keys),
                    service,
                    inbox,
                    message,
                    dkim,
                    needs_approval,
                    relays,
                    pace,
                    assets: BTreeMap::new(),
                })
            })();
            (publication, vocabulary)
        })
    }
}

impl Vocabulary {
    fn read(fields: &Fields<'_>) -> Self {
        let mistakes = fields.mistakes();
        let mut languages = Vec::new();
        let written = fields.need("languages", "[\"en\"]", |fields, key| Some(fields.lines(key))).unwrap_or_default();
        for literal in unique(&written, "language", mistakes) {
            match Language::from_tag(literal.text) {
                Some(language) => languages.push(language),
                None => mistakes.add(mistake::unknown_word(
                    "unknown-language",
                    literal.place(),
                    "language",
                    literal.text,
                    &Language::tags(),
                    " (those Postrider has words for)",
                )),
            }
        }
        let groups = unique(&fields.lines("groups"), "group", mistakes).map(|literal| literal.text.to_owned()).collect();
        let mut vocabulary = Self { languages, groups, ..Self::default() };
        if let Some(fields) = fields.table("fallbacks", "[fallbacks]") {
            for language in vocabulary.languages.clone() {
                if fields.has(language.tag()) {
                    let read = |literal: &Literal<'_>| vocabulary.language(literal, mistakes);
                    let chain = fields.lines(language.tag()).iter().filter_map(read).collect();
                    vocabulary.fallbacks.insert(language, chain);
                } else {
                    fields.expect(language.tag());
                }
            }
            fields.finish();
        }
        vocabulary
    }

    /// The languages to look for an edition in, for a reader of `language`: that one, then its fallbacks, then all others in order.
    #[must_use]
    pub fn chain(&self, language: Language) -> Vec<Language> {
        let mut chain = vec![language];
        for &next in self.fallbacks.get(&language).into_iter().flatten().chain(&self.languages) {
            if !chain.contains(&next) {
                chain.push(next);
            }
        }
        chain
    }

    /// Reads a language the publication has.
    #[must_use]
    pub fn language(&self, literal: &Literal<'_>, mistakes: &Mistakes) -> Option<Language> {
        let found = self.languages.iter().find(|language| language.tag() == literal.text).copied();
        if found.is_none() {
            let known: Vec<_> = self.languages.iter().map(|language| language.tag()).collect();
            mistakes.add(mistake::unknown_language(literal.place(), literal.text, &known));
        }
        found
    }

    /// Reads groups the publication has.
    #[must_use]
    pub fn groups(&self, literals: &[Literal<'_>], mistakes: &Mistakes) -> Vec<String> {
        let known: Vec<_> = self.groups.iter().map(String::as_str).collect();
        let mut groups = Vec::with_capacity(literals.len());
        for literal in literals {
            if known.contains(&literal.text) {
                groups.push(literal.text.to_owned());
            } else {
                mistakes.add(mistake::unknown_group(literal.place(), literal.text, &known));
            }
        }
        groups
    }
}

/// The literals, each once; a second one is a mistake.
fn unique<'l, 'a>(literals: &'l [Literal<'a>], noun: &str, mistakes: &Mistakes) -> impl Iterator<Item = &'l Literal<'a>> {
    let mut seen: Vec<&Literal<'_>> = Vec::new();
    for literal in literals {
        if let Some(first) = seen.iter().find(|first| first.text == literal.text) {
            let message = format!("the {noun} `{}` is declared twice", literal.text);
            mistakes.add(mistake::duplicate(literal.place(), message, first.place()));
        } else {
            seen.push(literal);
        }
    }
    seen.into_iter()
}

impl Fields<'_> {
    /// A name that can stand in a header.
    pub fn display_name(&self, key: &'static str) -> Option<DisplayName> {
        let literal = self.line(key)?;
        let length = literal.text.chars().count();
        if length > NAME_MAX {
            let message = format!("`{key}` has {length} characters, and a name can have {NAME_MAX}");
            self.mistakes().add(mistake::bad_value(literal.place(), message, "write the name by which people know them"));
            return None;
        }
        // `line` has refused every character that a name refuses.
        DisplayName::parse(literal.text).ok()
    }
}

fn read_sender(fields: &Fields<'_>, key: &'static str) -> Option<Sender> {
    let fields = fields.table(key, "[sender]")?;
    let name = fields.need("name", "\"The Secretariat\"", Fields::display_name);
    let address = fields.need("email", "\"news@example.org\"", Fields::address);
    let has_reply_to = fields.has("reply_to");
    let reply_to = fields.address("reply_to");
    fields.finish();
    (has_reply_to == reply_to.is_some()).then_some(())?;
    Some(Sender { name: name?, address: address?, reply_to })
}

fn read_list(fields: &Fields<'_>, key: &'static str) -> Option<(List, Keys)> {
    let fields = fields.table(key, "[list]")?;
    let id = fields.need("id", "\"news.example.org\"", Fields::line).and_then(|literal| {
        let is_label = |label: &str| !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        if literal.text.len() <= 255 && literal.text.contains('.') && literal.text.split('.').all(is_label) {
            return Some(literal.text.to_owned());
        }
        let message = format!("`{}` cannot identify a list", literal.text);
        let help = "write it like a domain name below one you own, such as news.example.org; it stays the same for ever";
        fields.mistakes().add(mistake::bad_value(literal.place(), message, help));
        None
    });
    let unsubscribe = fields.need("unsubscribe", "\"unsubscribe@example.org\"", Fields::address);
    let keys = Keys::read(&fields);
    fields.finish();
    Some((List { id: id?, unsubscribe: unsubscribe? }, keys))
}

/// Whether `approval` is `"required"`. A word that is neither counts as required: the guard stays up until it is mended.
fn read_approval(fields: &Fields<'_>) -> bool {
    fields.line("approval").is_some_and(|literal| match literal.text {
        "required" => true,
        "none" => false,
        other => {
            let known = ["required", "none"];
            fields.mistakes().add(mistake::unknown_word("bad-value", literal.place(), "kind of approval", other, &known, ""));
            true
        }
    })
}

/// Whether `[subscribers] source` says that the database has the list.
fn read_list_source(fields: &Fields<'_>) -> bool {
    let read = |fields: Fields<'_>| {
        let is_kept = fields.line("source").is_some_and(|literal| match literal.text {
            "database" => true,
            "file" => false,
            other => {
                let known = ["file", "database"];
                fields.mistakes().add(mistake::unknown_word(
                    "bad-value",
                    literal.place(),
                    "source of the list",
                    other,
                    &known,
                    "",
                ));
                false
            }
        });
        fields.finish();
        is_kept
    };
    fields.table("subscribers", "[subscribers]").is_some_and(read)
}

/// The relay, or each of several; `None` where one of them cannot be used as it is written.
fn read_relays(fields: &Fields<'_>) -> Option<Vec<Relay>> {
    let has_relay = fields.has("relay");
    let tables = if fields.is_list("relay") {
        fields.tables("relay", "[[relay]]")
    } else {
        fields.table("relay", "[relay]").into_iter().collect()
    };
    let is_read = has_relay != tables.is_empty();
    let read = |fields: &Fields<'_>| {
        let relay = read_relay(fields);
        fields.finish();
        relay
    };
    // All are read before one is missed, so that the mistakes of all are told.
    let relays: Vec<_> = tables.iter().map(read).collect();
    relays.into_iter().collect::<Option<_>>().filter(|_| is_read)
}

/// `"example.org" = "20/min"`.
fn read_pace(fields: &Fields<'_>) -> BTreeMap<String, Rate> {
    let mut pace = BTreeMap::new();
    for key in fields.unread() {
        // The rules for a domain are those for the one of an address.
        match Address::parse(&format!("postmaster@{key}")) {
            Ok(address) => {
                let rate = fields.free(key).and_then(|literal| read_rate(&literal, fields.mistakes()));
                pace.extend(rate.map(|rate| (address.domain().to_owned(), rate)));
            }
            Err(_) => fields.mistakes().add(mistake::bad_value(
                fields.place_of_key(key),
                format!("`{key}` is no domain"),
                "write what stands behind the @ of the addresses, in quotes: \"example.org\" = \"20/min\"",
            )),
        }
    }
    pace
}

fn read_rate(literal: &Literal<'_>, mistakes: &Mistakes) -> Option<Rate> {
    let rate = Rate::parse(literal.text);
    if rate.is_none() {
        let message = format!("`{}` is no rate", literal.text);
        mistakes.add(mistake::bad_value(
            literal.place(),
            message,
            "write how many messages in which time: 10/s, 600/min or 5000/h",
        ));
    }
    rate
}

fn read_relay(fields: &Fields<'_>) -> Option<Relay> {
    let mistakes = fields.mistakes();
    let host = fields.need("host", "\"smtp.example.org\"", Fields::line);
    let is_name = |host: &str| !host.starts_with('-') && host.chars().all(|c| c.is_alphanumeric() || ".-:[]".contains(c));
    let host = host.filter(|literal| {
        let is_sound = is_name(literal.text);
        if !is_sound {
            let message = format!("`{}` is no host name", literal.text);
            mistakes.add(mistake::bad_value(literal.place(), message, "write the name alone, such as smtp.example.org"));
        }
        is_sound
    });
    let tls = read_tls(fields);
    let port = if fields.has("port") {
        Some(fields.integer("port", 1..65536))
    } else {
        fields.expect("port");
        tls.as_ref().map(|(tls, _)| Some(if *tls == Tls::Implicit { 465 } else { 587 }))
    };
    let connections = if fields.has("connections") { fields.integer("connections", 1..257) } else { Some(4) };
    fields.expect("connections");
    let (pipelining, dsn) = (fields.boolean("pipelining"), fields.boolean("dsn"));
    let messages_per_connection = fields.integer("messages_per_connection", 1..1_000_001).and_then(|n| u32::try_from(n).ok());
    let seconds = fields.integer("seconds_per_connection", 1..86_401).and_then(|n| u64::try_from(n).ok());
    let has_rate = fields.has("rate");
    let rate = fields.line("rate").and_then(|literal| read_rate(&literal, mistakes));
    fields.expect("rate");
    let weight = if fields.has("weight") { fields.integer("weight", 0..1001) } else { Some(1) };
    fields.expect("weight");
    let ca_file = fields.line("ca_file").map(|literal| PathBuf::from(literal.text));
    let login = read_login(fields);
    let host = host.map(|literal| literal.text.to_owned());
    if let (Some(host), Some((Tls::None, written))) = (&host, &tls)
        && !relay::is_loopback(host)
    {
        let help = "write tls = \"starttls\" or tls = \"implicit\"; only a relay on this machine itself may go without";
        mistakes.add(mistake::bad_value(written.clone(), "mail and password would travel readable for everyone", help));
        return None;
    }
    (has_rate == rate.is_some()).then_some(())?;
    Some(Relay {
        rate,
        weight: weight.and_then(|weight| u32::try_from(weight).ok())?,
        login: login.ok()?,
        ca_file,
        connections: usize::try_from(connections?).ok()?,
        pipelining: pipelining.unwrap_or(true),
        dsn: dsn.unwrap_or(true),
        messages_per_connection,
        time_per_connection: seconds.map(Duration::from_secs),
        ..Relay::new(host?, u16::try_from(port??).ok()?, tls?.0)
    })
}

/// How a connection is protected, and where that is said.
pub(super) fn read_tls(fields: &Fields<'_>) -> Option<(Tls, Place)> {
    let literal = fields.need("tls", "\"starttls\"", Fields::line)?;
    match literal.text {
        "implicit" => Some((Tls::Implicit, literal.place())),
        "starttls" => Some((Tls::StartTls, literal.place())),
        "none" => Some((Tls::None, literal.place())),
        other => {
            let known = ["implicit", "starttls", "none"];
            fields.mistakes().add(mistake::unknown_word("bad-value", literal.place(), "kind of TLS", other, &known, ""));
            None
        }
    }
}

fn read_web(fields: &Fields<'_>) -> Option<Web> {
    let mistakes = fields.mistakes();
    let base = fields.need("base", "\"https://news.example.org/\"", |fields, key| {
        let literal = fields.line(key)?;
        let problem = match Link::parse(literal.text) {
            Ok(link) if !link.href().starts_with("http") => "it must be https:",
            Ok(link) if link.href().contains(['?', '#']) => "nothing can follow a query or a fragment",
            Ok(link) => {
                let slash = if link.href().ends_with('/') { "" } else { "/" };
                return Some(format!("{}{slash}", link.href()));
            }
            Err(problem) => problem,
        };
        mistakes.add(mistake::bad_link(literal.place(), literal.text, problem));
        None
    });
    let are_pictures_hosted = fields.line("pictures").is_some_and(|literal| match literal.text {
        "hosted" => true,
        "inline" => false,
        other => {
            mistakes.add(mistake::unknown_word(
                "bad-value",
                literal.place(),
                "way with pictures",
                other,
                &["inline", "hosted"],
                "",
            ));
            false
        }
    });
    Some(Web { base: base?, are_pictures_hosted, is_served: false })
}

fn read_message_rules(fields: &Fields<'_>) -> MessageRules {
    let default = MessageRules::default();
    let is_flowed = fields.line("text_wrap").map_or(default.is_flowed, |literal| match literal.text {
        "none" => false,
        "flowed" => true,
        other => {
            let known = ["flowed", "none"];
            fields.mistakes().add(mistake::unknown_word("bad-value", literal.place(), "way to wrap", other, &known, ""));
            true
        }
    });
    let budget = fields.integer("budget_kb", 50..50_001).and_then(|number| usize::try_from(number).ok());
    MessageRules { is_flowed, budget: budget.map_or(default.budget, |kilobytes| kilobytes * 1000) }
}

/// A secret, and where the file says where it is kept.
struct WrittenSecret {
    secret: Secret,
    place: Place,
}

/// Every place in which the file says that a password or a token is kept; there should be one at the most.
fn read_secrets(fields: &Fields<'_>) -> Vec<WrittenSecret> {
    type Wrap = fn(Kept) -> Secret;
    let kinds: [(Wrap, [&'static str; 3]); 2] = [
        (Secret::Password, ["password_env", "password_file", "password_command"]),
        (Secret::Token, ["token_env", "token_file", "token_command"]),
    ];
    let mut secrets = Vec::new();
    for (wrap, [variable, file, command]) in kinds {
        let mut add = |kept: Kept, place: Place| secrets.push(WrittenSecret { secret: wrap(kept), place });
        if let Some(literal) = fields.line(variable) {
            add(Kept::Environment(literal.text.to_owned()), literal.place());
        }
        if let Some(literal) = fields.line(file) {
            add(Kept::File(PathBuf::from(literal.text)), literal.place());
        }
        let words = fields.lines(command);
        if let Some(first) = words.first() {
            add(Kept::Command(words.iter().map(|literal| literal.text.to_owned()).collect()), first.place());
        }
    }
    secrets
}

/// The login, if one is wanted; an error after a mistake, which is said already.
pub(super) fn read_login(fields: &Fields<'_>) -> Result<Option<Login>, ()> {
    let mistakes = fields.mistakes();
    if fields.has("password") {
        fields.expect("password");
        let help = "take it out, change it if the file was shared, and name where it is kept: \
                    password_env = \"SMTP_PASSWORD\" or password_file = \"/etc/postrider/password\"";
        let place = fields.place_of_key("password");
        // The line is shown, the password is not: what is found goes into logs and onto other people's screens.
        let place = fields.string("password").map_or_else(|| place.clone(), |literal| place.hiding(literal.span));
        mistakes.add(mistake::bad_value(place, "a password does not belong in this file", help));
    }
    let user = fields.line("user");
    let secrets = read_secrets(fields);
    if fields.has("password") {
        return Err(());
    }
    if let [_, second, ..] = &secrets[..] {
        let message = format!("the {} is kept in two places", second.secret.noun());
        mistakes.add(mistake::bad_value(second.place.clone(), message, "take one of the two out"));
        return Err(());
    }
    let password = secrets.into_iter().next();
    match (user, password) {
        (None, None) if !fields.has("user") => Ok(None),
        (Some(user), Some(written)) => Ok(Some(Login { user: user.text.to_owned(), secret: written.secret })),
        (Some(user), None) => {
            let help = "add password_env = \"SMTP_PASSWORD\" (an environment variable) or password_file = \"…\"";
            mistakes.add(mistake::bad_value(user.place(), "a user without a place for the password", help));
            Err(())
        }
        (None, Some(written)) => {
            let message = format!("a {} without a user", written.secret.noun());
            mistakes.add(mistake::bad_value(written.place, message, "add user = \"…\""));
            Err(())
        }
        // The user is no text, which is said already.
        (None, None) => Err(()),
    }
}
