//! Colours of other spaces to sRGB, the one that mail programs take a picture without a profile to be in.

use image::{DynamicImage, ImageFormat, RgbImage};
use moxcms::{ColorProfile, DataColorSpace, Layout, TransformOptions};
use zune_core::bytestream::ZCursor;
use zune_core::colorspace::ColorSpace;
use zune_core::options::DecoderOptions;
use zune_jpeg::JpegDecoder;

/// How far a channel may be off before a conversion is worth its rounding: many programs write sRGB in their own way.
const SAME: u8 = 2;

/// The picture in sRGB; as it stands where the profile makes no sense, for then everyone else shows it so, too.
pub(super) fn to_srgb(picture: DynamicImage, profile: &[u8]) -> DynamicImage {
    let Ok(profile) = ColorProfile::new_from_slice(profile) else { return picture };
    let converted = match (profile.color_space, &picture) {
        (DataColorSpace::Gray, DynamicImage::ImageLuma8(grey)) => {
            let (width, height) = grey.dimensions();
            convert(&profile, Layout::Gray, grey.as_raw(), Layout::Rgb)
                .and_then(|rgb| RgbImage::from_raw(width, height, rgb))
                .map(DynamicImage::ImageRgb8)
        }
        (DataColorSpace::Gray, DynamicImage::ImageLumaA8(grey)) => {
            let (width, height) = grey.dimensions();
            convert(&profile, Layout::GrayAlpha, grey.as_raw(), Layout::Rgba)
                .and_then(|rgba| image::RgbaImage::from_raw(width, height, rgba))
                .map(DynamicImage::ImageRgba8)
        }
        (DataColorSpace::Rgb, _) if is_srgb(&profile) => None,
        (DataColorSpace::Rgb, _) if picture.color().has_alpha() => {
            let rgba = picture.to_rgba8();
            let (width, height) = rgba.dimensions();
            convert(&profile, Layout::Rgba, rgba.as_raw(), Layout::Rgba)
                .and_then(|rgba| image::RgbaImage::from_raw(width, height, rgba))
                .map(DynamicImage::ImageRgba8)
        }
        (DataColorSpace::Rgb, _) => {
            let rgb = picture.to_rgb8();
            let (width, height) = rgb.dimensions();
            convert(&profile, Layout::Rgb, rgb.as_raw(), Layout::Rgb)
                .and_then(|rgb| RgbImage::from_raw(width, height, rgb))
                .map(DynamicImage::ImageRgb8)
        }
        _ => None,
    };
    converted.unwrap_or(picture)
}

/// Whether a profile says what sRGB says, tried on colours all over it.
fn is_srgb(profile: &ColorProfile) -> bool {
    let steps = [0, 32, 96, 160, 224, 255];
    let probe: Vec<u8> =
        steps.iter().flat_map(|&red| steps.map(|green| steps.map(|blue| [red, green, blue]))).flatten().flatten().collect();
    convert(profile, Layout::Rgb, &probe, Layout::Rgb)
        .is_some_and(|converted| converted.iter().zip(&probe).all(|(new, old)| new.abs_diff(*old) <= SAME))
}

/// Pixels of one layout to sRGB in another; `None` where the profile cannot be used so.
fn convert(profile: &ColorProfile, from: Layout, pixels: &[u8], to: Layout) -> Option<Vec<u8>> {
    let srgb = ColorProfile::new_srgb();
    let transform = profile.create_transform_8bit(from, &srgb, to, TransformOptions::default()).ok()?;
    let mut converted = vec![0; pixels.len() / from.channels() * to.channels()];
    transform.transform(pixels, &mut converted).ok()?;
    Some(converted)
}

/// A JPEG in the four inks of print, in sRGB: by its profile, or as browsers do without one. `None` for every other file, and within
/// `None` where the decoder gives up.
///
/// Decoded here and not by the picture library: that one knows no profile for inks, and makes of each ink's absence its strength where the
/// file was not written by Adobe's convention.
#[expect(clippy::option_option, reason = "another kind of file, a file that cannot be decoded, a picture")]
pub(super) fn printed(content: &[u8], format: ImageFormat, profile: Option<&[u8]>) -> Option<Option<RgbImage>> {
    if format != ImageFormat::Jpeg {
        return None;
    }
    let lenient = DecoderOptions::default().set_strict_mode(false).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(content), lenient);
    decoder.decode_headers().ok()?;
    let space = decoder.input_colorspace()?;
    let (width, height) = decoder.dimensions()?;
    if !matches!(space, ColorSpace::CMYK | ColorSpace::YCCK) {
        return None;
    }
    decoder.set_options(lenient.jpeg_set_out_colorspace(space));
    Some(decoder.decode().ok().and_then(|mut inks| {
        if space == ColorSpace::YCCK {
            inks.chunks_exact_mut(4).for_each(inks_of_ycck);
        }
        // Adobe's marker means that 255 is no ink at all (its Technical Note 5116, section 18).
        if space == ColorSpace::YCCK || has_adobe_marker(content) {
            for ink in &mut inks {
                *ink = 255 - *ink;
            }
        }
        let by_profile = || {
            let profile = ColorProfile::new_from_slice(profile?).ok()?;
            // Four channels are four channels: the layout's name is for another four.
            (profile.color_space == DataColorSpace::Cmyk).then(|| convert(&profile, Layout::Rgba, &inks, Layout::Rgb))?
        };
        let rgb = by_profile().unwrap_or_else(|| inks.chunks_exact(4).flat_map(on_white).collect());
        RgbImage::from_raw(u32::try_from(width).ok()?, u32::try_from(height).ok()?, rgb)
    }))
}

/// Luminance and colour differences back to the inks they stand for (ITU-T T.871 §7); black is as it is.
fn inks_of_ycck(pixel: &mut [u8]) {
    let [y, blue, red] = [pixel[0], pixel[1], pixel[2]].map(f32::from);
    let (blue, red) = (blue - 128.0, red - 128.0);
    let rgb = [y + 1.402 * red, y - 0.344_136 * blue - 0.714_136 * red, y + 1.772 * blue];
    for (ink, light) in pixel.iter_mut().zip(rgb) {
        *ink = 255 - rounded(light);
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "clamped to what fits")]
fn rounded(value: f32) -> u8 {
    value.round().clamp(0.0, 255.0) as u8
}

/// Inks as light, as if paper were pure white and each ink swallowed its own third of the light.
fn on_white(inks: &[u8]) -> [u8; 3] {
    let black = 255 - u16::from(inks[3]);
    [0, 1, 2].map(|ink| u8::try_from((255 - u16::from(inks[ink])) * black / 255).unwrap_or(u8::MAX))
}

/// Whether Adobe's segment (APP14) stands before the image data.
fn has_adobe_marker(content: &[u8]) -> bool {
    let mut rest = content.get(2..).unwrap_or_default();
    while let [0xFF, marker, high, low, body @ ..] = rest {
        match marker {
            0xEE if body.starts_with(b"Adobe") => return true,
            0xDA => return false,
            _ => {}
        }
        rest = rest.get(2 + usize::from(u16::from_be_bytes([*high, *low]))..).unwrap_or_default();
    }
    false
}
