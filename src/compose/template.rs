//! A message made once for all who see the same blocks, with slots for what is theirs.

use std::sync::OnceLock;

use aws_lc_rs::digest::{SHA256, digest};
use maud::Render;

use super::dkim::{BodyHash, Signer};
use super::encoding::{Aligned, base64, is_base64_shorter, quoted};
use super::message::{self, BlockSpan};
use super::slot;
use super::spliced::{Piece, Shared};
use super::text::sheet::{Draft, Stretch};
use super::{Letter, Purpose, hex, html, text};
use crate::model::text::Field;

/// What is at least as long, in octets, is worth a piece of its own in base64.
const PIECE_MIN: usize = 120;

/// The message of an edition to those who see the same of its blocks.
#[derive(Debug)]
pub(super) struct Template {
    /// The fields that have slots.
    fields: Vec<Field>,
    /// The subject, the HTML and the text, with [signs](slot) for values.
    subject: String,
    html: String,
    blocks: Vec<BlockSpan>,
    draft: Draft,
    /// The header's fields that are the same for everyone.
    header: Vec<u8>,
    /// What follows the fields that are a reader's own: the header's others, and the body.
    steps: Vec<Step>,
    /// The hash of the body as far as it is the same for everyone.
    hash: OnceLock<BodyHash>,
}

/// What is done for each reader, in order.
#[derive(Debug)]
enum Step {
    /// A piece for everyone.
    Shared(Shared),
    /// A value in quoted-printable, from a column of its line on; the line goes on after it, or ends.
    Quoted { slot: Slot, column: usize, goes_on: bool },
    /// A text for everyone in base64, with the values around it.
    Encoded(Vec<u8>),
    /// The same, long enough to be shared.
    Aligned(Aligned),
    /// A value in base64.
    Value(Slot),
    /// The end of what is in base64.
    End,
}

/// What a value is for.
#[derive(Debug, Clone, Copy)]
enum Slot {
    /// The value of a field in HTML.
    Html(usize),
    /// A stretch of the text.
    Text(usize),
}

/// What a reader's values have made of a template's slots.
#[derive(Debug)]
pub(super) struct Filled {
    /// The values themselves, escaped for HTML, and the text's stretches, those for everyone left empty.
    values: Vec<String>,
    escaped: Vec<String>,
    stretches: Vec<String>,
}

impl Template {
    /// Makes a template of a letter whose reader fills with signs. `is_seamed`: see [`Draft`].
    pub(super) fn new(letter: &Letter<'_>, purpose: Purpose, is_seamed: bool) -> Self {
        let subject = message::subject(&letter.fill(&letter.edition.subject), purpose);
        let (html, blocks) = html::render(letter);
        let draft = text::written(letter).draft(is_seamed);
        let boundary = |part: &str| {
            // A boundary must not occur in what it bounds: neither encoding has an underscore after an equals sign.
            let text = format!("{:?}", draft.stretches);
            let seed = [part, letter.slug, &subject, &html, &text].join("\n");
            format!("=_{}", &hex(digest(&SHA256, seed.as_bytes()).as_ref())[..32])
        };
        let (alternative, related) = (boundary("alternative"), boundary("related"));
        let mut header = message::shared_header(letter);
        header.extend_from_slice(format!("Content-Type: multipart/alternative;\r\n boundary=\"{alternative}\"\r\n").as_bytes());
        let mut writer = Writer { steps: Vec::new(), octets: header.clone() };
        writer.put(&format!("\r\n--{alternative}\r\n"));
        let stretches = draft.stretches.iter().enumerate();
        let segments = stretches.map(|(at, stretch)| match stretch {
            Stretch::Same(text) => Segment::Same(text),
            Stretch::Open(_) => Segment::Open(Slot::Text(at)),
        });
        writer.part(draft.media_type(), &segments.collect::<Vec<_>>());
        writer.put(&format!("--{alternative}\r\n"));
        let pictures = message::carried(letter, &html);
        if !pictures.is_empty() {
            writer.put(&format!("Content-Type: multipart/related;\r\n boundary=\"{related}\"\r\n\r\n--{related}\r\n"));
        }
        let (parts, rest) = slot::split(&html);
        let mut segments = Vec::new();
        for (before, number) in parts {
            segments.extend([Segment::Same(before), Segment::Open(Slot::Html(number))]);
        }
        segments.push(Segment::Same(rest));
        segments.retain(|segment| !matches!(segment, Segment::Same("")));
        writer.part("text/html; charset=utf-8", &segments);
        for picture in &pictures {
            writer.put(&format!("--{related}\r\n"));
            writer.octets.extend_from_slice(&message::picture_header(letter, picture));
            writer.push(Step::Shared(Shared::picture(&picture.prepared)));
            writer.put("\r\n");
        }
        if !pictures.is_empty() {
            writer.put(&format!("--{related}--\r\n\r\n"));
        }
        writer.put(&format!("--{alternative}--\r\n"));
        writer.flush();
        let fields = Vec::new();
        Self { fields, subject, html, blocks, draft, header, steps: writer.steps, hash: OnceLock::new() }
    }

