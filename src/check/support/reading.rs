//! Which features a document uses, and where: its tags read once, from first to last.
//!
//! Counted as Mailpit counts: a property once for each element that has it, a unit each time, an attribute that stands for a
//! property (`width`) once for the whole document. What stands in comments, as the branch for Word does, is not read.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;

use html5gum::emitters::callback::{CallbackEmitter, CallbackEvent};
use html5gum::{Span, Tokenizer};

use super::declaration::{Declaration, declarations, functions, sheet_features, units};
use super::table::Feature;

/// What a document uses.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Its elements, `html`, `head` and `meta` left out, those that a browser adds put in.
    pub(super) nodes: usize,
    /// The places of each feature, by slug: the offset in octets of each element that uses it.
    pub(super) found: BTreeMap<&'static str, Vec<usize>>,
}

/// Reads a document.
pub(super) fn read(html: &str) -> Reading {
    let mut walk = Walk::default();
    let mut emitter = CallbackEmitter::new(|event: CallbackEvent<'_>, span: Span<usize>| -> Option<Infallible> {
        walk.see(&event, span.start);
        None
    });
    // The text of `style`, `script` and the like holds no tags.
    emitter.naively_switch_states(true);
    // A text in memory cannot fail to be read.
    let Ok(()) = Tokenizer::new_with_emitter(html, emitter).finish();
    walk.finish()
}

/// What of a table is open: browsers add the row or the group of rows that is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Open {
    Table,
    Group,
    Row,
}

#[derive(Debug, Default)]
struct Walk {
    reading: Reading,
    name: String,
    at: usize,
    attributes: Vec<(String, String)>,
    /// The open tables, the innermost last.
    tables: Vec<Open>,
    /// What each `style` attribute that was met uses.
    styles: HashMap<String, Vec<Mention>>,
    is_in_style: bool,
    has_body: bool,
    /// The first place of each attribute that stands for a property, by the property's slug.
    presentational: BTreeMap<&'static str, usize>,
}

impl Walk {
    fn see(&mut self, event: &CallbackEvent<'_>, at: usize) {
        match event {
            CallbackEvent::OpenStartTag { name } => {
                self.name = text(name).to_ascii_lowercase();
                self.at = at;
                self.attributes.clear();
            }
            CallbackEvent::AttributeName { name } => {
                self.attributes.push((text(name).to_ascii_lowercase(), String::new()));
            }
            CallbackEvent::AttributeValue { value } => {
                if let Some((_, known)) = self.attributes.last_mut() {
                    known.push_str(&text(value));
                }
            }
            CallbackEvent::CloseStartTag { .. } => self.element(),
            CallbackEvent::EndTag { name } => self.end(&text(name).to_ascii_lowercase()),
            CallbackEvent::String { value } if self.is_in_style => {
                sheet_features(&text(value), |slug| self.reading.add_each(slug, at));
            }
            _ => {}
        }
    }
}

fn text(octets: &[u8]) -> Cow<'_, str> {
    String::from_utf8_lossy(octets)
}

impl Reading {
    /// Notes a feature that the table knows, once an element.
    fn add(&mut self, slug: &str, at: usize) {
        if self.found.get(slug).is_none_or(|places| places.last() != Some(&at)) {
            self.add_each(slug, at);
        }
    }

    /// Notes a feature that the table knows, each time.
    fn add_each(&mut self, slug: &str, at: usize) {
        if let Some(places) = self.found.get_mut(slug) {
            places.push(at);
        } else if let Some(feature) = Feature::find(slug) {
            self.found.insert(feature.slug(), vec![at]);
        }
    }
}

