//! Rows and cells.

use postrider::import::column::Meaning;

use super::{person, read, sample, told};

fn people(csv: &str) -> Vec<String> {
    read("x.csv", csv.as_bytes()).entries.iter().map(person).collect()
}

#[test]
fn a_mailbox_that_comes_twice_is_joined_and_the_state_that_restricts_more_holds() {
    let joined = people(
        "email,name,groups,status,city\nAna@Example.org,,members,active,\nother@example.org,,,,\nana@example.org,Ana,donors,unsubscribed,Dhaka\n\
         ANA@example.org,Nina,donors,pending,Sylhet\n",
    );
    assert_eq!(joined[0], "Ana <Ana@example.org> [\"members\", \"donors\"] city=\"Dhaka\" unsubscribed");
    assert_eq!(joined.len(), 2);
    let complained = people("email,status\nana@example.org,complained\nana@example.org,active\nana@example.org,bounced\n");
    assert_eq!(complained, [" <ana@example.org> complained"]);
}

#[test]
fn plus_tags_and_dots_are_never_folded() {
    assert_eq!(people("ana@example.org\nana+news@example.org\na.na@example.org\n").len(), 3);
}

#[test]
fn an_address_is_trimmed_composed_and_its_domain_made_ascii_while_its_local_part_stays() {
    let people = people("email\n\"  \u{feff}Rina@BÜCHER.example \u{200b}\"\n\u{a0}re\u{301}mi@example.org\n");
    assert_eq!(people, [" <Rina@xn--bcher-kva.example>", " <rémi@example.org>"]);
}

#[test]
fn a_formula_that_was_made_harmless_is_read_as_it_was() {
    let imported = read("formula.csv", &sample("formula.csv"));
    let value = |at: usize, name| imported.entries[at].attribute(name).unwrap();
    assert_eq!(value(0, "phone"), "+880 1700 000000");
    assert_eq!(value(0, "note"), "=HYPERLINK(\"https://evil.example\")");
    assert_eq!(value(1, "phone"), "+880 1700 000001");
    assert_eq!(value(1, "note"), "'quoted'", "{}", told(&imported));
}

#[test]
fn a_word_for_the_state_that_nobody_knows_is_never_leave_to_send() {
    let imported = read("x.csv", b"email,status\nana@example.org,gold\nrina@example.org,\nomar@example.org,Opted-Out\n");
    assert_eq!(imported.refused.count, 1);
    let states: Vec<_> = imported.entries.iter().map(|entry| entry.state.as_str()).collect();
    assert_eq!(states, ["active", "unsubscribed"]);
}

#[test]
fn a_column_named_after_nothing_known_is_an_attribute_and_never_one_of_our_keys() {
    let imported = read(
        "x.csv",
        "Email,Date of Birth,Straße,Nmae,Group,Name,attributes.status\nana@example.org,1,2,3,members,Ana,x\n".as_bytes(),
    );
    let meanings: Vec<_> = imported.origin.columns.iter().map(|column| column.meaning.clone()).collect();
    let attribute = |name: &str| Meaning::Attribute(name.into());
    let expected = [
        Meaning::Address,
        attribute("date_of_birth"),
        Meaning::Unnamed,
        Meaning::Unnamed,
        Meaning::Groups,
        Meaning::Name,
        attribute("status"),
    ];
    assert_eq!(meanings, expected);
}

#[test]
fn groups_in_one_cell_are_told_apart_however_they_are_written() {
    for cell in [
        "members; donors",
        "members,donors",
        "members|DONORS",
        "\"members\",\"donors\"",
        "[\"members\", \"donors\"]",
        "members\ndonors",
    ] {
        let imported = read("x.csv", format!("email,groups\nana@example.org,\"{}\"\n", cell.replace('"', "\"\"")).as_bytes());
        let groups: Vec<_> = imported.entries[0].groups.iter().map(ToString::to_string).collect();
        assert_eq!(groups, ["members", "donors"], "{cell}");
    }
    let imported = read("x.csv", b"email;groups\nana@example.org;\"the board; old\"\n");
    assert_eq!(*imported.entries[0].groups[0], *"the board; old");
}

#[test]
fn a_value_of_several_lines_becomes_one() {
    let imported = read("x.csv", b"email,address\nana@example.org,\"1 Long Road\r\n  Flat 2\n\n\tDhaka\"\n");
    assert_eq!(imported.entries[0].attribute("address"), Some("1 Long Road Flat 2 Dhaka"));
}

#[test]
fn lines_are_counted_as_an_editor_counts_them() {
    let csv = "email,street\r\n\r\nana@example.org,\"a\r\nb\nc\"\r\nbad,\r\n\"rina@example.org\",\"x\ry\"\nbad again,\n";
    let imported = read("x.csv", csv.as_bytes());
    let lines: Vec<_> = imported.entries.iter().map(|entry| entry.line).collect();
    let refused: Vec<_> = imported.refused.examples.iter().map(|refusal| refusal.line).collect();
    assert_eq!((lines, refused), (vec![3, 7], vec![6, 9]));
}

#[test]
fn addresses_may_stand_beyond_the_last_cell_of_the_first_row() {
    let imported = read("x.csv", b"@\nemail,ana@example.org\n");
    let addresses: Vec<_> = imported.entries.iter().map(|entry| entry.address.wire()).collect();
    assert_eq!(addresses, ["ana@example.org"]);
}
