//! The table that the program embeds is what the data says.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use postrider::check::support::table::{Feature, Tally};
use serde_json::Value;

fn file(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("data/caniemail").join(name)
}

fn data() -> Value {
    serde_json::from_slice(&fs::read(file("caniemail.json")).expect("the data")).expect("JSON")
}

/// The support in each tested version of a family's programs, as `y`, `n`, `a #2`, `u`.
fn versions(family: &Value) -> Vec<&str> {
    let platforms = family.as_object().expect("platforms").values();
    platforms.flat_map(|versions| versions.as_object().expect("versions").values()).map(|text| text.as_str().unwrap()).collect()
}

/// The whole table, made from the data.
fn table(data: &Value) -> String {
    let of = |letter: char, all: &[&str]| all.iter().filter(|text| text.starts_with(letter)).count();
    let names = data["nicenames"]["family"].as_object().expect("families");
    let mut features: Vec<_> = data["data"].as_array().expect("features").iter().collect();
    features.sort_by_key(|feature| feature["slug"].as_str());
    let families: Vec<_> = names.iter().filter(|(slug, _)| features.iter().any(|one| one["stats"].get(slug).is_some())).collect();
    let mut table =
        format!("# caniemail.com, {}, MIT; see README.md\nslug\ttitle\tmailpit", data["last_update_date"].as_str().unwrap());
    for (_, name) in &families {
        write!(table, "\t{}", name.as_str().unwrap()).unwrap();
    }
    for feature in features {
        let stats = feature["stats"].as_object().expect("families");
        let all: Vec<_> = stats.values().flat_map(versions).collect();
        let yes = all.iter().filter(|&&text| text == "y").count();
        let no = all.iter().filter(|&&text| text == "n").count();
        let (slug, title) = (feature["slug"].as_str().unwrap(), feature["title"].as_str().unwrap());
        write!(table, "\n{slug}\t{title}\t{yes}/{}/{no}", all.len() - yes - no).unwrap();
        for (family, _) in &families {
            table.push('\t');
            if let Some(tested) = stats.get(*family) {
                let all = versions(tested);
                write!(table, "{}/{}/{}/{}", of('y', &all), of('a', &all), of('n', &all), of('u', &all)).unwrap();
            }
        }
    }
    table.push('\n');
    table
}

#[test]
fn the_table_says_what_the_data_says() {
    let made = table(&data());
    if std::env::var_os("WRITE_TABLE").is_some() {
        fs::write(file("features.tsv"), &made).expect("the table is written");
    }
    let kept = fs::read_to_string(file("features.tsv")).expect("the table");
    assert!(kept == made, "the table is not what the data says: write it anew, as data/caniemail/README.md says");
    assert_eq!(kept.lines().count(), 2 + 307);
}

#[test]
fn every_feature_is_found_with_its_counts() {
    let data = data();
    let mut tested = 0;
    for feature in data["data"].as_array().expect("features") {
        let slug = feature["slug"].as_str().unwrap();
        let found = Feature::find(slug).unwrap_or_else(|| panic!("{slug} is not in the table"));
        assert_eq!((found.slug(), found.title()), (slug, feature["title"].as_str().unwrap()));
        let all: Vec<_> = feature["stats"].as_object().unwrap().values().flat_map(versions).collect();
        assert_eq!(found.tally().total() as usize, all.len(), "{slug}");
        assert_eq!(found.tally_of_mailpit().total() as usize, all.len(), "{slug}");
        tested += all.len();
    }
    assert!(tested > 10_000, "only {tested} tests were counted");
    for unknown in ["", "css", "css-", "html-nothing", "zzz", "css-text-align\t", "#"] {
        assert_eq!(Feature::find(unknown), None, "{unknown}");
    }
}

#[test]
fn a_note_makes_a_yes_or_a_no_partial_for_mailpit_alone() {
    let anchors = Feature::find("html-anchor-links").expect("a feature");
    let families: BTreeMap<_, _> = anchors.families().collect();
    assert_eq!(anchors.tally(), Tally { full: 30, partial: 3, none: 22, unknown: 1 });
    assert_eq!(anchors.tally_of_mailpit(), Tally { full: 19, partial: 27, none: 10, unknown: 0 });
    assert_eq!(families.values().map(|tally| tally.total()).sum::<u32>(), anchors.tally().total());
    assert!(families.contains_key("Gmail") && families.contains_key("Outlook"), "{families:?}");
}
