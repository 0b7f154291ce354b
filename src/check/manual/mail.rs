//! The composed mail: its weight, its structure, and what programs make of it.

use super::{EITHER, ERROR, Rule, WARNING};

/// What an example of a rule says that no text of a user's can break.
const MADE: &str = "# nothing that can be written in a file makes Postrider compose this";

/// The rules.
pub const RULES: [Rule; 12] = [
    Rule {
        name: "html-weight",
        severities: EITHER,
        summary: "HTML so heavy that Gmail cuts it off, or nearly so",
        why: "Beyond about 100 KB Gmail hides the rest behind a link, the link to unsubscribe included. The HTML is weighed as it is and as \
              it travels. The finding names the heaviest blocks.",
        wrong: "# forty articles of a page each",
        right: "# forty articles of a paragraph each, with links to the rest",
    },
    Rule {
        name: "style-weight",
        severities: EITHER,
        summary: "Style sheets so heavy that programs drop them, or nearly so",
        why: "Gmail drops style sheets beyond 16 KB, older programs from 8 KB on. Without them there is no dark mode.",
        wrong: "[theme.fonts]\ntext = \"…\" # a thousand fonts",
        right: "[theme.fonts]\ntext = \"Georgia, 'Times New Roman', serif\"",
    },
    Rule {
        name: "message-weight",
        severities: ERROR,
        summary: "A message heavier than its budget",
        why: "With its pictures, a message is sent once to each subscriber, and read where data costs money. Servers refuse what is too large.",
        wrong: "[message]\nbudget_kb = 2000 # and pictures of 3 MB",
        right: "[web]\nbase     = \"https://news.example.org/\"\npictures = \"hosted\"",
    },
    Rule {
        name: "line-length",
        severities: ERROR,
        summary: "A header with a line longer than mail allows",
        why: "A line of a mail has at most 998 octets (RFC 5322 §2.1.1). Servers refuse or break longer ones. Only a very long word without \
              a space makes one.",
        wrong: "name = \"Aaaaaaaa…\" # hundreds of letters without a space",
        right: "name = \"The Secretariat\"",
    },
    Rule {
        name: "heading-order",
        severities: ERROR,
        summary: "Headings of the composed HTML that skip a level, or no first one",
        why: "Readers who listen go from heading to heading, and hear their levels. There is one first heading, and none is left out. \
              Postrider holds its own work to this.",
        wrong: MADE,
        right: MADE,
    },
    Rule {
        name: "duplicate-id",
        severities: ERROR,
        summary: "Two places of the composed HTML with the same name",
        why: "A link of the contents list would lead to the first of the two. Postrider holds its own work to this.",
        wrong: MADE,
        right: MADE,
    },
    Rule {
        name: "dead-anchor",
        severities: ERROR,
        summary: "A link within the mail that leads nowhere",
        why: "Each link of the contents list leads to a piece that its reader gets. Postrider holds its own work to this.",
        wrong: MADE,
        right: MADE,
    },
    Rule {
        name: "unbalanced-tag",
        severities: ERROR,
        summary: "A tag of the composed HTML that is not closed, or closes nothing",
        why: "Programs guess what was meant, each in its way. What stands in comments for classic Outlook is read as well, which no other \
              judge of HTML does. Postrider holds its own work to this.",
        wrong: MADE,
        right: MADE,
    },
    Rule {
        name: "table-role",
        severities: ERROR,
        summary: "A table of the layout that does not say that it is one",
        why: "A screen reader would read it out as a table of figures, row by row. Postrider holds its own work to this, in the HTML for \
              classic Outlook as well.",
        wrong: MADE,
        right: MADE,
    },
    Rule {
        name: "logo-contrast",
        severities: WARNING,
        summary: "A logo that can hardly be made out on its ground",
        why: "A see-through logo lies on the paper in light and in dark mode. Where most of it is as light or as dark as that, it is gone. \
              Another file can be given for dark mode.",
        wrong: "[theme.logo]\nfile = \"artwork/logo-black.png\"\nalt  = \"The network\"",
        right: "[theme.logo]\nfile = \"artwork/logo-black.png\"\ndark = \"artwork/logo-white.png\"\nalt  = \"The network\"",
    },
    Rule {
        name: "client-support",
        severities: WARNING,
        summary: "Something in the composed HTML that many mail programs do not support",
        why: "By the caniemail data, a good share of programs leaves it out. The mail is made to be read without it; look at it in one of \
              them all the same.",
        wrong: "[theme]\nradius = 24 # with many boxes",
        right: "[theme]\nradius = 0",
    },
    Rule {
        name: "support-score",
        severities: WARNING,
        summary: "Composed HTML that mail programs support less well than usual",
        why: "The score is reckoned as the mail tester Mailpit does it, from the caniemail data: what the least supported feature costs, by \
              how often it is used.",
        wrong: "# a block of one kind, thirty times",
        right: "# blocks of several kinds, as they come in an issue",
    },
];

