//! Rows of cells: CSV as spreadsheets and mailing programs write it.

use std::io::Read;

use csv_core::{ReadRecordResult, Reader, ReaderBuilder};

use super::cell;
use super::column::Meaning;
use super::encoding::Text;
use super::format::Format;
use super::refusal::{Notice, Reason, Refusal, Unreadable, excerpt};
use super::row::{Draft, Terms, is_address};
use super::{Column, Event};

/// The most octets of a row. What is longer is no row, but a quotation mark that is never closed, or no list at all.
pub(super) const ROW_MAX: usize = 1 << 20;
/// The most cells of a row.
pub(super) const CELLS_MAX: usize = 1_000;
/// Octets at the beginning from which separator and columns are told.
const SAMPLE: usize = 64 << 10;
/// The most rows of them.
const SAMPLE_ROWS: usize = 100;
/// How many quotation marks may stand open. Each makes the reading begin anew a line further on, so that a file of nothing else would take
/// very long.
const UNCLOSED_MAX: usize = 100;

/// What may stand between cells; of two that fit equally well, the first.
const SEPARATORS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a table is laid out.
struct Layout {
    separator: u8,
    /// The cell with the address.
    address: usize,
    columns: Vec<Column>,
    has_header: bool,
}

/// Reads a table to its end.
pub(super) fn read<R: Read>(
    text: &mut Text<R>,
    terms: &Terms<'_>,
    each: &mut dyn FnMut(Event),
) -> Result<(Format, Vec<Column>), Unreadable> {
    text.fill_to(SAMPLE)?;
    let mut line = 1;
    let told = separator_line(text.window());
    if let Some((_, octets)) = told {
        text.take(octets);
        line += 1;
    }
    let layout = Layout::of(text.window(), told.map(|(separator, _)| separator))?;
    let names = |meaning: &Meaning| {
        layout.columns.iter().filter(|column| column.meaning == *meaning).map(|column| column.name.clone()).collect()
    };
    let kept: Vec<String> = names(&Meaning::Bookkeeping);
    if !kept.is_empty() {
        each(Event::Notice(line, Notice::Bookkeeping(kept.join(", "))));
    }
    for name in names(&Meaning::Unnamed) {
        each(Event::Notice(line, Notice::UnnamedColumn(name)));
    }
    let mut rows = Rows::new(text, layout.separator, line);
    let mut is_header = layout.has_header;
    while let Some(row) = rows.next()? {
        if std::mem::take(&mut is_header) {
            continue;
        }
        match row {
            Row::Cells(line) => layout.enter(&rows, line, terms, each),
            Row::Refused(refusal) => each(Event::Refused(refusal)),
        }
    }
    let format = Format::Table { separator: char::from(layout.separator), has_header: layout.has_header };
    Ok((format, layout.columns))
}

/// Excel's first line `sep=;`, and how many octets it takes.
fn separator_line(head: &[u8]) -> Option<(u8, usize)> {
    let end = head.iter().position(|&octet| octet == b'\n' || octet == b'\r').unwrap_or(head.len());
    let line = std::str::from_utf8(&head[..end]).ok()?;
    let line = line.trim_matches('"');
    let separator = line.get(..4).filter(|start| start.eq_ignore_ascii_case("sep=")).and(line.as_bytes().get(4)).copied()?;
    let ends = if head[end..].starts_with(b"\r\n") { 2 } else { usize::from(end < head.len()) };
    (line.len() == 5 && separator.is_ascii() && separator != b'"').then_some((separator, end + ends))
}

