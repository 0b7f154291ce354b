//! Pictures made smaller, never larger.

use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageBuffer, Rgba, RgbaImage};

/// The picture, `width` pixels wide at most, in its own proportions.
pub(super) fn down(picture: DynamicImage, width: u32) -> DynamicImage {
    if picture.width() <= width {
        return picture;
    }
    let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width());
    let height = u32::try_from(height.max(1)).unwrap_or(u32::MAX);
    if picture.color().has_alpha() {
        return DynamicImage::ImageRgba8(see_through(&picture.into_rgba8(), width, height));
    }
    picture.resize_exact(width, height, FilterType::CatmullRom)
}

/// Scaled with each colour counting as much as it is seen: else the invisible colour of what shows through, mostly black, would darken
/// every edge.
fn see_through(picture: &RgbaImage, width: u32, height: u32) -> RgbaImage {
    let weighed: ImageBuffer<Rgba<u16>, Vec<u16>> = ImageBuffer::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0.map(u16::from);
        Rgba([red * alpha, green * alpha, blue * alpha, alpha * 255])
    });
    let scaled = imageops::resize(&weighed, width, height, FilterType::CatmullRom);
    ImageBuffer::from_fn(width, height, |x, y| {
        let [colours @ .., alpha] = scaled.get_pixel(x, y).0.map(u32::from);
        let colour = |weighed: u32| octet((weighed * 255 + alpha / 2).checked_div(alpha).unwrap_or_default());
        let [red, green, blue] = colours.map(colour);
        Rgba([red, green, blue, octet((alpha + 127) / 255)])
    })
}

fn octet(value: u32) -> u8 {
    u8::try_from(value).unwrap_or(u8::MAX)
}
