//! What the program itself says in each language, and how it writes days and numbers there.

use jiff::civil::{Date, date};
use postrider::model::language::Language;

use super::{for_language, in_language};

fn days(tag: &str, from: Date, until: Date) -> String {
    Language::from_tag(tag).expect("a language").words().days(from, Some(until))
}

#[test]
fn a_range_of_days_says_once_what_its_ends_share() {
    let (first, same_month) = (date(2023, 7, 26), date(2023, 7, 28));
    let (same_year, next_year) = (date(2023, 8, 1), date(2024, 1, 2));
    let expected = [
        ("en", ["26–28 July 2023", "26 July – 1 August 2023", "26 July 2023 – 2 January 2024"]),
        ("bn", ["২৬–২৮ জুলাই ২০২৩", "২৬ জুলাই – ১ আগস্ট ২০২৩", "২৬ জুলাই ২০২৩ – ২ জানুয়ারি ২০২৪"]),
        ("ar", ["٢٦–٢٨ يوليو ٢٠٢٣", "٢٦ يوليو – ١ أغسطس ٢٠٢٣", "٢٦ يوليو ٢٠٢٣ – ٢ يناير ٢٠٢٤"]),
        ("es", ["26–28 de julio de 2023", "26 de julio – 1 de agosto de 2023", "26 de julio de 2023 – 2 de enero de 2024"]),
        ("fr", ["26–28 juillet 2023", "26 juillet – 1er août 2023", "26 juillet 2023 – 2 janvier 2024"]),
        ("ru", ["26–28 июля 2023", "26 июля – 1 августа 2023", "26 июля 2023 – 2 января 2024"]),
        ("zh", ["2023年7月26日至28日", "2023年7月26日至8月1日", "2023年7月26日至2024年1月2日"]),
    ];
    for (tag, ranges) in expected {
        assert_eq!([same_month, same_year, next_year].map(|until| days(tag, first, until)), ranges, "{tag}");
    }
    assert_eq!(Language::tags(), expected.map(|(tag, _)| tag), "every language is tried");
    assert_eq!(days("ar", first, first), "٢٦ يوليو ٢٠٢٣", "one day is no range");
}

#[test]
fn a_link_without_words_names_its_piece_as_the_language_does() {
    let expected = [
        ("en", "Read more about Reach every victim"),
        ("bn", "“Reach every victim” সম্পর্কে আরও পড়ুন"),
        ("ar", "اقرأ المزيد عن «Reach every victim»"),
        ("es", "Leer más sobre «Reach every victim»"),
        ("fr", "En savoir plus sur «\u{a0}Reach every victim\u{a0}»"),
        ("ru", "Подробнее: Reach every victim"),
        ("zh", "阅读更多：Reach every victim"),
    ];
    for (tag, words) in expected {
        assert_eq!(Language::from_tag(tag).expect("a language").words().read_more("Reach every victim"), words);
    }
}

#[test]
fn words_in_quotation_marks_get_no_second_ones() {
    let words = Language::from_tag("fr").expect("French").words();
    for quoted in ["“mot”", "« mot »", "\"mot\"", "„mot“"] {
        assert_eq!(words.quoted(quoted), quoted);
    }
    for text in ["“un” et “deux”", "un “mot”", "\""] {
        assert_eq!(words.quoted(text), format!("«\u{a0}{text}\u{a0}»"));
    }
}

#[test]
fn the_text_part_speaks_the_language_of_its_edition() {
    let edition = "subject = \"S\"\ntitle = \"T\"\ndate = 2023-09-30\n\
                   [[block]]\nkind = \"contents\"\n\
                   [[block]]\nkind = \"article\"\ntitle = \"A\"\ndate = 2023-07-26\nuntil = 2023-07-28\n\
                   links = [{ url = \"https://example.org/a\" }]\n\
                   [[block]]\nkind = \"list\"\nitems = [\"x\", \"y\"]\nnumbered = true\n\
                   [[block]]\nkind = \"quote\"\ntext = \"Q\"\nby = \"N\"\nrole = \"R\"\n\
                   [[block]]\nkind = \"contact\"\nphone = \"+880 2\"\n";
    let expected = [
        (
            "bn",
            "++ এই সংখ্যায়\n\n  ১. A\n\n\n++ ১. A\n\n২৬–২৮ জুলাই ২০২৩\n\n“A” সম্পর্কে আরও পড়ুন [১]\n\n[১] https://example.org/a\n\n  ১. x\n  ২. y\n\n     \
             “Q”\n     — N, R\n\nফোন: +880 2\n\n-- \nসাবস্ক্রিপশন বাতিল করুন: unsubscribe@list.example.org\n",
        ),
        (
            "fr",
            "++ Dans ce numéro\n\n  1. A\n\n\n++ 1. A\n\n26–28 juillet 2023\n\nEn savoir plus sur «\u{a0}A\u{a0}» [1]\n\n[1] https://example.org/a\n\n  1. x\n  \
             2. y\n\n     «\u{a0}Q\u{a0}»\n     — N, R\n\nTéléphone\u{a0}: +880 2\n\n-- \nSe désabonner\u{a0}: unsubscribe@list.example.org\n",
        ),
        (
            "zh",
            "++ 本期内容\n\n  1. A\n\n\n++ 1. A\n\n2023年7月26日至28日\n\n阅读更多：A [1]\n\n[1] https://example.org/a\n\n  1. x\n  2. y\n\n     \
             “Q”\n     — N，R\n\n电话：+880 2\n\n-- \n退订：unsubscribe@list.example.org\n",
        ),
    ];
    for (tag, letter) in expected {
        let text = for_language(&in_language(tag, edition), tag).text;
        assert_eq!(text, format!("+++ T\nTest Quarterly\n\n\n{letter}"), "{tag}");
    }
}
