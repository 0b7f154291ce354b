//! Every word that was written is read in both parts, in order, and none that was not.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::{escaped, flowed, for_anyone, markup, png, quoted};
use crate::workspace::{NEWSLETTER, Workspace};

/// What the program itself says in English, and the signs by which plain text shows its structure.
const OWN: [&str; 11] = ["In", "this", "issue", "[Picture:", "Unsubscribe", "Unsubscribe:", "Phone:", "·", "-", "—", "*"];
/// What the files say that is no generated phrase: names, addresses, days.
const GIVEN: [&str; 8] = ["Test", "Quarterly", "unsubscribe@list.example.org", "write@example.org", "2", "2–3", "August", "2023"];

/// Words of many kinds, none with white space in it.
fn word() -> impl Strategy<Value = String> {
    let hostile = [
        "<script>alert(1)</script>",
        "</td>",
        "&amp;",
        "&",
        "\"",
        "'",
        "]]>",
        "<!--[if",
        "mso]>",
        "<![endif]-->",
        "-->",
        "--boundary",
        "--",
        ".",
        "..",
        ">",
        ">>",
        "From",
        "From:",
        "#",
        "##",
        "+",
        "*",
        "_",
        "1.",
        "1)",
        "-",
        "=",
        "===",
        "~~~",
        "[x](y)",
        "![x](y)",
        "[x]:",
        "|",
        "{",
        "}}",
        "\\",
        "=3D",
        "=?utf-8?q?x?=",
        "%0D%0A",
        "👩‍👩‍👧‍👦",
        "🇧🇩",
        "👍🏽",
        "❤️",
        "\u{202e}abc",
        "\u{200d}",
        "a\u{200d}b",
        "e\u{301}",
    ];
    prop_oneof![
        3 => "[a-zA-Z]{1,14}",
        2 => "[\u{985}-\u{98c}\u{995}-\u{9a8}][\u{995}-\u{9a8}\u{9be}-\u{9c3}\u{9cd}]{0,7}",
        2 => "[\u{627}-\u{63a}]{1,8}",
        // Short enough for a line of a list inside a list: a longer one is broken there.
        2 => "[\u{4e00}-\u{4fff}]{1,30}",
        1 => "[!-/:-@\\[-`|~]{1,4}",
        1 => "[a-z]{75,90}",
        4 => select(hostile.to_vec()).prop_map(str::to_owned),
    ]
}

/// Whether a word is the number of a link.
fn is_reference(word: &str) -> bool {
    let number = word.strip_prefix('[').and_then(|word| word.strip_suffix(']'));
    number.is_some_and(|number| number.parse::<u32>().is_ok())
}

/// One field's words.
#[derive(Debug, Clone)]
struct Phrase {
    /// Unique, and therefore where the phrase is found again.
    opening: String,
    words: Vec<String>,
    /// Whether it is part of a longer text, in which order counts.
    is_prose: bool,
}

/// Whether a word was read that was written. A comma, a bracket or quotation marks of the program's own may stand by it, and what
/// would turn the direction of the text is gone from it.
fn is_word(read: &str, written: &str) -> bool {
    let written = written.replace('\u{202e}', "");
    let is_it = |read: &str| read.strip_prefix(&*written).is_some_and(|rest| ["", ",", "]", "”"].contains(&rest));
    is_it(read) || read.strip_prefix('“').is_some_and(is_it)
}

/// What one block is made from.
#[derive(Debug, Clone)]
struct Plan {
    kind: &'static str,
    /// The words of each field, taken as they are needed.
    fields: Vec<Vec<String>>,
    /// Whether each optional thing is there, taken as they are asked.
    choices: Vec<bool>,
}

fn plan() -> impl Strategy<Value = Plan> {
    let kinds = [
        "lead", "article", "pair", "quote", "list", "figures", "events", "picture", "button", "divider", "contents", "notice",
        "about", "contact",
    ];
    let fields = vec(vec(word(), 0..7), 48);
    (select(kinds.to_vec()), fields, vec(any::<bool>(), 24)).prop_map(|(kind, fields, choices)| Plan { kind, fields, choices })
}

