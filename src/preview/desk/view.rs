//! What of the desk an address asks for.

use url::form_urlencoded;

use crate::model::language::Language;
use crate::model::subscriber::Subscriber;
use crate::preview::letter::Look;

/// What the address asks for. Empty is nothing in particular.
#[derive(Debug, Clone, Default)]
pub(super) struct View {
    /// The address of a person on the list.
    pub(super) reader: String,
    /// The language of the edition that nobody in particular reads.
    pub(super) edition: String,
    /// How the message is looked at.
    pub(super) look: Look,
    /// Whom to find in the list.
    pub(super) search: String,
}

impl View {
    /// Reads a query; what it does not understand it leaves out.
    pub(super) fn parse(query: &str) -> Self {
        let mut view = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            match &*key {
                "reader" => view.reader = value.into_owned(),
                "edition" => view.edition = value.into_owned(),
                "search" => view.search = value.into_owned(),
                key => view.look.read(key, &value),
            }
        }
        view
    }

    /// The address, relative to the page.
    pub(super) fn address(&self) -> String {
        form_urlencoded::Serializer::for_suffix("?".to_owned(), 1).extend_pairs(self.fields()).finish()
    }

    /// The fields of the query.
    pub(super) fn fields(&self) -> Vec<(&'static str, &str)> {
        let words = [("reader", &*self.reader), ("edition", &*self.edition), ("search", &*self.search)];
        let mut fields: Vec<_> = words.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        fields.extend(self.look.fields());
        fields
    }

    /// The same, looked at in another way.
    pub(super) fn with_look(&self, look: Look) -> String {
        Self { look, ..self.clone() }.address()
    }

    /// The same, as somebody on the list reads it.
    pub(super) fn with_reader(&self, subscriber: &Subscriber) -> String {
        Self { reader: subscriber.address.as_written().to_owned(), edition: String::new(), ..self.clone() }.address()
    }

    /// The same, as nobody in particular reads it.
    pub(super) fn with_anyone(&self, language: Language) -> String {
        Self { reader: String::new(), edition: language.tag().to_owned(), ..self.clone() }.address()
    }
}