    /// The same, with the fields that its signs stand for.
    pub(super) fn with_fields(self, fields: Vec<Field>) -> Self {
        Self { fields, ..self }
    }

    /// The fields that have slots.
    pub(super) fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// Whether the shape of the message depends on the values.
    pub(super) fn is_shaped_by(&self, values: &[String]) -> bool {
        self.draft.is_alike(values)
    }

    /// Fills the slots. `None` where the text needs a template with seams.
    pub(super) fn fill(&self, values: Vec<String>) -> Option<Filled> {
        let stretch = |stretch: &Stretch| match stretch {
            Stretch::Same(_) => Some(String::new()),
            Stretch::Open(_) => self.draft.filled(stretch, &values),
        };
        let stretches = self.draft.stretches.iter().map(stretch).collect::<Option<Vec<_>>>()?;
        let escaped = values.iter().map(|value| value.render().into_string()).collect();
        Some(Filled { values, escaped, stretches })
    }

    /// The subject.
    pub(super) fn subject(&self, filled: &Filled) -> String {
        slot::fill(&self.subject, &filled.values)
    }

    /// The text part.
    pub(super) fn text(&self, filled: &Filled) -> String {
        let stretches = self.draft.stretches.iter().zip(&filled.stretches);
        stretches.map(|(stretch, own)| if let Stretch::Same(text) = stretch { text } else { own }.as_str()).collect()
    }

    /// The HTML part, and where the blocks stand in it.
    pub(super) fn html(&self, filled: &Filled) -> (String, Vec<BlockSpan>) {
        let (parts, rest) = slot::split(&self.html);
        let mut html = String::with_capacity(self.html.len());
        // Where what follows each sign stood and stands.
        let mut moves = vec![(0, 0)];
        let mut after = 0;
        for (before, number) in parts {
            html.push_str(before);
            html.push_str(&filled.escaped[number]);
            after += before.len() + slot::width(number);
            moves.push((after, html.len()));
        }
        html.push_str(rest);
        let place = |at: usize| {
            let (was, is) = moves[moves.partition_point(|(was, _)| *was <= at) - 1];
            is + (at - was)
        };
        let span = |span: &BlockSpan| BlockSpan { block: span.block, html: place(span.html.start)..place(span.html.end) };
        let blocks = self.blocks.iter().map(span).collect();
        (html, blocks)
    }

    /// The pieces of a message, of which `own` are the header's first fields.
    pub(super) fn pieces(&self, own: &[u8], filled: &Filled, signer: Option<&Signer>) -> Vec<Piece> {
        let mut run = Run { pieces: Vec::with_capacity(self.steps.len() + 1), own: Vec::new(), waiting: Vec::new() };
        self.steps.iter().for_each(|step| run.step(step, filled));
        run.flush();
        let mut first = match signer {
            Some(signer) => {
                let header = [own, &self.header].concat();
                signer.sign(&header, &self.body_hash(&run.pieces))
            }
            None => Vec::with_capacity(own.len()),
        };
        first.extend_from_slice(own);
        run.pieces.insert(0, Piece::Own(first));
        run.pieces
    }

    fn body_hash(&self, pieces: &[Piece]) -> [u8; 32] {
        let (first, others) = pieces.split_first().expect("a message has a body");
        let common = || {
            let mut hash = BodyHash::new();
            hash.update(&first.octets()[self.header.len() + "\r\n".len()..]);
            hash
        };
        let mut hash = self.hash.get_or_init(common).clone();
        for piece in others {
            hash.update(piece.octets());
        }
        hash.finish()
    }
}

