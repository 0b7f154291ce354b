//! The list of subscribers, and merge fields.

use super::{EITHER, ERROR, Rule, WARNING};

/// The rules.
pub const RULES: [Rule; 9] = [
    Rule {
        name: "bad-address",
        severities: ERROR,
        summary: "Something that is no mail address",
        why: "No server would take it. Found here, it costs a minute; found by the server, it looks as if the list were badly kept.",
        wrong: "email = \"ana at example.org\"",
        right: "email = \"ana@example.org\"",
    },
    Rule {
        name: "duplicate-address",
        severities: ERROR,
        summary: "A mailbox that is on the list twice",
        why: "A person gets one copy. Which of the two entries holds, with its language and its groups, only you can say.",
        wrong: "[[subscriber]]\nemail = \"ana@example.org\"\n\n[[subscriber]]\nemail = \"Ana@Example.org\"",
        right: "[[subscriber]]\nemail = \"ana@example.org\"",
    },
    Rule {
        name: "empty-list",
        severities: WARNING,
        summary: "Nobody is on the list",
        why: "An issue can be written and looked at without subscribers, but sent to nobody.",
        wrong: "# subscribers.toml is empty",
        right: "[[subscriber]]\nemail = \"ana@example.org\"",
    },
    Rule {
        name: "unread-list",
        severities: WARNING,
        summary: "A file of the list where the database has the list",
        why: "Whoever is written into it gets no mail, for nobody reads it. One of the two is meant.",
        wrong: "# newsletter.toml\n[subscribers]\nsource = \"database\"\n\n# and there is a subscribers.toml",
        right: "# newsletter.toml\n[subscribers]\nsource = \"database\"\n\n# and no subscribers.toml",
    },
    Rule {
        name: "unreadable-list",
        severities: ERROR,
        summary: "What the database has of the list cannot be read",
        why: "Who is on the list, and in which language, stands in the database: everyone, or those who joined by themselves. Without the keys that \
              mark people, or without an answer of the disk, nobody can tell whom to send to.",
        wrong: "# .postrider/ledger.sqlite is there, .postrider/keys.toml is not",
        right: "# both are there, as a backup has them",
    },
    Rule {
        name: "merge-field",
        severities: ERROR,
        summary: "A merge field that cannot be read",
        why: "A field stands between two pairs of braces on one line, and names an attribute of the subscribers. A broken one would be sent \
              as it stands.",
        wrong: "body = \"Dear {{ First name }},\"",
        right: "body = \"Dear {{ first_name | colleague }},\"",
    },
    Rule {
        name: "unknown-field",
        severities: EITHER,
        summary: "A merge field that nobody on the list has",
        why: "Mostly its name is misspelt, in the text or in subscribers.toml. With a fallback everyone gets that, so it is only a warning; \
              without one, everyone would get a hole.",
        wrong: "body = \"Dear {{ frist_name | colleague }},\"",
        right: "body = \"Dear {{ first_name | colleague }},\"",
    },
    Rule {
        name: "unfilled-field",
        severities: ERROR,
        summary: "A merge field that some subscribers lack, without a fallback",
        why: "They would read “Dear ,”. The message says how many they are.",
        wrong: "body = \"Dear {{ first_name }},\"",
        right: "body = \"Dear {{ first_name | colleague }},\"",
    },
    Rule {
        name: "bad-filter",
        severities: ERROR,
        summary: "A filter that cannot be read, or that names what nobody has",
        why: "A filter says who gets an issue. One with a slip in it would choose others than those who are meant, or nobody, so it is refused \
              before anything is sent.",
        wrong: "langauge = \"bn\" and \"doners\" in groups",
        right: "language = \"bn\" and \"donors\" in groups",
    },
];