impl Layout {
    /// Tells a layout from the beginning of a table.
    fn of(head: &[u8], separator: Option<u8>) -> Result<Self, Unreadable> {
        let separator = separator.unwrap_or_else(|| likely_separator(head));
        let rows = sample(head, separator);
        let Some(first) = rows.first() else { return Err(Unreadable::Empty) };
        if first.len() > CELLS_MAX {
            return Err(Unreadable::TooWide(CELLS_MAX));
        }
        let has_addresses = first.iter().any(|cell| is_address(cell));
        let meanings: Vec<_> = first.iter().map(|name| Meaning::of(name)).collect();
        let most = |rows: &[Vec<String>]| {
            let count = |column: usize| rows.iter().filter(|row| row.get(column).is_some_and(|cell| is_address(cell))).count();
            let width = rows.iter().map(Vec::len).max().unwrap_or(0).min(CELLS_MAX);
            // The first of those with most.
            (0..width).rev().max_by_key(|&column| count(column)).filter(|&column| count(column) > 0)
        };
        if !has_addresses {
            let named = meanings.iter().position(|meaning| *meaning == Meaning::Address);
            if let Some(address) = named.or_else(|| most(&rows[1..]).filter(|&column| column < first.len())) {
                return Ok(Self { separator, address, columns: named_columns(first, meanings, address), has_header: true });
            }
        }
        match most(&rows) {
            Some(address) => {
                let width = rows.iter().map(Vec::len).max().unwrap_or(0).min(CELLS_MAX);
                let columns = (0..width).map(|column| nameless_column(column, address, width)).collect();
                Ok(Self { separator, address, columns, has_header: false })
            }
            None => Err(Unreadable::NoAddresses(excerpt(&first.join(" │ ")))),
        }
    }

    /// Makes an entry of the row just read, or several where a row has nothing but addresses.
    fn enter<R: Read>(&self, rows: &Rows<'_, R>, line: usize, terms: &Terms<'_>, each: &mut dyn FnMut(Event)) {
        let cells = || rows.cells().map(cell::unguarded);
        if cells().all(|cell| cell.trim().is_empty()) {
            return;
        }
        let refuse = |reason| Event::Refused(Refusal::new(line, &rows.shown(), reason));
        if self.has_header {
            let filled =
                cells().enumerate().filter(|(_, cell)| !cell.trim().is_empty()).map(|(at, _)| at + 1).last().unwrap_or(0);
            if filled > self.columns.len() {
                return each(refuse(Reason::Ragged { cells: filled, columns: self.columns.len() }));
            }
        } else if cells().filter(|cell| !cell.trim().is_empty()).all(is_address) {
            for cell in cells().filter(|cell| !cell.trim().is_empty()) {
                let mut draft = Draft::new(terms);
                draft.put(&Meaning::Address, "email", cell);
                finish(draft, line, refuse, each);
            }
            return;
        }
        let mut draft = Draft::new(terms);
        for (at, (column, cell)) in self.columns.iter().zip(cells()).enumerate() {
            let meaning = match column.meaning {
                Meaning::Address if at != self.address => &Meaning::SecondAddress,
                ref meaning => meaning,
            };
            draft.put(meaning, &column.name, cell);
            if *meaning == Meaning::Blank && !cell.trim().is_empty() {
                draft.notice(Notice::NamelessColumn);
            }
        }
        finish(draft, line, refuse, each);
    }
}

fn finish(draft: Draft<'_>, line: usize, refuse: impl Fn(Reason) -> Event, each: &mut dyn FnMut(Event)) {
    match draft.finish(line) {
        Ok((entry, notices)) => {
            each(Event::Entry(entry));
            for notice in notices {
                each(Event::Notice(line, notice));
            }
        }
        Err(reason) => each(refuse(reason)),
    }
}

fn named_columns(names: &[String], meanings: Vec<Meaning>, address: usize) -> Vec<Column> {
    let mut columns: Vec<_> =
        names.iter().zip(meanings).map(|(name, meaning)| Column { name: excerpt(name.trim()), meaning }).collect();
    columns[address].meaning = Meaning::Address;
    columns
}

/// What a column is called that has no name. Of two columns, the one without the address is the name.
fn nameless_column(column: usize, address: usize, width: usize) -> Column {
    let meaning = match () {
        () if column == address => Meaning::Address,
        () if width == 2 => Meaning::Name,
        () => Meaning::Blank,
    };
    Column { name: format!("column {}", column + 1), meaning }
}

/// The separator with which most rows have as many cells as the first.
fn likely_separator(head: &[u8]) -> u8 {
    let fit = |separator: u8| {
        let rows = sample(head, separator);
        let width = rows.first().map_or(0, Vec::len);
        let alike = rows.iter().filter(|row| row.len() == width).count();
        if width > 1 { (alike * 100 / rows.len().max(1), width) } else { (0, 1) }
    };
    SEPARATORS.into_iter().rev().max_by_key(|&separator| fit(separator)).unwrap_or(b',')
}

