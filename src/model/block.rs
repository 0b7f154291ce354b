//! The blocks that an edition is made of.

use jiff::civil::Date;

use super::address::Address;
use super::document::{Fields, Literal};
use super::link::Link;
use super::mistake;
use super::prose::Prose;
use super::publication::Vocabulary;
use super::source::Place;
use super::text::Text;

/// A block, and who sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Block {
    /// What it is.
    pub kind: Kind,
    /// The groups whose members alone see it; empty for everyone.
    pub only: Vec<String>,
    /// Where its table begins.
    pub place: Place,
}

/// What a block is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// The piece that opens the issue.
    Lead(Article),
    /// A piece.
    Article(Article),
    /// Two pieces side by side, which stack where there is no room.
    Pair([Box<Article>; 2]),
    /// A pull quote.
    Quote(Quote),
    /// Recommendations and the like.
    List(List),
    /// Large numbers in a row.
    Figures(Figures),
    /// Dates.
    Events(Events),
    /// A picture on its own.
    Picture(Picture),
    /// A button on its own.
    Button(Labelled),
    /// A hairline.
    Divider,
    /// The list of pieces.
    Contents(Option<Text>),
    /// Something everyone should notice.
    Notice(Titled),
    /// Who publishes this.
    About(Titled),
    /// How to reach them.
    Contact(Contact),
}

/// A piece: everything but its title is optional.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Article {
    /// A word or two above the title.
    pub kicker: Option<Text>,
    /// The title.
    pub title: Text,
    /// When it happened, from and, for several days, until.
    pub date: Option<(Date, Option<Date>)>,
    /// Where it happened.
    pub place: Option<Text>,
    /// The picture.
    pub picture: Option<Picture>,
    /// The text.
    pub body: Option<Prose>,
    /// Where to read more.
    pub links: Vec<ReadMore>,
}

/// Where to read more about a piece.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadMore {
    /// The words; without them Postrider says "Read more about" and the title, in the edition's language.
    pub text: Option<Text>,
    /// Where they lead.
    pub link: Link,
}

/// A picture with its words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    /// The file, from the folder, with `/` between its parts; never leads out of it.
    pub file: String,
    /// Where the file is named.
    pub place: Place,
    /// What is to be seen; `None` for a picture that decorates.
    pub alt: Option<Text>,
    /// Words below it.
    pub caption: Option<Text>,
    /// Who made it.
    pub credit: Option<Text>,
    /// Where it stands in an article.
    pub side: Side,
}

/// Where an article's picture stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Side {
    /// Above the title, as wide as the column.
    #[default]
    Above,
    /// At the start of the line beside the text.
    Left,
    /// At the end of the line beside the text.
    Right,
}

/// A pull quote.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Quote {
    /// What was said, without quotation marks.
    pub text: Text,
    /// Who said it.
    pub by: Option<Text>,
    /// The speaker's office.
    pub role: Option<Text>,
}

/// A list with items of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct List {
    /// The title.
    pub title: Option<Text>,
    /// What comes before the items.
    pub intro: Option<Prose>,
    /// The items.
    pub items: Vec<Prose>,
    /// Whether they are numbered.
    pub is_numbered: bool,
}

/// Large numbers in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figures {
    /// The title.
    pub title: Option<Text>,
    /// Number and label of each.
    pub items: Vec<(Text, Text)>,
}

/// Dates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Events {
    /// The title.
    pub title: Option<Text>,
    /// Each event.
    pub items: Vec<Event>,
}

/// An event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// What it is.
    pub title: Text,
    /// When, from and, for several days, until.
    pub date: (Date, Option<Date>),
    /// The time of day, in the writer's words.
    pub time: Option<Text>,
    /// Where.
    pub place: Option<Text>,
    /// Where to learn more.
    pub link: Option<Link>,
}

/// Words that lead somewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labelled {
    /// The words.
    pub text: Text,
    /// Where they lead.
    pub link: Link,
}

/// A text with a title.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Titled {
    /// The title.
    pub title: Option<Text>,
    /// The text.
    pub body: Prose,
}

/// How to reach the publisher.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// The title.
    pub title: Option<Text>,
    /// The text.
    pub body: Option<Prose>,
    /// A mailbox.
    pub email: Option<Address>,
    /// A telephone number, as people write it.
    pub phone: Option<Text>,
    /// A web page.
    pub link: Option<Link>,
}

