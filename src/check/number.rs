//! Numbers in texts, in the digits of any script.

use std::ops::Range;

/// A number in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Number {
    /// Its digits as ASCII, without signs between them and without leading zeros: `12,34,567` and `১২,৩৪,৫৬৭` are both `1234567`.
    pub digits: String,
    /// Where it stands in the text, in octets.
    pub span: Range<usize>,
}

/// The digit zero of each script that writes decimal numbers with digits of its own.
const ZEROS: [char; 17] = ['0', '٠', '۰', '०', '০', '੦', '૦', '୦', '௦', '౦', '೦', '൦', '๐', '໐', '༠', '၀', '０'];

/// Words that scale the number before them. Languages group by other powers of ten, so that such a number is written with other digits.
const SCALES: [&str; 26] = [
    "hundred",
    "thousand",
    "million",
    "billion",
    "lakh",
    "crore",
    "হাজার",
    "লাখ",
    "লক্ষ",
    "কোটি",
    "শত",
    "ألف",
    "آلاف",
    "مليون",
    "ملايين",
    "مليار",
    "mil",
    "millones",
    "millón",
    "mille",
    "millions",
    "milliards",
    "тыс",
    "тысяч",
    "млн",
    "млрд",
];

/// What one digit is worth.
#[must_use]
pub fn digit(c: char) -> Option<u8> {
    if c.is_ascii() {
        return c.is_ascii_digit().then(|| c as u8 - b'0');
    }
    ZEROS.iter().find_map(|&zero| {
        let value = u32::from(c).checked_sub(u32::from(zero)).filter(|value| *value < 10)?;
        u8::try_from(value).ok()
    })
}

/// The numbers in a text, in order. Digits that end a name, as in `CO2`, are none.
#[must_use]
pub fn numbers(text: &str) -> Vec<Number> {
    let mut numbers = Vec::new();
    let mut groups: Vec<Range<usize>> = Vec::new();
    let mut before = None;
    let mut chars = text.char_indices().peekable();
    while let Some(&(start, c)) = chars.peek() {
        if digit(c).is_none() {
            flush(text, &mut groups, &mut numbers);
            before = Some(c);
            chars.next();
            continue;
        }
        let end = end_of_digits(&mut chars, text.len());
        if before.is_some_and(|c: char| c.is_ascii_alphabetic()) && groups.is_empty() {
            before = Some('0');
            continue;
        }
        groups.push(start..end);
        // One sign between two groups of digits belongs to the number.
        let mut ahead = chars.clone();
        match (ahead.next(), ahead.next()) {
            (Some((_, sign)), Some((_, next))) if is_separator(sign) && digit(next).is_some() => {
                chars.next();
            }
            _ => flush(text, &mut groups, &mut numbers),
        }
        before = Some('0');
    }
    flush(text, &mut groups, &mut numbers);
    numbers
}

fn end_of_digits(chars: &mut std::iter::Peekable<std::str::CharIndices<'_>>, length: usize) -> usize {
    while chars.next_if(|&(_, c)| digit(c).is_some()).is_some() {}
    chars.peek().map_or(length, |&(at, _)| at)
}

/// Signs that group digits or mark decimals in one language or another.
fn is_separator(c: char) -> bool {
    matches!(c, ',' | '.' | '\'' | '’' | '٬' | '٫' | '\u{a0}' | '\u{202f}' | '\u{2009}' | ':')
}

/// Takes groups of digits as one number if they can be one, else each as its own: a date is written with the same signs.
fn flush(text: &str, groups: &mut Vec<Range<usize>>, numbers: &mut Vec<Number>) {
    let (Some(first), Some(last)) = (groups.first(), groups.last()) else { return };
    let whole = first.start..last.end;
    let count = |group: &Range<usize>| text[group.clone()].chars().count();
    let is_one = groups.len() <= 2 || groups[1..].iter().all(|group| matches!(count(group), 2 | 3)) && count(last) == 3;
    let ranges = if is_one { vec![whole] } else { std::mem::take(groups) };
    groups.clear();
    numbers.extend(ranges.into_iter().map(|span| {
        let digits: String = text[span.clone()].chars().filter_map(digit).map(|digit| char::from(b'0' + digit)).collect();
        let digits = digits.trim_start_matches('0');
        Number { digits: if digits.is_empty() { "0" } else { digits }.to_owned(), span }
    }));
}

/// Whether a word that scales the number follows it.
#[must_use]
pub fn is_scaled(text: &str, number: &Number) -> bool {
    let rest = text[number.span.end..].trim_start_matches([' ', '\u{a0}', '\u{202f}', '-']);
    if rest.starts_with(['万', '亿', '千']) {
        return true;
    }
    let word = rest.split(|c: char| c.is_whitespace() || matches!(c, ',' | '.' | ';' | ')')).next().unwrap_or_default();
    SCALES.contains(&word)
}

/// A number that languages like to spell out, so that its digits may be missing in a translation.
#[must_use]
pub fn is_often_spelt_out(number: &Number) -> bool {
    number.digits.parse::<u8>().is_ok_and(|value| value <= 12)
}

/// The years a text names: numbers of four digits from 1900 to 2099, written without signs between them.
pub fn years(text: &str) -> impl Iterator<Item = (i16, Range<usize>)> {
    numbers(text).into_iter().filter_map(|number| {
        let year = number.digits.parse().ok().filter(|year| (1900..2100).contains(year))?;
        let is_plain = number.digits.len() == text[number.span.clone()].chars().count();
        is_plain.then_some((year, number.span))
    })
}