/// An edition being written, and what must be read of it.
#[derive(Debug, Default)]
struct Draft {
    toml: String,
    phrases: Vec<Phrase>,
    /// For each block the phrases that stand in it, in the order in which they were written.
    blocks: Vec<Vec<usize>>,
    /// Which of these are contents lists.
    lists: Vec<usize>,
    /// The phrases that a contents list gives.
    pieces: Vec<usize>,
    urls: BTreeSet<String>,
}

impl Draft {
    fn phrase(&mut self, plan: &mut Plan, is_prose: bool) -> Phrase {
        let opening = format!("w{}w", self.phrases.len());
        let phrase = Phrase { opening, words: plan.fields.pop().unwrap_or_default(), is_prose };
        self.blocks.last_mut().expect("a block is begun").push(self.phrases.len());
        self.phrases.push(phrase.clone());
        phrase
    }

    /// A field of one line.
    fn line(&mut self, key: &str, plan: &mut Plan) -> String {
        let phrase = self.phrase(plan, false);
        format!("{key} = {}\n", quoted(&phrase.plain()))
    }

    fn maybe_line(&mut self, key: &str, plan: &mut Plan) -> String {
        if plan.chance() { self.line(key, plan) } else { String::new() }
    }

    fn url(&mut self) -> String {
        let url = format!("https://example.org/{}", self.urls.len());
        self.urls.insert(url.clone());
        url
    }

    /// Words in Markdown, each in a dress of its own.
    fn inline(&mut self, plan: &mut Plan) -> String {
        let phrase = self.phrase(plan, true);
        let mut dressed = vec![phrase.opening];
        for word in phrase.words {
            let bare = escaped(&word);
            dressed.push(match (plan.chance(), plan.chance()) {
                (true, true) => format!("**{bare}**"),
                (true, false) if !word.contains('`') => format!("`{word}`"),
                (false, true) => format!("[{bare}]({})", self.url()),
                _ => bare,
            });
        }
        dressed.join(" ")
    }

    fn prose(&mut self, plan: &mut Plan) -> String {
        let mut parts = vec![self.inline(plan)];
        if plan.chance() {
            parts.push(format!("## {}\n\n{}", self.inline(plan), self.inline(plan)));
        }
        if plan.chance() {
            parts.push(format!("- {}\n- {}\n  - {}", self.inline(plan), self.inline(plan), self.inline(plan)));
        }
        if plan.chance() {
            parts.push(format!("7. {}\n8. {}\n\n   {}", self.inline(plan), self.inline(plan), self.inline(plan)));
        }
        if plan.chance() {
            parts.push(format!("> {}\n>\n> {}", self.inline(plan), self.inline(plan)));
        }
        if plan.chance() {
            parts.push(format!("***\n\n~~~~~~~~\n{}\n~~~~~~~~\n", self.phrase(plan, true).plain()));
        }
        parts.join("\n\n")
    }

    fn picture(&mut self, plan: &mut Plan) -> String {
        let alt = if plan.chance() { self.line("alt", plan) } else { "decorative = true\n".to_owned() };
        format!("file = \"dot.png\"\n{alt}{}{}", self.maybe_line("caption", plan), self.maybe_line("credit", plan))
    }

    fn begin(&mut self) {
        self.blocks.push(Vec::new());
    }

