//! Pixels to the file that goes into the mail: JPEG or PNG, whichever is smaller without a loss that shows.

use std::collections::BTreeMap;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageFormat, RgbImage, RgbaImage};
use png::{BitDepth, ColorType, Compression, Filter};

use super::{Prepared, Refused, loss};

/// JPEG's qualities, of 100, in the order in which they are tried: below the first, flat areas show blocks; above the last, files grow
/// for nothing that a reader sees.
const QUALITIES: [u8; 3] = [82, 87, 92];
/// A PNG packed in a hurry that is this many times as large as the JPEG does not become the smaller one by patience.
const HOPELESS: usize = 4;

/// The smaller of the two formats. What shows through is PNG: JPEG cannot say it.
pub(super) fn smallest(picture: &DynamicImage) -> Result<Prepared, Refused> {
    let (width, height) = (picture.width(), picture.height());
    let rgba = picture.to_rgba8();
    if rgba.pixels().any(|pixel| pixel.0[3] < 255) {
        return Prepared::new(png(&rgba, None)?.ok_or_else(unencodable)?, "image/png", width, height);
    }
    let rgb = DynamicImage::ImageRgba8(rgba.clone()).into_rgb8();
    let jpeg = jpeg(&rgb)?;
    let png = png(&rgba, jpeg.as_ref().map(Vec::len))?;
    let (bytes, media_type) = match (jpeg, png) {
        (Some(jpeg), Some(png)) if png.len() < jpeg.len() => (png, "image/png"),
        (Some(jpeg), _) => (jpeg, "image/jpeg"),
        (None, Some(png)) => (png, "image/png"),
        (None, None) => return Err(unencodable()),
    };
    Prepared::new(bytes, media_type, width, height)
}

fn unencodable() -> Refused {
    Refused::because("it cannot be encoded")
}

/// The smallest JPEG whose loss does not show; `None` where it shows in each.
fn jpeg(picture: &RgbImage) -> Result<Option<Vec<u8>>, Refused> {
    let grey = is_grey(picture).then(|| DynamicImage::ImageRgb8(picture.clone()).into_luma8());
    for quality in QUALITIES {
        let mut bytes = Vec::new();
        let encoder = JpegEncoder::new_with_quality(&mut bytes, quality);
        let written = match &grey {
            Some(grey) => grey.write_with_encoder(encoder),
            None => picture.write_with_encoder(encoder),
        };
        written.map_err(|error| Refused::from(&error))?;
        let shown = image::load_from_memory_with_format(&bytes, ImageFormat::Jpeg).map_err(|error| Refused::from(&error))?;
        if !loss::is_visible(picture, &shown.into_rgb8()) {
            return Ok(Some(bytes));
        }
    }
    Ok(None)
}

fn is_grey(picture: &RgbImage) -> bool {
    picture.pixels().all(|pixel| pixel.0[0] == pixel.0[1] && pixel.0[1] == pixel.0[2])
}

/// The smallest PNG, each pixel as it is; `None` where it would be far larger than the `rival` that there is.
fn png(picture: &RgbaImage, rival: Option<usize>) -> Result<Option<Vec<u8>>, Refused> {
    let few = Indexed::new(picture).map(|indexed| indexed.encode(picture)).transpose()?;
    if let Some(rival) = rival
        && few.is_none()
        && direct(picture, Compression::Fast)?.len() > rival * HOPELESS
    {
        return Ok(None);
    }
    let direct = direct(picture, Compression::High)?;
    Ok(few.into_iter().chain([direct]).min_by_key(Vec::len))
}

/// Every pixel's colour written out, in as few channels as it takes.
fn direct(picture: &RgbaImage, compression: Compression) -> Result<Vec<u8>, Refused> {
    let pixels = || picture.pixels().map(|pixel| pixel.0);
    let is_opaque = pixels().all(|[.., alpha]| alpha == 255);
    let is_grey = pixels().all(|[red, green, blue, _]| red == green && green == blue);
    let (colour, octets): (_, Vec<u8>) = match (is_grey, is_opaque) {
        (true, true) => (ColorType::Grayscale, pixels().map(|[grey, ..]| grey).collect()),
        (true, false) => (ColorType::GrayscaleAlpha, pixels().flat_map(|[grey, _, _, alpha]| [grey, alpha]).collect()),
        (false, true) => (ColorType::Rgb, pixels().flat_map(|[red, green, blue, _]| [red, green, blue]).collect()),
        (false, false) => (ColorType::Rgba, picture.as_raw().clone()),
    };
    write(picture.dimensions(), &octets, |encoder| {
        encoder.set_color(colour);
        encoder.set_compression(compression);
        encoder.set_filter(Filter::Adaptive);
    })
}

/// The colours of a picture that has 256 at most.
struct Indexed(BTreeMap<[u8; 4], u8>);

impl Indexed {
    fn new(picture: &RgbaImage) -> Option<Self> {
        let mut colours = BTreeMap::new();
        for pixel in picture.pixels() {
            // Those that show through first: only their transparency is written.
            let [red, green, blue, alpha] = pixel.0;
            colours.insert([alpha, red, green, blue], 0);
            if colours.len() > 256 {
                return None;
            }
        }
        colours.values_mut().zip(0u8..=255).for_each(|(index, place)| *index = place);
        Some(Self(colours))
    }

    fn encode(&self, picture: &RgbaImage) -> Result<Vec<u8>, Refused> {
        let (depth, bits) = match self.0.len() {
            ..=2 => (BitDepth::One, 1),
            3..=4 => (BitDepth::Two, 2),
            5..=16 => (BitDepth::Four, 4),
            _ => (BitDepth::Eight, 8),
        };
        let index = |pixel: &image::Rgba<u8>| {
            let [red, green, blue, alpha] = pixel.0;
            self.0.get(&[alpha, red, green, blue]).copied().unwrap_or_default()
        };
        let mut octets = Vec::new();
        for row in picture.rows() {
            let indices: Vec<_> = row.map(index).collect();
            // The leftmost pixel in the highest bits (ISO/IEC 15948, 7.2).
            octets.extend(indices.chunks(8 / bits).map(|pixels| {
                let packed = pixels.iter().fold(0u8, |octet, index| if bits == 8 { *index } else { octet << bits | index });
                packed << (bits * (8 / bits - pixels.len()))
            }));
        }
        let palette: Vec<_> = self.0.keys().flat_map(|[_, colour @ ..]| *colour).collect();
        let transparency: Vec<_> = self.0.keys().map(|colour| colour[0]).take_while(|alpha| *alpha < 255).collect();
        write(picture.dimensions(), &octets, |encoder| {
            encoder.set_color(ColorType::Indexed);
            encoder.set_depth(depth);
            encoder.set_palette(palette);
            if !transparency.is_empty() {
                encoder.set_trns(transparency);
            }
            encoder.set_compression(Compression::High);
            encoder.set_filter(Filter::NoFilter);
        })
    }
}

fn write(
    (width, height): (u32, u32),
    octets: &[u8],
    set: impl FnOnce(&mut png::Encoder<'_, &mut Vec<u8>>),
) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    let mut encoder = png::Encoder::new(&mut bytes, width, height);
    encoder.set_depth(BitDepth::Eight);
    set(&mut encoder);
    let written = encoder.write_header().and_then(|mut writer| {
        writer.write_image_data(octets)?;
        writer.finish()
    });
    written.map_err(|_| unencodable())?;
    Ok(bytes)
}
