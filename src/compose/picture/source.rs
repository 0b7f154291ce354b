//! A picture file, whoever made it, to pixels that stand upright. Whatever can be refused by looking at the file's frame is refused
//! before a single pixel is decoded.

use std::io::Cursor;

use image::{DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::profile;

/// The most pixels a picture can have, as its header says: 40 megapixels.
const PIXELS_MAX: u64 = 40_000_000;
/// The most octets that a decoder can take: eight for each pixel, as 16-bit colours with transparency have.
const MEMORY_MAX: u64 = PIXELS_MAX * 8;

/// Why a file cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refused {
    /// What is wrong, to follow "the picture cannot be used:".
    pub problem: String,
    /// What to do.
    pub help: &'static str,
}

impl Refused {
    /// For a reason that saving the picture again would remove.
    pub(super) fn because(problem: impl Into<String>) -> Self {
        Self { problem: problem.into(), help: "save the picture again as JPEG, PNG or WebP" }
    }

    fn with_help(self, help: &'static str) -> Self {
        Self { help, ..self }
    }
}

impl From<&ImageError> for Refused {
    fn from(error: &ImageError) -> Self {
        match error {
            ImageError::Unsupported(_) => Self::because("it is of a kind that is not known here"),
            ImageError::Limits(_) => Self::because("it would take too much memory"),
            _ => Self::because("it is damaged or cut off"),
        }
    }
}

/// A picture as it is to be seen, 8 bits a channel.
#[derive(Debug)]
pub(super) struct Upright {
    pub(super) picture: DynamicImage,
    /// The ICC profile of its colours, where they are not sRGB's already.
    pub(super) profile: Option<Vec<u8>>,
}

/// Reads a file.
pub(super) fn read(content: &[u8]) -> Result<Upright, Refused> {
    let format = format(content)?;
    inspect(content, format)?;
    let reader = || ImageReader::with_format(Cursor::new(content), format);
    // The header next: what it claims decides whether anything is decoded at all.
    let (columns, rows) = reader().into_dimensions().map_err(|error| Refused::from(&error))?;
    if columns == 0 || rows == 0 {
        return Err(Refused::because("it has no pixels"));
    }
    if u64::from(columns) * u64::from(rows) > PIXELS_MAX {
        return Err(Refused::because(format!("{columns} × {rows} are more than 40 million pixels"))
            .with_help("save it smaller: 2000 pixels are wide enough for any place in the mail"));
    }
    if !can_hold(format, content.len() as u64, u64::from(columns) * u64::from(rows)) {
        return Err(Refused::because(format!("{columns} × {rows} pixels are more than its data can hold")));
    }
    let mut reader = reader();
    let mut limits = Limits::default();
    limits.max_alloc = Some(MEMORY_MAX);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| Refused::from(&error))?;
    // Metadata that cannot be read says nothing about the pixels.
    let orientation = decoder.orientation().unwrap_or(image::metadata::Orientation::NoTransforms);
    let found = decoder.icc_profile().unwrap_or_default();
    let (mut picture, profile) = match profile::printed(content, format, found.as_deref()) {
        Some(picture) => (DynamicImage::ImageRgb8(picture.ok_or_else(|| Refused::because("it is damaged or cut off"))?), None),
        None => (DynamicImage::from_decoder(decoder).map_err(|error| Refused::from(&error))?, found),
    };
    picture = eight_bits(picture);
    picture.apply_orientation(orientation);
    Ok(Upright { picture, profile })
}

fn eight_bits(picture: DynamicImage) -> DynamicImage {
    match picture {
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLumaA8(_) | DynamicImage::ImageRgb8(_) | DynamicImage::ImageRgba8(_) => {
            picture
        }
        DynamicImage::ImageLuma16(_) => DynamicImage::ImageLuma8(picture.into_luma8()),
        DynamicImage::ImageLumaA16(_) => DynamicImage::ImageLumaA8(picture.into_luma_alpha8()),
        _ if picture.color().has_alpha() => DynamicImage::ImageRgba8(picture.into_rgba8()),
        _ => DynamicImage::ImageRgb8(picture.into_rgb8()),
    }
}

/// What a file is by its first octets; names are not heeded.
fn format(content: &[u8]) -> Result<ImageFormat, Refused> {
    if content.is_empty() {
        return Err(Refused::because("it is empty").with_help("copy the picture again from where it came"));
    }
    match image::guess_format(content) {
        Ok(format @ (ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::WebP)) => Ok(format),
        _ => Err(stranger(content)),
    }
}

