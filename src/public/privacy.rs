//! What is kept about readers, and why: what this program does, said by it.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;
use maud::html;

use super::Public;
use super::page::{self, Speech};

/// The title, then a paragraph each. `{name}` is the list's name, `{mailbox}` the one that takes requests.
pub(super) const WORDS: [(&str, [&str; 7]); 7] = [
    (
        "en",
        [
            "Privacy",
            "{name} keeps your mail address, your name if you gave it, your language and your groups, to send you the newsletter, and for nothing else.",
            "It keeps when and how you joined, confirmed, chose and left, to be able to prove that you wanted it, and which issues your server took.",
            "When you leave, a keyed hash of your address stays, from which nobody can read it: by it you are left out, whatever list you turn up in.",
            "There is no tracking: no pictures that count, no links that tell who pressed them, no cookies, nothing from third parties on these pages.",
            "Where a request came from is kept for a day as a keyed hash of a part of its network address, to keep mailboxes from being filled.",
            "To see all that is kept, to correct it or to have it erased, use the link to your settings or write to {mailbox}.",
        ],
    ),
    (
        "bn",
        [
            "গোপনীয়তা",
            "{name} আপনার ইমেইল ঠিকানা, দিয়ে থাকলে আপনার নাম, আপনার ভাষা ও দল রাখে, শুধু আপনাকে নিউজলেটার পাঠাতে, অন্য কিছুর জন্য নয়।",
            "আপনি কখন ও কীভাবে যোগ দিয়েছেন, নিশ্চিত করেছেন, বেছে নিয়েছেন ও ছেড়েছেন, আর কোন সংখ্যাগুলো আপনার সার্ভার গ্রহণ করেছে, তা রাখা হয়, যাতে প্রমাণ করা যায় যে আপনি এটি চেয়েছিলেন।",
            "আপনি চলে গেলে আপনার ঠিকানার একটি সাংকেতিক ছাপ থেকে যায়, যা থেকে কেউ ঠিকানাটি পড়তে পারে না: আপনি যে তালিকাতেই আসুন, এর মাধ্যমে আপনাকে বাদ রাখা হয়।",
            "কোনো নজরদারি নেই: গণনাকারী ছবি নেই, কে চাপ দিল তা জানায় এমন লিংক নেই, কুকি নেই, এই পাতায় তৃতীয় পক্ষের কিছু নেই।",
            "অনুরোধ কোথা থেকে এসেছে তা নেটওয়ার্ক ঠিকানার একটি অংশের সাংকেতিক ছাপ হিসেবে এক দিন রাখা হয়, যাতে কারও ইনবক্স ভরিয়ে ফেলা না যায়।",
            "যা রাখা আছে তা দেখতে, সংশোধন করতে বা মুছতে আপনার সেটিংসের লিংক ব্যবহার করুন অথবা লিখুন: {mailbox}",
        ],
    ),
    (
        "ar",
        [
            "الخصوصية",
            "تحتفظ {name} بعنوان بريدك، واسمك إن قدّمته، ولغتك ومجموعاتك، لإرسال النشرة إليك لا غير.",
            "وتحتفظ بوقت انضمامك وتأكيدك واختياراتك ومغادرتك وطريقتها، لإثبات أنك أردتها، وبالأعداد التي تسلّمها خادمك.",
            "عند مغادرتك تبقى بصمة مشفّرة لعنوانك لا يمكن لأحد قراءته منها: بها تُستثنى من أي قائمة تظهر فيها.",
            "لا يوجد تتبّع: لا صور تَعُدّ، ولا روابط تُخبر من ضغطها، ولا ملفات تعريف ارتباط، ولا شيء من أطراف ثالثة في هذه الصفحات.",
            "يُحتفظ بمصدر الطلب يومًا واحدًا كبصمة مشفّرة لجزء من عنوان الشبكة، لمنع إغراق صناديق البريد.",
            "للاطلاع على ما يُحفظ أو تصحيحه أو محوه استخدم رابط إعداداتك أو اكتب إلى {mailbox}.",
        ],
    ),
    (
        "es",
        [
            "Privacidad",
            "{name} guarda su dirección de correo, su nombre si lo dio, su idioma y sus grupos, para enviarle el boletín y para nada más.",
            "Guarda cuándo y cómo se suscribió, confirmó, eligió y se dio de baja, para poder probar que lo quiso, y qué números aceptó su servidor.",
            "Cuando se da de baja queda una huella cifrada de su dirección, de la que nadie puede leerla: con ella se le deja fuera, aparezca en la lista que aparezca.",
            "No hay seguimiento: ni imágenes que cuenten, ni enlaces que digan quién los pulsó, ni cookies, ni nada de terceros en estas páginas.",
            "De dónde vino una petición se guarda un día como huella cifrada de una parte de su dirección de red, para que nadie llene buzones ajenos.",
            "Para ver todo lo que se guarda, corregirlo o borrarlo, use el enlace a sus ajustes o escriba a {mailbox}.",
        ],
    ),
    (
        "fr",
        [
            "Vie privée",
            "{name} conserve votre adresse, votre nom si vous l’avez donné, votre langue et vos groupes, pour vous envoyer la lettre et pour rien d’autre.",
            "Sont conservés quand et comment vous vous êtes abonné, avez confirmé, choisi et quitté la liste, pour pouvoir prouver que vous l’avez voulu, et les numéros que votre serveur a pris.",
            "Quand vous partez, il reste une empreinte chiffrée de votre adresse, d’où personne ne peut la lire : grâce à elle vous êtes écarté, quelle que soit la liste où vous reparaissez.",
            "Il n’y a aucun suivi : ni images qui comptent, ni liens qui disent qui les a suivis, ni cookies, ni rien de tiers sur ces pages.",
            "L’origine d’une demande est gardée un jour, comme empreinte chiffrée d’une partie de son adresse réseau, pour que nul ne remplisse la boîte d’autrui.",
            "Pour voir tout ce qui est conservé, le corriger ou le faire effacer, prenez le lien vers vos réglages ou écrivez à {mailbox}.",
        ],
    ),
    (
        "ru",
        [
            "Конфиденциальность",
            "{name} хранит ваш адрес почты, имя, если вы его назвали, язык и группы, чтобы присылать вам рассылку, и ни для чего другого.",
            "Хранится, когда и как вы подписались, подтвердили, выбрали и отписались, чтобы можно было доказать ваше желание, и какие выпуски принял ваш сервер.",
            "Когда вы уходите, остаётся ключевой хеш вашего адреса, по которому его никто не прочтёт: по нему вас исключают, в каком бы списке вы ни оказались.",
            "Слежки нет: ни картинок-счётчиков, ни ссылок, сообщающих, кто нажал, ни cookie, ни чего-либо от третьих лиц на этих страницах.",
            "Откуда пришёл запрос, хранится сутки как ключевой хеш части сетевого адреса, чтобы никто не заваливал чужие ящики.",
            "Чтобы увидеть всё, что хранится, исправить или стереть это, воспользуйтесь ссылкой на настройки или напишите на {mailbox}.",
        ],
    ),
    (
        "zh",
        [
            "隐私",
            "{name}保存您的邮箱地址、您提供的姓名、语言和分组，仅用于向您寄送通讯，别无他用。",
            "我们保存您何时、以何种方式订阅、确认、选择和退订，以便证明这是您的意愿，并保存您的服务器接收了哪几期。",
            "您退订后，会留下您地址的加密摘要，任何人都无法由此读出地址：无论您出现在哪份名单上，都会据此将您排除。",
            "没有任何跟踪：没有计数图片，没有记录点击者的链接，没有 Cookie，这些页面上没有任何第三方内容。",
            "请求来源以部分网络地址的加密摘要形式保存一天，以防有人填满他人的邮箱。",
            "如需查看、更正或删除所保存的内容，请使用您的设置链接，或写信至 {mailbox}。",
        ],
    ),
];

pub(super) fn title(tag: &str) -> &'static str {
    words(tag)[0]
}

fn words(tag: &str) -> &'static [&'static str; 7] {
    WORDS.iter().find(|(known, _)| *known == tag).map_or(&WORDS[0].1, |(_, words)| words)
}

pub(super) async fn show(State(public): State<Arc<Public>>, headers: HeaderMap) -> Response {
    let speech = Speech::of(&public, &headers);
    let [title, paragraphs @ ..] = words(speech.language.tag());
    let address = public.publication.footer.address.text(speech.language);
    let content = html! {
        @for paragraph in paragraphs { p { (speech.said(paragraph)) } }
        @if let Some(address) = address { address { (crate::compose::Reader::Passerby(speech.language).fill(address)) } }
    };
    page::answer(StatusCode::OK, &public, speech, title, &content)
}
