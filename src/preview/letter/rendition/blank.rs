//! Pictures that are not shown: a box as large as each, with the words that stand for it, as mail programs draw it.

use std::fmt::Write;

use super::sheet::{self, Declaration};
use super::token::{Tag, escaped};

/// The box for a picture; `None` for what is none.
pub(super) fn of(tag: &Tag) -> Option<String> {
    if !matches!(tag.name.as_str(), "img" | "v:fill" | "v:image" | "v:imagedata" | "source") {
        return None;
    }
    // What names a picture and is none has no words, and no box.
    if tag.name != "img" {
        return Some(String::new());
    }
    let pixels = |name: &str| tag.attribute(name).and_then(|value| value.trim_end_matches("px").parse::<u32>().ok());
    let alt = tag.attribute("alt").unwrap_or_default();
    let mut style: Vec<_> = sheet::declarations(tag.attribute("style").unwrap_or_default());
    let is_ours = |one: &Declaration| matches!(one.property.as_str(), "height" | "border" | "display");
    let display = style.iter().find(|one| one.property == "display").map(|one| one.value.clone());
    let hides = display.as_deref() == Some("none");
    style.retain(|one| !is_ours(one));
    let mut box_style = sheet::written(&style);
    if !box_style.is_empty() {
        box_style.push(';');
    }
    if style.iter().all(|one| one.property != "width")
        && let Some(width) = pixels("width")
    {
        let _ = write!(box_style, "width:{width}px;");
    }
    if let (Some(width), Some(height)) = (pixels("width"), pixels("height")) {
        let _ = write!(box_style, "aspect-ratio:{width}/{height};");
    }
    let display = match display.as_deref() {
        Some("block") => "block",
        _ if hides => "none",
        _ => "inline-block",
    };
    if style.iter().all(|one| one.property != "max-width") {
        box_style.push_str("max-width:100%;");
    }
    let _ = write!(
        box_style,
        "display:{display};box-sizing:border-box;overflow:hidden;border:1px solid #8a8a8a;padding:4px 6px;\
         font-family:Arial,sans-serif;font-size:14px;line-height:1.4"
    );
    // Without words it says nothing to anybody who cannot see it, as the picture would not.
    let role =
        if alt.is_empty() { "aria-hidden=\"true\"".to_owned() } else { format!("role=\"img\" aria-label=\"{}\"", escaped(alt)) };
    Some(format!("<span class=\"blank\" {role} style=\"{}\">{}</span>", escaped(&box_style), escaped(alt)))
}
