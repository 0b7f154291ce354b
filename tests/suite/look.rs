//! The look: themes as data, colours that can be read, faces for each script, the publisher's mark; and what newsletter.toml says of
//! editions, footers and the web.

use std::fs;

use insta::assert_snapshot;
use postrider::compose::{self, Composer, Message, PictureCache, Purpose, Reader};
use postrider::files::Project;
use postrider::model::colour::Colour;
use postrider::model::language::Language;
use postrider::model::theme::Theme;
use proptest::prelude::*;

use crate::workspace::{EDITION, NEWSLETTER, Workspace};

const EN: &str = "issues/2023-q3/en.toml";

/// A workspace whose newsletter.toml has these lines at its end.
fn with(lines: &str) -> Workspace {
    let workspace = Workspace::new();
    workspace.write("newsletter.toml", format!("{NEWSLETTER}\n{lines}"));
    workspace
}

/// What `postrider check` says.
fn said(workspace: &Workspace) -> String {
    let ran = workspace.run(&["check"]);
    assert!(matches!(ran.code, Some(0 | 1)), "{ran:?}");
    ran.stdout
}

/// The issue as nobody in particular gets it.
fn composed(workspace: &Workspace, tag: &str) -> Message {
    let loaded = Project::find(workspace.root()).expect("a project").load(Some("2023-q3"));
    assert!(loaded.is_sound(), "{:#?}", loaded.findings);
    let (publication, issue) = (loaded.publication.expect("a publication"), loaded.issue.expect("an issue"));
    let pictures = compose::pictures(Some(&publication), &issue, &PictureCache::default()).expect("sound pictures");
    let language = Language::from_tag(tag).expect("a language");
    Composer::new(&publication, &issue, pictures).compose(&Reader::Anyone(language), Purpose::Issue)
}

fn logo(width: u32, height: u32) -> Vec<u8> {
    let mut bytes = Vec::new();
    let picture = image::DynamicImage::ImageRgb8(image::RgbImage::from_pixel(width, height, image::Rgb([11, 93, 87])));
    picture.write_to(&mut std::io::Cursor::new(&mut bytes), image::ImageFormat::Png).expect("a picture");
    bytes
}

/// The contrast of two colours, reckoned anew from the definition (WCAG 2.2).
fn contrast(one: Colour, two: Colour) -> f64 {
    let luminance = |colour: Colour| -> f64 {
        let linear = |channel: u8| {
            let c = f64::from(channel) / 255.0;
            if c <= 0.040_45 { c / 12.92 } else { ((c + 0.055) / 1.055).powf(2.4) }
        };
        let [r, g, b] = colour.channels.map(linear);
        r * 0.2126 + g * 0.7152 + b * 0.0722
    };
    let (high, low) = (luminance(one).max(luminance(two)), luminance(one).min(luminance(two)));
    (high + 0.05) / (low + 0.05)
}

#[test]
fn the_themes_that_ship_can_be_read_in_light_and_in_dark() {
    for name in Theme::NAMES {
        let theme = Theme::named(name).expect("a theme");
        for palette in [theme.light, theme.dark] {
            assert!(contrast(palette.ink, palette.paper) >= 7.0, "{name}");
            for (text, ground) in [
                (palette.ink, palette.tint),
                (palette.quiet, palette.paper),
                (palette.quiet, palette.tint),
                (palette.accent, palette.paper),
                (palette.accent, palette.tint),
                (palette.on_accent, palette.accent),
            ] {
                assert!(contrast(text, ground) >= 4.5, "{name}: {text} on {ground}");
            }
        }
        let workspace = with(&format!("[theme]\nname = \"{name}\""));
        assert!(said(&workspace).contains("No mistakes") || workspace.run(&["check"]).code == Some(0), "{name}");
    }
}

