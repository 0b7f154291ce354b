//! Languages, and the words that Postrider itself says to readers in each.

use std::fmt;

use jiff::civil::Date;

/// A language in which editions are written: one of those for which Postrider has its own words.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Language(usize);

/// The direction of a script.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// Left to right.
    Ltr,
    /// Right to left.
    Rtl,
}

impl Direction {
    /// The value of HTML's `dir`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ltr => "ltr",
            Self::Rtl => "rtl",
        }
    }
}

/// What Postrider says to readers, in one language, and its habits of writing.
#[derive(Debug)]
pub struct Words {
    /// The language's tag (BCP 47).
    pub tag: &'static str,
    /// The language's name in itself.
    pub name: &'static str,
    /// The direction of its script.
    pub direction: Direction,
    /// Whether spaces stand between words. Where they do not, a line may end inside what spaces enclose.
    pub is_spaced: bool,
    /// The title of a contents list.
    pub in_this_issue: &'static str,
    /// Before the description of a picture in plain text.
    pub picture: &'static str,
    /// The link that ends the subscription.
    pub unsubscribe: &'static str,
    /// The link to the same letter as a web page.
    pub view_in_browser: &'static str,
    /// Before a telephone number.
    pub phone: &'static str,
    /// What opens and what closes a quotation, with the spaces that the language wants inside.
    pub quotes: [&'static str; 2],
    /// Between two things said of somebody, such as name and office; with its space.
    pub comma: &'static str,
    /// Between a name and what it names; with its spaces.
    pub colon: &'static str,
    /// The link to the rest of a piece: `T` stands for its title, `Q` for its title in quotation marks, where the grammar would
    /// otherwise bend the title.
    read_more: &'static str,
    /// The months, as in a date.
    months: [&'static str; 12],
    /// The digits from 0 to 9.
    digits: [char; 10],
    /// How the first day of a month is written, where it is no plain number.
    first_day: Option<&'static str>,
    /// How a day is written: `D` the day, `M` the month's name, `Y` the year.
    date: &'static str,
    /// How the days from one to another are written when they share month and year, when they share the year, and when they share
    /// neither: `D`, `M` and `Y` as in a day, `E`, `N` and `Z` the same of the last day.
    range: [&'static str; 3],
}

/// Ranges as most languages write them: what both days share stands once, and the dash has spaces only between things of several
/// words.
const RANGE: [&str; 3] = ["D–E M Y", "D M – E N Y", "D M Y – E N Z"];

const ASCII_DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

static WORDS: [Words; 7] = [
    Words {
        tag: "en",
        name: "English",
        direction: Direction::Ltr,
        is_spaced: true,
        in_this_issue: "In this issue",
        picture: "Picture",
        unsubscribe: "Unsubscribe",
        view_in_browser: "View in browser",
        phone: "Phone",
        quotes: ["“", "”"],
        comma: ", ",
        colon: ": ",
        read_more: "Read more about T",
        months: [
            "January",
            "February",
            "March",
            "April",
            "May",
            "June",
            "July",
            "August",
            "September",
            "October",
            "November",
            "December",
        ],
        digits: ASCII_DIGITS,
        first_day: None,
        date: "D M Y",
        range: RANGE,
    },
    Words {
        tag: "bn",
        name: "বাংলা",
        direction: Direction::Ltr,
        is_spaced: true,
        in_this_issue: "এই সংখ্যায়",
        picture: "ছবি",
        unsubscribe: "সাবস্ক্রিপশন বাতিল করুন",
        view_in_browser: "ব্রাউজারে দেখুন",
        phone: "ফোন",
        quotes: ["“", "”"],
        comma: ", ",
        colon: ": ",
        read_more: "Q সম্পর্কে আরও পড়ুন",
        months: ["জানুয়ারি", "ফেব্রুয়ারি", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর", "নভেম্বর", "ডিসেম্বর"],
        digits: ['০', '১', '২', '৩', '৪', '৫', '৬', '৭', '৮', '৯'],
        first_day: None,
        date: "D M Y",
        range: RANGE,
    },
    Words {
        tag: "ar",
        name: "العربية",
        direction: Direction::Rtl,
        is_spaced: true,
        in_this_issue: "في هذا العدد",
        picture: "صورة",
        unsubscribe: "إلغاء الاشتراك",
        view_in_browser: "عرض في المتصفح",
        phone: "هاتف",
        quotes: ["«", "»"],
        comma: "، ",
        colon: ": ",
        read_more: "اقرأ المزيد عن Q",
        months: ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"],
        digits: ['٠', '١', '٢', '٣', '٤', '٥', '٦', '٧', '٨', '٩'],
        first_day: None,
        date: "D M Y",
        range: RANGE,
    },
    Words {
        tag: "es",
        name: "español",
        direction: Direction::Ltr,
        is_spaced: true,
        in_this_issue: "En este número",
        picture: "Imagen",
        unsubscribe: "Darse de baja",
        view_in_browser: "Ver en el navegador",
        phone: "Teléfono",
        quotes: ["«", "»"],
        comma: ", ",
        colon: ": ",
        read_more: "Leer más sobre Q",
        months: [
            "enero",
            "febrero",
            "marzo",
            "abril",
            "mayo",
            "junio",
            "julio",
            "agosto",
            "septiembre",
            "octubre",
            "noviembre",
            "diciembre",
        ],
        digits: ASCII_DIGITS,
        first_day: None,
        date: "D de M de Y",
        range: ["D–E de M de Y", "D de M – E de N de Y", "D de M de Y – E de N de Z"],
    },
    Words {
        tag: "fr",
        name: "français",
        direction: Direction::Ltr,
        is_spaced: true,
        in_this_issue: "Dans ce numéro",
        picture: "Image",
        unsubscribe: "Se désabonner",
        view_in_browser: "Afficher dans le navigateur",
        phone: "Téléphone",
        quotes: ["«\u{a0}", "\u{a0}»"],
        comma: ", ",
        colon: "\u{a0}: ",
        read_more: "En savoir plus sur Q",
        months: [
            "janvier",
            "février",
            "mars",
            "avril",
            "mai",
            "juin",
            "juillet",
            "août",
            "septembre",
            "octobre",
            "novembre",
            "décembre",
        ],
        digits: ASCII_DIGITS,
        first_day: Some("1er"),
        date: "D M Y",
        range: RANGE,
    },
    Words {
        tag: "ru",
        name: "русский",
        direction: Direction::Ltr,
        is_spaced: true,
        in_this_issue: "В этом номере",
        picture: "Изображение",
        unsubscribe: "Отписаться",
        view_in_browser: "Открыть в браузере",
        phone: "Телефон",
        quotes: ["«", "»"],
        comma: ", ",
        colon: ": ",
        read_more: "Подробнее: T",
        months: [
            "января",
            "февраля",
            "марта",
            "апреля",
            "мая",
            "июня",
            "июля",
            "августа",
            "сентября",
            "октября",
            "ноября",
            "декабря",
        ],
        digits: ASCII_DIGITS,
        first_day: None,
        date: "D M Y",
        range: RANGE,
    },
    Words {
        tag: "zh",
        name: "中文",
        direction: Direction::Ltr,
        is_spaced: false,
        in_this_issue: "本期内容",
        picture: "图片",
        unsubscribe: "退订",
        view_in_browser: "在浏览器中查看",
        phone: "电话",
        quotes: ["“", "”"],
        comma: "，",
        colon: "：",
        read_more: "阅读更多：T",
        months: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
        digits: ASCII_DIGITS,
        first_day: None,
        date: "Y年M月D日",
        range: ["Y年M月D日至E日", "Y年M月D日至N月E日", "Y年M月D日至Z年N月E日"],
    },
];

impl Language {
    /// The language with a tag, such as `bn`.
    #[must_use]
    pub fn from_tag(tag: &str) -> Option<Self> {
        WORDS.iter().position(|words| words.tag == tag).map(Self)
    }

    /// The tags of all languages there are words for.
    #[must_use]
    pub fn tags() -> Vec<&'static str> {
        WORDS.iter().map(|words| words.tag).collect()
    }

    /// What Postrider says in it.
    #[must_use]
    pub fn words(self) -> &'static Words {
        &WORDS[self.0]
    }

    /// The tag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        self.words().tag
    }
}

impl fmt::Display for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.tag())
    }
}