    fn block(&mut self, mut plan: Plan) {
        let plan = &mut plan;
        self.begin();
        let fields = match plan.kind {
            "lead" | "article" => self.article("block", true, plan),
            "pair" => {
                let mut item = |_| format!("[[block.items]]\n{}", self.article("block.items", false, plan));
                (0..2).map(&mut item).collect()
            }
            "quote" => self.line("text", plan) + &self.maybe_line("by", plan) + &self.maybe_line("role", plan),
            "list" => {
                let title = self.maybe_line("title", plan);
                let intro = if plan.chance() { format!("intro = {}\n", quoted(&self.prose(plan))) } else { String::new() };
                let items = [self.inline(plan), self.inline(plan)].map(|item| quoted(&item)).join(", ");
                format!("{title}{intro}items = [{items}]\nnumbered = {}\n", plan.chance())
            }
            "figures" => {
                let mut item = |_| ["[[block.items]]\n".to_owned(), self.line("value", plan), self.line("label", plan)].concat();
                let items: Vec<_> = (0..3).map(&mut item).collect();
                self.maybe_line("title", plan) + &items.concat()
            }
            "events" => self.events(plan),
            "picture" => self.picture(plan),
            "button" => format!("{}url = \"{}\"\n", self.line("text", plan), self.url()),
            "divider" => String::new(),
            // What it lists is known once all blocks are.
            "contents" => self.maybe_line("title", plan),
            "notice" | "about" => format!("{}body = {}\n", self.maybe_line("title", plan), quoted(&self.prose(plan))),
            "contact" => {
                let title = self.maybe_line("title", plan);
                let body = if plan.chance() { format!("body = {}\n", quoted(&self.prose(plan))) } else { String::new() };
                let phone = self.maybe_line("phone", plan);
                format!("{title}{body}{phone}email = \"write@example.org\"\nurl = \"{}\"\n", self.url())
            }
            other => unreachable!("no kind {other}"),
        };
        self.toml.extend(["\n[[block]]\nkind = \"", plan.kind, "\"\n", &fields]);
    }

    fn article(&mut self, table: &str, has_sides: bool, plan: &mut Plan) -> String {
        self.pieces.push(self.phrases.len());
        let mut fields = vec![self.line("title", plan), self.maybe_line("kicker", plan), self.maybe_line("place", plan)];
        if plan.chance() {
            fields.push("date = 2023-08-02\nuntil = 2023-08-03\n".to_owned());
        }
        if plan.chance() {
            fields.push(format!("body = {}\n", quoted(&self.prose(plan))));
        }
        if plan.chance() {
            fields.push(format!("[[{table}.links]]\n{}url = \"{}\"\n", self.line("text", plan), self.url()));
        }
        if plan.chance() {
            let side = ["", "side = \"left\"\n", "side = \"right\"\n"][usize::from(plan.chance()) + usize::from(plan.chance())];
            let side = if has_sides { side } else { "" };
            fields.push(format!("[{table}.picture]\n{}{side}", self.picture(plan)));
        }
        fields.concat()
    }

    fn events(&mut self, plan: &mut Plan) -> String {
        let mut fields = Vec::new();
        if plan.chance() {
            self.pieces.push(self.phrases.len());
            fields.push(self.line("title", plan));
        }
        for _ in 0..2 {
            fields.push(format!("[[block.items]]\ndate = 2023-08-02\n{}", self.line("title", plan)));
            fields.extend([self.maybe_line("time", plan), self.maybe_line("place", plan)]);
            if plan.chance() {
                fields.push(format!("url = \"{}\"\n", self.url()));
            }
        }
        fields.concat()
    }

    /// The blocks in the order of the plain text: the masthead, the contents lists, everything else.
    fn as_text(&self) -> Vec<usize> {
        let (lists, others): (Vec<_>, Vec<_>) = (1..self.blocks.len()).partition(|block| self.lists.contains(block));
        [vec![0], lists, others].concat()
    }

