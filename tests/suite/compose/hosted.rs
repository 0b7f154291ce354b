//! Pictures on the web in place of inside the mail, and the files to put there.

use std::collections::BTreeSet;
use std::fs;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};
use postrider::compose::picture::weights;
use postrider::model::mail::Mail;

use super::{encoded, open, with_blocks};
use crate::preview::{Served, framed};
use crate::workspace::{NEWSLETTER, Workspace};

const BASE: &str = "https://news.example.org/quarterly/";

fn photograph(side: u32) -> Vec<u8> {
    let pixel = |x: u32, y: u32| Rgb([x, y, x * y].map(|channel| channel.to_le_bytes()[0]));
    encoded(&DynamicImage::ImageRgb8(RgbImage::from_fn(side, side, pixel)), ImageFormat::Jpeg)
}

/// A project with a place on the web, two pictures and a logo.
fn on_web(pictures: &str) -> Workspace {
    let block = |file: &str| format!("[[block]]\nkind = \"picture\"\nfile = \"{file}\"\nalt = \"What is seen\"\n");
    let workspace = with_blocks(&[block("small.jpg"), block("large.jpg"), block("small.jpg")].concat());
    workspace.write("issues/2023-q3/small.jpg", photograph(60));
    workspace.write("issues/2023-q3/large.jpg", photograph(400));
    workspace.write("artwork/logo.png", encoded(&DynamicImage::ImageRgb8(RgbImage::new(40, 20)), ImageFormat::Png));
    let web = format!(
        "\n[web]\nbase = \"{BASE}\"\npictures = \"{pictures}\"\n\n[theme.logo]\nfile = \"artwork/logo.png\"\nalt = \"The mark\"\n"
    );
    workspace.write("newsletter.toml", format!("{NEWSLETTER}{web}"));
    workspace
}

/// Every address below the base that a text names.
fn addresses(text: &str) -> BTreeSet<String> {
    let after = text.match_indices(BASE).map(|(at, _)| &text[at + BASE.len()..]);
    let end = |rest: &str| rest.find(['"', '\'', '<', '>', ' ', '\n', ')']).unwrap_or(rest.len());
    after.map(|rest| rest[..end(rest)].to_owned()).collect()
}

#[test]
fn the_files_that_build_writes_for_the_web_are_those_that_the_mail_names_there() {
    for pictures in ["hosted", "inline"] {
        let workspace = on_web(pictures);
        let ran = workspace.run(&["build", "--out", "out"]);
        assert_eq!(ran.code, Some(0), "{ran:?}");
        let read = |name: &str| fs::read_to_string(workspace.path(&format!("out/{name}"))).expect("a text");
        let mail = Mail::parse(&fs::read(workspace.path("out/en.eml")).expect("a message")).expect("a message");
        let mut named: BTreeSet<_> = addresses(&mail.html);
        named.extend(addresses(&mail.text));
        assert!(named.contains("2023-q3/en.html"), "{named:?}");
        let page = addresses(&read("web/2023-q3/en.html"));
        assert_eq!(page.iter().filter(|address| address.starts_with("pictures/")).count(), 3, "{page:?}");
        named.extend(page);
        for address in &named {
            let file = workspace.path(&format!("out/web/{address}"));
            assert!(file.is_file(), "{pictures}: {address} is not among the files to put there");
            assert!(ran.stdout.contains(&format!("out/web/{address}\n")), "{pictures}: {address} is not told: {ran:?}");
        }
        let written = ran.stdout.lines().filter(|line| line.starts_with("out/web/")).count();
        assert_eq!(written, named.len(), "{pictures}: nothing is put there that nobody names");
        let why =
            if pictures == "hosted" { "the mail takes its pictures from there" } else { "the mail links to its page there" };
        assert!(ran.stderr.contains(&format!("Before you send, put the content of out/web at {BASE}: {why}.")), "{ran:?}");
    }
}

#[test]
fn a_mail_with_hosted_pictures_carries_none_and_is_small() {
    let message = |pictures: &str| {
        let workspace = on_web(pictures);
        assert_eq!(workspace.run(&["build", "--out", "out"]).code, Some(0));
        fs::read(workspace.path("out/en.eml")).expect("a message")
    };
    let (hosted, inline) = (message("hosted"), message("inline"));
    assert_eq!(Mail::parse(&inline).expect("a message").pictures.len(), 3, "each once");
    let mail = Mail::parse(&hosted).expect("a message");
    assert!(mail.pictures.is_empty() && !mail.html.contains("cid:"));
    assert!(hosted.len() < 40_000 && hosted.len() + 20_000 < inline.len(), "{} against {}", hosted.len(), inline.len());
}

#[test]
fn hosted_pictures_are_seen_before_they_are_on_the_web() {
    let workspace = on_web("hosted");
    assert_eq!(workspace.run(&["build", "--out", "out"]).code, Some(0));
    let album = fs::read_to_string(workspace.path("out/en.html")).expect("a page");
    let sources = |page: &str| -> Vec<String> {
        page.split("src=\"").skip(1).filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect()
    };
    assert_eq!(sources(&album).len(), 4, "{album}");
    for source in sources(&album) {
        assert!(image::open(workspace.path(&format!("out/{source}"))).is_ok(), "{source}");
    }
    let desk = Served::desk(workspace.root());
    let page = desk.get("/").text();
    let place = framed(&page, "The mail");
    let document = desk.get(place).text();
    let folder = place.strip_suffix("html").expect("a document among its parts");
    assert_eq!(sources(&document).len(), 4, "{document}");
    for source in sources(&document) {
        let answer = desk.get(&format!("{folder}{source}"));
        assert_eq!(answer.status, 200, "{source}");
        assert!(image::load_from_memory(&answer.body).is_ok(), "{source}");
    }
    assert!(document.contains(&format!("{BASE}2023-q3/en.html")), "links stay what they are");
}

#[test]
fn what_each_picture_weighs_is_told_with_the_heaviest_first() {
    let (composer, _) = open(&on_web("inline"));
    let edition = &composer.issue().editions[0];
    let told = weights(&composer, edition);
    let files: Vec<_> = told.iter().map(|weight| weight.file.as_str()).collect();
    assert_eq!(files, ["large.jpg", "small.jpg", "artwork/logo.png"], "a picture shown twice travels once");
    assert!(told.windows(2).all(|pair| pair[0].octets > pair[1].octets), "{told:?}");
    assert_eq!(told[0].place.position().map(|(line, _)| line), Some(10));
    let (composer, _) = open(&on_web("hosted"));
    assert!(weights(&composer, &composer.issue().editions[0]).is_empty(), "the mail carries none");
}
