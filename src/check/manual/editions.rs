//! Editions held against one another.

use super::{Rule, WARNING};

/// The rules.
pub const RULES: [Rule; 8] = [
    Rule {
        name: "missing-block",
        severities: WARNING,
        summary: "A block of the first edition that another one lacks",
        why: "Readers of each language are to get the same issue. A block added late is easily forgotten in a translation. An edition that \
              says less on purpose has `summary = true` at its top, and is not held to this.",
        wrong: "# bn.toml, without the notice that en.toml has",
        right: "# bn.toml\n[[block]]\nkind = \"notice\"\nbody = \"…\"",
    },
    Rule {
        name: "extra-block",
        severities: WARNING,
        summary: "A block that the first edition lacks",
        why: "Either it was forgotten there, or it was taken out there and left here.",
        wrong: "# bn.toml, with a button that en.toml does not have",
        right: "# en.toml has it too, or neither has",
    },
    Rule {
        name: "edition-picture",
        severities: WARNING,
        summary: "A picture that one edition shows and another does not",
        why: "Pictures belong to the issue. One with words on it may have a file for each language, whose name ends in it: map-en.png, \
              map-bn.png.",
        wrong: "# en.toml\nfile = \"pictures/dialogue.jpg\"\n# bn.toml\nfile = \"pictures/dialogue-old.jpg\"",
        right: "# en.toml and bn.toml\nfile = \"pictures/dialogue.jpg\"",
    },
    Rule {
        name: "edition-link",
        severities: WARNING,
        summary: "A link that one edition has and another does not",
        why: "An address corrected in one edition is to be corrected in all. Addresses that differ by the language alone, as /en/report and \
              /bn/report, are taken for the same.",
        wrong: "# en.toml\nurl = \"https://example.org/report-2\"\n# bn.toml\nurl = \"https://example.org/report\"",
        right: "# en.toml and bn.toml\nurl = \"https://example.org/report-2\"",
    },
    Rule {
        name: "edition-number",
        severities: WARNING,
        summary: "Numbers that differ between editions",
        why: "A figure corrected in one edition is to be corrected in all. Digits of every script are compared, block by block; small \
              numbers that stand in words in one language are passed over.",
        wrong: "# en.toml\nvalue = \"About 40\"\n# bn.toml\nvalue = \"প্রায় ৪৫ জন\"",
        right: "# en.toml\nvalue = \"About 40\"\n# bn.toml\nvalue = \"প্রায় ৪০ জন\"",
    },
    Rule {
        name: "edition-date",
        severities: WARNING,
        summary: "Dates that differ between editions",
        why: "The date of the issue, of a piece or of an event is the same in every language; Postrider writes it in each.",
        wrong: "# en.toml\ndate = 2023-08-02\n# bn.toml\ndate = 2023-08-20",
        right: "# en.toml and bn.toml\ndate = 2023-08-02",
    },
    Rule {
        name: "untranslated",
        severities: WARNING,
        summary: "A text left in the language it was to be translated from",
        why: "A translation often begins as a copy. A text without a letter of its edition's script, or the same as in an edition that \
              shares the script, was probably passed over. Names, abbreviations and addresses may stay.",
        wrong: "# bn.toml\ntitle = \"The network turns four\"",
        right: "# bn.toml\ntitle = \"চার বছর পূর্ণ করল নেটওয়ার্ক\"",
    },
    Rule {
        name: "untranslated-footer",
        severities: WARNING,
        summary: "A footer that is not written for the readers of an edition",
        why: "Why they get the mail, and how to leave, readers should be told in their own language; in many countries the law asks for it.",
        wrong: "[footer.reason]\nen = \"You receive this because you asked for it.\"",
        right: "[footer.reason]\nen = \"You receive this because you asked for it.\"\nbn = \"আপনি অনুরোধ করেছিলেন বলে এটি পাচ্ছেন।\"",
    },
];
