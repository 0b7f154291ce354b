//! Links: what their words say, and what their addresses give away.

use std::collections::HashMap;
use std::net::IpAddr;

use unicode_normalization::UnicodeNormalization;
use url::{Host, Url};

use super::alt::shortened;
use super::content::{Content, Mention};
use crate::model::diagnostic::Diagnostic;
use crate::model::language::Language;

/// Words that tell nothing of where they lead, by language; in lower case, without marks at their ends.
const VAGUE: [(&str, &[&str]); 7] = [
    (
        "en",
        &[
            "click here",
            "click",
            "here",
            "read more",
            "more",
            "link",
            "this link",
            "the link",
            "this",
            "this page",
            "learn more",
            "read",
            "read on",
            "see more",
            "see here",
            "find out more",
            "details",
            "more details",
            "more info",
            "more information",
            "info",
            "go",
            "continue",
            "continue reading",
            "tap here",
            "press here",
            "follow this link",
            "website",
            "web page",
        ],
    ),
    (
        "bn",
        &[
            "এখানে",
            "এখানে ক্লিক করুন",
            "ক্লিক করুন",
            "ক্লিক",
            "আরও",
            "আরো",
            "আরও পড়ুন",
            "আরো পড়ুন",
            "পড়ুন",
            "বিস্তারিত",
            "আরও বিস্তারিত",
            "বিস্তারিত পড়ুন",
            "লিংক",
            "লিঙ্ক",
            "এই লিংক",
            "এই লিংকে",
            "আরও জানুন",
            "আরো জানুন",
            "দেখুন",
            "এখানে দেখুন",
        ],
    ),
    (
        "ar",
        &[
            "هنا",
            "اضغط هنا",
            "انقر هنا",
            "انقر",
            "اضغط",
            "المزيد",
            "اقرأ المزيد",
            "قراءة المزيد",
            "للمزيد",
            "رابط",
            "الرابط",
            "هذا الرابط",
            "التفاصيل",
            "لمزيد من المعلومات",
            "اقرأ",
            "من هنا",
        ],
    ),
    (
        "es",
        &[
            "haga clic aquí",
            "haz clic aquí",
            "pulse aquí",
            "clic aquí",
            "aquí",
            "leer más",
            "leer",
            "más",
            "ver más",
            "saber más",
            "más información",
            "más detalles",
            "enlace",
            "este enlace",
            "el enlace",
            "detalles",
            "seguir leyendo",
        ],
    ),
    (
        "fr",
        &[
            "cliquez ici",
            "cliquer ici",
            "ici",
            "lire la suite",
            "la suite",
            "suite",
            "en savoir plus",
            "plus",
            "lire plus",
            "lire",
            "voir plus",
            "lien",
            "ce lien",
            "le lien",
            "plus d'informations",
            "plus d’informations",
            "détails",
        ],
    ),
    (
        "ru",
        &[
            "здесь",
            "тут",
            "сюда",
            "нажмите здесь",
            "нажмите сюда",
            "подробнее",
            "подробности",
            "читать далее",
            "читать",
            "далее",
            "ещё",
            "еще",
            "ссылка",
            "по ссылке",
            "эта ссылка",
            "по этой ссылке",
            "узнать больше",
            "больше",
        ],
    ),
    (
        "zh",
        &[
            "点击这里",
            "点击此处",
            "点此",
            "这里",
            "此处",
            "阅读更多",
            "更多",
            "了解更多",
            "查看更多",
            "链接",
            "此链接",
            "详情",
            "全文",
            "阅读全文",
            "查看",
            "点击",
            "查看详情",
        ],
    ),
];

/// The longest of them, in characters: a text that is longer says something else.
const VAGUE_MAX: usize = 24;

