//! Octets to text: which encoding a file is in, and its text piece by piece.

use std::io::{self, Read, Seek, SeekFrom};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{CoderResult, Decoder, Encoding, UTF_8, UTF_16BE, UTF_16LE};

/// Octets that are read at a time.
const CHUNK: usize = 64 << 10;
/// The most octets that the detector is shown: what is beyond ASCII in so many tells an encoding, and more would only take longer.
const SAMPLE_MAX: usize = 1 << 20;
/// Of how many characters beyond ASCII one may be broken in a file that is still taken for UTF-8. A list that was joined from two files
/// has some; taken for another encoding, every name in it would be wrong.
const BROKEN_SHARE: u64 = 20;

/// What was found out about a file's encoding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// The encoding.
    pub(super) encoding: &'static Encoding,
    /// Whether some octets are not of that encoding: they become U+FFFD.
    pub(super) is_broken: bool,
}

/// Reads a file to its end and tells its encoding; the caller rewinds.
///
/// A byte order mark is believed; then UTF-16 is known by its NULs and UTF-8 by its being well-formed; the rest is a guess from how
/// often which letters stand side by side.
pub(super) fn detect(input: &mut impl Read) -> io::Result<Found> {
    let mut sample = Vec::new();
    let mut tail = Vec::new();
    let mut head = Vec::new();
    let (mut sound, mut broken) = (0_u64, 0_u64);
    let mut chunk = vec![0; CHUNK];
    loop {
        let count = read_full(input, &mut chunk)?;
        let octets = &chunk[..count];
        if head.is_empty() {
            head = octets[..count.min(4096)].to_vec();
            if let Some((encoding, _)) = Encoding::for_bom(octets)
                && encoding != UTF_8
            {
                return Ok(Found { encoding, is_broken: false });
            }
        }
        if !octets.is_ascii() || !tail.is_empty() {
            if sample.len() < SAMPLE_MAX {
                sample.extend_from_slice(octets);
            }
            tail.extend_from_slice(octets);
            let is_last = count < CHUNK;
            let rest = count_characters(&tail, is_last, &mut sound, &mut broken);
            tail.drain(..rest);
        }
        if count < CHUNK {
            break;
        }
    }
    if let Some(encoding) = by_nuls(&head) {
        return Ok(Found { encoding, is_broken: false });
    }
    if broken == 0 || sound >= broken.saturating_mul(BROKEN_SHARE) {
        return Ok(Found { encoding: UTF_8, is_broken: broken > 0 });
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Allow);
    detector.feed(&sample, true);
    Ok(Found { encoding: detector.guess(None, Utf8Detection::Deny), is_broken: false })
}

/// Counts the characters beyond ASCII that are well-formed UTF-8, and the stretches that are not. Gives how many octets are done with:
/// a character that the next octets may complete is not, unless these are the last.
fn count_characters(octets: &[u8], is_last: bool, sound: &mut u64, broken: &mut u64) -> usize {
    let mut done = 0;
    for part in octets.utf8_chunks() {
        let valid = part.valid();
        if !valid.is_ascii() {
            *sound += valid.bytes().map(|octet| u64::from(octet >= 0xC0)).sum::<u64>();
        }
        done += valid.len();
        let invalid = part.invalid();
        let is_begun =
            done + invalid.len() == octets.len() && std::str::from_utf8(invalid).is_err_and(|error| error.error_len().is_none());
        if is_begun && !is_last {
            break;
        }
        *broken += u64::from(!invalid.is_empty());
        done += invalid.len();
    }
    done
}

/// UTF-16 without a mark: separators and digits have a NUL in one half of their two octets, always the same one.
fn by_nuls(head: &[u8]) -> Option<&'static Encoding> {
    let half = head.len() / 2;
    let nuls = |odd: usize| head.iter().skip(odd).step_by(2).filter(|&&octet| octet == 0).count();
    let (even, odd) = (nuls(0), nuls(1));
    match () {
        () if odd * 20 > half && even * 50 <= half => Some(UTF_16LE),
        () if even * 20 > half && odd * 50 <= half => Some(UTF_16BE),
        () => None,
    }
}

