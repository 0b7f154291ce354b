//! Octets into command lines: a pure state machine that ends lines at CRLF only.

use super::fault::Fault;

/// How much of a line is kept. It is longer than any command may be, so that [`Command::parse`](super::command::Command::parse)
/// still sees that an endless line is too long.
const KEPT_MAX: usize = 1024;

/// A command line being put together from what arrives, in constant memory.
#[derive(Debug, Default)]
pub struct CommandLine {
    text: Vec<u8>,
    after_cr: bool,
}

/// What octets fed to a [`CommandLine`] came to.
#[derive(Debug, PartialEq, Eq)]
pub enum Progress {
    /// All were taken; the line goes on.
    Unfinished,
    /// The line is complete.
    Finished,
    /// A CR or LF that stands alone. Nobody can tell where the next command begins, so nothing after it is to be read as one.
    Broken(Fault),
}

impl CommandLine {
    /// Takes octets from `input` up to the end of the line; returns how many were taken.
    pub fn feed(&mut self, input: &[u8]) -> (usize, Progress) {
        for (index, &octet) in input.iter().enumerate() {
            match octet {
                b'\n' if self.after_cr => return (index + 1, Progress::Finished),
                _ if self.after_cr => return (index + 1, Progress::Broken(Fault::BareCarriageReturn)),
                b'\n' => return (index + 1, Progress::Broken(Fault::BareLineFeed)),
                b'\r' => self.after_cr = true,
                _ if self.text.len() < KEPT_MAX => self.text.push(octet),
                _ => {}
            }
        }
        (input.len(), Progress::Unfinished)
    }

    /// The line so far, without its CRLF. Of a line beyond every limit only the beginning is kept.
    #[must_use]
    pub fn text(&self) -> &[u8] {
        &self.text
    }

    /// Makes ready for the next line.
    pub fn clear(&mut self) {
        self.text.clear();
        self.after_cr = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Every line of `input`, which arrives as `chunks`, and the fault that ended it.
    fn lines<'i>(chunks: impl IntoIterator<Item = &'i [u8]>) -> (Vec<String>, Option<Fault>) {
        let mut line = CommandLine::default();
        let mut lines = Vec::new();
        for mut chunk in chunks {
            while !chunk.is_empty() {
                let (taken, progress) = line.feed(chunk);
                chunk = &chunk[taken..];
                match progress {
                    Progress::Unfinished => {}
                    Progress::Finished => {
                        lines.push(String::from_utf8_lossy(line.text()).into_owned());
                        line.clear();
                    }
                    Progress::Broken(fault) => return (lines, Some(fault)),
                }
            }
        }
        (lines, None)
    }

    #[test]
    fn every_split_of_the_input_gives_the_same_lines() {
        for (input, expected, fault) in [
            (&b"EHLO a\r\n\r\nQUIT\r\nunfinished\r"[..], &["EHLO a", "", "QUIT"][..], None),
            (b"NOOP\r\nEHLO a\nMAIL FROM:<>\r\n", &["NOOP"], Some(Fault::BareLineFeed)),
            (b"NOOP\r\nEHLO a\rMAIL FROM:<>\r\n", &["NOOP"], Some(Fault::BareCarriageReturn)),
            (b"NOOP\r\r\nQUIT\r\n", &[], Some(Fault::BareCarriageReturn)),
        ] {
            for first in 0..=input.len() {
                for second in first..=input.len() {
                    let chunks = [&input[..first], &input[first..second], &input[second..]];
                    assert_eq!(lines(chunks), (expected.iter().map(ToString::to_string).collect(), fault.clone()));
                }
            }
        }
    }

    #[test]
    fn an_endless_line_takes_no_more_memory_than_a_long_one() {
        let mut line = CommandLine::default();
        for _ in 0..1000 {
            assert_eq!(line.feed(&[b'x'; 1000]), (1000, Progress::Unfinished));
        }
        assert_eq!(line.feed(b"\r\nQUIT"), (2, Progress::Finished));
        assert_eq!(line.text().len(), KEPT_MAX);
    }
}
