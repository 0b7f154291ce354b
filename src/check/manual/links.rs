//! Links: their words, their addresses, and what a server says of them.

use super::{ERROR, Rule, WARNING};

/// The rules that need nothing but the files.
pub const RULES: [Rule; 9] = [
    Rule {
        name: "bad-link",
        severities: ERROR,
        summary: "An address that must not be linked in a mail",
        why: "A mail has no address of its own from which a relative one could start, and programs block all but https, http and mailto. \
              Merge fields do not stand in addresses: every reader gets the same links.",
        wrong: "url = \"/report.pdf\"",
        right: "url = \"https://example.org/report.pdf\"",
    },
    Rule {
        name: "empty-link",
        severities: ERROR,
        summary: "A link without words",
        why: "Nobody sees it, and a screen reader reads out its address. Most often the brackets were left empty by oversight.",
        wrong: "body = \"The report [](https://example.org/report) is out.\"",
        right: "body = \"[The report](https://example.org/report) is out.\"",
    },
    Rule {
        name: "vague-link",
        severities: WARNING,
        summary: "Words of a link that do not say where it leads",
        why: "Many readers go from link to link, by ear or by eye, without the words around. “Click here” five times over tells them nothing.",
        wrong: "links = [{ text = \"Read more\", url = \"https://example.org/dialogue\" }]",
        right: "links = [{ url = \"https://example.org/dialogue\" }] # reads: Read more about the piece's title",
    },
    Rule {
        name: "bare-link",
        severities: WARNING,
        summary: "A link whose words are its address",
        why: "It is read out sign by sign, and breaks lines on a phone. The plain text part shows addresses by itself.",
        wrong: "body = \"The report: <https://example.org/2023/q3/report-final-2.pdf>\"",
        right: "body = \"[The report of the dialogue](https://example.org/2023/q3/report-final-2.pdf)\"",
    },
    Rule {
        name: "ambiguous-link",
        severities: WARNING,
        summary: "The same words for different places",
        why: "In a list of links nobody can tell them apart. Often one of the addresses was left from copying.",
        wrong: "[[block]]\nkind = \"button\"\ntext = \"The report\"\nurl  = \"https://example.org/a\"\n\n[[block]]\nkind = \"button\"\ntext = \"The report\"\nurl  = \"https://example.org/b\"",
        right: "[[block]]\nkind = \"button\"\ntext = \"The report on trafficking\"\nurl  = \"https://example.org/a\"\n\n[[block]]\nkind = \"button\"\ntext = \"The report on policy\"\nurl  = \"https://example.org/b\"",
    },
    Rule {
        name: "insecure-link",
        severities: WARNING,
        summary: "A link that begins with http://",
        why: "On its way others can read which page a reader opens, and put another in its place. Nearly every site answers to https as well.",
        wrong: "url = \"http://example.org/report\"",
        right: "url = \"https://example.org/report\"",
    },
    Rule {
        name: "tracking-link",
        severities: WARNING,
        summary: "An address with a mark by which readers are followed",
        why: "It tells the site which newsletter, and sometimes which person, a visit comes from. Mostly it was copied from a browser or \
              from another newsletter, and then counts for somebody else. The message gives the address without it.",
        wrong: "url = \"https://example.org/report?utm_source=newsletter\"",
        right: "url = \"https://example.org/report\"",
    },
    Rule {
        name: "short-link",
        severities: WARNING,
        summary: "An address that hides where it leads",
        why: "Shorteners and the wrappers that mail filters put round links count whoever follows them, are blocked by filters, and stop \
              working when their owner stops. Readers are told not to follow them, rightly.",
        wrong: "url = \"https://bit.ly/…\"",
        right: "url = \"https://example.org/report\"",
    },
    Rule {
        name: "local-link",
        severities: ERROR,
        summary: "An address that only your own network knows",
        why: "It works at your desk, and nowhere else. Readers would get an error, or another machine of theirs.",
        wrong: "url = \"http://intranet/report\"",
        right: "url = \"https://example.org/report\"",
    },
];

/// The rules of `check --links`.
pub const ASKED: [Rule; 5] = [
    Rule {
        name: "dead-link",
        severities: ERROR,
        summary: "A link that leads nowhere",
        why: "With --links, Postrider asks each address. The server is not there, or says that it has no such page: readers would meet the \
              same.",
        wrong: "url = \"https://example.org/raport\"",
        right: "url = \"https://example.org/report\"",
    },
    Rule {
        name: "moved-link",
        severities: WARNING,
        summary: "A link whose page has moved for good",
        why: "It works for as long as the old address is kept. An issue is read for years; the new address lasts longer.",
        wrong: "url = \"https://old.example.org/report\"",
        right: "url = \"https://www.example.org/report\"",
    },
    Rule {
        name: "downgraded-link",
        severities: WARNING,
        summary: "A secure link that leads on to one that is not",
        why: "The address begins with https, but its server sends readers on to http, where others can read along and change the page.",
        wrong: "url = \"https://example.org/report\" # leads on to http://files.example.org/report",
        right: "url = \"https://files.example.org/report\"",
    },
    Rule {
        name: "unchecked-link",
        severities: WARNING,
        summary: "A link about which nothing is known",
        why: "Its server gave no answer from which anything could be concluded, or its name is one of those reserved for examples. Open it \
              in a browser before the issue goes out.",
        wrong: "url = \"https://www.example.com/\"",
        right: "# the address of the real page",
    },
    Rule {
        name: "private-link",
        severities: ERROR,
        summary: "A link whose name leads into a private network",
        why: "The name is looked up, or the page leads on, to an address that only your own network knows. It is not contacted, and readers \
              could not reach it.",
        wrong: "url = \"https://files.example.org/\" # looks up to 10.0.0.5",
        right: "url = \"https://www.example.org/files\"",
    },
];
