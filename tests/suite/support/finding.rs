//! What an author hears of it, and where.

use postrider::check::{check, support};
use postrider::compose::{BlockSpan, Message, PictureCache, Purpose, Reader};
use postrider::files::Project;
use postrider::model::diagnostic::Diagnostic;

use crate::workspace::Workspace;

/// Two blocks: the first from line 7 on, the second from line 11 on.
const EDITION: &str = r#"subject = "The subject"
preheader = "The preheader"
title = "The title"
date = 2023-09-30

[[block]]
kind = "lead"
title = "The lead"

[[block]]
kind = "article"
title = "The article"
"#;

/// The findings on a mail of that edition whose blocks have this markup, and whose foot has the rest.
fn findings(lead: &str, article: &str, rest: &str) -> Vec<Diagnostic> {
    let workspace = Workspace::new();
    workspace.write("issues/2023-q3/en.toml", EDITION);
    let checked = check(Project::find(workspace.root()).unwrap().load(Some("2023-q3")), &PictureCache::default());
    let composer = checked.composer.expect("a sound issue");
    let edition = &composer.issue().editions[0];
    let message = composer.compose(&Reader::Anyone(edition.language), Purpose::Issue);
    let start = "<html><body>".len();
    let (middle, end) = (start + lead.len(), start + lead.len() + article.len());
    let html = format!("<html><body>{lead}{article}{rest}</body></html>");
    let blocks = vec![BlockSpan { block: 0, html: start..middle }, BlockSpan { block: 1, html: middle..end }];
    support::check(edition, &Message { html, blocks, ..message })
}

/// A finding as `rule at line: message. label. help`.
fn said(findings: &[Diagnostic]) -> Vec<String> {
    let text = |finding: &Diagnostic| {
        let line = finding.place.position().map_or(0, |(line, _)| line);
        format!("{} at {line}: {}. {}. {}", finding.rule, finding.message, finding.label, finding.help)
    };
    findings.iter().map(text).collect()
}

#[test]
fn what_many_mail_programs_lack_is_shown_at_the_block_that_uses_it_most() {
    let lead = "<p style='border-radius:4px'></p>".repeat(2) + &"<p></p>".repeat(8);
    let article = "<p style='border-radius:4px'></p>".repeat(3) + &"<p></p>".repeat(7);
    assert_eq!(
        said(&findings(&lead, &article, "")),
        ["client-support at 11: the mail uses `border-radius` 5 times, and 25 % of mail programs do not support it \
             (most versions of Outlook, Orange). 3 times here. set `radius = 0` under [theme], or accept square corners in \
             these programs"]
    );
    let links = "<a href='#piece'></a>".repeat(4) + &"<p></p>".repeat(24);
    assert_eq!(
        said(&findings(&links, "<p>-</p>", "")),
        ["client-support at 7: the mail uses `Local anchors` 4 times, and 39 % of mail programs do not support it \
             (most versions of Orange, SFR, ProtonMail, Yahoo! Mail). 4 times here. leave out the `contents` block: its \
             links lead nowhere in these programs"]
    );
}

#[test]
fn what_is_used_seldom_or_harms_nobody_is_not_mentioned() {
    let lead = "<p style='border-radius:4px'></p>".to_owned() + &"<p></p>".repeat(20);
    let article = "<p role='presentation' lang=en dir=ltr style='text-wrap:balance;font-family:serif'></p>".repeat(20);
    assert_eq!(findings(&lead, &article, ""), []);
}

#[test]
fn a_low_score_is_explained_by_what_costs_most() {
    let lead = "<p style='margin:0'></p>".repeat(8);
    assert_eq!(
        said(&findings(&lead, "<p>-</p>", "")),
        ["support-score at 7: Mailpit's HTML check would give this mail 65.9 %: `margin` is used 8 times in 10 elements, and \
             39 % of mail programs support it in part or not at all. 8 times here. use fewer blocks of this kind, or look at the \
             mail in one of these programs before it goes out"]
    );
    // What stands outside of every block is the edition's own.
    let outside = findings("<p>-</p>", "<p>+</p>", "<p style='margin:0'></p>".repeat(8).as_str());
    assert_eq!(said(&outside)[0].split(". ").next().unwrap().split(':').next().unwrap(), "support-score at 0");
    assert_eq!(outside[0].place.source.name, "issues/2023-q3/en.toml");
}

#[test]
fn the_sample_scores_well_in_every_edition_and_check_says_so() {
    let ran = Workspace::sample().run(&["check"]);
    let closing = ran.stdout.lines().last().expect("a line").to_owned();
    let (_, scores) = closing.split_once("; client support: ").unwrap_or_else(|| panic!("no score: {ran:?}"));
    let scores: Vec<_> = scores.split(", ").map(|score| score.split_once(' ').expect("a language")).collect();
    assert_eq!(scores[0].0, "en");
    for (language, score) in scores {
        let percent: f64 = score.trim_end_matches(" %").parse().unwrap();
        assert!((92.0..100.0).contains(&percent), "{language}: {score}");
    }
    assert!(!ran.stdout.contains("client-support"), "{ran:?}");
}
