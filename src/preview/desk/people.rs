//! Search in the list.

use unicode_normalization::UnicodeNormalization;

use crate::model::subscriber::Subscriber;

/// The list made ready to be searched: for each person, name and address in the form that searches use.
#[derive(Debug)]
pub(super) struct Directory(Vec<String>);

impl Directory {
    /// Makes a list ready; people keep their order.
    pub(super) fn new(subscribers: &[Subscriber]) -> Self {
        let entry = |subscriber: &Subscriber| fold(&format!("{} {}", subscriber.name, subscriber.address.as_written()));
        Self(subscribers.iter().map(entry).collect())
    }

    /// The places in the list of those in whose name or address every word occurs: the first `limit`, and how many there are in all.
    pub(super) fn search(&self, words: &str, limit: usize) -> (Vec<usize>, usize) {
        let words = fold(words);
        let words: Vec<&str> = words.split_whitespace().collect();
        let mut matching = self.0.iter().enumerate().filter(|(_, entry)| words.iter().all(|word| entry.contains(word)));
        let first: Vec<usize> = matching.by_ref().take(limit).map(|(index, _)| index).collect();
        let total = first.len() + matching.count();
        (first, total)
    }
}

/// Lower case, without accents: whoever types `jose` means José, too. Vowel signs of other scripts are letters and stay.
fn fold(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkd().filter(|c| !matches!(c, '\u{0300}'..='\u{036F}')).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(entries: &[&str]) -> Directory {
        Directory(entries.iter().map(|entry| fold(entry)).collect())
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
    fn the_total_counts_those_beyond_the_limit() {
        let list = directory(&["a@example.org"; 100]);
        assert_eq!(list.search("", 3), (vec![0, 1, 2], 100));
    }
}