/// Parameters of addresses by which readers are counted or recognised. One that ends in `*` is the beginning of several.
const TRACKERS: [&str; 33] = [
    "utm_*",
    "fbclid",
    "gclid",
    "dclid",
    "gbraid",
    "wbraid",
    "msclkid",
    "yclid",
    "twclid",
    "ttclid",
    "li_fat_id",
    "igsh",
    "igshid",
    "mc_cid",
    "mc_eid",
    "mkt_tok",
    "_hsenc",
    "_hsmi",
    "__hssc",
    "__hstc",
    "hsctatracking",
    "vero_id",
    "oly_anon_id",
    "oly_enc_id",
    "_openstat",
    "s_cid",
    "wickedid",
    "_ga",
    "_gl",
    "srsltid",
    "ck_subscriber_id",
    "trk_contact",
    "trk_msg",
];

/// Hosts whose addresses do not say where they lead.
const SHORTENERS: [&str; 29] = [
    "bit.ly",
    "t.co",
    "tinyurl.com",
    "goo.gl",
    "ow.ly",
    "is.gd",
    "v.gd",
    "buff.ly",
    "rebrand.ly",
    "lnkd.in",
    "cutt.ly",
    "shorturl.at",
    "t.ly",
    "rb.gy",
    "tiny.cc",
    "bl.ink",
    "s.id",
    "dlvr.it",
    "fb.me",
    "wp.me",
    "trib.al",
    "soo.gd",
    "clck.ru",
    "u.to",
    "t.cn",
    "dwz.cn",
    "urlz.fr",
    "shorte.st",
    "adf.ly",
];

/// Hosts, with all below them, that wrap the links of mails which pass through them.
const WRAPPERS: [&str; 6] = [
    "safelinks.protection.outlook.com",
    "urldefense.com",
    "urldefense.proofpoint.com",
    "list-manage.com",
    "l.facebook.com",
    "lm.facebook.com",
];

/// Last labels of names that exist in one building only (RFC 6761, RFC 6762, RFC 8375, and what routers hand out).
const LOCAL_NAMES: [&str; 7] = ["localhost", "local", "internal", "intranet", "lan", "home", "corp"];

/// Findings on the links of an edition.
#[must_use]
pub fn check(content: &Content<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    let mut seen: HashMap<String, &Mention> = HashMap::new();
    for mention in &content.mentions {
        if let Some(words) = &mention.words {
            let plain = plain(words);
            match about_words(mention, words, &plain, content.edition.language) {
                Some(finding) => findings.push(finding),
                None => findings.extend(ambiguous(mention, words, plain, &mut seen)),
            }
        }
        findings.extend(about_address(mention));
    }
    findings
}

/// Words as they sound: without case, marks and spaces at the ends.
fn plain(words: &str) -> String {
    let is_mark = |c: char| !c.is_alphanumeric() && !unicode_normalization::char::is_combining_mark(c);
    words.trim_matches(is_mark).to_lowercase().nfc().collect()
}

fn about_words(mention: &Mention, words: &str, plain: &str, language: Language) -> Option<Diagnostic> {
    let place = mention.place.clone();
    if words.chars().all(char::is_whitespace) {
        let help = "write between the brackets what is to be found there: [the report](https://…)";
        return Some(Diagnostic::error("empty-link", place, "the link has no words: nobody sees it", help));
    }
    let is_address =
        words.starts_with("http://") || words.starts_with("https://") || words.starts_with("www.") && words.contains('/');
    if is_address {
        let message = "the words of the link are its address, which is read out letter by letter";
        let help = "write what is to be found there: [the report](https://…); the text part of the mail shows the address anyway";
        return Some(Diagnostic::warning("bare-link", place, message, help));
    }
    let is_short = plain.chars().nth(VAGUE_MAX).is_none();
    let lists = VAGUE.iter().filter(|(tag, _)| *tag == "en" || *tag == language.tag());
    let is_vague = is_short && lists.flat_map(|(_, list)| *list).any(|vague| vague.nfc().eq(plain.chars()));
    if is_vague || plain.is_empty() {
        let message = format!("“{}” does not say where the link leads", shortened(words.trim()));
        let help = "name what is to be found there: screen readers list links without the words around them";
        return Some(Diagnostic::warning("vague-link", place, message, help));
    }
    None
}

