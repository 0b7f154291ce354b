//! Composing in memory, beside mrml (MJML in Rust) on the same content and beside Maud with nothing around it.
//!
//! ```text
//! cargo bench --bench compose            # the figures
//! cargo test --bench compose             # each once, as the tests do
//! ```
//!
//! Both sides begin with values: what is timed is from the read edition, or the parsed MJML, to the page. `mrml with parsing` is what a
//! program pays that keeps its templates as text; reading our own files is in `benches/ratio`, which times whole programs.

use std::fs;
use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use maud::{DOCTYPE, Markup, html};
use mrml::prelude::render::RenderOptions;
use postrider::check;
use postrider::compose::dkim::key::{KeyError, Pem, RsaLength};
use postrider::compose::dkim::{PrivateKey, Signer};
use postrider::compose::{Composer, PictureCache, Purpose, Reader, html, text};
use postrider::files::Project;
use postrider::model::language::Language;
use postrider::model::subscriber::Subscriber;

/// The least that the bare page weighs, in octets: more than the sample's HTML, so that it is no easier.
const BARE_PAGE: usize = 60_000;

fn composer() -> Composer {
    let project = Project { root: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned() };
    let checked = check::check(project.load(Some("2023-q3")), &PictureCache::default());
    checked.composer.unwrap_or_else(|| panic!("the sample has mistakes: {:?}", checked.findings))
}

fn subscribers() -> Vec<Subscriber> {
    Project { root: Path::new(env!("CARGO_MANIFEST_DIR")).to_owned() }.load(Some("2023-q3")).subscribers.written().to_vec()
}

fn language(tag: &str) -> Language {
    Language::from_tag(tag).expect("a language that we speak")
}

/// One edition's HTML: ours, mrml's of its twin, and a page that Maud writes alone.
fn html_part(criterion: &mut Criterion) {
    let composer = composer();
    let twin = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/judges/twin/en.mjml");
    let twin = fs::read_to_string(&twin).unwrap_or_else(|error| panic!("{}: {error}", twin.display()));
    let parsed = mrml::parse(&twin).expect("the twin is MJML").element;
    let options = RenderOptions::default();
    let reader = Reader::Anyone(language("en"));

    // Only alike pages can be compared: each has the last link of the issue, and none is cut short.
    let ours = html::render(&composer.letter(&reader, None)).0;
    let theirs = parsed.render(&options).expect("the twin can be rendered");
    for page in [&ours, &theirs] {
        assert!(page.contains("mailto:unsubscribe@example.org") && page.trim_end().ends_with("</html>"), "a page is cut short");
    }
    assert!(bare_page().0.len() >= BARE_PAGE);

    let mut group = criterion.benchmark_group("html");
    group.bench_function("postrider", |bencher| bencher.iter(|| html::render(&composer.letter(black_box(&reader), None))));
    group.bench_function("mrml", |bencher| bencher.iter(|| black_box(&parsed).render(&options)));
    group.bench_function("mrml with parsing", |bencher| {
        bencher.iter(|| mrml::parse(black_box(&twin)).map(|twin| twin.element.render(&options)));
    });
    group.bench_function("maud alone, 60 KB", |bencher| bencher.iter(|| black_box(bare_page())));
    group.finish();
}

/// What one reader costs: the parts, and the message around them. Its pictures are encoded before, once for all readers.
fn message(criterion: &mut Criterion) {
    let composer = composer();
    let mut group = criterion.benchmark_group("message");
    for edition in &composer.issue().editions {
        let reader = Reader::Anyone(edition.language);
        let tag = edition.language.tag();
        let message = composer.compose(&reader, Purpose::Issue);
        assert!(message.edition == edition.language && message.text == text::render(&composer.letter(&reader, None)).text);
        group.bench_function(format!("text/{tag}"), |bencher| {
            bencher.iter(|| text::render(&composer.letter(black_box(&reader), None)));
        });
        group.bench_function(format!("html/{tag}"), |bencher| {
            bencher.iter(|| html::render(&composer.letter(black_box(&reader), None)));
        });
        group.bench_function(format!("whole/{tag}"), |bencher| {
            bencher.iter(|| composer.compose(black_box(&reader), Purpose::Issue));
        });
    }
    group.finish();
}

/// What one recipient more costs a send: the pieces of a message whose template is made, unsigned and signed.
fn spliced(criterion: &mut Criterion) {
    let key =
        |made: Result<(PrivateKey, Pem), KeyError>| Signer::new("example.org", vec![("a".to_owned(), made.expect("a key").0)]);
    let signers = [
        ("unsigned", None),
        ("ed25519", Some(key(PrivateKey::generate_ed25519()))),
        ("rsa", Some(key(PrivateKey::generate_rsa(RsaLength::Bits2048)))),
    ];
    let (mut group, people) = (criterion.benchmark_group("spliced"), subscribers());
    for (name, signer) in signers {
        let composer = composer().signed_by(signer);
        for edition in &composer.issue().editions {
            let gets_it = |person: &&Subscriber| composer.edition(&Reader::Subscriber(person)).language == edition.language;
            let reader = Reader::Subscriber(people.iter().find(gets_it).expect("each edition has a reader"));
            assert!(composer.spliced(&reader, Purpose::Issue).to_vec() == composer.compose(&reader, Purpose::Issue).bytes);
            group.bench_function(format!("{name}/{}", edition.language.tag()), |bencher| {
                bencher.iter(|| composer.spliced(black_box(&reader), Purpose::Issue));
            });
        }
    }
    group.finish();
}

/// A page of table rows with a style on everything, as mail has it, and texts that need escaping: what Maud takes at the least.
fn bare_page() -> Markup {
    let style = "margin:0 0 16px;font-family:Helvetica,Arial,sans-serif;font-size:16px;line-height:26px;color:#1b2523";
    let body = "Participants asked for an operational framework & a date; the Ministry's draft says \"by the end of the year\".";
    html! {
        (DOCTYPE)
        html lang="en" {
            body {
                table role="presentation" width="100%" {
                    @for number in 0..185 {
                        tr {
                            td style="padding:0 40px 24px" {
                                p style=(black_box(style)) { (number) ". " (black_box(body)) }
                                a href={ "https://example.org/" (number) } style="color:#0b5d57" { "Read more" }
                            }
                        }
                    }
                }
            }
        }
    }
}

criterion_group!(benches, html_part, message, spliced);
criterion_main!(benches);