fn builder(separator: u8) -> Reader {
    ReaderBuilder::new().delimiter(separator).build()
}

/// The first rows, as far as they are whole.
fn sample(head: &[u8], separator: u8) -> Vec<Vec<String>> {
    let head = &head[..head.len().min(SAMPLE)];
    let mut reader = builder(separator);
    let (mut cells, mut ends) = (vec![0; head.len() + 1], vec![0; CELLS_MAX + 1]);
    let (mut rows, mut at) = (Vec::new(), 0);
    while rows.len() < SAMPLE_ROWS {
        let (mut filled, mut ended) = (0, 0);
        loop {
            let (result, read, written, found) = reader.read_record(&head[at..], &mut cells[filled..], &mut ends[ended..]);
            (at, filled, ended) = (at + read, filled + written, ended + found);
            match result {
                ReadRecordResult::InputEmpty if at == head.len() => {}
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull | ReadRecordResult::End => return rows,
                // The rest of a row that is too wide belongs to it, and would be taken for a row of its own.
                ReadRecordResult::OutputEndsFull => {
                    rows.push(pieces(&cells, &ends[..ended]));
                    return rows;
                }
                ReadRecordResult::Record => {
                    rows.push(pieces(&cells, &ends[..ended]));
                    break;
                }
            }
        }
    }
    rows
}

fn pieces(cells: &[u8], ends: &[usize]) -> Vec<String> {
    let starts = std::iter::once(0).chain(ends.iter().copied());
    starts.zip(ends).map(|(start, &end)| cell::unguarded(&String::from_utf8_lossy(&cells[start..end])).to_owned()).collect()
}

/// The rows of a table, one after another.
struct Rows<'t, R> {
    text: &'t mut Text<R>,
    separator: u8,
    reader: Reader,
    cells: Vec<u8>,
    ends: Vec<usize>,
    count: usize,
    /// The line that comes next.
    line: usize,
    unclosed: usize,
    is_done: bool,
}

/// What is read as a row.
enum Row {
    /// [`Rows::cells`] has them; the line in which they begin.
    Cells(usize),
    /// Something that is none.
    Refused(Refusal),
}

/// How the reading of a row ended.
enum End {
    Whole,
    Wide,
    Unclosed,
    Endless,
    Nothing,
}

impl<'t, R: Read> Rows<'t, R> {
    fn new(text: &'t mut Text<R>, separator: u8, line: usize) -> Self {
        let (cells, ends) = (Vec::new(), vec![0; CELLS_MAX]);
        Self { text, separator, reader: builder(separator), cells, ends, count: 0, line, unclosed: 0, is_done: false }
    }

    /// The cells of the row just read.
    fn cells(&self) -> impl Iterator<Item = &str> {
        let ends = &self.ends[..self.count];
        let starts = std::iter::once(0).chain(ends.iter().copied());
        // The text is UTF-8 and the separator is ASCII, so that a cell is UTF-8 too.
        starts.zip(ends).map(|(start, &end)| std::str::from_utf8(&self.cells[start..end]).unwrap_or("\u{FFFD}"))
    }

    /// The row just read, for people.
    fn shown(&self) -> String {
        let separator = if self.separator == b'\t' { " ".to_owned() } else { char::from(self.separator).to_string() };
        excerpt(&self.cells().take(200).collect::<Vec<_>>().join(&separator))
    }