/// Fills a buffer as far as the input goes.
fn read_full(input: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match input.read(&mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}

/// A file's text, of which a window is in memory: what was read and not yet taken.
///
/// No byte order mark is in it, and what cannot be decoded is U+FFFD.
pub(super) struct Text<R> {
    input: R,
    decoder: Decoder,
    chunk: Vec<u8>,
    window: Vec<u8>,
    /// Octets of the window that are taken.
    taken: usize,
    is_at_end: bool,
}

impl<R: Read + Seek> Text<R> {
    /// The text of a file from its beginning.
    pub(super) fn open(mut input: R, encoding: &'static Encoding) -> io::Result<Self> {
        input.seek(SeekFrom::Start(0))?;
        let decoder = encoding.new_decoder_with_bom_removal();
        Ok(Self { input, decoder, chunk: vec![0; CHUNK], window: Vec::new(), taken: 0, is_at_end: false })
    }
}

impl<R: Read> Text<R> {
    /// What is in the window, as octets of UTF-8. A character is never cut at its end.
    pub(super) fn window(&self) -> &[u8] {
        &self.window[self.taken..]
    }

    /// Takes octets away from the window's beginning.
    pub(super) fn take(&mut self, octets: usize) {
        self.taken = (self.taken + octets).min(self.window.len());
    }

    /// Reads on: the window grows at its end. `false` where there is nothing more.
    pub(super) fn fill(&mut self) -> io::Result<bool> {
        let before = self.window().len();
        while !self.is_at_end && self.window().len() == before {
            self.decode()?;
        }
        Ok(self.window().len() > before)
    }

    fn decode(&mut self) -> io::Result<()> {
        // Moving what is left costs less than it saves once most of the window is taken.
        if self.taken > self.window.len() / 2 {
            self.window.drain(..self.taken);
            self.taken = 0;
        }
        let count = read_full(&mut self.input, &mut self.chunk)?;
        self.is_at_end = count < self.chunk.len();
        let mut octets = &self.chunk[..count];
        loop {
            let end = self.window.len();
            let room = self.decoder.max_utf8_buffer_length(octets.len()).unwrap_or(4 * CHUNK).min(4 * CHUNK);
            self.window.resize(end + room.max(16), 0);
            let (result, read, written, _) = self.decoder.decode_to_utf8(octets, &mut self.window[end..], self.is_at_end);
            self.window.truncate(end + written);
            octets = &octets[read..];
            if result == CoderResult::InputEmpty {
                return Ok(());
            }
        }
    }

    /// Reads on until so many octets are in the window, as far as there are.
    pub(super) fn fill_to(&mut self, octets: usize) -> io::Result<()> {
        while self.window().len() < octets && self.fill()? {}
        Ok(())
    }

    /// The next line without its end, and how many lines of the file it and those before it are; `None` after the last. What is longer
    /// than `most` octets is cut there, and `true` given.
    pub(super) fn line(&mut self, most: usize) -> io::Result<Option<(String, bool)>> {
        let mut searched = 0;
        let mut is_cut = false;
        let mut kept: Option<String> = None;
        loop {
            let window = self.window();
            if let Some(end) = window[searched..].iter().position(|&octet| octet == b'\n').map(|found| searched + found) {
                let line = kept.unwrap_or_else(|| lossy(&window[..end.min(most)]));
                is_cut |= end > most;
                self.take(end + 1);
                return Ok(Some((trimmed(line), is_cut)));
            }
            searched = window.len();
            if searched > most {
                // The rest of the line goes by without being kept.
                kept.get_or_insert_with(|| lossy(&window[..most]));
                is_cut = true;
                self.take(searched);
                searched = 0;
            }
            if !self.fill()? {
                let window = self.window();
                if window.is_empty() && kept.is_none() {
                    return Ok(None);
                }
                let line = kept.unwrap_or_else(|| lossy(window));
                self.take(usize::MAX / 2);
                return Ok(Some((trimmed(line), is_cut)));
            }
        }
    }

    /// The whole text, if it has no more than `most` octets.
    pub(super) fn whole(mut self, most: usize) -> io::Result<Option<String>> {
        while self.window().len() <= most && self.fill()? {}
        Ok((self.window().len() <= most).then(|| lossy(self.window())))
    }
}

fn lossy(octets: &[u8]) -> String {
    String::from_utf8_lossy(octets).into_owned()
}

fn trimmed(mut line: String) -> String {
    if line.ends_with('\r') {
        line.pop();
    }
    line
}
