//! The whole texts of what is said about a line that makes nobody, and about a file that is no list.

use insta::assert_snapshot;

use super::{read, told, unreadable};

/// What is said of rows below `email,name,status,attributes,note`.
fn said(rows: &str) -> String {
    let imported = read("x.csv", format!("email,name,status,attributes,note\n{rows}").as_bytes());
    assert!(imported.entries.is_empty(), "{}", told(&imported));
    imported.refused.examples.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_line_that_makes_nobody_is_refused_with_its_text_the_reason_and_a_remedy() {
    let rows = [
        ",Ana,,,",
        "ana at example.org,Ana,,,",
        "ana@example,Ana,,,",
        "ana@@example.org,,,,",
        "an\u{202e}a@example.org,,,,",
        "\"ana@example.org, rina@example.org\",,,,",
        "Postmaster@example.org,,,,",
        "Ana <abuse@example.org>,,,,",
        "\"ana@example.org\r\nRCPT TO:<x@example.net>\",,,,",
        "ana@example.org,\"Ana\r\nBcc: victim@example.net\",,,",
        "ana@example.org,An\0a,,,",
        "ana@example.org,Ana,gold,,",
        "ana@example.org,Ana,,[1],",
        "ana@example.org,Ana,,,bell\u{7}",
        "ana@example.org,An\u{fffd}a,,,",
        "ana@example.org,Ana,,,,,,one too many",
    ];
    assert_snapshot!(said(&rows.join("\n")), @r#"
    line 2: there is no address
      | ,Ana,,,
      = help: write the address there, or take the entry out
    line 3: this is not a mail address: the address holds a space (U+0020), which no address may hold
      | ana at example.org,Ana,,,
      = help: write it as name@example.org
    line 4: this is not a mail address: the domain after the @ has no dot
      | ana@example,Ana,,,
      = help: write it as name@example.org
    line 5: this is not a mail address: an address has exactly one @ between its two parts
      | ana@@example.org,,,,
      = help: write it as name@example.org
    line 6: the address holds an invisible character (U+202E)
      | an�a@example.org,,,,
      = help: type the address anew, letter by letter, rather than copying it
    line 7: there are several addresses in one cell
      | ana@example.org, rina@example.org,,,,
      = help: give each address a line of its own
    line 8: postmaster@ is for those who run the domain's mail, and complaints come from there
      | Postmaster@example.org,,,,
      = help: ask for an address at which a person reads
    line 9: abuse@ is for those who run the domain's mail, and complaints come from there
      | Ana <abuse@example.org>,,,,
      = help: ask for an address at which a person reads
    line 10: the name holds a carriage return (U+000D), which no name may hold
      | ana@example.org␍␊RCPT TO:<x@example.net>,,,,
      = help: write the name on one line
    line 12: the name holds a carriage return (U+000D), which no name may hold
      | ana@example.org,Ana␍␊Bcc: victim@example.net,,,
      = help: write the name on one line
    line 14: the name holds a NUL (U+0000), which no name may hold
      | ana@example.org,An␀a,,,
      = help: write the name on one line
    line 15: whether `gold` means that mail may go there is not known
      | ana@example.org,Ana,gold,,
      = help: write active, pending, unsubscribed, bounced, complained, removed or erased; or give the column another name if it means something else
    line 16: the attributes are no JSON object
      | ana@example.org,Ana,,[1],
      = help: write it as {"country": "BD"}, or empty the cell
    line 17: `note` holds a control character (U+0007)
      | ana@example.org,Ana,,,bell�
      = help: take it out of the cell
    line 18: `name` holds a character that could not be read
      | ana@example.org,An�a,,,
      = help: write the text anew; if there are many such lines, export the list once more, as “CSV UTF-8”
    line 19: this row has 8 cells, and the header has 5
      | ana@example.org,Ana,,,,,,one too many
      = help: put quotation marks round the cell that has the separator in it
    "#);
}

#[test]
fn what_is_too_long_or_too_wide_is_refused_without_being_shown_whole() {
    let long = |name: usize, note: usize| format!("ana@example.org,{},,,{}\n", "n".repeat(name), "x".repeat(note));
    assert_snapshot!(said(&(long(301, 1) + &long(3, 5_001) + &",".repeat(1_000))), @r#"
    line 2: `name` is longer than 300 characters
      | ana@example.org,nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn…
      = help: shorten it to 300 characters, or take the column out
    line 3: `note` is longer than 5000 characters
      | ana@example.org,nnn,,,xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…
      = help: shorten it to 5000 characters, or take the column out
    line 4: this row has more than 1000 cells
      | ,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,…
      = help: take out the columns that are not needed
    "#);
}

#[test]
fn a_quotation_mark_that_is_not_closed_costs_its_own_line_and_no_other() {
    let imported = read("x.csv", b"email,name\nana@example.org,\"Ana\nrina@example.org,Rina\nomar@example.org,Omar");
    assert_snapshot!(told(&imported), @r#"
    CSV with `,` between cells, UTF-8
    3: Rina <rina@example.org>
    4: Omar <omar@example.org>
    line 2: a quotation mark is opened here and never closed
      | ana@example.org,"Ana
      = help: close it, or take it out; inside quoted cells a quotation mark is written twice
    "#);
}

#[test]
fn a_broken_line_of_json_or_card_is_refused_and_the_next_is_read() {
    let lines = b"{\"email\": \"ana@example.org\"}\n{\"email\": \n[1]\n{\"name\": \"Nobody\"}\n{\"email\": \"rina@example.org\"}";
    assert_snapshot!(told(&read("x.jsonl", lines)), @r#"
    JSON lines, UTF-8
    1:  <ana@example.org>
    5:  <rina@example.org>
    line 2: this is no JSON object: it breaks off
      | {"email": 
      = help: write one object a line: {"email": "name@example.org"}
    line 3: this is no JSON object: it is a value of another kind
      | [1]
      = help: write one object a line: {"email": "name@example.org"}
    line 4: there is no address
      | {"name": "Nobody"}
      = help: write the address there, or take the entry out
    "#);
    let cards = b"BEGIN:VCARD\nFN:Cut off\nEMAIL:cut@example.org\nBEGIN:VCARD\nFN:Ana\nEMAIL:ana@example.org\nEND:VCARD\nBEGIN:VCARD\nFN:Cut too";
    assert_snapshot!(told(&read("x.vcf", cards)), @r#"
    vCard, UTF-8
    4: Ana <ana@example.org>
    line 1: this vCard has no end
      | Cut off · cut@example.org
      = help: end each card with a line END:VCARD; export the list once more if it was cut off
    line 8: this vCard has no end
      | Cut too
      = help: end each card with a line END:VCARD; export the list once more if it was cut off
    "#);
}

#[test]
fn a_file_of_another_kind_is_told_what_to_save_it_as() {
    let zip = |inside: &str| [b"PK\x03\x04\x14\0\x06\0\x08\0\0\0!\0", inside.as_bytes(), &[0xFF; 64]].concat();
    let files: [(&str, Vec<u8>); 16] = [
        ("list.xlsx", zip("[Content_Types].xml")),
        ("list.ods", zip("mimetypeapplication/vnd.oasis.opendocument.spreadsheet")),
        ("letter.docx", zip("word/document.xml")),
        ("export.zip", zip("subscribed_members_export.csv")),
        ("list.xls", b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1\0\0".to_vec()),
        ("list.pdf", b"%PDF-1.7\n%\xE2\xE3".to_vec()),
        ("list.csv.gz", b"\x1F\x8B\x08\0\0".to_vec()),
        ("list.rtf", b"{\\rtf1\\ansi ana@example.org}".to_vec()),
        ("list.xls", b"\n<html><table><tr><td>ana@example.org</td></tr></table>".to_vec()),
        ("list.png", b"\x89PNG\r\n\x1A\n".to_vec()),
        ("list.db", b"SQLite format 3\0".to_vec()),
        ("list.json", b" [\n  {\"email\": \"ana@example.org\"}]".to_vec()),
        ("utf32.csv", b"\xFF\xFE\0\0e\0\0\0".to_vec()),
        ("noise", (0..=255).cycle().take(9_000).collect()),
        ("empty.csv", Vec::new()),
        ("blank.csv", b"\xEF\xBB\xBF\n \n".to_vec()),
    ];
    let said: Vec<_> = files.iter().map(|(name, octets)| format!("{name}: {}", unreadable(name, octets))).collect();
    assert_snapshot!(said.join("\n"), @r#"
    list.xlsx: this is a workbook (.xlsx, .xls, .ods, .numbers), not a text
      = help: open it in the spreadsheet program, save the sheet with the addresses as “CSV UTF-8”, and import that file
    list.ods: this is a workbook (.xlsx, .xls, .ods, .numbers), not a text
      = help: open it in the spreadsheet program, save the sheet with the addresses as “CSV UTF-8”, and import that file
    letter.docx: this is a document of a word processor, not a list
      = help: copy the addresses into a spreadsheet, one a row, save it as “CSV UTF-8”, and import that file
    export.zip: this is an archive of files, not a text
      = help: unpack it, and import the files in it one by one
    list.xls: this is a workbook (.xlsx, .xls, .ods, .numbers), not a text
      = help: open it in the spreadsheet program, save the sheet with the addresses as “CSV UTF-8”, and import that file
    list.pdf: this is a PDF, not a text
      = help: copy the addresses into a spreadsheet, one a row, save it as “CSV UTF-8”, and import that file
    list.csv.gz: this is an archive of files, not a text
      = help: unpack it, and import the files in it one by one
    list.rtf: this is a document of a word processor, not a list
      = help: copy the addresses into a spreadsheet, one a row, save it as “CSV UTF-8”, and import that file
    list.xls: this is a web page or XML, whatever its name says
      = help: open it in a spreadsheet program, save it as “CSV UTF-8”, and import that file
    list.png: this is a picture, not a text
      = help: copy the addresses into a spreadsheet, one a row, save it as “CSV UTF-8”, and import that file
    list.db: this is a database, not a text
      = help: export the table with the addresses as CSV, and import that file
    list.json: this is JSON in one piece, and is read only as one object a line
      = help: write one object a line, without the brackets around them (jq -c '.[]' does it), or export CSV
    utf32.csv: this text is in UTF-32, which is not read
      = help: open it in a text editor, save it as UTF-8, and import that file
    noise: this is not a text
      = help: export the list as “CSV UTF-8”, and import that file
    empty.csv: the file is empty
      = help: look whether this is the right file
    blank.csv: the file is empty
      = help: look whether this is the right file
    "#);
}

#[test]
fn a_table_without_addresses_says_what_its_first_row_is() {
    assert_snapshot!(unreadable("x.csv", b"Product;Price\nTea;12\n"), @r#"
    no column holds mail addresses; the first row says: Product │ Price
      = help: give the column with the addresses the name email, in the first row
    "#);
    let wide = format!("email{}\nana@example.org", ",x".repeat(10_000));
    assert_snapshot!(unreadable("x.csv", wide.as_bytes()), @r#"
    the first row has more than 1000 cells
      = help: take out the columns that are not needed
    "#);
}

#[test]
fn what_is_left_out_of_lines_is_told_once_for_each_kind() {
    let csv = "Email,Language,Tags,Straße,OPTIN_IP,Email 2,attributes\n\
               info@example.org,de,friends,x,192.0.2.1,ana@example.com,\"{\"\"a\"\": [1], \"\"Nmae\"\": 1}\"\n\
               info@example.com,Klingon,\"friends, members\",x,,,\n\
               INFO@example.com,en,,,,,\n";
    assert_snapshot!(told(&read("x.csv", csv.as_bytes())), @r#"
    CSV with `,` between cells, UTF-8
    2:  <info@example.org>
    3:  <info@example.com> en ["members"]
    3x from line 2: info@ is a mailbox of an office rather than of a person
    1x from line 4: a mailbox stands in the file again: the two are joined, and the state that restricts more holds
    2x from line 2: the group `friends` is left out: the publication has none of this name
    1x from line 3: the language `Klingon` is left out: the publication has no such edition
    1x from line 2: the language `de` is left out: the publication has no such edition
    1x from line 1: left out, for it belongs to the other program: OPTIN_IP
    1x from line 2: the column `Nmae` is left out: its name cannot be one of an attribute
    1x from line 1: the column `Straße` is left out: its name cannot be one of an attribute
    1x from line 2: the attribute `a` is left out: it is no single value
    1x from line 2: a person has further addresses, which are left out
    "#);
}