    /// Holds the words of a part against what was written in its blocks, one after the other.
    fn hold(&self, part: &str, words: &[String], order: &[usize]) {
        // The number behind a link in plain text may stand between two words.
        let words: Vec<_> = words.iter().filter(|word| !is_reference(word)).collect();
        let mut found = Vec::new();
        let mut rest = words.as_slice();
        while let Some(first) = rest.first() {
            if let Some(index) = self.phrases.iter().position(|phrase| is_word(first, &phrase.opening)) {
                let phrase = &self.phrases[index];
                let (read, after) = rest.split_at((1 + phrase.words.len()).min(rest.len()));
                let is_whole =
                    read.len() == 1 + phrase.words.len() && read.iter().zip(phrase.all()).all(|(read, word)| is_word(read, word));
                assert!(is_whole, "{part}: {:?} was read as {read:?}", phrase.plain());
                found.push(index);
                rest = after;
            } else {
                assert!(self.is_own(first), "{part}: nobody wrote {first:?} in {:?}", &rest[..rest.len().min(9)]);
                rest = &rest[1..];
            }
        }
        let mut found = found.as_slice();
        for block in order.iter().map(|&block| &self.blocks[block]) {
            let (read, after) = found.split_at(block.len().min(found.len()));
            found = after;
            let prose = read.iter().filter(|&&index| self.phrases[index].is_prose);
            assert!(prose.is_sorted(), "{part}: the order within a text: {read:?}");
            let (mut read, mut expected) = (read.to_vec(), block.clone());
            read.sort_unstable();
            expected.sort_unstable();
            assert_eq!(read, expected, "{part}: the phrases of a block");
        }
        assert!(found.is_empty(), "{part}: read again behind the last block: {found:?}");
    }

    fn is_own(&self, word: &str) -> bool {
        let is_line = word.chars().all(|c| "-+".contains(c));
        let is_mark = word.strip_suffix('.').is_some_and(|number| number.parse::<u32>().is_ok());
        is_line || is_mark || OWN.contains(&word) || GIVEN.contains(&word) || self.urls.contains(word)
    }
}

impl Plan {
    fn chance(&mut self) -> bool {
        let choice = self.choices.pop().unwrap_or_default();
        self.choices.insert(0, choice);
        choice
    }
}

impl Phrase {
    fn all(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.opening).chain(&self.words).map(String::as_str)
    }

    fn plain(&self) -> String {
        self.all().collect::<Vec<_>>().join(" ")
    }
}

/// The phrases of prose stand in the order in which they were written, both within the block and in both parts.
fn write(plans: Vec<Plan>) -> (Workspace, Draft) {
    let mut draft = Draft::default();
    draft.begin();
    let mut head = Plan { kind: "head", fields: vec![vec!["of".to_owned()]; 2], choices: Vec::new() };
    draft.toml = format!(
        "subject = \"The subject\"\ndate = 2023-08-02\n{}{}",
        draft.line("title", &mut head),
        draft.line("period", &mut head)
    );
    for plan in plans {
        let is_list = plan.kind == "contents";
        draft.block(plan);
        if is_list {
            draft.lists.push(draft.blocks.len() - 1);
        }
    }
    for &list in &draft.lists {
        // A list of nothing is not there, its title neither.
        if draft.pieces.is_empty() {
            draft.blocks[list].clear();
        }
        draft.blocks[list].extend(&draft.pieces);
    }
    draft.begin();
    let mut foot = Plan { kind: "foot", fields: vec![vec!["<of>".to_owned()]; 2], choices: Vec::new() };
    let footer = format!("[footer]\n{}{}", draft.line("reason", &mut foot), draft.line("address", &mut foot));
    let workspace = Workspace::new();
    workspace.write("newsletter.toml", format!("{NEWSLETTER}\n{footer}"));
    workspace.write(super::EDITION, &draft.toml);
    workspace.write("issues/2023-q3/dot.png", png(3, 2));
    (workspace, draft)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn every_word_of_every_block_is_in_both_parts_and_no_other(plans in vec(plan(), 1..9)) {
        let (workspace, draft) = write(plans);
        let message = for_anyone(&workspace);
        markup::assert_balanced(&message.html);
        markup::assert_balanced(&markup::for_word(&message.html));
        let seen: Vec<_> = markup::visible(&message.html).split_whitespace().map(str::to_owned).collect();
        draft.hold("HTML", &seen, &(0..draft.blocks.len()).collect::<Vec<_>>());
        draft.hold("text", &flowed::words(&message), &draft.as_text());
    }
}