/// The words for `kind`.
const KINDS: [&str; 14] = [
    "lead", "article", "pair", "quote", "list", "figures", "events", "picture", "button", "divider", "contents", "notice",
    "about", "contact",
];

impl Block {
    /// Reads a `[[block]]`.
    #[must_use]
    pub fn read(mut fields: Fields<'_>, vocabulary: &Vocabulary) -> Option<Self> {
        let kind = fields.need("kind", "\"article\"", Fields::line)?;
        if KINDS.contains(&kind.text) {
            let article = if kind.text.starts_with(['a', 'e']) { "an" } else { "a" };
            fields.call(format!("{article} {} block", kind.text));
        }
        let only = vocabulary.groups(&fields.lines("only"), fields.mistakes());
        let place = kind.place();
        let kind = match kind.text {
            "lead" => Kind::Lead(read_article(&fields)),
            "article" => Kind::Article(read_article(&fields)),
            "pair" => Kind::Pair(read_pair(&fields, &place)?),
            "quote" => Kind::Quote(read_quote(&fields)?),
            "list" => Kind::List(read_list(&fields)),
            "figures" => Kind::Figures(read_figures(&fields)),
            "events" => Kind::Events(read_events(&fields)),
            "picture" => Kind::Picture(Picture::read(&fields)?),
            "button" => Kind::Button(Labelled::read(&fields)?),
            "divider" => Kind::Divider,
            "contents" => Kind::Contents(fields.text("title")),
            "notice" => Kind::Notice(read_titled(&fields)?),
            "about" => Kind::About(read_titled(&fields)?),
            "contact" => Kind::Contact(read_contact(&fields)),
            other => {
                fields.mistakes().add(mistake::unknown_kind(place, other, &KINDS));
                return None;
            }
        };
        fields.finish();
        Some(Self { kind, only, place })
    }

    /// The word for what it is, as files write it.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self.kind {
            Kind::Lead(_) => "lead",
            Kind::Article(_) => "article",
            Kind::Pair(_) => "pair",
            Kind::Quote(_) => "quote",
            Kind::List(_) => "list",
            Kind::Figures(_) => "figures",
            Kind::Events(_) => "events",
            Kind::Picture(_) => "picture",
            Kind::Button(_) => "button",
            Kind::Divider => "divider",
            Kind::Contents(_) => "contents",
            Kind::Notice(_) => "notice",
            Kind::About(_) => "about",
            Kind::Contact(_) => "contact",
        }
    }

    /// The titles under which a contents list names its pieces, in order; none for blocks it leaves out.
    #[must_use]
    pub fn headings(&self) -> Vec<&Text> {
        match &self.kind {
            Kind::Lead(article) | Kind::Article(article) => vec![&article.title],
            Kind::Pair(articles) => articles.iter().map(|article| &article.title).collect(),
            Kind::Events(events) => events.title.iter().collect(),
            _ => Vec::new(),
        }
    }

    /// The articles in it, in order.
    #[must_use]
    pub fn articles(&self) -> Vec<&Article> {
        match &self.kind {
            Kind::Lead(article) | Kind::Article(article) => vec![article],
            Kind::Pair(articles) => articles.iter().map(AsRef::as_ref).collect(),
            _ => Vec::new(),
        }
    }

    /// The pictures in it, in order.
    #[must_use]
    pub fn pictures(&self) -> Vec<&Picture> {
        match &self.kind {
            Kind::Picture(picture) => vec![picture],
            _ => self.articles().into_iter().filter_map(|article| article.picture.as_ref()).collect(),
        }
    }

    /// Every text in it that may hold merge fields.
    pub fn each_text<'b>(&'b self, visit: &mut impl FnMut(&'b Text)) {
        match &self.kind {
            Kind::Lead(article) | Kind::Article(article) => article.each_text(visit),
            Kind::Pair(articles) => articles.iter().for_each(|article| article.each_text(visit)),
            Kind::Quote(quote) => {
                visit(&quote.text);
                quote.by.iter().chain(&quote.role).for_each(visit);
            }
            Kind::List(list) => {
                list.title.iter().for_each(&mut *visit);
                list.intro.iter().chain(&list.items).for_each(|prose| prose.each_text(visit));
            }
            Kind::Figures(figures) => {
                figures.title.iter().for_each(&mut *visit);
                figures.items.iter().flat_map(|(value, label)| [value, label]).for_each(visit);
            }
            Kind::Events(events) => {
                events.title.iter().for_each(&mut *visit);
                for event in &events.items {
                    visit(&event.title);
                    event.time.iter().chain(&event.place).for_each(&mut *visit);
                }
            }
            Kind::Picture(picture) => picture.each_text(visit),
            Kind::Button(button) => visit(&button.text),
            Kind::Divider => {}
            Kind::Contents(title) => title.iter().for_each(visit),
            Kind::Notice(titled) | Kind::About(titled) => {
                titled.title.iter().for_each(&mut *visit);
                titled.body.each_text(visit);
            }
            Kind::Contact(contact) => {
                contact.title.iter().for_each(&mut *visit);
                contact.body.iter().for_each(|body| body.each_text(visit));
                contact.phone.iter().for_each(visit);
            }
        }
    }
}

