//! What the columns of a list are, by the names that programs and people give them.

use std::sync::Arc;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::model::subscriber;

use super::state::{Ground, State, bare};

/// What a column holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meaning {
    /// The address.
    Address,
    /// A further address, which is left out.
    SecondAddress,
    /// The whole name.
    Name,
    /// The language.
    Language,
    /// Groups, tags, labels.
    Groups,
    /// Whether mail may go there, as a word.
    Status,
    /// Attributes as a JSON object.
    Attributes,
    /// An attribute of this name.
    Attribute(Arc<str>),
    /// A moment, of which the day is kept as an attribute of this name.
    Day(Arc<str>),
    /// Yes or no; the state that yes stands for, and the one that no does.
    Flag(State, State),
    /// Says that the person has left, where anything stands in it.
    Mark(Ground),
    /// The other program's own keeping.
    Bookkeeping,
    /// A column that no attribute can be named after.
    Unnamed,
    /// A column without a name.
    Blank,
}

/// The attribute for the name by which a person is called; two of its parts make a whole name.
pub(super) const FIRST_NAME: &str = "first_name";
/// The attribute for the name of the family.
pub(super) const LAST_NAME: &str = "last_name";
/// What comes before the name of an attribute that is also the name of another column, in our own exports.
pub(super) const PREFIX: &str = "attributes.";

/// Names of columns, [bare].
type Names = &'static [&'static str];

const ADDRESS: Names = &[
    "email",
    "emailaddress",
    "mail",
    "mailaddress",
    "emailadresse",
    "mailadresse",
    "adressemail",
    "adresseemail",
    "adresseelectronique",
    "adresseélectronique",
    "courriel",
    "mél",
    "mel",
    "correo",
    "correoelectrónico",
    "correoelectronico",
    "direccióndecorreo",
    "direccióndecorreoelectrónico",
    "endereçodeemail",
    "endereçoeletrônico",
    "indirizzoemail",
    "indirizzomail",
    "postaelettronica",
    "emailadres",
    "epost",
    "epostadress",
    "epostadresse",
    "eposta",
    "epostaadresi",
    "sähköposti",
    "sähköpostiosoite",
    "adresemail",
    "adresemailowy",
    "эпочта",
    "элпочта",
    "электроннаяпочта",
    "адресэлектроннойпочты",
    "почта",
    "емейл",
    "имейл",
    "емайл",
    "ইমেইল",
    "ইমেল",
    "ইমেইলঠিকানা",
    "ইমেলঠিকানা",
    "البريد",
    "البريدالإلكتروني",
    "البريدالالكتروني",
    "بريدإلكتروني",
    "بريدالكتروني",
    "الإيميل",
    "الايميل",
    "ایمیل",
    "ईमेल",
    "ईमेलपता",
    "邮箱",
    "电子邮箱",
    "电子邮件",
    "邮件",
    "邮件地址",
    "邮箱地址",
    "電子郵件",
    "メール",
    "メールアドレス",
    "이메일",
    "email1",
    "email1value",
    "primaryemail",
    "subscriberemail",
    "contactemail",
    "useremail",
    "emailid",
];
const SECOND_ADDRESS: Names =
    &["email2", "email3", "email2value", "email3value", "email2address", "email3address", "secondaryemail", "alternateemail"];
