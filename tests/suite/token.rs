//! Tokens: what we made holds, for what it was made; nothing else does.

use jiff::Timestamp;
use postrider::model::address::Address;
use postrider::token::{Claim, Keyring, KeyringError, Mark, Purpose, Returned, TokenError};
use proptest::prelude::*;

const LIST: &str = "news.example.org";
const PURPOSES: [Purpose; 3] = [Purpose::Leave, Purpose::Confirm, Purpose::Preferences];

fn keyring() -> Keyring {
    Keyring::parse(&Keyring::generate(), LIST).expect("what we write, we read")
}

fn address(written: &str) -> Address {
    Address::parse(written).expect("an address")
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).expect("a time")
}

fn claim(keyring: &Keyring) -> Claim {
    Claim { mark: keyring.mark(&address("ana@example.org")), generation: 7, until: Some(at(2_000_000_000)) }
}

#[test]
fn what_was_made_holds_in_any_case_and_fits_a_subject_and_a_link() {
    let keyring = keyring();
    for purpose in PURPOSES {
        for claim in [claim(&keyring), Claim::for_ever(keyring.mark(&address("ana@example.org")))] {
            let token = keyring.mint(purpose, claim);
            assert!(token.len() <= 120 && token.chars().all(|c| c.is_ascii_alphanumeric() || c == '.'), "{token}");
            assert_eq!(keyring.verify(purpose, &token, at(1)), Ok(claim), "{token}");
            assert_eq!(keyring.verify(purpose, &token.to_ascii_uppercase(), at(1)), Ok(claim), "{token}");
            assert_eq!(keyring.mint(purpose, claim), token, "the same again: a message sent again is the same message");
        }
    }
    let token = keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&address("ana@example.org"))));
    assert!(token.len() <= 60, "it is in every mail twice: {token}");
}

#[test]
fn a_token_is_worth_nothing_for_another_purpose_list_or_key() {
    let text = Keyring::generate();
    let keyring = Keyring::parse(&text, LIST).expect("keys");
    let token = keyring.mint(Purpose::Leave, claim(&keyring));
    assert_eq!(keyring.verify(Purpose::Preferences, &token, at(1)), Err(TokenError::Forged));
    assert_eq!(keyring.verify(Purpose::Confirm, &token, at(1)), Err(TokenError::Forged));
    let other = Keyring::parse(&text, "other.example.org").expect("keys");
    assert_eq!(other.verify(Purpose::Leave, &token, at(1)), Err(TokenError::Forged));
    let stranger = self::keyring();
    assert_eq!(stranger.verify(Purpose::Leave, &token, at(1)), Err(TokenError::Forged));
    assert_eq!(keyring.verify(Purpose::Leave, &token.replacen(".a.", ".b.", 1), at(1)), Err(TokenError::UnknownKey));
}

#[test]
fn it_holds_until_its_time_and_the_one_to_leave_for_ever() {
    let keyring = keyring();
    let token = keyring.mint(Purpose::Confirm, claim(&keyring));
    assert!(keyring.verify(Purpose::Confirm, &token, at(1_999_999_999)).is_ok());
    assert_eq!(keyring.verify(Purpose::Confirm, &token, at(2_000_000_000)), Err(TokenError::Expired));
    let leave = keyring.mint(Purpose::Leave, Claim::for_ever(claim(&keyring).mark));
    assert!(keyring.verify(Purpose::Leave, &leave, Timestamp::MAX).is_ok());
}

#[test]
fn old_keys_still_verify_after_a_new_one_came() {
    let text = Keyring::generate();
    let old = Keyring::parse(&text, LIST).expect("keys");
    let token = old.mint(Purpose::Leave, claim(&old));
    let fresh = Keyring::generate();
    let (_, key) = fresh.split_once("\n[[key]]\n").expect("a key");
    let rotated = text.replacen("\n[[key]]\n", &format!("\n[[key]]\n{}\n[[key]]\n", key.replace("\"a\"", "\"b\"")), 1);
    let rotated = Keyring::parse(&rotated, LIST).expect("two keys");
    assert_eq!(rotated.verify(Purpose::Leave, &token, at(1)), Ok(claim(&old)), "the mark is the same as well");
    assert!(rotated.mint(Purpose::Leave, claim(&old)).starts_with("v1.b."));
}