impl Filled {
    fn value(&self, slot: Slot) -> &str {
        match slot {
            Slot::Html(number) => &self.escaped[number],
            Slot::Text(number) => &self.stretches[number],
        }
    }
}

/// A part of a text: the same for everyone, or not.
#[derive(Clone, Copy)]
enum Segment<'s> {
    Same(&'s str),
    Open(Slot),
}

/// A template being written.
struct Writer {
    steps: Vec<Step>,
    /// What was written since the last step.
    octets: Vec<u8>,
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.octets.extend_from_slice(text.as_bytes());
    }

    fn flush(&mut self) {
        if !self.octets.is_empty() {
            self.steps.push(Step::Shared(Shared::encoded(std::mem::take(&mut self.octets).into())));
        }
    }

    fn push(&mut self, step: Step) {
        self.flush();
        self.steps.push(step);
    }

    /// A text part, and the line end before the boundary that follows.
    fn part(&mut self, media_type: &str, segments: &[Segment<'_>]) {
        let same = |segment: &Segment<'_>| match segment {
            Segment::Same(text) => (*text).to_owned(),
            Segment::Open(_) => String::new(),
        };
        let is_base64 = is_base64_shorter(&segments.iter().map(same).collect::<String>());
        let encoding = if is_base64 { "base64" } else { "quoted-printable" };
        self.put(&format!("Content-Type: {media_type}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"));
        if is_base64 {
            self.base64(segments);
        } else {
            self.quoted(segments);
            self.put("\r\n");
        }
    }

    fn quoted(&mut self, segments: &[Segment<'_>]) {
        let mut column = 0;
        for (at, segment) in segments.iter().enumerate() {
            match *segment {
                Segment::Same(text) => column = quoted(text, column, &mut self.octets),
                Segment::Open(slot) => {
                    let goes_on = match segments.get(at + 1) {
                        None => false,
                        Some(Segment::Same(text)) => !text.starts_with('\n'),
                        Some(Segment::Open(_)) => true,
                    };
                    self.push(Step::Quoted { slot, column, goes_on });
                    column = 0;
                }
            }
        }
    }

    fn base64(&mut self, segments: &[Segment<'_>]) {
        for segment in segments {
            let step = match *segment {
                Segment::Same(text) if text.len() < PIECE_MIN => Step::Encoded(canonical(text)),
                Segment::Same(text) => Step::Aligned(Aligned::new(canonical(text))),
                Segment::Open(slot) => Step::Value(slot),
            };
            self.push(step);
        }
        self.push(Step::End);
    }
}

/// A text with CRLF line ends (RFC 2045 §6.8).
fn canonical(text: &str) -> Vec<u8> {
    text.replace('\n', "\r\n").into_bytes()
}

/// A message being put together.
struct Run {
    pieces: Vec<Piece>,
    own: Vec<u8>,
    /// Octets to be encoded in base64 with what follows them.
    waiting: Vec<u8>,
}

impl Run {
    fn step(&mut self, step: &Step, filled: &Filled) {
        match step {
            Step::Shared(shared) => self.share(shared.clone()),
            Step::Quoted { slot, column, goes_on } => {
                let column = quoted(filled.value(*slot), *column, &mut self.own);
                if *goes_on && column > 0 {
                    self.own.extend_from_slice(b"=\r\n");
                }
            }
            Step::Encoded(octets) => self.waiting.extend_from_slice(octets),
            Step::Value(slot) => self.waiting.extend_from_slice(&canonical(filled.value(*slot))),
            Step::Aligned(aligned) => {
                let (first, whole, last) = aligned.after(self.waiting.len());
                self.waiting.extend_from_slice(first);
                self.encode();
                self.share(Shared::base64(whole));
                self.waiting.extend_from_slice(last);
            }
            Step::End => self.encode(),
        }
    }

    fn encode(&mut self) {
        base64(&self.waiting, &mut self.own);
        self.waiting.clear();
    }

    fn share(&mut self, shared: Shared) {
        self.flush();
        self.pieces.push(Piece::Shared(shared));
    }

    fn flush(&mut self) {
        if !self.own.is_empty() {
            self.pieces.push(Piece::Own(std::mem::take(&mut self.own)));
        }
    }
}
