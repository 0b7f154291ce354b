//! A mailbox in one file (RFC 4155, and the older kinds: a line that begins with `From ` begins a message, one in a message has a `>` before it).
//!
//! The file is read as it is at one moment, without a lock: whoever delivers adds to its end, so that what stands before the end stays. A message whose
//! end is not written yet is another one when it is: it is then read again, which does no harm.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::ops::Range;
use std::path::PathBuf;

use aws_lc_rs::digest::{Context, SHA256};

use super::{InboxError, LETTER_MAX, Letter, Watch, cut};

/// The most octets of a line that are looked at as one.
const LINE_MAX: usize = 64 << 10;

/// An mbox.
#[derive(Debug)]
pub struct Mbox {
    path: PathBuf,
    watch: Watch,
    /// Where each message stands, by the hash of its octets.
    places: HashMap<String, Range<u64>>,
}

impl Mbox {
    pub(super) fn open(path: PathBuf) -> Result<Self, InboxError> {
        let mut begin = [0; 5];
        let failed = |source| InboxError::File { path: path.clone(), source };
        let read = File::open(&path).and_then(|file| file.take(5).read(&mut begin)).map_err(failed)?;
        if read > 0 && &begin[..read] != b"From " {
            return Err(InboxError::Kind { path, kind: "mbox", why: "it does not begin with the line \"From \" of a message" });
        }
        let watch = Watch::over(&[path.parent().unwrap_or(&path)]);
        Ok(Self { path, watch, places: HashMap::new() })
    }

    pub(super) fn name(&self) -> String {
        format!("mbox {}", self.path.display())
    }

    pub(super) fn watcher(&mut self) -> &mut Watch {
        &mut self.watch
    }

    /// The messages by the hashes of their octets, so that they keep their names when others before them are deleted.
    pub(super) fn list(&mut self) -> Result<Vec<String>, InboxError> {
        let listed = self.scan().map_err(|source| InboxError::File { path: self.path.clone(), source })?;
        self.places = listed.iter().cloned().collect();
        Ok(listed.into_iter().map(|(name, _)| name).collect())
    }

    fn scan(&self) -> io::Result<Vec<(String, Range<u64>)>> {
        let mut lines = BufReader::new(File::open(&self.path)?);
        let mut listed = Vec::new();
        let (mut at, mut start, mut hash) = (0_u64, None::<u64>, Context::new(&SHA256));
        let (mut is_line_start, mut is_blank) = (true, true);
        let mut line = Vec::new();
        loop {
            line.clear();
            let octets = (&mut lines).take(LINE_MAX as u64).read_until(b'\n', &mut line)?;
            if octets == 0 || is_line_start && is_blank && is_separator(&line) {
                if let Some(start) = start.take() {
                    let whole = std::mem::replace(&mut hash, Context::new(&SHA256)).finish();
                    let name = data_encoding::HEXLOWER.encode(&whole.as_ref()[..16]);
                    listed.push((name, start..at));
                }
                if octets == 0 {
                    return Ok(listed);
                }
                start = Some(at + octets as u64);
            } else if start.is_some() {
                hash.update(&line);
            }
            at += octets as u64;
            // The first line of the file, and those behind a blank one.
            is_blank = is_line_start && matches!(line.as_slice(), b"\n" | b"\r\n");
            is_line_start = line.ends_with(b"\n");
        }
    }

    pub(super) fn fetch(&self, name: &str) -> Result<Option<Letter>, InboxError> {
        let Some(place) = self.places.get(name) else { return Ok(None) };
        let read = || -> io::Result<Letter> {
            let mut file = File::open(&self.path)?;
            file.seek(SeekFrom::Start(place.start))?;
            let mut octets = Vec::new();
            let most = (place.end - place.start).min(LETTER_MAX as u64 + 1);
            file.take(most).read_to_end(&mut octets)?;
            let letter = cut(octets);
            Ok(Letter { octets: unquoted(&letter.octets), ..letter })
        };
        read().map(Some).map_err(|source| InboxError::File { path: self.path.clone(), source })
    }
}

/// Whether a line begins a message: `From ana@example.org Sat Sep 30 09:00:00 2023`. A paragraph that begins with the word has neither time nor year.
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else { return false };
    let mut words = rest.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty());
    let is_time = |word: &[u8]| {
        word.len() >= 4 && word.contains(&b':') && word.iter().all(|octet| octet.is_ascii_digit() || *octet == b':')
    };
    let is_year = |word: &[u8]| word.len() == 4 && word.iter().all(u8::is_ascii_digit);
    words.clone().any(is_time) && words.any(is_year)
}

/// Takes one `>` from lines of the body that begin with any number of them before `From `.
fn unquoted(octets: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(octets.len());
    for line in octets.split_inclusive(|octet| *octet == b'\n') {
        let quotes = line.iter().take_while(|octet| **octet == b'>').count();
        let is_quoted = quotes > 0 && line[quotes..].starts_with(b"From ");
        text.extend_from_slice(if is_quoted { &line[1..] } else { line });
    }
    text
}