impl Walk {
    fn finish(mut self) -> Reading {
        if self.has_body {
            self.reading.nodes += 1;
            self.reading.add("html-body", 0);
        }
        for (slug, at) in self.presentational {
            self.reading.add_each(slug, at);
        }
        self.reading
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    fn element(&mut self) {
        let name = std::mem::take(&mut self.name);
        self.is_in_style = name == "style";
        self.count(&name);
        if let Some(slug) = self.element_slug(&name) {
            self.reading.add(&slug, self.at);
        }
        let attributes = std::mem::take(&mut self.attributes);
        for (attribute, value) in &attributes {
            self.attribute_features(&name, attribute, value);
        }
        self.attributes = attributes;
    }

    /// Counts an element, and those that a browser puts around it in a table.
    fn count(&mut self, name: &str) {
        if matches!(name, "html" | "head" | "meta" | "body") {
            return;
        }
        let (missing, now) = match (name, self.tables.last()) {
            ("table", _) => {
                self.tables.push(Open::Table);
                (0, Open::Table)
            }
            ("thead" | "tbody" | "tfoot", Some(_)) => (0, Open::Group),
            ("tr", Some(Open::Table)) | ("td" | "th", Some(Open::Group)) => (1, Open::Row),
            ("tr", Some(_)) => (0, Open::Row),
            ("td" | "th", Some(Open::Table)) => (2, Open::Row),
            (_, Some(&open)) => (0, open),
            (_, None) => (0, Open::Table),
        };
        if let Some(open) = self.tables.last_mut() {
            *open = now;
        }
        self.reading.nodes += 1 + missing;
    }

    fn end(&mut self, name: &str) {
        self.is_in_style = false;
        let now = match name {
            "body" => {
                self.has_body = true;
                return;
            }
            "table" => {
                self.tables.pop();
                return;
            }
            "tr" => Open::Group,
            "thead" | "tbody" | "tfoot" => Open::Table,
            _ => return,
        };
        if let Some(open) = self.tables.last_mut() {
            *open = now;
        }
    }

    fn element_slug(&self, name: &str) -> Option<Cow<'static, str>> {
        let kind = self.attribute("type").unwrap_or_default();
        Some(Cow::Borrowed(match name {
            // That there is a body is known at its end.
            "body" => return None,
            "object" | "embed" | "image" => "html-object",
            "article" | "aside" | "details" | "figcaption" | "figure" | "footer" | "header" | "main" | "mark" | "nav"
            | "section" | "summary" | "time" => "html-semantics",
            "h1" | "h2" | "h3" | "h4" | "h5" | "h6" => "html-h1-h6",
            "ul" | "ol" | "dl" => "html-lists",
            "map" => "html-image-maps",
            "script" if matches!(kind, "application/ld+json" | "application/json") => return None,
            "input" | "button" => return Some(Cow::Owned(format!("html-{name}-{}", kind.to_ascii_lowercase()))),
            _ => return Some(Cow::Owned(format!("html-{name}"))),
        }))
    }

    fn attribute_features(&mut self, element: &str, name: &str, value: &str) {
        let at = self.at;
        match (element, name) {
            (_, "style") => self.style_features(value),
            ("a", "href") if value.starts_with('#') => self.reading.add("html-anchor-links", at),
            ("a", "href") if value.starts_with("mailto:") => self.reading.add("html-mailto-links", at),
            ("img", "src") => {
                if let Some(format) = picture_format(value) {
                    self.reading.add(&format!("image-{format}"), at);
                }
            }
            ("img", "usemap") => self.reading.add("html-image-maps", at),
            (_, "loading") => self.reading.add("html-loading-attribute", at),
            (
                _,
                "align" | "aria-describedby" | "aria-hidden" | "aria-label" | "aria-labelledby" | "aria-live" | "background"
                | "cellpadding" | "cellspacing" | "dir" | "height" | "hidden" | "lang" | "popover" | "required" | "role"
                | "srcset" | "target" | "valign" | "width",
            ) => self.reading.add(&format!("html-{name}"), at),
            _ => {}
        }
        let property = match name {
            "bgcolor" => "css-background-color",
            "background" => "css-background",
            "border" => "css-border",
            "height" => "css-height",
            "padding" => "css-padding",
            "width" => "css-width",
            _ => return,
        };
        self.presentational.entry(property).or_insert(at);
    }

