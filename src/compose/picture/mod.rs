//! Pictures made fit for mail: upright, no larger than shown on a fine screen, without metadata, in sRGB, as JPEG or PNG.
//!
//! - `source`: a file of any origin to upright pixels; what is refused is refused before it is decoded
//! - `profile`: colours of other spaces to sRGB
//! - `scale`: to the width that is needed
//! - `encode`: JPEG or PNG, whichever is smaller; `loss` says whether a reader would see the difference
//! - `cache`: so that none of this is done twice

mod cache;
mod encode;
mod loss;
mod profile;
mod scale;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use aws_lc_rs::digest::{SHA256, digest};
use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;
use rayon::prelude::*;

pub use cache::PictureCache;
pub use source::Refused;

use super::{Composer, hex, html, logo_key};
use crate::model::diagnostic::Diagnostic;
use crate::model::issue::Edition;
use crate::model::mistake;
use crate::model::source::Place;

/// Names all that decides what a source becomes. Whoever changes a room of this one so that other octets come out counts it up, and
/// pictures kept from before are made anew.
const RECIPE: u32 = 1;

/// A picture ready for a message.
#[derive(Debug, PartialEq, Eq)]
pub struct Prepared {
    /// The file's octets.
    pub bytes: Vec<u8>,
    /// The octets in base64, lines of 76, for the wire: encoded once for all messages.
    pub encoded: Vec<u8>,
    /// `image/jpeg` or `image/png`.
    pub media_type: &'static str,
    /// Width in pixels of the file.
    pub width: u32,
    /// Height in pixels of the file.
    pub height: u32,
}

impl Prepared {
    fn new(bytes: Vec<u8>, media_type: &'static str, width: u32, height: u32) -> Result<Self, Refused> {
        let encoded = Body::new_with_encoding(bytes.clone(), ContentTransferEncoding::Base64);
        let encoded = encoded.map_err(|_| Refused::because("it cannot be encoded"))?.into_vec();
        Ok(Self { bytes, encoded, media_type, width, height })
    }

    /// How files of its kind end, without the dot.
    fn extension(&self) -> &'static str {
        if self.media_type == "image/png" { "png" } else { "jpg" }
    }
}

/// Makes a file fit for mail, `width` pixels wide at most.
fn prepare(content: &[u8], width: u32) -> Result<Prepared, Refused> {
    let source::Upright { picture, profile } = source::read(content)?;
    let scaled = scale::down(picture, width);
    let picture = match profile {
        Some(profile) => profile::to_srgb(scaled, &profile),
        None => scaled,
    };
    encode::smallest(&picture)
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
}

impl Inline {
    /// Prepares a picture for a use, `width` pixels wide at most.
    ///
    /// # Errors
    /// Why the file cannot be used, and what to do about it.
    pub fn prepare(file: &str, content: &[u8], width: u32, cache: &PictureCache) -> Result<Self, Refused> {
        let prepared = cache.prepare(content, width)?;
        let stem = file.rsplit('/').next().and_then(|name| name.rsplit_once('.')).map_or("picture", |(stem, _)| stem);
        let stem: String =
            stem.chars().map(|c| if c.is_ascii_alphanumeric() || "-_".contains(c) { c } else { '-' }).take(60).collect();
        Ok(Self {
            hash: hex(digest(&SHA256, &prepared.bytes).as_ref())[..24].to_owned(),
            file_name: format!("{stem}.{}", prepared.extension()),
            prepared,
        })
    }

    /// The name under which it is put on the web: from its content, so that it can be kept for ever.
    #[must_use]
    pub fn hosted_name(&self) -> String {
        format!("{}.{}", self.hash, self.prepared.extension())
    }
}

/// The prepared pictures of an issue, by file and width.
#[derive(Debug, Default)]
pub struct Pictures {
    by_use: BTreeMap<(String, u32), Inline>,
}

