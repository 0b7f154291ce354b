//! Pictures and what is said of them.

use super::{ERROR, Rule, WARNING};

/// The rules.
pub const RULES: [Rule; 8] = [
    Rule {
        name: "missing-alt",
        severities: ERROR,
        summary: "A picture without alternative text",
        why: "Readers who do not see it, and all whose program hides pictures at first, learn nothing of it. One that only decorates says so.",
        wrong: "picture = { file = \"pictures/dialogue.jpg\" }",
        right: "picture = { file = \"pictures/dialogue.jpg\", alt = \"People sit round a long table.\" }",
    },
    Rule {
        name: "alt-file-name",
        severities: WARNING,
        summary: "An alternative text that is the name of a file",
        why: "A screen reader spells it out: “I M G underscore four seven one one dot jay peg”.",
        wrong: "alt = \"IMG_4711.jpg\"",
        right: "alt = \"People sit round a long table.\"",
    },
    Rule {
        name: "alt-preamble",
        severities: WARNING,
        summary: "An alternative text that begins with “picture of”",
        why: "Screen readers say before it that there is a picture. What matters should come first.",
        wrong: "alt = \"Picture of people round a table\"",
        right: "alt = \"People sit round a table\"",
    },
    Rule {
        name: "alt-length",
        severities: WARNING,
        summary: "An alternative text of more than 250 characters",
        why: "It is heard in one go, without a way to stop or go back. What needs more words belongs in the text.",
        wrong: "alt = \"A table with three rows, the first of which says that in 2021 … \"",
        right: "alt = \"Table: arrivals by year. The text below gives the figures.\"",
    },
    Rule {
        name: "alt-repeats-caption",
        severities: WARNING,
        summary: "An alternative text that is the same as the caption",
        why: "Whoever hears the mail hears it twice. The alternative text says what is to be seen, the caption what it means.",
        wrong: "alt     = \"The dialogue in Dhaka\"\ncaption = \"The dialogue in Dhaka\"",
        right: "alt     = \"People sit round a long table.\"\ncaption = \"The dialogue in Dhaka\"",
    },
    Rule {
        name: "missing-picture",
        severities: ERROR,
        summary: "A picture file that is not there",
        why: "Its name is misspelt, or it was not copied. Upper and lower case count, as they do on most servers.",
        wrong: "file = \"pictures/Dialog.JPG\"",
        right: "file = \"pictures/dialogue.jpg\"",
    },
    Rule {
        name: "bad-picture",
        severities: ERROR,
        summary: "A picture file that cannot be used",
        why: "It is no JPEG, PNG or WebP, is cut off, or has more pixels than any picture in a mail needs.",
        wrong: "file = \"pictures/dialogue.heic\"",
        right: "file = \"pictures/dialogue.jpg\"",
    },
    Rule {
        name: "markdown-picture",
        severities: ERROR,
        summary: "A picture inside a text",
        why: "A picture needs its alternative text, its size and its place. It stands in a block of its own, or beside a piece.",
        wrong: "body = \"![The dialogue](pictures/dialogue.jpg)\"",
        right: "[[block]]\nkind = \"picture\"\nfile = \"pictures/dialogue.jpg\"\nalt  = \"People sit round a long table.\"",
    },
];
