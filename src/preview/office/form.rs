//! What a form sent.

use axum::body::Bytes;
use url::form_urlencoded;

/// The fields of a form, as they were filled in.
#[derive(Debug)]
pub(super) struct Form(Vec<(String, String)>);

impl Form {
    /// Reads a form's body (`application/x-www-form-urlencoded`). Whatever it is, it is a form, perhaps without fields.
    pub(super) fn parse(body: &Bytes) -> Self {
        Self(form_urlencoded::parse(body).into_owned().collect())
    }

    /// What was filled in, without spaces around it; empty where nothing was.
    pub(super) fn field(&self, name: &str) -> &str {
        self.0.iter().find(|(key, _)| key == name).map_or("", |(_, value)| value.trim())
    }

    /// Whether a box was ticked.
    pub(super) fn has(&self, name: &str) -> bool {
        !self.field(name).is_empty()
    }
}
