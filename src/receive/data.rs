//! The text that follows DATA: a pure state machine that finds its end and undoes dot-stuffing (RFC 5321 §4.5.2).

use std::mem::{self, Discriminant};

use super::fault::Fault;

/// The longest line of a text, in octets, CRLF not counted (RFC 5321 §4.5.3.1.6).
const TEXT_LINE_MAX: usize = 998;

/// Reads the text of one message as it arrives, in pieces of any size.
///
/// The text ends at CRLF.CRLF and at nothing that resembles it; where DATA is followed by `.` CRLF at once, it is empty. What is
/// kept is exactly what the client meant to send: stuffed dots and the final dot are gone, every other octet is there. Flaws do
/// not stop the decoder: even a text that will be refused must be read to its end.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    eight_bit_allowed: bool,
    line: u64,
    line_octets: usize,
    octets: u64,
    known: Vec<Discriminant<Fault>>,
    fresh: Vec<Flaw>,
}

/// What is wrong with a text, and at which of its lines, counted from 1. Of each kind, only the first in a text is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flaw {
    /// The line.
    pub line: u64,
    /// The rule it breaks.
    pub fault: Fault,
}

/// How far [`Decoder::feed`] came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// How many octets of the input belong to the text or to the mark of its end.
    pub taken: usize,
    /// Whether the end was among them. What follows it are commands.
    pub ended: bool,
}

#[derive(Debug, Clone, Copy)]
enum State {
    /// After CRLF, and at the very beginning.
    LineStart,
    /// After a dot at the start of a line. It is not kept, whatever follows.
    Dot,
    /// After a dot and CR at the start of a line.
    DotCr,
    /// Within a line.
    Text,
    /// After a CR within a line; it has been kept.
    Cr,
}