/// What a file is that is none of the three, as far as one can tell.
fn stranger(content: &[u8]) -> Refused {
    let begins = |with: &[u8]| content.starts_with(with);
    let brand = content.get(4..12).unwrap_or_default();
    let text = String::from_utf8_lossy(&content[..content.len().min(1024)]).to_ascii_lowercase();
    let kind = if text.contains("<svg") {
        return Refused::because("it is an SVG drawing, which mail programs do not show")
            .with_help("export it as PNG, twice as wide as it is to be shown");
    } else if begins(b"GIF8") {
        "a GIF"
    } else if brand.starts_with(b"ftypavif") || brand.starts_with(b"ftypavis") {
        "an AVIF"
    } else if brand.starts_with(b"ftyphe") || brand.starts_with(b"ftypmif1") || brand.starts_with(b"ftypmsf1") {
        "an HEIC, as iPhones take them,"
    } else if begins(b"II*\0") || begins(b"MM\0*") {
        "a TIFF"
    } else if begins(b"BM") {
        "a BMP"
    } else if begins(b"8BPS") {
        "a Photoshop file"
    } else if begins(b"%PDF") {
        "a PDF"
    } else {
        return Refused::because("it is neither JPEG nor PNG nor WebP");
    };
    Refused::because(format!("it is {kind} and neither JPEG nor PNG nor WebP"))
}

/// Looks at the frame of a file: whether its end is there, and whether it moves. Decoders fill what is missing with grey and say nothing.
fn inspect(content: &[u8], format: ImageFormat) -> Result<(), Refused> {
    let frame = match format {
        ImageFormat::Jpeg => jpeg_frame(content),
        ImageFormat::Png => png_frame(content),
        _ => webp_frame(content),
    };
    if frame.moves {
        let help = "give one still picture as JPEG or PNG: many mail programs show an animation's first picture only";
        return Err(Refused::because("it is an animation").with_help(help));
    }
    if frame.is_whole {
        return Ok(());
    }
    Err(Refused::because("its end is missing").with_help("copy it again from where it came: it was cut off on the way"))
}

/// Whether so many octets can be so many pixels. What a header claims costs nothing to write and much to decode.
fn can_hold(format: ImageFormat, octets: u64, pixels: u64) -> bool {
    // An octet of a JPEG says at most eight blocks of 64 pixels are like the one before; one of a PNG at most 1032 octets, each of
    // eight pixels in black and white. A WebP of one colour needs next to nothing.
    match format {
        ImageFormat::Jpeg => octets * 8 * 64 >= pixels,
        ImageFormat::Png => octets * 1032 * 8 >= pixels,
        _ => true,
    }
}

/// What the outline of a file tells.
struct Frame {
    is_whole: bool,
    moves: bool,
}

/// A JPEG is whole if an end-of-image marker follows its first scan (ITU-T T.81, B.1.1 and B.2.1).
fn jpeg_frame(content: &[u8]) -> Frame {
    let is_whole = first_scan(content).is_some_and(|scan| scan.windows(2).any(|marker| marker == [0xFF, 0xD9]));
    Frame { is_whole, moves: false }
}

/// What follows the segments before the image data; a thumbnail in one of them has an end of its own.
fn first_scan(content: &[u8]) -> Option<&[u8]> {
    let mut rest = content.get(2..)?;
    loop {
        // Before a marker there may be fill bytes, and in files of careless programs others.
        let marker = rest.windows(2).position(|pair| pair[0] == 0xFF && !matches!(pair[1], 0x00 | 0xFF))?;
        rest = &rest[marker..];
        if rest[1] == 0xDA {
            return Some(rest);
        }
        let length = u16::from_be_bytes([*rest.get(2)?, *rest.get(3)?]);
        rest = rest.get(2 + usize::from(length)..)?;
    }
}

/// A PNG is whole if its last chunk is there (ISO/IEC 15948, 5.3 and 11.2.5), and moves if it has more than one frame (11.3.6 of the
/// third edition, `acTL`).
fn png_frame(content: &[u8]) -> Frame {
    let mut frame = Frame { is_whole: false, moves: false };
    let mut rest = content.get(8..).unwrap_or_default();
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        match (after.get(..4), after.get(4..8)) {
            (Some(b"IEND"), Some(_)) => {
                frame.is_whole = true;
                break;
            }
            (Some(b"acTL"), Some(frames)) => frame.moves = frames != 1u32.to_be_bytes(),
            _ => {}
        }
        // Name and checksum stand around the content.
        rest = length.checked_add(8).and_then(|length| after.get(length..)).unwrap_or_default();
    }
    frame
}

/// A WebP is whole if it is as long as it says (RFC 9649 §2.4), and moves if its header says so (§2.7.1).
fn webp_frame(content: &[u8]) -> Frame {
    let claimed = content.get(4..8).map_or(0, |size| u32::from_le_bytes([size[0], size[1], size[2], size[3]]));
    // Some writers forget the octet that makes the last chunk's length even.
    let is_whole = content.len() as u64 + 1 >= u64::from(claimed) + 8;
    let moves = content.get(12..16) == Some(b"VP8X") && content.get(20).is_some_and(|flags| flags & 0b10 != 0);
    Frame { is_whole, moves }
}
