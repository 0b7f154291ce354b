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

/// What Postrider says to readers, in one language.
#[derive(Debug)]
pub struct Words {
    /// The language's tag (BCP 47).
    pub tag: &'static str,
    /// The language's name in itself.
    pub name: &'static str,
    /// The direction of its script.
    pub direction: Direction,
    /// The title of a contents list.
    pub in_this_issue: &'static str,
    /// Before the description of a picture in plain text.
    pub picture: &'static str,
    /// The link that ends the subscription.
    pub unsubscribe: &'static str,
    /// Before a telephone number.
    pub phone: &'static str,
    /// The months, as in a date.
    months: [&'static str; 12],
    /// The digits from 0 to 9.
    digits: [char; 10],
    /// How a day is written: `D` the day, `M` the month's name, `m` its number, `Y` the year.
    date: &'static str,
}

const ASCII_DIGITS: [char; 10] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'];

static WORDS: [Words; 7] = [
    Words {
        tag: "en",
        name: "English",
        direction: Direction::Ltr,
        in_this_issue: "In this issue",
        picture: "Picture",
        unsubscribe: "Unsubscribe",
        phone: "Phone",
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
        date: "D M Y",
    },
    Words {
        tag: "bn",
        name: "বাংলা",
        direction: Direction::Ltr,
        in_this_issue: "এই সংখ্যায়",
        picture: "ছবি",
        unsubscribe: "সাবস্ক্রিপশন বাতিল করুন",
        phone: "ফোন",
        months: ["জানুয়ারি", "ফেব্রুয়ারি", "মার্চ", "এপ্রিল", "মে", "জুন", "জুলাই", "আগস্ট", "সেপ্টেম্বর", "অক্টোবর", "নভেম্বর", "ডিসেম্বর"],
        digits: ['০', '১', '২', '৩', '৪', '৫', '৬', '৭', '৮', '৯'],
        date: "D M Y",
    },
    Words {
        tag: "ar",
        name: "العربية",
        direction: Direction::Rtl,
        in_this_issue: "في هذا العدد",
        picture: "صورة",
        unsubscribe: "إلغاء الاشتراك",
        phone: "هاتف",
        months: ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"],
        digits: ['٠', '١', '٢', '٣', '٤', '٥', '٦', '٧', '٨', '٩'],
        date: "D M Y",
    },
    Words {
        tag: "es",
        name: "español",
        direction: Direction::Ltr,
        in_this_issue: "En este número",
        picture: "Imagen",
        unsubscribe: "Darse de baja",
        phone: "Teléfono",
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
        date: "D de M de Y",
    },
    Words {
        tag: "fr",
        name: "français",
        direction: Direction::Ltr,
        in_this_issue: "Dans ce numéro",
        picture: "Image",
        unsubscribe: "Se désabonner",
        phone: "Téléphone",
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
        date: "D M Y",
    },
    Words {
        tag: "ru",
        name: "русский",
        direction: Direction::Ltr,
        in_this_issue: "В этом номере",
        picture: "Изображение",
        unsubscribe: "Отписаться",
        phone: "Телефон",
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
        date: "D M Y",
    },
    Words {
        tag: "zh",
        name: "中文",
        direction: Direction::Ltr,
        in_this_issue: "本期内容",
        picture: "图片",
        unsubscribe: "退订",
        phone: "电话",
        months: ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"],
        digits: ASCII_DIGITS,
        date: "Y年M月D日",
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
        let month = self.months[usize::from(date.month().unsigned_abs()) - 1];
        self.date
            .chars()
            .map(|c| match c {
                'D' => self.number(date.day().into()),
                'M' => month.to_owned(),
                'Y' => self.number(date.year().into()),
                other => other.to_string(),
            })
            .collect()
    }

    /// A day, or the days from one to another.
    #[must_use]
    pub fn days(&self, from: Date, until: Option<Date>) -> String {
        match until {
            Some(until) if until != from => format!("{} – {}", self.day(from), self.day(until)),
            _ => self.day(from),
        }
    }

    /// A number in the language's digits.
    #[must_use]
    pub fn number(&self, number: i64) -> String {
        number.to_string().chars().map(|c| c.to_digit(10).map_or(c, |digit| self.digits[digit as usize])).collect()
    }
}
