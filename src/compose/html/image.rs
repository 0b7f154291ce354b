//! A picture, with the words below it.

use maud::{Markup, html};

use super::Page;
use super::style::below;
use crate::compose::picture::Inline;
use crate::model::block::Picture;

/// A picture with its caption, prepared for `width` and shown at most `shown` wide where a client heeds attributes only, and as wide as
/// its room else; both in CSS pixels.
#[must_use]
pub fn captioned(page: &Page<'_>, picture: &Picture, width: u32, shown: u32) -> Markup {
    html! {
        (image(page, picture, width, shown, &page.style.corners))
        (caption(page, picture))
    }
}

/// The picture alone.
#[must_use]
pub fn image(page: &Page<'_>, picture: &Picture, width: u32, shown: u32, corners: &str) -> Markup {
    let Some(inline) = page.letter.pictures.find(&picture.file, 2 * width) else { return html! {} };
    let alt = picture.alt.as_ref().map(|alt| page.fill(alt)).unwrap_or_default();
    // A picture smaller than its room is not blown up.
    let natural = inline.prepared.width.min(2 * width);
    let shown = shown.min(natural.max(1));
    let limit = natural.min(width);
    html! {
        img src=(page.letter.picture_address(inline)) width=(shown) height=(height(inline, shown)) alt=(alt)
            style={ "display:block;width:100%;max-width:" (limit) "px;height:auto;border:0" (corners) };
    }
}

/// The height that belongs to a width. A number, never `auto`: clients keep room for it before the picture is there.
#[must_use]
pub fn height(inline: &Inline, shown: u32) -> u64 {
    let (width, height) = (u64::from(inline.prepared.width.max(1)), u64::from(inline.prepared.height));
    (height * u64::from(shown) / width).max(1)
}

/// Caption and credit, if there are any.
#[must_use]
pub fn caption(page: &Page<'_>, picture: &Picture) -> Markup {
    let caption = page.letter.caption(picture);
    html! { @if !caption.is_empty() { p.q style={ (below(&page.style.small, 0)) ";padding-top:8px" } { (caption) } } }
}