/// The rules of service and mailbox.
pub const SERVICE: [Rule; 2] = [
    Rule {
        name: "list-keys",
        severities: EITHER,
        summary: "Keys of the links by which readers leave that cannot be read here, or are none",
        why: "With [service] or [inbox] in newsletter.toml, each mail carries a link of its reader's own to leave, with one click where there is a \
          service, as Gmail and Yahoo ask of whoever writes to many. Whoever only writes need not hold the keys: without them, mail can be looked \
          at, and test, rehearse and send refuse. Whoever has the keys can take readers off the list.",
        wrong: "# ls -l .postrider/keys.toml\n-rw-r--r-- 1 postrider postrider 512 keys.toml",
        right: "# chmod 600 .postrider/keys.toml\n-rw------- 1 postrider postrider 512 keys.toml",
    },
    Rule {
        name: "bounces-domain",
        severities: WARNING,
        summary: "Failed deliveries that go to a domain that has nothing to do with the sender's",
        why: "SPF vouches for the domain that failed deliveries go to. DMARC counts it only where that domain belongs to the one that readers see in From; \
          otherwise mail without a valid signature of DKIM is taken for somebody else's.",
        wrong: "[sender]\nemail   = \"news@example.org\"\n[inbox]\nbounces = \"bounces@provider.example\"",
        right: "[sender]\nemail   = \"news@example.org\"\n[inbox]\nbounces = \"bounces@mail.example.org\"",
    },
];

/// The rules of signatures.
pub const SIGNATURES: [Rule; 3] = [
    Rule {
        name: "dkim-key",
        severities: EITHER,
        summary: "A key of DKIM that cannot be read here, or is none",
        why: "With [dkim] in newsletter.toml, all mail is signed, so that receivers know whose it is. Whoever only writes need not hold the \
              key: without it, mail can be looked at, and test, rehearse and send refuse. A key that others can read signs for others as \
              well, and an RSA key of less than 2048 bits is not trusted.",
        wrong: "# ls -l /etc/postrider/dkim.pem\n-rw-r--r-- 1 postrider postrider 1704 dkim.pem",
        right: "# chmod 600 /etc/postrider/dkim.pem\n-rw------- 1 postrider postrider 1704 dkim.pem",
    },
    Rule {
        name: "dkim-domain",
        severities: ERROR,
        summary: "Mail signed by a domain that has nothing to do with its sender's",
        why: "DMARC asks that the domain that signs belongs to the domain that readers see in From. Otherwise the signature counts for \
              nothing, and large receivers refuse the mail.",
        wrong: "[sender]\nemail  = \"news@example.org\"\n[dkim]\ndomain = \"provider.example\"",
        right: "[sender]\nemail  = \"news@example.org\"\n[dkim]\ndomain = \"example.org\"",
    },
    Rule {
        name: "dkim-ed25519",
        severities: WARNING,
        summary: "Mail signed with Ed25519 alone",
        why: "Gmail, Yahoo and Microsoft check RSA signatures only: to them, such mail is not signed. An Ed25519 signature is a good \
              second one, for the receivers that know it.",
        wrong: "[dkim.ed25519]\nselector = \"2026a-ed25519\"\nkey      = \"/etc/postrider/dkim-ed25519.pem\"",
        right: "[dkim]\nselector = \"2026a\"\nkey      = \"/etc/postrider/dkim.pem\"\n[dkim.ed25519]\nselector = \"2026a-ed25519\"\nkey      = \"/etc/postrider/dkim-ed25519.pem\"",
    },
];
