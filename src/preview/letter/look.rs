//! How a message is looked at.

use url::form_urlencoded;

/// One way to look at a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) enum Pane {
    /// The HTML, as mail programs show it.
    #[default]
    Mail,
    /// The plain text.
    Text,
    /// The header fields.
    Headers,
    /// The tree of parts, with what each weighs.
    Parts,
    /// The octets.
    Source,
}

/// How wide the mail is shown to begin with; it can be drawn to any width.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) enum Width {
    /// 375 pixels.
    Phone,
    /// 700 pixels: a reading pane.
    #[default]
    Desktop,
}

/// How a message is looked at. Part of a page's address: what is the default is not written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) struct Look {
    /// Which side of it.
    pub(in crate::preview) pane: Pane,
    /// How wide the mail is.
    pub(in crate::preview) width: Width,
}

impl Pane {
    /// All of them, in the order of the tabs.
    pub(in crate::preview) const ALL: [Self; 5] = [Self::Mail, Self::Text, Self::Headers, Self::Parts, Self::Source];

    /// The name in addresses and style sheets.
    pub(in crate::preview) fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
            Self::Headers => "headers",
            Self::Parts => "parts",
            Self::Source => "source",
        }
    }

    /// The name on the tab.
    pub(in crate::preview) fn title(self) -> &'static str {
        match self {
            Self::Mail => "Mail",
            Self::Text => "Plain text",
            Self::Headers => "Headers",
            Self::Parts => "Parts",
            Self::Source => "Source",
        }
    }
}

impl Width {
    /// All of them, the narrowest first.
    pub(in crate::preview) const ALL: [Self; 2] = [Self::Phone, Self::Desktop];

    /// The name in addresses and style sheets.
    pub(in crate::preview) fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Desktop => "desktop",
        }
    }
}

impl Look {
    /// Reads a query; what it does not understand it leaves out.
    pub(in crate::preview) fn parse(query: &str) -> Self {
        let mut look = Self::default();
        for (key, value) in form_urlencoded::parse(query.as_bytes()) {
            look.read(&key, &value);
        }
        look
    }

    /// Takes a field of a query, if it is about the look.
    pub(in crate::preview) fn read(&mut self, key: &str, value: &str) {
        match key {
            "pane" => self.pane = Pane::ALL.into_iter().find(|pane| pane.name() == value).unwrap_or_default(),
            "width" => self.width = Width::ALL.into_iter().find(|width| width.name() == value).unwrap_or_default(),
            _ => {}
        }
    }

    /// The fields of a query that say it, as far as it is not the default.
    pub(in crate::preview) fn fields(self) -> Vec<(&'static str, &'static str)> {
        let default = Self::default();
        let pane = (self.pane != default.pane).then(|| ("pane", self.pane.name()));
        let width = (self.width != default.width).then(|| ("width", self.width.name()));
        [pane, width].into_iter().flatten().collect()
    }

    /// The query alone, with its question mark.
    pub(in crate::preview) fn address(self) -> String {
        form_urlencoded::Serializer::for_suffix("?".to_owned(), 1).extend_pairs(self.fields()).finish()
    }
}
