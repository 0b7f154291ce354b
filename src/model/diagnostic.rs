//! What is wrong, where, and what to do about it: as a value, rendered alike in the terminal, as JSON and in the browser.

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::source::Place;

/// How much a finding weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a look; stops nothing.
    Warning,
    /// Must be mended: nothing is composed or sent before.
    Error,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// One finding.
///
/// Made by constructor functions only (in [`mistake`](super::mistake) and in the check room), so that one place owns each wording.
///
/// As JSON it is one object: `rule`, `severity`, `file`, `line`, `column`, `message`, `help`; `line` and `column` are `null` where the
/// file as a whole is meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The rule's name, in kebab-case; stable, for scripts.
    pub rule: &'static str,
    /// How much it weighs.
    pub severity: Severity,
    /// What is wrong, in a sentence without its full stop.
    pub message: String,
    /// Where.
    pub place: Place,
    /// A few words for beneath the underlined text; may be empty.
    pub label: String,
    /// Other places that belong to it, each with its words.
    pub related: Vec<(Place, String)>,
    /// What to do.
    pub help: String,
}

impl Diagnostic {
    /// An error; words under the text and further places can be [added](Self::labelled).
    #[must_use]
    pub fn error(rule: &'static str, place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self {
            rule,
            severity: Severity::Error,
            message: message.into(),
            place,
            label: String::new(),
            related: Vec::new(),
            help: help.into(),
        }
    }

    /// A warning.
    #[must_use]
    pub fn warning(rule: &'static str, place: Place, message: impl Into<String>, help: impl Into<String>) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, place, message, help) }
    }

    /// With words beneath the underlined text.
    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = label.into();
        self
    }

    /// With another place that belongs to it.
    #[must_use]
    pub fn related_to(mut self, place: Place, words: impl Into<String>) -> Self {
        self.related.push((place, words.into()));
        self
    }

    /// Whether it must be mended before anything is composed.
    #[must_use]
    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

impl Serialize for Diagnostic {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let position = self.place.position();
        let mut object = serializer.serialize_struct("Diagnostic", 7)?;
        object.serialize_field("rule", self.rule)?;
        object.serialize_field("severity", &self.severity)?;
        object.serialize_field("file", &self.place.source.name)?;
        object.serialize_field("line", &position.map(|(line, _)| line))?;
        object.serialize_field("column", &position.map(|(_, column)| column))?;
        object.serialize_field("message", &self.message)?;
        object.serialize_field("help", &self.help)?;
        object.end()
    }
}

/// Puts findings in the order a person mends them: by file, then by place; the graver first on a tie.
pub fn sort(findings: &mut [Diagnostic]) {
    findings.sort_by(|a, b| {
        let key = |d: &Diagnostic| (d.place.source.name.clone(), d.place.span.as_ref().map_or(0, |span| span.start));
        key(a).cmp(&key(b)).then(b.severity.cmp(&a.severity))
    });
}