const NAME: Names = &[
    "name",
    "fullname",
    "displayname",
    "contactname",
    "subscribername",
    "vollständigername",
    "nombrecompleto",
    "nombreyapellidos",
    "nomcomplet",
    "nomecompleto",
    "имяифамилия",
    "полноеимя",
    "фио",
    "নাম",
    "পূর্ণনাম",
    "পুরোনাম",
    "الاسم",
    "الاسمالكامل",
    "姓名",
    "名字",
    "氏名",
];
const FIRST: Names = &[
    "firstname",
    "fname",
    "givenname",
    "forename",
    "vorname",
    "nombre",
    "prénom",
    "prenom",
    "имя",
    "ডাকনাম",
    "প্রথমনাম",
    "নামেরপ্রথমঅংশ",
    "الاسمالأول",
    "الاسمالاول",
    "名",
    "voornaam",
    "förnamn",
    "nome",
];
const LAST: Names = &[
    "lastname",
    "lname",
    "surname",
    "familyname",
    "nachname",
    "familienname",
    "apellido",
    "apellidos",
    "nomdefamille",
    "nom",
    "фамилия",
    "পদবি",
    "শেষনাম",
    "اسمالعائلة",
    "اللقب",
    "الكنية",
    "姓",
    "achternaam",
    "efternamn",
    "cognome",
    "sobrenome",
];
const LANGUAGE: Names = &[
    "language",
    "lang",
    "locale",
    "preferredlanguage",
    "sprache",
    "idioma",
    "lengua",
    "langue",
    "язык",
    "ভাষা",
    "اللغة",
    "لغة",
    "语言",
    "lingua",
    "taal",
];
const GROUPS: Names = &[
    "groups",
    "group",
    "tags",
    "tag",
    "labels",
    "lists",
    "list",
    "segments",
    "categories",
    "category",
    "gruppe",
    "gruppen",
    "schlagwörter",
    "grupo",
    "grupos",
    "etiquetas",
    "groupe",
    "groupes",
    "étiquettes",
    "группа",
    "группы",
    "метки",
    "গ্রুপ",
    "দল",
    "ট্যাগ",
    "المجموعة",
    "المجموعات",
    "الوسوم",
    "组",
    "标签",
    "grouptitles",
    "groupmembership",
];
const STATUS: Names = &[
    "status",
    "subscriberstatus",
    "subscriptionstatus",
    "emailstatus",
    "emailmarketing",
    "membershipstatus",
    "contactstatus",
    "estado",
    "estadodesuscripción",
    "statut",
    "статус",
    "অবস্থা",
    "الحالة",
    "状态",
    "subscribertype",
    "emailpermissionstatus",
];
const JSON: Names = &["attributes", "attribs", "customattributes", "metadata"];
const JOINED: Names = &[
    "joined",
    "createdat",
    "optintime",
    "subscribedat",
    "subscribeddate",
    "signupdate",
    "datejoined",
    "dateadded",
    "subscribedon",
    "timestampsignup",
    "angemeldetam",
];
const CONFIRMED_DAY: Names = &["confirmtime", "confirmedat", "optindate", "timestampopt"];
const SUBSCRIBED: Names = &[
    "subscribed",
    "subscribedtoemails",
    "issubscribed",
    "isactive",
    "active",
    "optin",
    "emailoptin",
    "acceptsmarketing",
    "acceptsemailmarketing",
];
const CONFIRMED: Names = &["confirmed", "isconfirmed", "verified"];
const UNSUBSCRIBED: Names = &["unsubscribed", "isunsubscribed", "optout", "optedout", "emailoptout", "optedoutofemail"];
const BLOCKED: Names = &["blacklisted", "blocklisted", "isblacklisted", "blocked", "emailblacklisted", "suppressed"];
const BOUNCED: Names = &["bounced", "isbounced", "hardbounced"];
const COMPLAINED: Names = &["complained", "spamcomplaint", "markedasspam"];
const UNSUBSCRIBED_MARK: Names = &[
    "unsubtime",
    "unsubcampaigntitle",
    "unsubcampaignid",
    "unsubscribedat",
    "unsubscribeddate",
    "unsubscribedon",
    "optouttime",
    "optoutdate",
    "unsubreason",
    "unsubreasonother",
];
const BOUNCED_MARK: Names = &["cleantime", "cleancampaigntitle", "cleancampaignid", "bouncedat"];
const DELETED_MARK: Names = &["deletedat"];
const BOOKKEEPING: Names = &[
    "uuid",
    "id",
    "leid",
    "euid",
    "memberrating",
    "optinip",
    "confirmip",
    "ip",
    "ipaddress",
    "ipsignup",
    "ipopt",
    "latitude",
    "longitude",
    "gmtoff",
    "dstoff",
    "lastchanged",
    "updatedat",
    "subscriberid",
    "webid",
    "uniqueemailid",
    "uniqueid",
    "stripecustomerid",
    "complimentaryplan",
    "tiers",
    "contactid",
    "vip",
    "signupip",
    "signupipaddress",
    "confirmationip",
];

/// The state that a flag's no stands for where only its yes says something.
const SILENT: State = State::Active;

impl Meaning {
    /// What a column of this name holds.
    #[must_use]
    pub fn of(name: &str) -> Self {
        let attribute = |name: &str| Self::Attribute(name.into());
        if let Some(name) = name.trim().strip_prefix(PREFIX).filter(|name| subscriber::is_attribute(name)) {
            return attribute(name);
        }
        let word = bare(name);
        let is_in = |names: Names| names.contains(&word.as_str());
        let left = |ground| Self::Flag(State::Left(ground), SILENT);
        match () {
            () if word.is_empty() => Self::Blank,
            () if is_in(ADDRESS) => Self::Address,
            () if is_in(SECOND_ADDRESS) => Self::SecondAddress,
            () if is_in(NAME) => Self::Name,
            () if is_in(FIRST) => attribute(FIRST_NAME),
            () if is_in(LAST) => attribute(LAST_NAME),
            () if is_in(LANGUAGE) => Self::Language,
            () if is_in(GROUPS) => Self::Groups,
            () if is_in(STATUS) => Self::Status,
            () if is_in(JSON) => Self::Attributes,
            () if is_in(JOINED) => Self::Day("joined".into()),
            () if is_in(CONFIRMED_DAY) => Self::Day("confirmed".into()),
            () if is_in(SUBSCRIBED) => Self::Flag(State::Active, State::Left(Ground::Unsubscribed)),
            () if is_in(CONFIRMED) => Self::Flag(State::Active, State::Pending),
            () if is_in(UNSUBSCRIBED) => left(Ground::Unsubscribed),
            () if is_in(BLOCKED) => left(Ground::Removed),
            () if is_in(BOUNCED) => left(Ground::Bounced),
            () if is_in(COMPLAINED) => left(Ground::Complained),
            () if is_in(UNSUBSCRIBED_MARK) => Self::Mark(Ground::Unsubscribed),
            () if is_in(BOUNCED_MARK) => Self::Mark(Ground::Bounced),
            () if is_in(DELETED_MARK) => Self::Mark(Ground::Erased),
            () if is_in(BOOKKEEPING) => Self::Bookkeeping,
            () if word == "cc" => attribute("country"),
            () => slug(name).map_or(Self::Unnamed, |name| attribute(&name)),
        }
    }
}

/// The name of an attribute that a column's name makes: `Date of birth` is `date_of_birth`, `País` is `pais`. `None` where it makes none.
fn slug(name: &str) -> Option<String> {
    let mut slug = String::new();
    for c in name.trim().nfkd().filter(|&c| !is_combining_mark(c)) {
        match c {
            _ if c.is_ascii_alphanumeric() => slug.push(c.to_ascii_lowercase()),
            // A letter that cannot stand in it would make another word of the rest.
            _ if !c.is_ascii() && c.is_alphanumeric() => return None,
            _ if slug.ends_with('_') || slug.is_empty() => {}
            _ => slug.push('_'),
        }
    }
    let slug = slug.trim_end_matches('_');
    subscriber::is_attribute(slug).then(|| slug.to_owned())
}