    fn next(&mut self) -> std::io::Result<Option<Row>> {
        if self.is_done {
            return Ok(None);
        }
        self.skip_line_ends()?;
        let line = self.line;
        let (end, octets) = self.read_row()?;
        let raw = &self.text.window()[..octets];
        let refusal = |raw: &[u8], reason| {
            let first = raw.split(|&octet| octet == b'\n').next().unwrap_or_default();
            Some(Row::Refused(Refusal::new(line, &String::from_utf8_lossy(&first[..first.len().min(4096)]), reason)))
        };
        match end {
            End::Nothing => Ok(None),
            End::Whole | End::Wide => {
                let is_wide = matches!(end, End::Wide);
                let row = if is_wide { refusal(raw, Reason::TooWide { most: CELLS_MAX }) } else { Some(Row::Cells(line)) };
                // The line end stays, for `skip_line_ends` to count.
                let body = octets - raw.last().map_or(0, |&octet| usize::from(octet == b'\n' || octet == b'\r'));
                self.line += line_ends(&raw[..body]);
                self.text.take(body);
                Ok(row)
            }
            End::Unclosed => {
                self.unclosed += 1;
                self.is_done = self.unclosed > UNCLOSED_MAX;
                let reason = if self.is_done { Reason::GivenUp } else { Reason::Unclosed };
                let row = refusal(raw, reason);
                // What was swallowed is read anew, from the next line on.
                let next = raw.iter().position(|&octet| octet == b'\n').map_or(octets, |at| at + 1);
                self.line += 1;
                self.text.take(next);
                self.reader = builder(self.separator);
                Ok(row)
            }
            End::Endless => {
                let row = refusal(raw, Reason::Endless { most: ROW_MAX });
                self.text.take(octets);
                self.skip_line()?;
                self.reader = builder(self.separator);
                Ok(row)
            }
        }
    }

    /// Takes the line ends before a row, and counts them: LF, CRLF, and the CR of old files.
    fn skip_line_ends(&mut self) -> std::io::Result<()> {
        loop {
            self.text.fill_to(2)?;
            let taken = match self.text.window() {
                [b'\r', b'\n', ..] => 2,
                [b'\r' | b'\n', ..] => 1,
                _ => return Ok(()),
            };
            self.text.take(taken);
            self.line += 1;
        }
    }

    /// Takes all up to the next line end.
    fn skip_line(&mut self) -> std::io::Result<()> {
        loop {
            let window = self.text.window();
            if let Some(end) = window.iter().position(|&octet| octet == b'\n' || octet == b'\r') {
                self.text.take(end);
                return Ok(());
            }
            let all = window.len();
            self.text.take(all);
            if !self.text.fill()? {
                return Ok(());
            }
        }
    }

    /// Reads a row into `cells` and `ends`, and gives how many octets of the window it took.
    fn read_row(&mut self) -> std::io::Result<(End, usize)> {
        let (mut at, mut filled) = (0, 0);
        let mut is_wide = false;
        self.count = 0;
        loop {
            if self.text.window().len() == at && !self.text.fill()? {
                return Ok((self.read_last(at, filled, is_wide), at));
            }
            let window = self.text.window();
            self.cells.resize(self.cells.len().max(window.len() + 1), 0);
            let input = &window[at..];
            let (result, read, written, found) =
                self.reader.read_record(input, &mut self.cells[filled..], &mut self.ends[self.count..]);
            at += read;
            filled += written;
            self.count += found;
            match result {
                ReadRecordResult::Record => return Ok((if is_wide { End::Wide } else { End::Whole }, at)),
                ReadRecordResult::OutputEndsFull => {
                    is_wide = true;
                    self.count = 0;
                }
                // There is always room for as many octets as are in the window.
                ReadRecordResult::InputEmpty | ReadRecordResult::OutputFull | ReadRecordResult::End => {}
            }
            if at > ROW_MAX {
                let has_lines = self.text.window()[..at].contains(&b'\n');
                return Ok((if has_lines { End::Unclosed } else { End::Endless }, at));
            }
        }
    }

    /// Ends the row at the end of the file.
    fn read_last(&mut self, octets: usize, filled: usize, is_wide: bool) -> End {
        if octets == 0 {
            self.is_done = true;
            return End::Nothing;
        }
        // A line end closes a row, but one inside quotation marks does not.
        let (result, _, _, found) = self.reader.read_record(b"\n", &mut self.cells[filled..], &mut self.ends[self.count..]);
        self.count += found;
        match result {
            ReadRecordResult::Record if is_wide => End::Wide,
            ReadRecordResult::Record => End::Whole,
            ReadRecordResult::OutputEndsFull => End::Wide,
            _ => End::Unclosed,
        }
    }
}

fn line_ends(raw: &[u8]) -> usize {
    raw.iter().enumerate().filter(|&(at, &octet)| octet == b'\n' || octet == b'\r' && raw.get(at + 1) != Some(&b'\n')).count()
}