/// A picture and the size in which it is to be shown.
#[derive(Debug, Clone)]
pub(super) struct Use<'a> {
    /// What it is asked for by: the file's name, for a logo with a slash before it.
    pub(super) key: String,
    /// How many pixels wide it may be.
    pub(super) width: u32,
    /// The file's octets.
    pub(super) content: &'a [u8],
    /// Where it is named.
    pub(super) place: &'a Place,
}

impl Use<'_> {
    fn prepare(&self, cache: &PictureCache) -> Result<Inline, Box<Diagnostic>> {
        let file = self.key.trim_start_matches('/');
        Inline::prepare(file, self.content, self.width, cache).map_err(|refusal| {
            let refused = mistake::bad_picture(self.place.clone(), file, &refusal.problem);
            Box::new(Diagnostic { help: refusal.help.to_owned(), ..refused })
        })
    }
}

impl Pictures {
    /// Prepares each picture for each of its uses.
    pub(super) fn prepare<'a>(uses: impl Iterator<Item = Use<'a>>, cache: &PictureCache) -> Result<Self, Vec<Diagnostic>> {
        let mut seen = BTreeSet::new();
        let uses: Vec<_> = uses.filter(|one| seen.insert((one.key.clone(), one.width))).collect();
        let prepared: Vec<_> = uses.par_iter().map(|one| one.prepare(cache)).collect();
        let mut by_use = BTreeMap::new();
        let mut refused = Vec::new();
        for (one, prepared) in uses.into_iter().zip(prepared) {
            match prepared {
                Ok(inline) => {
                    by_use.insert((one.key, one.width), inline);
                }
                Err(finding) => refused.push(*finding),
            }
        }
        if refused.is_empty() { Ok(Self { by_use }) } else { Err(refused) }
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

    /// A file of the publication's logo, prepared to be shown `width` CSS pixels wide.
    #[must_use]
    pub fn find_logo(&self, file: &str, width: u32) -> Option<&Inline> {
        self.find(&logo_key(file), 2 * width)
    }
}

/// What one picture adds to a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Weight {
    /// The file, as it is written.
    pub file: String,
    /// What tells it from every other picture: its Content-ID begins with it.
    pub hash: String,
    /// Where it is named first.
    pub place: Place,
    /// Octets of its base64 on the wire.
    pub octets: usize,
}

/// What each picture of an edition adds to a message that shows every block, the heaviest first. A picture shown twice travels once.
/// Empty where pictures are hosted, for then the message carries none.
#[must_use]
pub fn weights(composer: &Composer, edition: &Edition) -> Vec<Weight> {
    let publication = composer.publication();
    if publication.web.as_ref().is_some_and(|web| web.are_pictures_hosted) {
        return Vec::new();
    }
    let (theme, pictures) = (&publication.theme, composer.pictures());
    let in_blocks = edition.blocks.iter().flat_map(|block| {
        let width = 2 * html::display_width(theme, block);
        block.pictures().into_iter().map(move |picture| (&picture.file, &picture.place, pictures.find(&picture.file, width)))
    });
    let in_logo = theme.logo.iter().flat_map(|logo| {
        logo.files().map(|(file, place)| (file.to_owned(), place.clone(), pictures.find_logo(file, logo.width)))
    });
    let mut seen = BTreeSet::new();
    let mut weights: Vec<_> = in_blocks
        .map(|(file, place, inline)| (file.clone(), place.clone(), inline))
        .chain(in_logo)
        .filter_map(|(file, place, inline)| Some((file, place, inline?)))
        .filter(|(_, _, inline)| seen.insert(inline.hash.as_str()))
        .map(|(file, place, inline)| Weight { file, hash: inline.hash.clone(), place, octets: inline.prepared.encoded.len() })
        .collect();
    weights.sort_by(|a, b| b.octets.cmp(&a.octets).then_with(|| a.file.cmp(&b.file)));
    weights
}
