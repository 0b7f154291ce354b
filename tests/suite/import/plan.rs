//! What an import would do.

use std::fmt::Write;

use insta::assert_snapshot;
use postrider::import::plan::{Plan, plan};
use postrider::import::{Ground, State};
use postrider::model::address::Address;
use proptest::prelude::*;

use super::{read, roster};

const LIST: &str = r#"
[[subscriber]]
email = "ana@example.org"
name = "Ana Silva"
country = "BR"

[[subscriber]]
email = "Rina@example.org"
name = "Rina"
language = "bn"
groups = ["members"]

[[subscriber]]
email = "leaver@example.org"

[[subscriber]]
email = "gone@example.org"
"#;

/// Those who have left: `gone` by themselves, `spam` with a complaint, `bounced` without a word, `erased` for good.
fn suppressed(address: &Address) -> Option<Ground> {
    match address.key().split('@').next()? {
        "gone" => Some(Ground::Unsubscribed),
        "spam" => Some(Ground::Complained),
        "bounced" => Some(Ground::Bounced),
        "erased" => Some(Ground::Erased),
        _ => None,
    }
}

fn planned(csv: &str) -> Plan {
    plan(&roster(LIST), suppressed, read("x.csv", csv.as_bytes()))
}

#[test]
fn a_plan_says_who_is_new_what_changes_and_whom_it_does_not_bring_back() {
    let plan = planned(
        "email,name,language,groups,status,country,city\n\
         new@example.org,Noor,ar,donors,,,Sylhet\n\
         later@example.org,,,,pending,,\n\
         ana@example.org,Ana Silva,,,,BR,\n\
         rina@example.org,Rina Akter,en,donors,active,BD,\n\
         leaver@example.org,,,,unsubscribed,,\n\
         stranger@example.org,,,,complained,,\n\
         gone@example.org,,,,active,,\n\
         spam@example.org,,,,active,,\n\
         bounced@example.org,,,,,,\n\
         erased@example.org,Erased,,,pending,,\n\
         bad address,,,,,,\n\
         info@example.org,,,friends,,,\n",
    );
    assert_snapshot!(plan.to_string(), @r#"
    3 new, 1 changed, 1 unchanged, 2 left, as the file knows, 4 left before and not brought back, 1 refused

    New:
      Noor <new@example.org>
      later@example.org, to be confirmed
      info@example.org

    Changed:
      Rina@example.org: name from “Rina” to “Rina Akter”; language from “bn” to “en”; groups from “members” to “members, donors”; country becomes “BD”

    Left, as the file knows:
      leaver@example.org left the list, and is on the list until now
      stranger@example.org complained about the mail

    Left before and not brought back:
      gone@example.org left the list
      spam@example.org complained about the mail
      bounced@example.org takes no mail at this address
      erased@example.org asked to be forgotten

    Refused:
      line 12: this is not a mail address: the address holds a space (U+0020), which no address may hold
        | bad address,,,,,,
        = help: write it as name@example.org

    To be noticed:
      info@ is a mailbox of an office rather than of a person (line 13)
        = help: ask for the address of a person, if you can
      the group `friends` is left out: the publication has none of this name (line 13)
        = help: add it to `groups` in newsletter.toml first, if it is to be kept
    "#);
}

#[test]
fn of_many_a_person_is_shown_a_few() {
    let mut csv = "email\n".to_owned();
    for number in 0..2_000 {
        let _ = writeln!(csv, "reader{number}@example.org\nbad {number}");
    }
    let plan = planned(&csv);
    assert_eq!((plan.new.len(), plan.refused.count, plan.refused.examples.len()), (2_000, 2_000, 1_000));
    assert!(plan.to_string().lines().count() < 40, "{plan}");
    assert!(plan.to_string().contains("and 1995 more"), "{plan}");
}

#[test]
fn who_left_stays_so_and_a_graver_ground_is_noted() {
    let plan = planned("email,status\ngone@example.org,unsubscribed\nspam@example.org,bounced\nbounced@example.org,complained\n");
    assert_eq!((plan.unchanged, plan.departures.len(), plan.resurrections.len()), (2, 1, 0));
    assert_eq!((plan.departures[0].ground, plan.departures[0].is_listed), (Ground::Complained, false));
}

#[test]
fn what_the_file_does_not_say_the_list_keeps() {
    let plan = planned("email,name,country\nANA@example.org,,\nrina@example.org,,\n");
    assert_eq!((plan.unchanged, plan.changed.len(), plan.new.len()), (2, 0, 0));
}

#[test]
fn a_line_that_says_two_things_of_somebody_who_left_brings_nobody_back() {
    let plan = planned("email,status\nnew@example.org,active\nNEW@example.org,unsubscribed\nnew@EXAMPLE.org,active\n");
    assert_eq!((plan.new.len(), plan.departures.len()), (0, 1));
}

proptest! {
    /// Whoever is new or changed gets mail; nobody who has left is among them, however often and however the file names them.
    #[test]
    fn an_import_lifts_nothing(rows in prop::collection::vec((0..9_usize, 0..9_usize, any::<bool>()), 0..30)) {
        let names = ["gone", "spam", "bounced", "erased", "ana", "rina", "leaver", "new", "other"];
        let states = ["", "active", "subscribed", "pending", "unsubscribed", "bounced", "complained", "blocklisted", "yes"];
        let mut csv = "email,status\n".to_owned();
        for (name, state, is_upper) in &rows {
            let name = if *is_upper { names[*name].to_uppercase() } else { names[*name].to_owned() };
            let _ = writeln!(csv, "{name}@example.org,{}", states[*state]);
        }
        let plan = planned(&csv);
        let mailed = plan.new.iter().map(|entry| &entry.address).chain(plan.changed.iter().map(|change| &change.address));
        for address in mailed {
            prop_assert!(suppressed(address).is_none());
            let has_left = |&(name, state, _): &(usize, usize, bool)| {
                address.local_part().eq_ignore_ascii_case(names[name]) && State::from_word(states[state]).is_some_and(State::has_left)
            };
            prop_assert!(!rows.iter().any(has_left), "{address}");
        }
        prop_assert_eq!(planned(&csv), plan, "the same again");
    }
}
