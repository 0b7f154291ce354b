//! An issue of the newsletter, and its editions.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::block::Block;
use super::document::{Document, Fields, Mistakes, Moment};
use super::language::Language;
use super::mistake;
use super::publication::Vocabulary;
use super::source::Place;
use super::text::Text;

/// One number of the newsletter: a folder below `issues/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issue {
    /// The folder's name, such as `2023-q3`.
    pub slug: String,
    /// The editions, in the order of the publication's languages. At least one.
    pub editions: Vec<Edition>,
    /// The content of the picture files that editions name, by the path written in them.
    pub pictures: BTreeMap<String, Arc<Vec<u8>>>,
}

/// An issue in one language: a file of the issue's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Edition {
    /// The language.
    pub language: Language,
    /// The subject line.
    pub subject: Text,
    /// The line that inboxes show beside the subject.
    pub preheader: Option<Text>,
    /// The masthead's title.
    pub title: Text,
    /// The time it reports on.
    pub period: Option<Text>,
    /// The day of the issue.
    pub moment: Moment,
    /// Whether it says less than the other editions on purpose.
    pub is_summary: bool,
    /// Whether it stands in the archive, once it was sent.
    pub is_archived: bool,
    /// Where it says that it is a draft, if it does: then it is shown and tested, and never sent.
    pub draft: Option<Place>,
    /// What it is made of, in order.
    pub blocks: Vec<Block>,
    /// The file.
    pub place: Place,
}

impl Issue {
    /// The edition in the first language of `chain` that there is one in, else the first there is.
    ///
    /// # Panics
    /// If the issue has no edition, which no reader of files returns.
    #[must_use]
    pub fn edition(&self, chain: &[Language]) -> &Edition {
        let in_language = |wanted: Language| self.editions.iter().find(|edition| edition.language == wanted);
        let found = chain.iter().find_map(|&language| in_language(language));
        found.or(self.editions.first()).expect("an issue has at least one edition")
    }
}

impl Edition {
    /// Reads an edition's file. What is missing or wrong in it stays empty, and is among the mistakes: so the rest is checked all the same.
    #[must_use]
    pub fn read(document: &Document<'_>, language: Language, place: Place, vocabulary: &Vocabulary, mistakes: &Mistakes) -> Self {
        document.read("an edition", mistakes, |fields| {
            let subject = fields.need("subject", "\"What this issue is about\"", Fields::header_text);
            let preheader = fields.header_text("preheader");
            let title = fields.need("title", "\"Quarterly newsletter\"", Fields::text);
            let period = fields.text("period");
            let is_summary = fields.boolean("summary").unwrap_or(false);
            let draft = fields.boolean("draft").unwrap_or(false).then(|| fields.place_of_key("draft"));
            let is_archived = fields.boolean("archive").unwrap_or(true);
            let moment = fields.need("date", "2023-09-30", Fields::moment);
            if moment.is_some_and(|moment| moment.date.year() < 1970) {
                let problem = "a mail cannot be dated before 1970";
                mistakes.add(mistake::bad_date(fields.place_of_key("date"), "date", problem));
            }
            if !fields.has("block") {
                fields.mistakes().add(mistake::missing_blocks(fields.place()));
            }
            let blocks =
                fields.tables("block", "a block").into_iter().filter_map(|fields| Block::read(fields, vocabulary)).collect();
            Self {
                language,
                subject: subject.unwrap_or_default(),
                preheader,
                title: title.unwrap_or_default(),
                period,
                moment: moment.unwrap_or_default(),
                is_summary,
                is_archived,
                draft,
                blocks,
                place,
            }
        })
    }

    /// Every text of the edition that may hold merge fields, in reading order.
    pub fn each_text<'e>(&'e self, visit: &mut impl FnMut(&'e Text)) {
        visit(&self.subject);
        self.preheader.iter().for_each(&mut *visit);
        visit(&self.title);
        self.period.iter().for_each(&mut *visit);
        for block in &self.blocks {
            block.each_text(visit);
        }
    }
}