    /// What a `style` attribute uses. A letter repeats few of them often, so each is taken apart once.
    fn style_features(&mut self, style: &str) {
        if !self.styles.contains_key(style) {
            self.styles.insert(style.to_owned(), mentions(style));
        }
        for mention in self.styles.get(style).into_iter().flatten() {
            if mention.is_each {
                self.reading.add_each(mention.slug, self.at);
            } else {
                self.reading.add(mention.slug, self.at);
            }
        }
    }
}

/// A feature that a `style` attribute uses.
#[derive(Debug)]
struct Mention {
    slug: &'static str,
    /// Whether each mention counts, or the first alone.
    is_each: bool,
}

fn mentions(style: &str) -> Vec<Mention> {
    let mut all = Vec::new();
    let mut note = |slug: &str, is_each: bool| {
        all.extend(Feature::find(slug).map(|feature| Mention { slug: feature.slug(), is_each }));
    };
    for Declaration { property, value } in declarations(style) {
        let property = property.to_ascii_lowercase();
        note(&property_slug(&property), false);
        let plain = value.split(|c: char| c.is_whitespace() || c == '!').next().unwrap_or_default();
        if property == "display" && ["none", "flex", "grid"].contains(&plain) {
            note(&format!("css-display-{plain}"), false);
        }
        if plain == "initial" {
            note("css-unit-initial", true);
        }
        if value.contains('!') && value.to_ascii_lowercase().ends_with("important") {
            note("css-important", false);
        }
        for function in functions(value) {
            note(function_slug(&function.to_ascii_lowercase()), false);
        }
        // The other units work everywhere.
        for unit in units(value).filter(|unit| ["ch", "rem", "vh", "vmax", "vmin", "vw"].contains(unit)) {
            note(&format!("css-unit-{unit}"), true);
        }
    }
    all
}

fn property_slug(property: &str) -> Cow<'static, str> {
    Cow::Borrowed(match property {
        "margin-block-start" | "margin-block-end" => "css-margin-block-start-end",
        "margin-inline-start" | "margin-inline-end" => "css-margin-inline-start-end",
        "margin-inline" | "margin-block" => "css-margin-inline-block",
        "padding-block-start" | "padding-block-end" => "css-padding-block-start-end",
        "padding-inline-start" | "padding-inline-end" => "css-padding-inline-start-end",
        "padding-inline" | "padding-block" => "css-padding-inline-block",
        "border-inline" | "border-block" => "css-border-inline-block",
        "grid-template-columns" | "grid-template-rows" | "grid-template-areas" => "css-grid-template",
        "left" | "right" | "top" | "bottom" => "css-left-right-top-bottom",
        custom if custom.starts_with("--") => "css-variables",
        _ => return Cow::Owned(format!("css-{property}")),
    })
}

fn function_slug(function: &str) -> &'static str {
    match function {
        "rgb" => "css-rgb",
        "rgba" => "css-rgba",
        "calc" => "css-unit-calc",
        "var" => "css-variables",
        "linear-gradient" => "css-linear-gradient",
        "radial-gradient" => "css-radial-gradient",
        "conic-gradient" => "css-conic-gradient",
        "clamp" => "css-function-clamp",
        "light-dark" => "css-function-light-dark",
        "max" => "css-function-max",
        "min" => "css-function-min",
        "lab" | "lch" | "oklab" | "oklch" | "color" | "color-mix" => "css-modern-color",
        _ => "",
    }
}

/// The format of a picture, as the data names it, by the end of its address; none for `cid:` and the like.
fn picture_format(address: &str) -> Option<Cow<'static, str>> {
    let starts_with = |prefix: &str| address.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    if starts_with("data:image/") {
        return Some(Cow::Borrowed("base64"));
    }
    let (_, extension) = address.rsplit_once('.')?;
    Some(match extension.to_ascii_lowercase().as_str() {
        "jpeg" => Cow::Borrowed("jpg"),
        "tif" => Cow::Borrowed("tiff"),
        known => Cow::Owned(known.to_owned()),
    })
}
