//! How a message is looked at.

use url::form_urlencoded;

use super::rendition::{Colours, Engine, Pictures, Rendition};

/// One of several ways, of which one is chosen.
pub(in crate::preview) trait Choice: Copy + Default + PartialEq + 'static {
    /// All of them, in the order in which they are offered.
    const ALL: &'static [Self];

    /// The name in addresses and style sheets.
    fn name(self) -> &'static str;

    /// The name for people.
    fn title(self) -> &'static str;

    /// The one of that name in an address; the default where there is none.
    fn named(name: &str) -> Self {
        Self::ALL.iter().copied().find(|choice| choice.name() == name).unwrap_or_default()
    }
}

/// One way to look at a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) enum Pane {
    /// The HTML, as mail programs show it.
    #[default]
    Mail,
    /// The plain text.
    Text,
    /// The line of it in a list of mails.
    Inbox,
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
    /// 600 pixels: a small tablet held upright.
    Tablet,
    /// 900 pixels, or as many as there are: a reading pane.
    #[default]
    Desktop,
}

/// How the plain text is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) enum Setting {
    /// Its lines as they travel, in a window of 80 columns.
    #[default]
    Lines,
    /// Its paragraphs, put together as `format=flowed` says, in the face and at the width of a phone.
    Phone,
}

/// How a message is looked at. Part of a page's address: what is the default is not written there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(in crate::preview) struct Look {
    /// Which side of it.
    pub(in crate::preview) pane: Pane,
    /// How wide the mail is.
    pub(in crate::preview) width: Width,
    /// As which program the mail is shown.
    pub(in crate::preview) rendition: Rendition,
    /// How the plain text is shown.
    pub(in crate::preview) setting: Setting,
}

impl Choice for Pane {
    const ALL: &'static [Self] = &[Self::Mail, Self::Text, Self::Inbox, Self::Headers, Self::Parts, Self::Source];

    fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Text => "text",
            Self::Inbox => "inbox",
            Self::Headers => "headers",
            Self::Parts => "parts",
            Self::Source => "source",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Mail => "Mail",
            Self::Text => "Plain text",
            Self::Inbox => "Inbox",
            Self::Headers => "Headers",
            Self::Parts => "Parts",
            Self::Source => "Source",
        }
    }
}

impl Pane {
    /// Whether it is read by scrolling it as a whole; the others have something in them that is.
    pub(in crate::preview) fn is_read(self) -> bool {
        matches!(self, Self::Inbox | Self::Headers | Self::Parts)
    }
}

impl Choice for Width {
    const ALL: &'static [Self] = &[Self::Phone, Self::Tablet, Self::Desktop];

    fn name(self) -> &'static str {
        match self {
            Self::Phone => "phone",
            Self::Tablet => "tablet",
            Self::Desktop => "desktop",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Phone => "Phone",
            Self::Tablet => "Tablet",
            Self::Desktop => "Desktop",
        }
    }
}

impl Choice for Setting {
    const ALL: &'static [Self] = &[Self::Lines, Self::Phone];

    fn name(self) -> &'static str {
        match self {
            Self::Lines => "lines",
            Self::Phone => "phone",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Lines => "72 columns",
            Self::Phone => "Phone",
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
            "pane" => self.pane = Pane::named(value),
            "width" => self.width = Width::named(value),
            "text" => self.setting = Setting::named(value),
            _ => self.rendition.read(key, value),
        }
    }

    /// The fields of a query that say it, as far as it is not the default.
    pub(in crate::preview) fn fields(self) -> Vec<(&'static str, &'static str)> {
        let mut fields = Vec::new();
        fields.extend(field("pane", self.pane));
        fields.extend(field("width", self.width));
        fields.extend(self.rendition.fields());
        fields.extend(field("text", self.setting));
        fields
    }

    /// The query alone, with its question mark.
    pub(in crate::preview) fn address(self) -> String {
        form_urlencoded::Serializer::for_suffix("?".to_owned(), 1).extend_pairs(self.fields()).finish()
    }

    /// The same, with a choice made within the pane.
    pub(super) fn with_width(self, width: Width) -> Self {
        Self { width, ..self }
    }

    /// The same, in other colours.
    pub(super) fn with_colours(self, colours: Colours) -> Self {
        Self { rendition: Rendition { colours, ..self.rendition }, ..self }
    }

    /// The same, with pictures or without.
    pub(super) fn with_pictures(self, pictures: Pictures) -> Self {
        Self { rendition: Rendition { pictures, ..self.rendition }, ..self }
    }

    /// The same, by another engine; in colours that it has.
    pub(super) fn with_engine(self, engine: Engine) -> Self {
        Self { rendition: Rendition { engine, ..self.rendition }.settled(), ..self }
    }
}

/// A field of a query; none for the default.
pub(super) fn field<C: Choice>(key: &'static str, choice: C) -> Option<(&'static str, &'static str)> {
    (choice != C::default()).then(|| (key, choice.name()))
}
