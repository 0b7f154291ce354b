//! Whether mail may go to a person, as a list from elsewhere has it.

use std::fmt;

use serde::Serialize;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

/// How a person stands to the list.
///
/// Ordered by how much it restricts: of two that are said of one mailbox, the greater holds. So nobody is mailed because one of two
/// lines forgot that they had left.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Gets the mail.
    #[default]
    Active,
    /// Has not confirmed yet.
    Pending,
    /// Gets no mail any more.
    Left(Ground),
}

/// Why somebody gets no mail any more. The later ones weigh more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ground {
    /// The address takes no mail.
    Bounced,
    /// Those who keep the list took them off.
    Removed,
    /// They left by themselves.
    Unsubscribed,
    /// All that was known of them was deleted, as they asked.
    Erased,
    /// They called it unwanted.
    Complained,
}

impl Ground {
    /// All of them, the lightest first.
    pub const ALL: [Self; 5] = [Self::Bounced, Self::Removed, Self::Unsubscribed, Self::Erased, Self::Complained];

    /// The word for it in files: `unsubscribed`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Bounced => "bounced",
            Self::Removed => "removed",
            Self::Unsubscribed => "unsubscribed",
            Self::Erased => "erased",
            Self::Complained => "complained",
        }
    }
}

/// As it follows a person in a sentence: `left the list`.
impl fmt::Display for Ground {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bounced => "takes no mail at this address",
            Self::Removed => "was taken off the list",
            Self::Unsubscribed => "left the list",
            Self::Erased => "asked to be forgotten",
            Self::Complained => "complained about the mail",
        })
    }
}

/// The words that lists use, each brought to its letters and digits in lower case ([`bare`]).
const WORDS: [(State, &[&str]); 7] = [
    (
        State::Active,
        &[
            "active",
            "subscribed",
            "enabled",
            "confirmed",
            "optedin",
            "optin",
            "regular",
            "premium",
            "yes",
            "true",
            "aktiv",
            "angemeldet",
            "abonniert",
            "activo",
            "suscrito",
            "actif",
            "abonné",
            "inscrit",
            "активен",
            "подписан",
            "সক্রিয়",
            "نشط",
            "مشترك",
            "已订阅",
        ],
    ),
    (
        State::Pending,
        &[
            "pending",
            "unconfirmed",
            "unactivated",
            "unverified",
            "transactional",
            "nonsubscribed",
            "neversubscribed",
            "notsubscribed",
            "ausstehend",
            "unbestätigt",
            "pendiente",
            "enattente",
            "ожидает",
            "অপেক্ষমাণ",
            "قيدالانتظار",
        ],
    ),
    (
        State::Left(Ground::Bounced),
        &[
            "bounced",
            "hardbounced",
            "hardbounce",
            "softbounced",
            "bounce",
            "cleaned",
            "undeliverable",
            "invalid",
            "nomail",
            "unzustellbar",
            "rebotado",
            "rejeté",
        ],
    ),
    (
        State::Left(Ground::Removed),
        &[
            "removed",
            "disabled",
            "blocklisted",
            "blocked",
            "blacklisted",
            "suppressed",
            "inactive",
            "archived",
            "banned",
            "gesperrt",
            "deaktiviert",
            "inaktiv",
            "bloqueado",
            "inactivo",
            "bloqué",
            "inactif",
            "заблокирован",
        ],
    ),
    (
        State::Left(Ground::Unsubscribed),
        &[
            "unsubscribed",
            "unsubscribe",
            "unsub",
            "optedout",
            "optout",
            "left",
            "no",
            "false",
            "abgemeldet",
            "abbestellt",
            "dadodebaja",
            "baja",
            "cancelado",
            "désabonné",
            "désinscrit",
            "отписан",
            "отписался",
            "ملغى",
            "已退订",
        ],
    ),
    (State::Left(Ground::Erased), &["erased", "deleted", "forgotten", "gelöscht", "borrado", "supprimé"]),
    (State::Left(Ground::Complained), &["complained", "complaint", "spam", "abuse", "junk", "spamcomplaint", "markedasspam"]),
];

impl State {
    /// The word for it in files: `active`, `pending`, or the ground of leaving.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Pending => "pending",
            Self::Left(ground) => ground.as_str(),
        }
    }

    /// The state that a list from elsewhere has a word for: `blocklisted`, `Cleaned`, `opted-out`. `None` for a word nobody knows, which
    /// must never be taken for leave to send.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        let word = bare(word);
        WORDS.iter().find(|(_, words)| words.contains(&word.as_str())).map(|(state, _)| *state)
    }

    /// What the name of an exported file says of everybody in it: Mailchimp names its files `subscribed_…`, `unsubscribed_…`, `cleaned_…`
    /// and `nonsubscribed_…`. A hint for whoever asks the person; [`read`](super::read) is given what they answer.
    #[must_use]
    pub fn from_file_name(name: &str) -> Option<Self> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_lowercase();
        let mut words = name.split(|c: char| !c.is_alphabetic());
        let told = [
            "subscribed",
            "unsubscribed",
            "cleaned",
            "nonsubscribed",
            "unsubscribes",
            "unsubscribers",
            "bounced",
            "bounces",
            "suppressed",
        ];
        let word = words.find(|word| told.contains(word))?;
        match word {
            "unsubscribes" | "unsubscribers" => Some(Self::Left(Ground::Unsubscribed)),
            "bounces" => Some(Self::Left(Ground::Bounced)),
            word => Self::from_word(word),
        }
    }

    /// Whether the person has left.
    #[must_use]
    pub fn has_left(self) -> bool {
        matches!(self, Self::Left(_))
    }
}

/// A text without all that is no letter, mark or digit, in lower case: what words of a header are compared by.
pub(super) fn bare(text: &str) -> String {
    // Vowel signs and joiners of Indic scripts are no letters, and yet tell words apart.
    text.nfc().filter(|&c| c.is_alphanumeric() || is_combining_mark(c)).flat_map(char::to_lowercase).collect()
}