impl fmt::Debug for Language {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Language({})", self.tag())
    }
}

impl Words {
    /// A day as readers of the language write it, such as `2 August 2023`.
    #[must_use]
    pub fn day(&self, date: Date) -> String {
        self.dates(self.date, date, date)
    }

    /// A day, or the days from one to another with what they share said once, such as `26–28 July 2023`.
    #[must_use]
    pub fn days(&self, from: Date, until: Option<Date>) -> String {
        let Some(until) = until.filter(|until| *until != from) else { return self.day(from) };
        let [in_month, in_year, elsewhere] = self.range;
        let pattern = match (from.year() == until.year(), from.month() == until.month()) {
            (true, true) => in_month,
            (true, false) => in_year,
            (false, _) => elsewhere,
        };
        self.dates(pattern, from, until)
    }

    fn dates(&self, pattern: &str, from: Date, until: Date) -> String {
        let day = |date: Date| match self.first_day {
            Some(first) if date.day() == 1 => first.to_owned(),
            _ => self.number(date.day()),
        };
        let month = |date: Date| self.months[usize::from(date.month().unsigned_abs()) - 1].to_owned();
        let part = |c| match c {
            'D' => day(from),
            'M' => month(from),
            'Y' => self.number(from.year()),
            'E' => day(until),
            'N' => month(until),
            'Z' => self.number(until.year()),
            other => other.to_string(),
        };
        pattern.chars().map(part).collect()
    }

    /// A whole number in the language's digits.
    #[must_use]
    pub fn number(&self, number: impl fmt::Display) -> String {
        number.to_string().chars().map(|c| c.to_digit(10).map_or(c, |digit| self.digits[digit as usize])).collect()
    }

    /// The words of the link to the rest of a piece, such as `Read more about A new policy`.
    #[must_use]
    pub fn read_more(&self, title: &str) -> String {
        let place = |c| match c {
            'T' => title.to_owned(),
            'Q' => self.quoted(title),
            other => other.to_string(),
        };
        self.read_more.chars().map(place).collect()
    }

    /// A text in the language's quotation marks. One that has marks of its own around it keeps those.
    #[must_use]
    pub fn quoted(&self, text: &str) -> String {
        const PAIRS: [(char, char); 5] = [('“', '”'), ('«', '»'), ('„', '“'), ('「', '」'), ('"', '"')];
        let is_quoted = |(open, close): &(char, char)| {
            let inner = text.strip_prefix(*open).and_then(|text| text.strip_suffix(*close));
            inner.is_some_and(|inner| !inner.contains([*open, *close]))
        };
        if PAIRS.iter().any(is_quoted) {
            return text.to_owned();
        }
        let [open, close] = self.quotes;
        [open, text, close].concat()
    }
}
