//! Pictures made fit for mail: upright, no larger than shown on a fine screen, without metadata, as JPEG or PNG.

use std::collections::{BTreeMap, HashMap};
use std::io::Cursor;
use std::sync::{Arc, Mutex, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::FilterType;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits};

use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

use super::hex;

/// The most pixels a picture can have, as its header says: 40 megapixels.
const PIXELS_MAX: u64 = 40_000_000;
/// JPEG's quality, of 100: below it flat areas show blocks, above it files grow for nothing that a reader sees.
const QUALITY: u8 = 82;

/// A picture ready for a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The file's octets.
    pub bytes: Vec<u8>,
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// Width in pixels of the file.
    pub width: u32,
    /// Height in pixels of the file.
    pub height: u32,
}

/// Prepared pictures by their content, so that no picture is scaled twice. Shared by whoever composes.
#[derive(Debug, Default)]
pub struct PictureCache(Mutex<HashMap<Use, Arc<Prepared>>>);

/// The SHA-256 of a file, and the width in pixels that it is prepared for.
type Use = ([u8; 32], u32);

impl PictureCache {
    fn prepare(&self, content: &[u8], width: u32) -> Result<Arc<Prepared>, String> {
        let hash = digest(&SHA256, content);
        let key = (hash.as_ref().try_into().expect("SHA-256 has 32 octets"), width);
        if let Some(found) = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return Ok(Arc::clone(found));
        }
        // Scaled outside the lock: two threads may do the same work once, but none waits for another's picture.
        let prepared = Arc::new(prepare(content, width)?);
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&prepared));
        Ok(prepared)
    }
}

/// A picture as a message refers to it.
#[derive(Debug, Clone)]
pub struct Inline {
    /// What tells it from every other picture: the start of a SHA-256, as 24 hexadecimal digits.
    pub hash: String,
    /// The name under which a mail program saves it.
    pub file_name: String,
    /// The picture.
    pub prepared: Arc<Prepared>,
    /// The octets in base64, lines of 76, for the wire: encoded once for all messages.
    pub encoded: Vec<u8>,
}

impl Inline {
    /// The name under which it is put on the web: from its content, so that it can be kept for ever.
    #[must_use]
    pub fn hosted_name(&self) -> String {
        let extension = if self.prepared.media_type == "image/png" { "png" } else { "jpg" };
        format!("{}.{extension}", self.hash)
    }
}

/// The prepared pictures of an issue, by file and width.
#[derive(Debug, Default)]
pub struct Pictures {
    by_use: BTreeMap<(String, u32), Inline>,
}

impl Pictures {
    /// Prepares a picture for a use, `width` pixels wide at most.
    ///
    /// # Errors
    /// Why the file cannot be used, in a few words.
    pub fn prepare(&mut self, file: &str, content: &[u8], width: u32, cache: &PictureCache) -> Result<(), String> {
        if self.by_use.contains_key(&(file.to_owned(), width)) {
            return Ok(());
        }
        let prepared = cache.prepare(content, width)?;
        let stem = file.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("picture", |(stem, _)| stem);
        let stem: String =
            stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).take(60).collect();
        let extension = if prepared.media_type == "image/png" { "png" } else { "jpg" };
        let inline = Inline {
            hash: hex(digest(&SHA256, &prepared.bytes).as_ref())[..24].to_owned(),
            file_name: format!("{stem}.{extension}"),
            encoded: Body::new_with_encoding(prepared.bytes.clone(), ContentTransferEncoding::Base64)
                .map_err(|_| "it cannot be encoded")?
                .into_vec(),
            prepared,
        };
        self.by_use.insert((file.to_owned(), width), inline);
        Ok(())
    }

    /// All of them, each content once, in a fixed order.
    pub fn all(&self) -> impl Iterator<Item = &Inline> {
        let by_hash: BTreeMap<&str, &Inline> = self.by_use.values().map(|inline| (inline.hash.as_str(), inline)).collect();
        by_hash.into_values()
    }

    /// The picture prepared for a use.
    #[must_use]
    pub fn find(&self, file: &str, width: u32) -> Option<&Inline> {
        self.by_use.get(&(file.to_owned(), width))
    }
}

fn prepare(content: &[u8], width: u32) -> Result<Prepared, String> {
    let reader = || ImageReader::new(Cursor::new(content)).with_guessed_format().map_err(|error| error.to_string());
    let format = reader()?.format().ok_or("it is neither JPEG nor PNG nor WebP")?;
    // The header first: what it claims decides whether anything is decoded at all.
    let (columns, rows) = reader()?.into_dimensions().map_err(|error| describe(&error))?;
    if columns == 0 || rows == 0 {
        return Err("it has no pixels".to_owned());
    }
    if u64::from(columns) * u64::from(rows) > PIXELS_MAX {
        return Err(format!("{columns} × {rows} are more than 40 million pixels"));
    }
    let mut reader = reader()?;
    let mut limits = Limits::default();
    limits.max_alloc = Some(PIXELS_MAX * 8);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(|error| describe(&error))?;
    let orientation = decoder.orientation().map_err(|error| describe(&error))?;
    let mut picture = DynamicImage::from_decoder(decoder).map_err(|error| describe(&error))?;
    picture.apply_orientation(orientation);
    if picture.width() > width {
        let height = u64::from(picture.height()) * u64::from(width) / u64::from(picture.width());
        picture = picture.resize_exact(width, u32::try_from(height.max(1)).unwrap_or(u32::MAX), FilterType::CatmullRom);
    }
    encode(&picture, format)
}

/// JPEG for photographs; PNG where something shows through, or where a drawing is smaller so.
fn encode(picture: &DynamicImage, source: ImageFormat) -> Result<Prepared, String> {
    let is_see_through = picture.color().has_alpha() && picture.to_rgba8().pixels().any(|pixel| pixel.0[3] < 255);
    let png = |picture: &DynamicImage| -> Result<Vec<u8>, String> {
        let mut bytes = Vec::new();
        picture.write_to(&mut Cursor::new(&mut bytes), ImageFormat::Png).map_err(|error| describe(&error))?;
        Ok(bytes)
    };
    let (bytes, media_type) = if is_see_through {
        (png(&DynamicImage::ImageRgba8(picture.to_rgba8()))?, "image/png")
    } else {
        let rgb = DynamicImage::ImageRgb8(picture.to_rgb8());
        let mut jpeg = Vec::new();
        rgb.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY)).map_err(|error| describe(&error))?;
        let png = if source == ImageFormat::Png { Some(png(&rgb)?) } else { None };
        match png {
            Some(png) if png.len() < jpeg.len() => (png, "image/png"),
            _ => (jpeg, "image/jpeg"),
        }
    };
    Ok(Prepared { bytes, media_type, width: picture.width(), height: picture.height() })
}

fn describe(error: &image::ImageError) -> String {
    match error {
        image::ImageError::Unsupported(_) => "it is neither JPEG nor PNG nor WebP".to_owned(),
        image::ImageError::Limits(_) => "it would take too much memory".to_owned(),
        _ => "it is damaged or cut off".to_owned(),
    }
}