/// The same words that led elsewhere before.
fn ambiguous<'c>(
    mention: &'c Mention,
    words: &str,
    plain: String,
    seen: &mut HashMap<String, &'c Mention>,
) -> Option<Diagnostic> {
    let first = *seen.entry(plain).or_insert(mention);
    if first.href == mention.href {
        return None;
    }
    let message = format!("“{}” leads to two different places", shortened(words.trim()));
    let help = "say in each what is to be found there, or correct the address if both were to be the same";
    let finding = Diagnostic::warning("ambiguous-link", mention.place.clone(), message, help);
    Some(finding.related_to(first.place.clone(), "the same words, another address"))
}

fn about_address(mention: &Mention) -> Vec<Diagnostic> {
    let Ok(url) = Url::parse(&mention.href) else { return Vec::new() };
    let Some(host) = url.host() else { return Vec::new() };
    let place = || mention.place.clone();
    if let Some(message) = local(&host) {
        let help = "link to the page's address on the web, or take the link out";
        return vec![Diagnostic::error("local-link", place(), message, help)];
    }
    let mut findings = Vec::new();
    if url.scheme() == "http" {
        let help = "write https:// if the site answers there, as nearly all do";
        let message = "the link is not secure: on its way, others can read and change what the reader gets";
        findings.push(Diagnostic::warning("insecure-link", place(), message, help));
    }
    findings.extend(tracking(&url, mention));
    let name = host.to_string();
    let is_wrapper =
        WRAPPERS.iter().any(|wrapper| name.strip_suffix(wrapper).is_some_and(|rest| rest.is_empty() || rest.ends_with('.')));
    if is_wrapper || SHORTENERS.contains(&name.as_str()) {
        let message = format!("{name} hides where the link leads, and counts who follows it");
        let help = "open it, and copy the address of the page you come to";
        findings.push(Diagnostic::warning("short-link", place(), message, help));
    }
    findings
}

/// Why nobody outside can reach a host, if so.
fn local(host: &Host<&str>) -> Option<String> {
    let ip: IpAddr = match host {
        Host::Domain(name) => {
            let name = name.trim_end_matches('.');
            let last = name.rsplit('.').next().unwrap_or_default();
            let is_local = !name.contains('.') || LOCAL_NAMES.contains(&last) || name.ends_with(".home.arpa");
            return is_local.then(|| format!("`{name}` is a name inside your own network: readers cannot get there"));
        }
        Host::Ipv4(ip) => (*ip).into(),
        Host::Ipv6(ip) => ip.to_ipv4_mapped().map_or_else(|| IpAddr::from(*ip), IpAddr::from),
    };
    let is_local = match ip {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified() || ip.is_broadcast(),
        IpAddr::V6(ip) => ip.is_loopback() || ip.is_unspecified() || ip.is_unique_local() || ip.is_unicast_link_local(),
    };
    is_local.then(|| format!("{ip} is an address inside your own network: readers cannot get there"))
}

fn tracking(url: &Url, mention: &Mention) -> Option<Diagnostic> {
    let query = url.query()?;
    let is_tracker = |pair: &&str| {
        let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
        TRACKERS.iter().any(|tracker| match tracker.strip_suffix('*') {
            Some(beginning) => name.starts_with(beginning),
            None => name == *tracker,
        })
    };
    let tracker = query.split('&').find(is_tracker)?;
    let name = shortened(tracker.split('=').next().unwrap_or_default());
    let kept: Vec<_> = query.split('&').filter(|pair| !is_tracker(pair)).collect();
    let mut clean = url.clone();
    clean.set_query(Some(kept.join("&")).filter(|query| !query.is_empty()).as_deref());
    let message = format!("`{name}` in the address tells its site who follows the link, and from where");
    let help = format!("write it without: {clean}");
    Some(Diagnostic::warning("tracking-link", mention.place.clone(), message, help))
}