fn read_article(fields: &Fields<'_>) -> Article {
    let title = fields.need("title", "\"…\"", Fields::text);
    Article {
        title: title.unwrap_or_default(),
        kicker: fields.text("kicker"),
        date: read_days(fields),
        place: fields.text("place"),
        picture: fields.table("picture", "a picture").and_then(|fields| {
            let picture = Picture::read(&fields);
            fields.finish();
            picture
        }),
        body: fields.prose("body"),
        links: fields
            .tables("links", "a link")
            .iter()
            .filter_map(|fields| {
                let link = ReadMore::read(fields);
                fields.finish();
                link
            })
            .collect(),
    }
}

fn read_pair(fields: &Fields<'_>, place: &Place) -> Option<[Box<Article>; 2]> {
    let example = "[{ title = \"…\" }, { title = \"…\" }]";
    let tables = fields.need("items", example, |fields, key| Some(fields.tables(key, "an item of a pair")))?;
    let articles: Vec<_> = tables
        .iter()
        .map(|fields| {
            let article = read_article(fields);
            fields.finish();
            if let Some(picture) = article.picture.as_ref().filter(|picture| picture.side != Side::Above) {
                let message = "in a pair a picture stands above its piece";
                fields.mistakes().add(mistake::bad_value(picture.place.clone(), message, "take the line `side` out"));
            }
            Box::new(article)
        })
        .collect();
    let count = articles.len();
    articles.try_into().map_err(|_| fields.mistakes().add(mistake::not_a_pair(place.clone(), count))).ok()
}

impl Article {
    fn each_text<'a>(&'a self, visit: &mut impl FnMut(&'a Text)) {
        self.kicker.iter().for_each(&mut *visit);
        visit(&self.title);
        self.place.iter().for_each(&mut *visit);
        self.picture.iter().for_each(|picture| picture.each_text(visit));
        self.body.iter().for_each(|body| body.each_text(visit));
        self.links.iter().filter_map(|link| link.text.as_ref()).for_each(visit);
    }
}

fn read_days(fields: &Fields<'_>) -> Option<(Date, Option<Date>)> {
    let from = fields.date("date");
    let until = fields.date("until");
    let from = from?;
    if until.is_some_and(|until| until < from) {
        let message = "`until` lies before `date`";
        let help = "`date` is the first day, `until` the last";
        fields.mistakes().add(mistake::bad_value(fields.place_of_key("until"), message, help));
    }
    Some((from, until))
}

