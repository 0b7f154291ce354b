//! Subject, preheader and texts.

use super::{ERROR, Rule, WARNING};

/// The rules.
pub const RULES: [Rule; 12] = [
    Rule {
        name: "subject-length",
        severities: ERROR,
        summary: "A subject of more than 250 characters",
        why: "That is no subject any more, and some servers refuse it. If only one subscriber's name makes it so long, the finding stands at \
              that entry.",
        wrong: "subject = \"In this issue we report at length about …\"",
        right: "subject = \"Reaching every victim: the third quarter\"",
    },
    Rule {
        name: "long-subject",
        severities: WARNING,
        summary: "A subject that many inboxes cut off",
        why: "Inboxes show some 60 characters of a subject, phones fewer. What comes after is read by those only who open the mail, and the \
              subject is to make them do so.",
        wrong: "subject = \"Quarterly newsletter of the network, third quarter of 2023: a national dialogue on trafficking\"",
        right: "subject = \"A national dialogue on trafficking\"",
    },
    Rule {
        name: "shouting",
        severities: WARNING,
        summary: "A subject or preheader in capitals, or with several marks in a row",
        why: "Filters count it as a sign of spam, screen readers may spell capitals letter by letter, and readers take it for advertising.",
        wrong: "subject = \"REGISTER NOW FOR THE WORKSHOP!!!\"",
        right: "subject = \"Register now for the workshop\"",
    },
    Rule {
        name: "wordless-subject",
        severities: WARNING,
        summary: "A subject without a word",
        why: "Emoji and signs alone say little. Screen readers read out their names, and older programs show boxes.",
        wrong: "subject = \"🎉🎉🎉\"",
        right: "subject = \"The network turns four 🎉\"",
    },
    Rule {
        name: "missing-preheader",
        severities: WARNING,
        summary: "There is no preheader",
        why: "Beside the subject, inboxes show a line of the mail. Without a preheader it is whatever comes first: the newsletter's name, \
              once more.",
        wrong: "subject = \"A national dialogue on trafficking\"",
        right: "subject   = \"A national dialogue on trafficking\"\npreheader = \"Also: a draft diaspora policy, and a third working group\"",
    },
    Rule {
        name: "preheader-repeats",
        severities: WARNING,
        summary: "The preheader says what the subject says",
        why: "Inboxes show both, side by side. The second line could say what else there is.",
        wrong: "subject   = \"The third quarter\"\npreheader = \"The third quarter\"",
        right: "subject   = \"The third quarter\"\npreheader = \"A national dialogue, and a draft diaspora policy\"",
    },
    Rule {
        name: "preheader-length",
        severities: WARNING,
        summary: "A preheader that is too short to say something, or too long to be shown",
        why: "Phones show some 40 characters of it, wide windows up to 120.",
        wrong: "preheader = \"News\"",
        right: "preheader = \"A national dialogue, and a draft diaspora policy\"",
    },
    Rule {
        name: "placeholder",
        severities: WARNING,
        summary: "A note of what is still to be written",
        why: "TODO, TBD, XXX, ???, lorem ipsum, [name] and merge fields of other programs were meant to be replaced. Readers remember the \
              issue in which they were not.",
        wrong: "title = \"TODO: a title\"",
        right: "title = \"The network turns four\"",
    },
    Rule {
        name: "stale-year",
        severities: WARNING,
        summary: "A year at the top or in the footer that does not fit the date of the issue",
        why: "An issue often begins as a copy of the last one. The year in the subject, the title, the period or after a © is easily left as \
              it was.",
        wrong: "period = \"July to September 2022\"\ndate   = 2023-09-30",
        right: "period = \"July to September 2023\"\ndate   = 2023-09-30",
    },
    Rule {
        name: "past-event",
        severities: WARNING,
        summary: "An event that was over before the issue, among others to come",
        why: "A list of events to come invites people; one that is over among them was probably left from the last issue, or has a mistyped \
              date. A list of past events alone is a chronicle, and fine.",
        wrong: "date = 2023-09-30\n\n[[block]]\nkind  = \"events\"\nitems = [{ title = \"Workshop\", date = 2022-10-12 }, { title = \"Meeting\", date = 2023-10-20 }]",
        right: "date = 2023-09-30\n\n[[block]]\nkind  = \"events\"\nitems = [{ title = \"Workshop\", date = 2023-10-12 }, { title = \"Meeting\", date = 2023-10-20 }]",
    },
    Rule {
        name: "raw-html",
        severities: ERROR,
        summary: "HTML in a text",
        why: "Mail programs show little of HTML alike, and the plain text part could not show it at all. Markdown says what both can.",
        wrong: "body = \"This is <b>important</b>.\"",
        right: "body = \"This is **important**.\"",
    },
    Rule {
        name: "nested-too-deep",
        severities: ERROR,
        summary: "Lists, quotations or emphasis inside one another, too deep to be read",
        why: "Beyond a few levels nobody follows, and a phone has no room left for the words.",
        wrong: "body = \"> > > > > > > > > > > > > > > > > > > > > > > > > deep\"",
        right: "body = \"> quoted\"",
    },
];
