//! Cells that a spreadsheet would take for a formula, made harmless and read back.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a line end is computed by the program that opens the file, and may fetch or send what
//! it likes (OWASP, “CSV Injection”). An apostrophe before it makes it a text. So that the way back is certain, a cell that has apostrophes
//! before such a character already gets one more.

use std::borrow::Cow;

/// What an apostrophe is put before. The wide forms are formulas too where East Asian input is set.
const FORMULA: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// Whether a cell is a formula, after as many apostrophes as it likes.
fn is_formula(cell: &str) -> bool {
    cell.trim_start_matches('\'').starts_with(FORMULA)
}

/// A cell as it may stand in a file that a spreadsheet opens.
pub(super) fn guarded(cell: &str) -> Cow<'_, str> {
    if is_formula(cell) { Cow::Owned(format!("'{cell}")) } else { Cow::Borrowed(cell) }
}

/// A cell as it was before it was guarded.
pub(super) fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if is_formula(cell) => rest,
        _ => cell,
    }
}