#[test]
fn a_million_forgeries_are_all_refused() {
    let keyring = keyring();
    let token = keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&address("ana@example.org"))));
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    let start = token.match_indices('.').nth(1).expect("a payload").0 + 1;
    // Every letter of payload and MAC changed to every other; then pairs of them, until it is a million.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).expect("31 bits") % below
    };
    for round in 0..1_000_000 {
        let mut forged = token.clone().into_bytes();
        for _ in 0..=round % 3 {
            let place = start + next(forged.len() - start);
            forged[place] = alphabet[next(alphabet.len())];
        }
        let forged = String::from_utf8(forged).expect("ASCII");
        assert!(forged == token || keyring.verify(Purpose::Leave, &forged, at(1)).is_err(), "{forged}");
    }
}

#[test]
fn parts_of_two_tokens_make_no_third() {
    let keyring = keyring();
    let [one, two] = ["ana@example.org", "ben@example.org"]
        .map(|written| keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&address(written)))));
    let (one, two): (Vec<_>, Vec<_>) = (one.split('.').collect(), two.split('.').collect());
    let swapped = [one[0], one[1], one[2], two[3]].join(".");
    assert_eq!(keyring.verify(Purpose::Leave, &swapped, at(1)), Err(TokenError::Forged));
}

#[test]
fn a_mark_is_of_the_mailbox_and_tells_nothing_without_the_key() {
    let (keyring, other) = (keyring(), keyring());
    let mark = keyring.mark(&address("Ana@EXAMPLE.org"));
    assert_eq!(mark, keyring.mark(&address("ana@example.org")), "the same mailbox in any spelling");
    assert_ne!(mark, keyring.mark(&address("ana+news@example.org")), "plus tags are never folded");
    assert_ne!(mark, other.mark(&address("ana@example.org")));
    assert_eq!(Mark::from_octets(*mark.octets()), mark);
}

#[test]
fn a_file_of_keys_that_does_not_do_is_refused_and_not_repeated() {
    let text = Keyring::generate();
    let secret = text.rsplit("secret = \"").next().and_then(|rest| rest.split('"').next()).expect("a secret");
    let parse = |text: &str| Keyring::parse(text, LIST).expect_err("no keyring");
    assert_eq!(parse(""), KeyringError::Malformed);
    assert_eq!(parse(&text.replace("\n[[key]]", "\n[[kye]]")), KeyringError::Malformed);
    assert_eq!(parse(&text.replace("\"a\"", "\"A b\"")), KeyringError::Name("A b".to_owned()));
    assert_eq!(parse(&text.replace(secret, &secret[4..])), KeyringError::Key("a".to_owned()));
    assert_eq!(parse(&format!("{text}\n[[key]]\nname = \"a\"\nsecret = \"{secret}\"")), KeyringError::Twice("a".to_owned()));
    assert_eq!(parse(text.split("\n[[key]]").next().expect("a beginning")), KeyringError::Empty);
    for error in [parse(&text.replace("secret", "sceret")), parse(&text.replace(secret, &secret[4..]))] {
        assert!(!format!("{error} {error:?}").contains(&secret[4..20]), "{error}");
    }
    assert!(!format!("{:?}", Keyring::parse(&text, LIST)).contains(&secret[..8]), "nor is it shown");
}