#[test]
fn the_themes_that_ship_are_three_different_letters() {
    let letters: Vec<_> = Theme::NAMES.map(|name| composed(&with(&format!("[theme]\nname = \"{name}\"")), "en")).into();
    for (index, letter) in letters.iter().enumerate() {
        let theme = Theme::named(Theme::NAMES[index]).expect("a theme");
        for colour in [theme.light.accent, theme.light.paper, theme.dark.paper] {
            assert!(letter.html.contains(&colour.to_string()), "{}", theme.name);
        }
        // The words are the same: a theme is for the eye alone.
        assert_eq!(letter.text, letters[0].text);
        assert!(letters[..index].iter().all(|other| other.html != letter.html));
    }
}

#[test]
fn too_little_contrast_is_an_error_that_names_the_nearest_colour_that_passes() {
    assert_snapshot!(said(&with("[theme.light]\naccent = \"#8fb8b4\"")), @r##"
    error[low-contrast]: `accent` on `paper` has a contrast of 2.16 in light mode, and needs 4.5
      --> newsletter.toml:15:10
       |
    15 | accent = "#8fb8b4"
       |          ^^^^^^^^^
       |
       = help: the nearest colour that passes: accent = "#597270"

    1 error: 3 subscribers, issue 2023-q3
    "##);
    assert_snapshot!(said(&with("[theme]\nname = \"gazette\"\n[theme.dark]\npaper = \"#ffffff\"")), @r##"
    error[low-contrast]: `ink` on `paper` has a contrast of 1.19 in dark mode, and needs 7
      --> newsletter.toml:17:9
       |
    17 | paper = "#ffffff"
       |         ^^^^^^^^^
       |
       = help: the nearest colour that passes: paper = "#424242"

    1 error: 3 subscribers, issue 2023-q3
    "##);
    // No colour passes on a ground of middle grey where text needs 7.
    assert_snapshot!(said(&with("[theme.light]\npaper = \"#808080\"\nink = \"#000000\"\nquiet = \"#000000\"\naccent = \"#000000\"")), @r##"
    error[low-contrast]: `ink` on `paper` has a contrast of 5.31 in light mode, and needs 7
      --> newsletter.toml:16:7
       |
    16 | ink = "#000000"
       |       ^^^^^^^^^
       |
       = help: no `ink` passes there: change `paper` as well

    1 error: 3 subscribers, issue 2023-q3
    "##);
}

#[test]
fn the_colour_that_is_offered_passes() {
    let workspace = with("[theme.light]\nquiet = \"#b0b0b0\"\naccent = \"#9ad\"");
    for _ in 0..4 {
        let said = said(&workspace);
        let Some(at) = said.find("the nearest colour that passes: ") else { break };
        let offer = said[at..].lines().next().expect("a line").split_once("passes: ").expect("an offer").1.to_owned();
        let (key, _) = offer.split_once(" = ").expect("key and value");
        let text = fs::read_to_string(workspace.path("newsletter.toml")).expect("a text");
        let mended: Vec<_> =
            text.lines().map(|line| if line.starts_with(&format!("{key} = \"#")) { offer.as_str() } else { line }).collect();
        workspace.write("newsletter.toml", mended.join("\n"));
    }
    let ran = workspace.run(&["check"]);
    assert_eq!(ran.code, Some(0), "{ran:?}");
}

#[test]
fn mistakes_in_a_theme_are_shown_in_their_line() {
    assert_snapshot!(said(&with("[theme]\nname = \"delte\"")), @r##"
    error[unknown-theme]: there is no theme `delte`
      --> newsletter.toml:15:8
       |
    15 | name = "delte"
       |        ^^^^^^^ did you mean `delta`?
       |
       = help: known: delta, gazette, monsoon

    1 error: 3 subscribers, issue 2023-q3
    "##);
    assert_snapshot!(said(&with("[theme.light]\naccent = \"river\"")), @r##"
    error[bad-value]: `river` is no colour
      --> newsletter.toml:15:10
       |
    15 | accent = "river"
       |          ^^^^^^^
       |
       = help: write six digits from 0 to f: "#0b5d57"

    1 error: 3 subscribers, issue 2023-q3
    "##);
    assert_snapshot!(said(&with("[theme.fonts]\ntext = \"Georgia;color:red\"")), @r##"
    error[bad-value]: `Georgia;color:red` is no list of fonts
      --> newsletter.toml:15:8
       |
    15 | text = "Georgia;color:red"
       |        ^^^^^^^^^^^^^^^^^^^
       |
       = help: write names with commas between them: "Georgia, 'Times New Roman', serif"

    1 error: 3 subscribers, issue 2023-q3
    "##);
    assert_snapshot!(said(&with("[theme.logo]\nfile = \"../logo.png\"\nalt = \"Us\"")), @r##"
    error[path-outside]: `../logo.png` names no file in the project's folder
      --> newsletter.toml:15:8
       |
    15 | file = "../logo.png"
       |        ^^^^^^^^^^^^^
       |
       = help: put the file in the project's folder and write its path from there, such as artwork/logo.png

    1 error: 3 subscribers, issue 2023-q3
    "##);
    assert_snapshot!(said(&with("[theme.logo]\nfile = \"logo.png\"\nalt = \"Us\"")), @r##"
    error[missing-file]: there is no logo.png
      --> newsletter.toml:15:8
       |
    15 | file = "logo.png"
       |        ^^^^^^^^^^
       |
       = help: create it, or correct the name; a link that leads nowhere counts as missing

    1 error: 3 subscribers, issue 2023-q3
    "##);
    assert_snapshot!(said(&with("[web]\nbase = \"news.example.org\"")), @r##"
    error[bad-link]: `news.example.org` cannot be linked: a reader's mail has no place from which a relative address could start
      --> newsletter.toml:15:8
       |
    15 | base = "news.example.org"
       |        ^^^^^^^^^^^^^^^^^^
       |
       = help: write the whole address: https://…, http://… or mailto:…

    1 error: 3 subscribers, issue 2023-q3
    "##);
    assert_snapshot!(said(&with("[message]\ntext_wrap = \"flow\"\nbudget_kb = 1")), @r##"
    error[bad-value]: there is no way to wrap `flow`
      --> newsletter.toml:15:13
       |
    15 | text_wrap = "flow"
       |             ^^^^^^ did you mean `flowed`?
       |
       = help: known: flowed, none

    error[bad-value]: `budget_kb` must lie between 50 and 50000
      --> newsletter.toml:16:13
       |
    16 | budget_kb = 1
       |             ^
       |
       = help: write a number in that range

    2 errors: 3 subscribers, issue 2023-q3
    "##);
}

#[test]
fn faces_follow_the_script_of_the_edition() {
    let workspace = with("[theme.fonts]\ntext = \"Georgia, 'Times New Roman', serif\"\nbengali = \"Kalpurush\"");
    workspace.write("issues/2023-q3/bn.toml", EDITION);
    let english = composed(&workspace, "en").html;
    assert!(english.contains("font-family:Georgia,'Times New Roman',serif"), "{english}");
    assert!(!english.contains("Kalpurush"));
    assert!(composed(&workspace, "bn").html.contains("font-family:Kalpurush,Georgia,'Times New Roman',serif"));
}

#[test]
fn width_and_corners_are_as_written() {
    let html = composed(&with("[theme]\nwidth = 640\nradius = 12"), "en").html;
    assert!(html.contains("max-width:640px") && html.contains("width=\"640\""), "{html}");
}

#[test]
fn a_logo_has_its_words_and_another_face_in_dark_mode() {
    let lines = "[theme.logo]\nfile = \"art/logo.png\"\ndark = \"art/dark.png\"\nalt = \"The mark\"\nwidth = 120";
    let workspace = with(lines);
    workspace.write("art/logo.png", logo(480, 160));
    workspace.write("art/dark.png", logo(300, 100));
    let message = composed(&workspace, "en");
    // At twice the width it is shown in, never blown up; the height is a number.
    assert_eq!(message.html.matches("width=\"120\" height=\"40\" alt=\"The mark\"").count(), 2, "{}", message.html);
    assert!(message.html.contains(".lo{display:none!important}.ld{display:block!important"), "{}", message.html);
    // Word would show the hidden one.
    let hidden = message.html.find("<div class=\"ld\"").expect("the dark one");
    assert!(message.html[..hidden].ends_with("<!--[if !mso]><!-->"), "{}", message.html);
    // On a band, which is dark in both modes, only the dark one stands.
    workspace.write("newsletter.toml", format!("{NEWSLETTER}\n[theme]\nname = \"monsoon\"\n{lines}"));
    assert_eq!(composed(&workspace, "en").html.matches("alt=\"The mark\"").count(), 1);
}

#[test]
fn readers_fall_back_along_the_chain_of_their_language() {
    let workspace = Workspace::new();
    let newsletter = NEWSLETTER.replace("languages = [\"en\", \"bn\"]", "languages = [\"en\", \"bn\", \"ar\", \"fr\"]");
    workspace.write("newsletter.toml", format!("{newsletter}\n[fallbacks]\nar = [\"fr\"]"));
    workspace.write("issues/2023-q3/fr.toml", EDITION);
    let edition_for = |tag: &str| composed(&workspace, tag).edition.tag();
    assert_eq!(["en", "fr", "ar", "bn"].map(edition_for), ["en", "fr", "fr", "en"]);
}

#[test]
fn the_footer_speaks_the_language_of_its_edition() {
    let workspace = with("[footer]\naddress = \"1 River Road\"\nreason = { en = \"You asked for it.\", bn = \"আপনি চেয়েছেন।\" }");
    workspace.write("issues/2023-q3/bn.toml", EDITION);
    for (tag, own, other) in [("en", "You asked for it.", "আপনি চেয়েছেন।"), ("bn", "আপনি চেয়েছেন।", "You asked for it.")]
    {
        let message = composed(&workspace, tag);
        for part in [&message.html, &message.text] {
            assert!(part.contains(own) && part.contains("1 River Road") && !part.contains(other), "{tag}: {part}");
        }
    }
}

#[test]
fn each_edition_links_to_its_page_once_there_is_a_place_on_the_web() {
    let workspace = with("[web]\nbase = \"https://news.example.org/letters\"");
    workspace.write("issues/2023-q3/bn.toml", EDITION);
    for tag in ["en", "bn"] {
        let address = format!("https://news.example.org/letters/2023-q3/{tag}.html");
        let message = composed(&workspace, tag);
        assert!(message.html.contains(&format!("href=\"{address}\"")), "{}", message.html);
        assert!(message.text.contains(&address), "{}", message.text);
    }
    let without = composed(&Workspace::new(), "en");
    assert!(!without.html.contains("browser") && !without.text.contains("browser"), "{}", without.text);
}

const PAIR: &str = r#"
[[block]]
kind = "pair"

[[block.items]]
title = "The one"
links = [{ url = "https://example.org/one" }]

[[block.items]]
title = "The other"

[block.items.picture]
file = "dot.png"
alt = "A dot"

[[block]]
kind = "contents"
"#;

#[test]
fn two_pieces_stand_side_by_side_and_stack_where_there_is_no_room() {
    let workspace = Workspace::new();
    workspace.append(EN, PAIR);
    workspace.write("issues/2023-q3/dot.png", logo(900, 600));
    let message = composed(&workspace, "en");
    // Inline blocks of half the text's width: no media query is needed to stack them.
    assert_eq!(message.html.matches("display:inline-block;width:100%;max-width:260px").count(), 2, "{}", message.html);
    // Both are pieces that the contents name, in both parts.
    for number in [1, 2, 3] {
        assert!(message.html.contains(&format!("id=\"piece-{number}\"")), "{}", message.html);
        assert!(message.html.contains(&format!("href=\"#piece-{number}\"")), "{}", message.html);
    }
    for line in ["2. The one", "3. The other", "Read more about The one [2]"] {
        assert!(message.text.contains(line), "{line}: {}", message.text);
    }
}

#[test]
fn a_pair_is_two() {
    let one = PAIR.replacen("[[block.items]]\ntitle = \"The one\"\nlinks = [{ url = \"https://example.org/one\" }]\n", "", 1);
    let workspace = Workspace::new();
    workspace.append(EN, &one);
    workspace.write("issues/2023-q3/dot.png", logo(90, 60));
    assert_snapshot!(said(&workspace), @r##"
    error[not-a-pair]: a pair block has two items, and this one has 1
      --> issues/2023-q3/en.toml:15:8
       |
    15 | kind = "pair"
       |        ^^^^^^
       |
       = help: write two tables [[block.items]], each with a title; a single piece is an article, and three are two blocks

    1 error: 3 subscribers, issue 2023-q3
    "##);
    let workspace = Workspace::new();
    workspace.append(EN, &PAIR.replace("alt = \"A dot\"", "alt = \"A dot\"\nside = \"left\""));
    workspace.write("issues/2023-q3/dot.png", logo(90, 60));
    assert_snapshot!(said(&workspace), @r##"
    error[bad-value]: in a pair a picture stands above its piece
      --> issues/2023-q3/en.toml:25:8
       |
    25 | file = "dot.png"
       |        ^^^^^^^^^
       |
       = help: take the line `side` out

    1 error: 3 subscribers, issue 2023-q3
    "##);
}

#[test]
fn a_link_without_words_names_its_piece_in_every_language() {
    let workspace = Workspace::new();
    let tags = Language::tags();
    workspace.write("newsletter.toml", NEWSLETTER.replace("[\"en\", \"bn\"]", &format!("{tags:?}")));
    for tag in &tags {
        workspace.write(
            &format!("issues/2023-q3/{tag}.toml"),
            format!("{EDITION}\n[[block.links]]\nurl = \"https://example.org/\"\n"),
        );
    }
    let mut seen = std::collections::BTreeSet::new();
    for tag in tags {
        let message = composed(&workspace, tag);
        let link = message.html.split("href=\"https://example.org/\"").nth(1).expect("a link");
        let words = link.split_once('>').expect("an end").1.split_once('<').expect("an end").0.to_owned();
        assert!(words.contains("The lead") && words != "The lead", "{tag}: {words}");
        assert!(seen.insert(words), "{tag} says it in words of its own");
    }
}

#[test]
fn every_block_can_be_found_again_in_the_html() {
    let workspace = Workspace::sample();
    let message = composed(&workspace, "en");
    let blocks = fs::read_to_string(workspace.path(EN)).expect("a text").matches("\n[[block]]").count();
    assert_eq!(message.blocks.len(), blocks);
    let mut end = 0;
    for (index, span) in message.blocks.iter().enumerate() {
        assert_eq!(span.block, index);
        assert!(span.html.start >= end, "{index}");
        end = span.html.end;
        let markup = &message.html[span.html.clone()];
        assert!(markup.is_empty() || markup.starts_with("<tr>") && markup.ends_with("</tr>"), "{markup}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_colour_has_a_neighbour_that_can_be_read_on_any_ground(colour in any::<u32>(), ground in any::<u32>()) {
        let (colour, ground) = (Colour::new(colour & 0xff_ffff), Colour::new(ground & 0xff_ffff));
        let near = colour.nearest_with_contrast(&[(ground, 4.5)]).expect("black or white passes on any colour");
        prop_assert!(contrast(near, ground) >= 4.5);
        if contrast(colour, ground) >= 4.5 {
            prop_assert_eq!(near, colour);
        }
    }

    #[test]
    fn no_theme_makes_anything_panic(value in "\\PC{0,40}", key in "(accent|paper|text|headline|name|width|file|alt)") {
        let quoted = serde_json::to_string(&value).expect("any text").replace('\u{7f}', "\\u007f");
        let table = match key.as_str() {
            "accent" | "paper" => "[theme.dark]",
            "text" | "headline" => "[theme.fonts]",
            "file" | "alt" => "[theme.logo]",
            _ => "[theme]",
        };
        let workspace = with(&format!("{table}\n{key} = {quoted}"));
        let loaded = Project::find(workspace.root()).expect("a project").load(Some("2023-q3"));
        if loaded.is_sound() {
            let message = composed(&workspace, "en");
            prop_assert!(!message.html.contains("<script"));
        }
    }
}
