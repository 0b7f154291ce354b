//! The letters that the service writes by itself: to confirm a wish to join, and with the way to one's own settings. They are made as every mail is, from
//! words of ours alone: nothing that anybody typed into a form stands in them.

use jiff::Timestamp;

use super::dkim::Signer;
use super::{Composer, PictureCache, Purpose, Reader, Spliced, pictures};
use crate::model::address::Address;
use crate::model::document::{Document, Mistakes};
use crate::model::issue::{Edition, Issue};
use crate::model::language::Language;
use crate::model::publication::{Footer, Localised, Publication};
use crate::model::source::{Place, Source};

/// What a letter is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// To confirm a wish to join.
    Confirm,
    /// The way to one's own settings.
    Settings,
}

/// One letter of the service.
#[derive(Debug, Clone, Copy)]
pub struct Errand<'e> {
    /// What it is about.
    pub notice: Notice,
    /// In which language.
    pub language: Language,
    /// To whom.
    pub to: &'e Address,
    /// What its button leads to.
    pub link: &'e str,
    /// What tells it from others to the same; from it nobody can tell how many there are.
    pub name: &'e str,
    /// When it was asked for: its date.
    pub at: Timestamp,
}

/// A letter in one language.
struct Words {
    tag: &'static str,
    confirm: [&'static str; 4],
    settings: [&'static str; 4],
}

/// Composes a letter.
///
/// # Errors
/// If the publication's own words cannot stand in a mail, which its checks tell first.
pub fn notice(publication: &Publication, signer: Option<Signer>, errand: Errand<'_>) -> Result<Spliced, String> {
    let Errand { notice, language, to, link, name, at } = errand;
    // Why this comes, the letter says itself; there is no page of it, and it is no issue.
    let footer = Footer { reason: Localised::default(), ..publication.footer.clone() };
    let publication = Publication { footer, web: None, ..publication.clone() };
    let words = WORDS.iter().find(|words| words.tag == language.tag()).unwrap_or(&WORDS[0]);
    let [subject, text, button, end] = match notice {
        Notice::Confirm => words.confirm,
        Notice::Settings => words.settings,
    };
    let date = at.strftime("%Y-%m-%dT%H:%M:%SZ");
    let source = Source::new(
        "a letter of the service",
        format!(
            "subject = \"{subject}\"\npreheader = \"{text}\"\ntitle = \"{subject}\"\ndate = {date}\n\n[[block]]\nkind = \"notice\"\nbody = \"{text}\"\n\n\
             [[block]]\nkind = \"button\"\ntext = \"{button}\"\nurl = \"{link}\"\n\n[[block]]\nkind = \"notice\"\nbody = \"{end}\"\n"
        ),
    );
    let mistakes = Mistakes::default();
    let edition = Edition::read(&Document::parse(&source), language, Place::whole(&source), &publication.vocabulary, &mistakes);
    if let Some(mistake) = mistakes.into_vec().into_iter().find(crate::model::diagnostic::Diagnostic::is_error) {
        return Err(mistake.message);
    }
    let issue = Issue { slug: format!("letter-{name}"), editions: vec![edition], pictures: std::collections::BTreeMap::new() };
    let pictures = pictures(Some(&publication), &issue, &PictureCache::default())
        .map_err(|found| found.into_iter().next().map_or_else(|| "a picture cannot be used".to_owned(), |found| found.message))?;
    let composer = Composer::new(&publication, &issue, pictures).signed_by(signer);
    Ok(composer.spliced(&Reader::Guest(to, language), Purpose::Notice))
}

/// Neither quotation marks nor braces: each stands in a line of TOML.
static WORDS: [Words; 7] = [
    Words {
        tag: "en",
        confirm: [
            "Please confirm your subscription",
            "Somebody, you we hope, asked us to send our newsletter to this address. It will come once you confirm.",
            "Confirm",
            "The button works for three days. If it was not you, do nothing: you will get no newsletter, and nobody learns that you got this letter.",
        ],
        settings: [
            "Your subscription",
            "With the button you see what we know of you, choose your language and your groups, or leave.",
            "Open my settings",
            "It works for thirty days, for whoever has it: do not pass this letter on. If you did not ask for it, do nothing.",
        ],
    },
    Words {
        tag: "bn",
        confirm: [
            "আপনার গ্রাহক হওয়া নিশ্চিত করুন",
            "কেউ একজন, আশা করি আপনিই, এই ঠিকানায় আমাদের নিউজলেটার পাঠাতে অনুরোধ করেছেন। আপনি নিশ্চিত করলে তা আসতে শুরু করবে।",
            "নিশ্চিত করুন",
            "বোতামটি তিন দিন কাজ করবে। অনুরোধটি আপনার না হলে কিছু করতে হবে না: কোনো নিউজলেটার আসবে না, আর আপনি যে এই চিঠি পেয়েছেন তা কেউ জানবে না।",
        ],
        settings: [
            "আপনার গ্রাহক সেটিংস",
            "বোতামটি দিয়ে আপনি দেখতে পাবেন আপনার সম্পর্কে আমরা কী জানি, ভাষা ও দল বেছে নিতে পারবেন, অথবা তালিকা ছাড়তে পারবেন।",
            "আমার সেটিংস খুলুন",
            "এটি ত্রিশ দিন কাজ করবে, যার কাছে থাকবে তার জন্যই: চিঠিটি কাউকে পাঠাবেন না। আপনি না চেয়ে থাকলে কিছু করতে হবে না।",
        ],
    },
    Words {
        tag: "ar",
        confirm: [
            "يرجى تأكيد اشتراكك",
            "طلب أحدهم، ونرجو أن تكون أنت، إرسال نشرتنا إلى هذا العنوان. ستصلك بعد أن تؤكد.",
            "تأكيد",
            "يعمل الزر ثلاثة أيام. إن لم يكن الطلب منك فلا تفعل شيئًا: لن تصلك النشرة، ولن يعلم أحد أن هذه الرسالة وصلتك.",
        ],
        settings: [
            "اشتراكك",
            "بهذا الزر ترى ما نعرفه عنك، وتختار لغتك ومجموعاتك، أو تغادر القائمة.",
            "فتح إعداداتي",
            "يعمل ثلاثين يومًا لكل من يملكه: لا تُحوّل هذه الرسالة. إن لم تطلبها فلا تفعل شيئًا.",
        ],
    },
    Words {
        tag: "es",
        confirm: [
            "Confirme su suscripción",
            "Alguien, esperamos que usted, nos ha pedido enviar nuestro boletín a esta dirección. Llegará cuando lo confirme.",
            "Confirmar",
            "El botón funciona durante tres días. Si no fue usted, no haga nada: no recibirá el boletín y nadie sabrá que recibió esta carta.",
        ],
        settings: [
            "Su suscripción",
            "Con el botón puede ver lo que sabemos de usted, elegir su idioma y sus grupos, o darse de baja.",
            "Abrir mis ajustes",
            "Funciona durante treinta días para quien lo tenga: no reenvíe esta carta. Si no la pidió, no haga nada.",
        ],
    },
    Words {
        tag: "fr",
        confirm: [
            "Confirmez votre abonnement",
            "Quelqu’un, vous nous l’espérons, nous a demandé d’envoyer notre lettre à cette adresse. Elle viendra dès que vous aurez confirmé.",
            "Confirmer",
            "Le bouton fonctionne trois jours. Si ce n’était pas vous, ne faites rien : vous ne recevrez pas la lettre, et personne ne saura que ce message vous est parvenu.",
        ],
        settings: [
            "Votre abonnement",
            "Le bouton vous montre ce que nous savons de vous ; vous pouvez y choisir votre langue et vos groupes, ou quitter la liste.",
            "Ouvrir mes réglages",
            "Il fonctionne trente jours pour quiconque l’a : ne transférez pas ce message. Si vous ne l’avez pas demandé, ne faites rien.",
        ],
    },
    Words {
        tag: "ru",
        confirm: [
            "Подтвердите подписку",
            "Кто-то, надеемся, что вы, попросил присылать нашу рассылку на этот адрес. Она начнёт приходить, когда вы подтвердите.",
            "Подтвердить",
            "Кнопка действует три дня. Если это были не вы, ничего не делайте: рассылка не придёт, и никто не узнает, что вы получили это письмо.",
        ],
        settings: [
            "Ваша подписка",
            "По кнопке вы увидите, что мы о вас знаем, выберете язык и группы или отпишетесь.",
            "Открыть мои настройки",
            "Она действует тридцать дней для любого, у кого она есть: не пересылайте это письмо. Если вы его не просили, ничего не делайте.",
        ],
    },
    Words {
        tag: "zh",
        confirm: [
            "请确认订阅",
            "有人（希望是您本人）请我们把通讯寄到这个地址。您确认之后才会开始寄送。",
            "确认",
            "按钮三天内有效。如果不是您本人的请求，请不要理会：您不会收到通讯，也没有人会知道您收到了这封信。",
        ],
        settings: [
            "您的订阅",
            "通过按钮，您可以查看我们保存的关于您的信息，选择语言和分组，或退订。",
            "打开我的设置",
            "按钮三十天内对任何持有者有效：请勿转发此信。如果不是您要求的，请不要理会。",
        ],
    },
];