#[test]
fn a_return_path_fits_an_address_and_speaks_about_one_mail_to_one_person() {
    let text = Keyring::generate();
    let keyring = Keyring::parse(&text, LIST).expect("keys");
    let (ana, ben) = (keyring.mark(&address("ana@example.org")), keyring.mark(&address("ben@example.org")));
    for number in [1, 255, 65_536, (1 << 40) - 1] {
        let path = keyring.return_path(number, ana);
        assert!(path.len() <= 44 && path.chars().all(|c| c.is_ascii_alphanumeric() || c == '-'), "{path}");
        for local in [format!("bounces+{path}"), format!("BOUNCES+{}", path.to_ascii_uppercase()), format!("some+thing+{path}")] {
            let returned = Returned::find(&local).expect("one of ours");
            assert_eq!(returned.recipient, number);
            assert!(keyring.is_returned(&returned, ana), "{local}");
            assert!(!keyring.is_returned(&returned, ben), "whoever has the number later is somebody else");
        }
    }
    // The number of one and the MAC of another.
    let mut other = Returned::find(&format!("x+{}", keyring.return_path(1, ana))).expect("one of ours");
    other.recipient = 2;
    assert!(!keyring.is_returned(&other, ana));
    let another_list = Keyring::parse(&text, "other.example.org").expect("keys");
    let returned = Returned::find(&format!("x+{}", keyring.return_path(1, ana))).expect("one of ours");
    assert!(!another_list.is_returned(&returned, ana));
    // An older key still holds, and a token to leave is no return path.
    let fresh = Keyring::generate();
    let (_, key) = fresh.split_once("\n[[key]]\n").expect("a key");
    let rotated = text.replacen("\n[[key]]\n", &format!("\n[[key]]\n{}\n[[key]]\n", key.replace("\"a\"", "\"b\"")), 1);
    let rotated = Keyring::parse(&rotated, LIST).expect("two keys");
    assert!(rotated.is_returned(&returned, ana) && rotated.return_path(1, ana).starts_with("b-"));
    let token = keyring.mint(Purpose::Leave, Claim::for_ever(ana));
    assert_eq!(Returned::find(&format!("x+{token}")), None);
    for odd in ["", "+", "x", "x+", "x+a", "x+a-", "x+a-!!", "x+-aaaa", "x+a-aaaaaaaa", "x+é-aaaa"] {
        assert_eq!(Returned::find(odd), None, "{odd}");
    }
}

#[test]
fn a_million_forged_return_paths_are_all_refused() {
    let keyring = keyring();
    let mark = keyring.mark(&address("ana@example.org"));
    let path = keyring.return_path(7, mark);
    let (name, octets) = path.split_once('-').expect("a key");
    let letters: Vec<u8> = octets.bytes().collect();
    let alphabet = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut tried = 0_u32;
    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    while tried < 1_000_000 {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        let mut forged = letters.clone();
        // One to four letters changed; the last two hold bits that no octet has.
        for turn in 0..=(seed % 4) {
            let at = usize::try_from((seed >> (8 * turn)) % 32).expect("a place");
            forged[at] = alphabet[usize::try_from((seed >> (20 + turn)) % 32).expect("a letter")];
        }
        if forged == letters {
            continue;
        }
        tried += 1;
        let forged = String::from_utf8(forged).expect("letters");
        if let Some(returned) = Returned::find(&format!("bounces+{name}-{forged}")) {
            assert!(!keyring.is_returned(&returned, mark), "{forged}");
        }
    }
}

#[test]
fn a_token_is_found_in_what_programs_and_people_make_of_it() {
    let keyring = keyring();
    let token = keyring.mint(Purpose::Leave, Claim::for_ever(keyring.mark(&address("ana@example.org"))));
    let (front, back) = token.split_at(30);
    for text in [
        format!("unsubscribe {token}"),
        format!("Re: AW: Unsubscribe {}", token.to_ascii_uppercase()),
        format!("unsubscribe {front} {back}"),
        format!("<{token}>, please"),
        format!("unsubscribe v1.x.y.z {token}\n> quoted"),
        format!("(subject={token})."),
    ] {
        let found = Keyring::find_in(&text);
        assert!(found.iter().any(|found| keyring.verify(Purpose::Leave, found, at(1)).is_ok()), "{text}: {found:?}");
    }
    assert_eq!(Keyring::find_in("unsubscribe me v1. please"), Vec::<String>::new());
    assert!(Keyring::find_in(&"v1.a.b.c ".repeat(10_000)).len() < 100, "no text makes it long");
}

proptest! {
    #[test]
    fn no_text_is_a_token_or_a_panic(text in ".{0,200}") {
        prop_assert!(keyring().verify(Purpose::Leave, &text, at(1)).is_err());
    }

    #[test]
    fn no_payload_of_ours_is_misread(mark in any::<[u8; 16]>(), generation in any::<u32>(), until in prop::option::of(2_i64..99_999_999_999)) {
        let keyring = keyring();
        let claim = Claim { mark: Mark::from_octets(mark), generation, until: until.map(at) };
        prop_assert_eq!(keyring.verify(Purpose::Confirm, &keyring.mint(Purpose::Confirm, claim), at(1)), Ok(claim));
    }
}
