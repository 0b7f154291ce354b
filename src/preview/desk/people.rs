//! Search in the list.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;

use crate::model::list::List;

/// What stands between two people: no name and no address holds it.
const END: char = '\n';

/// The list made ready to be searched: name and address of each person in the form that searches use, one after the other in one text, for
/// one text of a few megabytes is searched in a few milliseconds.
#[derive(Debug)]
pub(super) struct Directory {
    text: String,
    /// Where each person's entry begins, and where the last one ends.
    starts: Vec<usize>,
}

impl Directory {
    /// Makes a list ready; people keep their order.
    pub(super) fn new(list: &List) -> Self {
        let mut directory = Self { text: String::new(), starts: vec![0] };
        // Whoever cannot be read cannot be found.
        let _ = list.each(|subscriber| directory.add([subscriber.name.as_str(), " ", subscriber.address.as_written()]));
        directory
    }

    fn add(&mut self, entry: [&str; 3]) {
        for part in entry {
            fold(part, &mut self.text);
        }
        self.text.push(END);
        self.starts.push(self.text.len());
    }

    /// The places in the list of those in whose name or address every word occurs: the first `limit`, and how many there are in all.
    pub(super) fn search(&self, words: &str, limit: usize) -> (Vec<usize>, usize) {
        let mut folded = String::new();
        fold(words, &mut folded);
        let mut words: Vec<&str> = folded.split_whitespace().collect();
        // The longest word is the rarest, as a rule: the others are looked for only where it is.
        words.sort_by_key(|word| std::cmp::Reverse(word.len()));
        let count = self.starts.len() - 1;
        let Some((rarest, others)) = words.split_first() else { return ((0..count.min(limit)).collect(), count) };
        let (mut first, mut total, mut next) = (Vec::new(), 0, 0);
        for (at, _) in self.text.match_indices(rarest) {
            // Several in one entry are one person.
            if at < next {
                continue;
            }
            let index = self.starts.partition_point(|&start| start <= at) - 1;
            let entry = self.range(index);
            next = entry.end;
            if others.iter().all(|word| self.text[entry.clone()].contains(word)) {
                total += 1;
                if first.len() < limit {
                    first.push(index);
                }
            }
        }
        (first, total)
    }

    fn range(&self, index: usize) -> Range<usize> {
        self.starts[index]..self.starts[index + 1]
    }
}

/// Adds a text in lower case, without accents: whoever types `jose` means José, too. Vowel signs of other scripts are letters and stay.
fn fold(text: &str, folded: &mut String) {
    if text.is_ascii() {
        folded.extend(text.bytes().map(|octet| char::from(octet.to_ascii_lowercase())));
    } else {
        folded.extend(text.nfkd().filter(|c| !matches!(c, '\u{0300}'..='\u{036F}')).flat_map(char::to_lowercase));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(entries: &[&str]) -> Directory {
        let mut directory = Directory { text: String::new(), starts: vec![0] };
        for entry in entries {
            directory.add([*entry, "", ""]);
        }
        directory
    }

    #[test]
    fn every_word_must_occur_in_any_case_and_without_accents() {
        let list = directory(&["José Müller jm@example.org", "Jo March jo@example.org", "তানভীর হাসান th@example.org"]);
        assert_eq!(list.search("jose MULLER", 9), (vec![0], 1));
        assert_eq!(list.search("jo", 9), (vec![0, 1], 2));
        assert_eq!(list.search("তানভীর", 9), (vec![2], 1));
        assert_eq!(list.search("nobody", 9), (vec![], 0));
    }

    #[test]
    fn words_of_two_people_find_neither() {
        let list = directory(&["ana silva", "rina akter"]);
        assert_eq!(list.search("ana akter", 9), (vec![], 0));
        assert_eq!(list.search("silva\nrina", 9), (vec![], 0));
        assert_eq!(list.search("a", 9), (vec![0, 1], 2));
    }

    #[test]
    fn the_total_counts_those_beyond_the_limit() {
        let list = directory(&["a@example.org"; 100]);
        assert_eq!(list.search("", 3), (vec![0, 1, 2], 100));
        assert_eq!(list.search("example", 3), (vec![0, 1, 2], 100));
    }
}
