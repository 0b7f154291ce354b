//! What the pages say. `{name}` is the list's name, `{mailbox}` the one that takes requests to leave.

use crate::model::language::Language;

/// The pages in one language.
#[derive(Debug)]
pub(super) struct Words {
    tag: &'static str,
    pub(super) leave_title: &'static str,
    pub(super) leave: &'static str,
    pub(super) left_title: &'static str,
    pub(super) left: &'static str,
    pub(super) broken_title: &'static str,
    pub(super) broken: &'static str,
    pub(super) failed_title: &'static str,
    pub(super) failed: &'static str,
    pub(super) nothing_title: &'static str,
}

/// The words of a language: every one that an edition can be in has some.
pub(super) fn of(language: Language) -> &'static Words {
    WORDS.iter().find(|words| words.tag == language.tag()).unwrap_or(&WORDS[0])
}

static WORDS: [Words; 7] = [
    Words {
        tag: "en",
        leave_title: "Leave the list",
        leave: "You will get no more mail from {name}.",
        left_title: "You have left the list",
        left: "You get no more mail from {name}. One that is on its way already may still come.",
        broken_title: "This link does not work",
        broken: "Perhaps a part of it is missing. Press the link in the mail once more, or write to {mailbox}.",
        failed_title: "This did not work",
        failed: "Nothing was changed. Please try again in a few minutes.",
        nothing_title: "There is nothing here",
    },
    Words {
        tag: "bn",
        leave_title: "তালিকা ছেড়ে যান",
        leave: "আপনি {name} থেকে আর কোনো ইমেইল পাবেন না।",
        left_title: "আপনি তালিকা ছেড়ে গেছেন",
        left: "আপনি {name} থেকে আর ইমেইল পাবেন না। যে ইমেইল ইতিমধ্যে পথে আছে, তা এখনও আসতে পারে।",
        broken_title: "এই লিংকটি কাজ করছে না",
        broken: "লিংকের একটি অংশ হয়তো বাদ পড়েছে। ইমেইলের লিংকটিতে আবার চাপ দিন, অথবা লিখুন: {mailbox}",
        failed_title: "কাজটি করা গেল না",
        failed: "কিছুই বদলানো হয়নি। কয়েক মিনিট পরে আবার চেষ্টা করুন।",
        nothing_title: "এখানে কিছু নেই",
    },
    Words {
        tag: "ar",
        leave_title: "مغادرة القائمة",
        leave: "لن تصلك رسائل أخرى من {name}.",
        left_title: "لقد غادرت القائمة",
        left: "لن تصلك رسائل أخرى من {name}. وقد تصل رسالة أُرسلت قبل ذلك.",
        broken_title: "هذا الرابط لا يعمل",
        broken: "ربما ينقص جزء منه. اضغط على الرابط في الرسالة مرة أخرى، أو اكتب إلى {mailbox}.",
        failed_title: "تعذّر تنفيذ الطلب",
        failed: "لم يتغيّر شيء. حاول مرة أخرى بعد بضع دقائق.",
        nothing_title: "لا شيء هنا",
    },
    Words {
        tag: "es",
        leave_title: "Darse de baja de la lista",
        leave: "No recibirá más correos de {name}.",
        left_title: "Se ha dado de baja",
        left: "Ya no recibirá correos de {name}. Alguno que ya esté en camino aún puede llegar.",
        broken_title: "Este enlace no funciona",
        broken: "Quizá le falte una parte. Pulse de nuevo el enlace del correo o escriba a {mailbox}.",
        failed_title: "No se ha podido hacer",
        failed: "No se ha cambiado nada. Inténtelo de nuevo en unos minutos.",
        nothing_title: "Aquí no hay nada",
    },
    Words {
        tag: "fr",
        leave_title: "Quitter la liste",
        leave: "Vous ne recevrez plus de messages de {name}.",
        left_title: "Vous avez quitté la liste",
        left: "Vous ne recevrez plus de messages de {name}. Un message déjà en route peut encore arriver.",
        broken_title: "Ce lien ne fonctionne pas",
        broken: "Il en manque peut-être une partie. Suivez de nouveau le lien du message, ou écrivez à {mailbox}.",
        failed_title: "Cela n’a pas fonctionné",
        failed: "Rien n’a été modifié. Veuillez réessayer dans quelques minutes.",
        nothing_title: "Il n’y a rien ici",
    },
    Words {
        tag: "ru",
        leave_title: "Отписаться от рассылки",
        leave: "Вы больше не будете получать письма от {name}.",
        left_title: "Вы отписались",
        left: "Вы больше не будете получать письма от {name}. Письмо, которое уже в пути, ещё может прийти.",
        broken_title: "Ссылка не работает",
        broken: "Возможно, в ней не хватает части. Нажмите на ссылку в письме ещё раз или напишите на {mailbox}.",
        failed_title: "Не получилось",
        failed: "Ничего не изменилось. Попробуйте ещё раз через несколько минут.",
        nothing_title: "Здесь ничего нет",
    },
    Words {
        tag: "zh",
        leave_title: "退订",
        leave: "您将不再收到{name}的邮件。",
        left_title: "您已退订",
        left: "您不会再收到{name}的邮件。已经发出的邮件仍可能送达。",
        broken_title: "此链接无效",
        broken: "链接可能不完整。请再次点击邮件中的链接，或写信至 {mailbox}。",
        failed_title: "操作未成功",
        failed: "未作任何更改。请几分钟后再试。",
        nothing_title: "这里什么也没有",
    },
];
