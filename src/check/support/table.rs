//! Which mail programs support what: the counts of caniemail.com, embedded as a table.
//!
//! `data/caniemail/README.md` says where it comes from and how it is made. Split into rows when it is first asked; the
//! numbers of a row are parsed when somebody wants them.

use std::sync::LazyLock;

/// The table, as text.
const TABLE: &str = include_str!("../../../data/caniemail/features.tsv");
/// Columns before those of the families: slug, title, what Mailpit counts.
const BEFORE_FAMILIES: usize = 3;

/// The rows with their slugs before them, in the slugs' order.
static ROWS: LazyLock<Vec<(&'static str, &'static str)>> =
    LazyLock::new(|| TABLE.lines().skip(2).map(|row| (cell(row, 0), row)).collect());

/// In how many tested versions of mail programs a feature works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Fully.
    pub full: u32,
    /// In part, or with a fault.
    pub partial: u32,
    /// Not at all.
    pub none: u32,
    /// Tested, with no clear result.
    pub unknown: u32,
}

impl Tally {
    /// Reads `full/partial/none` with or without `/unknown`; what is missing is 0.
    fn parse(cell: &str) -> Self {
        let mut counts = cell.split('/').map(|count| count.parse().unwrap_or(0));
        let mut next = || counts.next().unwrap_or(0);
        Self { full: next(), partial: next(), none: next(), unknown: next() }
    }

    /// All tested versions.
    #[must_use]
    pub fn total(self) -> u32 {
        self.full + self.partial + self.none + self.unknown
    }

    /// The share of versions with partial support, in percent.
    #[must_use]
    pub fn partial_share(self) -> f64 {
        self.share(self.partial)
    }

    /// The share of versions without support, in percent.
    #[must_use]
    pub fn none_share(self) -> f64 {
        self.share(self.none)
    }

    fn share(self, part: u32) -> f64 {
        if self.total() == 0 { 0.0 } else { 100.0 * f64::from(part) / f64::from(self.total()) }
    }

    fn plus(self, other: Self) -> Self {
        Self {
            full: self.full + other.full,
            partial: self.partial + other.partial,
            none: self.none + other.none,
            unknown: self.unknown + other.unknown,
        }
    }
}

/// Something that HTML or CSS offers, with who supports it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Feature {
    row: &'static str,
}

impl Feature {
    /// Looks up a slug of caniemail.com, as `css-text-align`.
    #[must_use]
    pub fn find(slug: &str) -> Option<Self> {
        if slug == Self::SCRIPT.slug() {
            return Some(Self::SCRIPT);
        }
        let at = ROWS.binary_search_by_key(&slug, |&(known, _)| known).ok()?;
        Some(Self { row: ROWS[at].1 })
    }

    /// What the data leaves out, since no mail program has ever run one.
    const SCRIPT: Self = Self { row: "html-script\t<script> element\t0/0/1" };

    /// Its name in the data, as `css-text-align`: a category (`css`, `html`, `image`) and a word.
    #[must_use]
    pub fn slug(self) -> &'static str {
        cell(self.row, 0)
    }

    /// Its name for people, as `text-align` or `<style> element`.
    #[must_use]
    pub fn title(self) -> &'static str {
        cell(self.row, 1)
    }

    /// The versions of all mail programs as Mailpit counts them: plain yes and plain no, all else partial.
    #[must_use]
    pub fn tally_of_mailpit(self) -> Tally {
        Tally::parse(cell(self.row, 2))
    }

    /// The versions of all mail programs, as the data says.
    #[must_use]
    pub fn tally(self) -> Tally {
        if self == Self::SCRIPT {
            return self.tally_of_mailpit();
        }
        self.families().fold(Tally::default(), |sum, (_, tally)| sum.plus(tally))
    }

    /// The versions of each family of mail programs in which it was tested: `("Gmail", …)`.
    pub fn families(self) -> impl Iterator<Item = (&'static str, Tally)> {
        let names = TABLE.lines().nth(1).unwrap_or_default().split('\t').skip(BEFORE_FAMILIES);
        let cells = self.row.split('\t').skip(BEFORE_FAMILIES);
        names.zip(cells).filter(|(_, cell)| !cell.is_empty()).map(|(name, cell)| (name, Tally::parse(cell)))
    }
}

fn cell(row: &'static str, column: usize) -> &'static str {
    row.split('\t').nth(column).unwrap_or_default()
}