impl Picture {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let mistakes = fields.mistakes();
        let file = fields.need("file", "\"pictures/lead.jpg\"", Fields::line);
        let is_decorative = fields.boolean("decorative").unwrap_or(false);
        let alt = match fields.string("alt") {
            Some(alt) if !alt.text.trim().is_empty() => fields.text("alt"),
            Some(_) | None if is_decorative => None,
            Some(empty) => {
                mistakes.add(mistake::missing_alt(empty.place()));
                None
            }
            None => {
                let place = file.as_ref().map_or_else(|| fields.place(), Literal::place);
                mistakes.add(mistake::missing_alt(place));
                None
            }
        };
        let caption = fields.text("caption");
        let credit = fields.text("credit");
        let side = fields.line("side").map_or(Side::Above, |literal| match literal.text {
            "above" => Side::Above,
            "left" => Side::Left,
            "right" => Side::Right,
            other => {
                let known = ["above", "left", "right"];
                mistakes.add(mistake::unknown_word("bad-value", literal.place(), "side", other, &known, ""));
                Side::Above
            }
        });
        let file = file?;
        let place = file.place();
        let is_inside = |part: &str| !part.is_empty() && part != "." && part != "..";
        if file.text.contains(['\\', ':']) || !file.text.split('/').all(is_inside) {
            mistakes.add(mistake::path_outside(place, file.text));
            return None;
        }
        Some(Self { file: file.text.to_owned(), place, alt, caption, credit, side })
    }

    fn each_text<'p>(&'p self, visit: &mut impl FnMut(&'p Text)) {
        self.alt.iter().chain(&self.caption).chain(&self.credit).for_each(visit);
    }
}

impl ReadMore {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let text = fields.text("text");
        let link = fields.need("url", "\"https://example.org/report\"", Fields::link);
        Some(Self { text, link: link? })
    }
}

impl Labelled {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let text = fields.need("text", "\"Read the report\"", Fields::text);
        let link = fields.need("url", "\"https://example.org/report\"", Fields::link);
        Some(Self { text: text?, link: link? })
    }
}

fn read_quote(fields: &Fields<'_>) -> Option<Quote> {
    let text = fields.need("text", "\"…\"", Fields::text);
    let (by, role) = (fields.text("by"), fields.text("role"));
    Some(Quote { text: text?, by, role })
}

fn read_list(fields: &Fields<'_>) -> List {
    let literals = fields.need("items", "[\"…\", \"…\"]", |fields, key| Some(fields.strings(key))).unwrap_or_default();
    List {
        title: fields.text("title"),
        intro: fields.prose("intro"),
        items: literals.iter().map(|literal| Prose::read(literal, fields.mistakes())).collect(),
        is_numbered: fields.boolean("numbered").unwrap_or(false),
    }
}

fn read_figures(fields: &Fields<'_>) -> Figures {
    let example = "[{ value = \"4\", label = \"years\" }]";
    let tables = fields.need("items", example, |fields, key| Some(fields.tables(key, "a figure"))).unwrap_or_default();
    let read = |fields: &Fields<'_>| {
        let value = fields.need("value", "\"4\"", Fields::text);
        let label = fields.need("label", "\"years\"", Fields::text);
        fields.finish();
        Some((value?, label?))
    };
    Figures { title: fields.text("title"), items: tables.iter().filter_map(read).collect() }
}

fn read_events(fields: &Fields<'_>) -> Events {
    let example = "[{ title = \"…\", date = 2023-08-02 }]";
    let tables = fields.need("items", example, |fields, key| Some(fields.tables(key, "an event"))).unwrap_or_default();
    let read = |fields: &Fields<'_>| {
        let title = fields.need("title", "\"…\"", Fields::text);
        let date = fields.need("date", "2023-08-02", |fields, _| read_days(fields));
        fields.expect("until");
        let (time, place, link) = (fields.text("time"), fields.text("place"), fields.link("url"));
        fields.finish();
        Some(Event { title: title?, date: date?, time, place, link })
    };
    Events { title: fields.text("title"), items: tables.iter().filter_map(read).collect() }
}

fn read_titled(fields: &Fields<'_>) -> Option<Titled> {
    let title = fields.text("title");
    let body = fields.need("body", "\"…\"", Fields::prose);
    Some(Titled { title, body: body? })
}

fn read_contact(fields: &Fields<'_>) -> Contact {
    Contact {
        title: fields.text("title"),
        body: fields.prose("body"),
        email: fields.address("email"),
        phone: fields.text("phone"),
        link: fields.link("url"),
    }
}

impl Fields<'_> {
    /// A link.
    pub fn link(&self, key: &'static str) -> Option<Link> {
        let literal = self.line(key)?;
        match Link::parse(literal.text) {
            Ok(link) => Some(link.at(literal.place())),
            Err(problem) => {
                self.mistakes().add(mistake::bad_link(literal.place(), literal.text, problem));
                None
            }
        }
    }
}