impl Decoder {
    /// A decoder at the beginning of a text. `eight_bit_allowed` tells whether MAIL announced octets above 127.
    #[must_use]
    pub fn new(eight_bit_allowed: bool) -> Self {
        Self {
            state: State::LineStart,
            eight_bit_allowed,
            line: 1,
            line_octets: 0,
            octets: 0,
            known: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// Takes octets from `input` up to the end of the text, and hands what is to be kept to `keep` in runs as long as can be.
    pub fn feed(&mut self, input: &[u8], mut keep: impl FnMut(&[u8])) -> Progress {
        // What lies between `run` and `at` is to be kept and has not been handed on.
        let (mut run, mut at) = (0, 0);
        while let Some(&octet) = input.get(at) {
            match (self.state, octet) {
                (State::LineStart, b'.') => {
                    self.keep(&input[run..at], &mut keep);
                    at += 1;
                    run = at;
                    self.state = State::Dot;
                }
                (State::LineStart, _) => self.state = State::Text,
                (State::Dot, b'\r') => {
                    at += 1;
                    run = at;
                    self.state = State::DotCr;
                }
                (State::Dot, _) => {
                    if octet != b'.' {
                        self.tell(Fault::DotNotStuffed);
                    }
                    self.state = State::Text;
                }
                (State::DotCr, b'\n') => return Progress { taken: at + 1, ended: true },
                (State::DotCr, _) => {
                    self.keep(b"\r", &mut keep);
                    self.tell(Fault::BareCarriageReturn);
                    self.state = State::Text;
                }
                (State::Text, _) => at += self.within_line(&input[at..]),
                (State::Cr, b'\n') => {
                    at += 1;
                    self.end_line();
                }
                (State::Cr, _) => {
                    self.tell(Fault::BareCarriageReturn);
                    self.state = State::Text;
                }
            }
        }
        self.keep(&input[run..at], &mut keep);
        Progress { taken: at, ended: false }
    }

    /// The flaws found since they were last asked for.
    pub fn take_flaws(&mut self) -> Vec<Flaw> {
        mem::take(&mut self.fresh)
    }

    /// How many octets have been kept.
    #[must_use]
    pub fn octets(&self) -> u64 {
        self.octets
    }

    /// Goes over `rest`, which begins within a line, up to and with the first octet that is not plain text.
    fn within_line(&mut self, rest: &[u8]) -> usize {
        let plain = count_plain(rest);
        self.line_octets += plain;
        if !self.eight_bit_allowed && !rest[..plain].is_ascii() {
            self.tell(Fault::EightBit);
        }
        match rest.get(plain) {
            None => return plain,
            Some(b'\r') => self.state = State::Cr,
            Some(b'\n') => self.tell(Fault::BareLineFeed),
            Some(_) => self.tell(Fault::Nul),
        }
        plain + 1
    }

    fn end_line(&mut self) {
        if self.line_octets > TEXT_LINE_MAX {
            self.tell(Fault::TextLineTooLong);
        }
        self.line += 1;
        self.line_octets = 0;
        self.state = State::LineStart;
    }

    fn keep(&mut self, run: &[u8], keep: &mut impl FnMut(&[u8])) {
        if !run.is_empty() {
            self.octets += run.len() as u64;
            keep(run);
        }
    }

    fn tell(&mut self, fault: Fault) {
        let kind = mem::discriminant(&fault);
        if !self.known.contains(&kind) {
            self.known.push(kind);
            self.fresh.push(Flaw { line: self.line, fault });
        }
    }
}

/// How many octets of `text` come before the first CR, LF or NUL.
fn count_plain(text: &[u8]) -> usize {
    // Hardly any octet of a message is as small as these three, and the compiler finds the smallest of a block all at once.
    let (blocks, _) = text.as_chunks::<16>();
    let is_plain = |block: &&[u8; 16]| block.iter().copied().fold(u8::MAX, u8::min) > b'\r';
    let start = blocks.iter().take_while(is_plain).count() * 16;
    let rest = text[start..].iter().position(|octet| matches!(octet, b'\r' | b'\n' | 0));
    rest.map_or(text.len(), |position| start + position)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is kept of `chunks`, the flaws, and the octets after the end if there is one.
    fn decode<'i>(chunks: impl IntoIterator<Item = &'i [u8]>) -> (Vec<u8>, Vec<Flaw>, Option<Vec<u8>>) {
        let mut decoder = Decoder::new(false);
        let (mut kept, mut after) = (Vec::new(), None::<Vec<u8>>);
        for chunk in chunks {
            if let Some(after) = &mut after {
                after.extend_from_slice(chunk);
                continue;
            }
            let progress = decoder.feed(chunk, |run| kept.extend_from_slice(run));
            if progress.ended {
                after = Some(chunk[progress.taken..].to_vec());
            } else {
                assert_eq!(progress.taken, chunk.len());
            }
        }
        assert_eq!(decoder.octets(), kept.len() as u64);
        (kept, decoder.take_flaws(), after)
    }

    /// A text as sent, what must be kept of it, its flaws, and what follows its end.
    type Example = (Vec<u8>, Vec<u8>, Vec<Flaw>, Option<&'static [u8]>);

    fn examples() -> Vec<Example> {
        let flaw = |line, fault| Flaw { line, fault };
        let long = |octets| [&vec![b'x'; octets][..], b"\r\n"].concat();
        let ending = |text: &[u8]| [text, b".\r\nQUIT\r\n"].concat();
        let whole = |text: Vec<u8>, flaws| (ending(&text), text, flaws, Some(&b"QUIT\r\n"[..]));
        let open = |text: &[u8], kept: &[u8], flaws| (text.to_vec(), kept.to_vec(), flaws, None);
        vec![
            whole(Vec::new(), vec![]),
            whole(b"\r\n".to_vec(), vec![]),
            whole(b"Subject: a\r\n\r\n \r\n\r\n".to_vec(), vec![]),
            whole(b"a.\r\n a\x01\x1b\t.\r\n".to_vec(), vec![]),
            whole(long(998), vec![]),
            whole([long(2), long(999), long(1000)].concat(), vec![flaw(2, Fault::TextLineTooLong)]),
            whole("a\r\nআদা\r\nআ\r\n".as_bytes().to_vec(), vec![flaw(2, Fault::EightBit)]),
            whole(b"a\0\r\n".to_vec(), vec![flaw(1, Fault::Nul)]),
            (
                b"..\r\n...\r\n..a\r\na\r\n..\r\n.\r\n.\r\n".to_vec(),
                b".\r\n..\r\n.a\r\na\r\n.\r\n".to_vec(),
                vec![],
                Some(b".\r\n"),
            ),
            (b"a\r\n.b\r\n.\r\n".to_vec(), b"a\r\nb\r\n".to_vec(), vec![flaw(2, Fault::DotNotStuffed)], Some(b"")),
            // What other servers have taken for the end of a text, and what comes close to it.
            open(b"a\n.\n", b"a\n.\n", vec![flaw(1, Fault::BareLineFeed)]),
            open(b"a\n.\r\n", b"a\n.\r\n", vec![flaw(1, Fault::BareLineFeed)]),
            open(b"a\r.\r", b"a\r.\r", vec![flaw(1, Fault::BareCarriageReturn)]),
            open(b"a\r\n.\n", b"a\r\n\n", vec![flaw(2, Fault::DotNotStuffed), flaw(2, Fault::BareLineFeed)]),
            open(b"a\r\n.\rb", b"a\r\n\rb", vec![flaw(2, Fault::BareCarriageReturn)]),
            open(b"a\r\n.\r\r\n", b"a\r\n\r\r\n", vec![flaw(2, Fault::BareCarriageReturn)]),
            open(b"a\r\r\n.", b"a\r\r\n", vec![flaw(1, Fault::BareCarriageReturn)]),
            open(b"a\r\n\0.\r\n", b"a\r\n\0.\r\n", vec![flaw(2, Fault::Nul)]),
            open(b"a\r\n.\0\r\n", b"a\r\n\0\r\n", vec![flaw(2, Fault::DotNotStuffed), flaw(2, Fault::Nul)]),
            open(b"a\n\r\n.\r", b"a\n\r\n", vec![flaw(1, Fault::BareLineFeed)]),
        ]
    }

    #[test]
    fn every_split_of_a_text_gives_the_same_octets_flaws_and_end() {
        for (input, kept, flaws, after) in examples() {
            let expected = (kept, flaws, after.map(<[u8]>::to_vec));
            assert_eq!(decode(input.iter().map(std::slice::from_ref)), expected, "octet by octet: {}", input.escape_ascii());
            // Long lines are quadratic to split twice and hold nothing new between.
            let splits = (0..=input.len()).filter(|&split| input.len() < 100 || split % 333 < 5).collect::<Vec<_>>();
            for &first in &splits {
                for &second in splits.iter().filter(|&&second| second >= first) {
                    let chunks = [&input[..first], &input[first..second], &input[second..]];
                    assert_eq!(decode(chunks), expected, "{first}, {second} of {}", input.escape_ascii());
                }
            }
        }
    }

    #[test]
    fn octets_above_127_are_no_flaw_where_they_were_announced() {
        let mut decoder = Decoder::new(true);
        decoder.feed("আদা\r\n.\r\n".as_bytes(), |_| {});
        assert_eq!(decoder.take_flaws(), []);
    }
}
