//! Pictures made fit for mail.

use std::io::Cursor;

use image::{DynamicImage, GenericImageView, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};
use postrider::model::mail::{Attached, Mail};

use super::{broken_rules, encoded, for_anyone, markup, with_blocks};

/// A photograph of noise, which no format makes small; its upper left quarter is red, so that one sees which way it stands.
fn photograph(width: u32, height: u32) -> DynamicImage {
    let pixel = |x: u32, y: u32| {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes()[1] / 4;
        if x < width / 2 && y < height / 2 { Rgb([255 - noise, noise, noise]) } else { Rgb([noise, noise, 255 - noise]) }
    };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
}

/// A JPEG with an EXIF segment that says how it is turned, and where it was taken.
fn with_exif(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    // TIFF, big-endian: one entry, tag 0x0112, SHORT; then a text that nobody should receive.
    let mut exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    exif.extend(b"SECRET PLACE 23.8103N 90.4125E");
    let length = u16::try_from(exif.len() + 2).expect("a short segment").to_be_bytes();
    let (start, rest) = jpeg.split_at(2);
    [start, &[0xff, 0xe1], &length, &exif, rest].concat()
}

/// The one picture of a message that shows this file in a block of this kind, with its attributes in the HTML.
fn shown(file: &str, content: &[u8], block: &str) -> (Attached, DynamicImage, [u32; 2]) {
    let workspace = with_blocks(&block.replace("FILE", &format!("file = \"{file}\", alt = \"What is seen\"")));
    workspace.write(&format!("issues/2023-q3/{file}"), content);
    let message = for_anyone(&workspace);
    let mut pictures = Mail::parse(&message.bytes).expect("a message").pictures;
    assert_eq!(pictures.len(), 1);
    let picture = pictures.remove(0);
    let decoded = image::load_from_memory(&picture.bytes).expect("a picture");
    let elements = markup::elements(&message.html);
    let (_, attributes) = elements.iter().find(|(name, _)| name == "img").expect("it is shown");
    let size =
        ["width", "height"].map(|name| markup::attribute(attributes, name).and_then(|size| size.parse().ok()).expect("a number"));
    (picture, decoded, size)
}

const LEAD: &str = "[[block]]\nkind = \"lead\"\ntitle = \"x\"\npicture = { FILE }\n";
const ABOVE: &str = "[[block]]\nkind = \"article\"\ntitle = \"x\"\npicture = { FILE }\n";
const BESIDE: &str = "[[block]]\nkind = \"article\"\ntitle = \"x\"\npicture = { FILE, side = \"left\" }\n";

/// Whether two sides are in the proportion of two others, as far as whole pixels can be.
fn is_in_proportion([width, height]: [u32; 2], (of_width, of_height): (u32, u32)) -> bool {
    (u64::from(width) * u64::from(of_height)).abs_diff(u64::from(height) * u64::from(of_width))
        <= u64::from(of_width.max(of_height))
}

#[test]
fn a_large_photograph_is_scaled_to_twice_the_width_it_is_shown_at() {
    let jpeg = encoded(&photograph(2400, 1600), ImageFormat::Jpeg);
    for (block, displayed) in [(LEAD, 600), (ABOVE, 520)] {
        let (picture, decoded, size) = shown("large.jpg", &jpeg, block);
        assert_eq!(picture.media_type, "image/jpeg");
        assert_eq!(decoded.dimensions(), (2 * displayed, 2 * displayed * 2 / 3));
        assert_eq!(size, [displayed, displayed * 2 / 3]);
    }
    let (_, decoded, size) = shown("large.jpg", &jpeg, BESIDE);
    assert!(decoded.width() >= 2 * size[0], "sharp on a fine screen");
    assert!(is_in_proportion(size, (2400, 1600)), "{size:?}");
}

#[test]
fn a_small_picture_is_never_blown_up() {
    for (width, height) in [(1, 1), (40, 30), (300, 700), (599, 2)] {
        let jpeg = encoded(&photograph(width, height), ImageFormat::Jpeg);
        for block in [LEAD, ABOVE, BESIDE] {
            let (_, decoded, size) = shown("small.jpg", &jpeg, block);
            assert_eq!(decoded.dimensions(), (width, height));
            assert!(size[0] <= width && size[0] > 0 && size[1] > 0, "{width} × {height} shown as {size:?}");
            assert!(is_in_proportion(size, (width, height)), "{width} × {height} shown as {size:?}");
        }
    }
}

#[test]
fn a_turned_photograph_is_set_upright_and_its_metadata_left_behind() {
    let jpeg = encoded(&photograph(80, 40), ImageFormat::Jpeg);
    // EXIF 2.32 §4.6.4: which of the file's corners is shown at the upper left. The red quarter goes where that corner goes.
    for (orientation, is_upended, red_at) in [
        (1, false, (0, 0)),
        (2, false, (1, 0)),
        (3, false, (1, 1)),
        (4, false, (0, 1)),
        (5, true, (0, 0)),
        (6, true, (1, 0)),
        (7, true, (1, 1)),
        (8, true, (0, 1)),
    ] {
        let (picture, decoded, size) = shown("turned.jpg", &with_exif(&jpeg, orientation), ABOVE);
        let (width, height) = if is_upended { (40, 80) } else { (80, 40) };
        assert_eq!(decoded.dimensions(), (width, height), "orientation {orientation}");
        assert_eq!(size, [width, height], "orientation {orientation}");
        for (column, row) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
            let pixel = decoded.to_rgb8().get_pixel(width / 4 + column * width / 2, height / 4 + row * height / 2).0;
            assert_eq!(pixel[0] > pixel[2], (column, row) == red_at, "orientation {orientation}, quarter {column} {row}");
        }
        let holds = |needle: &[u8]| picture.bytes.windows(needle.len()).any(|window| window == needle);
        assert!(!holds(b"Exif") && !holds(b"SECRET"), "orientation {orientation}");
    }
}

#[test]
fn what_shows_through_stays_png() {
    let logo = RgbaImage::from_fn(60, 20, |x, y| Rgba([11, 93, 87, if (x + y) % 3 == 0 { 0 } else { 255 }]));
    let (picture, decoded, _) = shown("logo.png", &encoded(&DynamicImage::ImageRgba8(logo.clone()), ImageFormat::Png), ABOVE);
    assert_eq!(picture.media_type, "image/png");
    assert!(decoded.to_rgba8() == logo, "the pixels are the same");
}

#[test]
fn formats_that_mail_programs_do_not_show_become_ones_they_do() {
    let photograph = encoded(&photograph(300, 200), ImageFormat::WebP);
    let (picture, _, _) = shown("photo.webp", &photograph, ABOVE);
    assert!(["image/jpeg", "image/png"].contains(&picture.media_type.as_str()), "{}", picture.media_type);
    let mut glass = Cursor::new(Vec::new());
    RgbaImage::from_pixel(30, 20, Rgba([1, 2, 3, 128])).write_to(&mut glass, ImageFormat::WebP).expect("a picture");
    assert_eq!(shown("glass.webp", glass.get_ref(), ABOVE).0.media_type, "image/png");
}

#[test]
fn a_file_is_known_by_its_content_and_not_by_its_name() {
    let png = encoded(&photograph(30, 20), ImageFormat::Png);
    assert_eq!(shown("really-a-png.jpg", &png, ABOVE).1.dimensions(), (30, 20));
}

#[test]
fn what_is_no_picture_is_refused_at_its_line() {
    let jpeg = encoded(&photograph(300, 200), ImageFormat::Jpeg);
    let png = encoded(&photograph(300, 200), ImageFormat::Png);
    let bomb = {
        // A header that claims 60 000 × 60 000 pixels; PNG's own checksum of it is computed.
        let mut header = b"IHDR".to_vec();
        header.extend(60_000u32.to_be_bytes().repeat(2));
        header.extend([8, 2, 0, 0, 0]);
        let sum = crc(&header).to_be_bytes();
        [&png[..8], &13u32.to_be_bytes(), &header, &sum, &png[33..]].concat()
    };
    let contents: [(&str, &[u8]); 7] = [
        ("empty", b""),
        ("a text", b"not a picture at all"),
        ("an SVG", b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>"),
        ("a JPEG cut off", &jpeg[..20]),
        ("a PNG cut off", &png[..png.len() / 2]),
        ("a GIF", b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\x01\0\0\0\0,\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"),
        ("a PNG that claims to be enormous", &bomb),
    ];
    for (what, content) in contents {
        let workspace = with_blocks(&ABOVE.replace("FILE", "file = \"it.png\", alt = \"x\""));
        workspace.write("issues/2023-q3/it.png", content);
        let ran = workspace.run(&["check", "--format", "json"]);
        assert_eq!(ran.code, Some(1), "{what}: {ran:?}");
        let finding = ran.last_json();
        assert_eq!((finding["rule"].as_str(), finding["line"].as_u64()), (Some("bad-picture"), Some(7)), "{what}: {finding}");
    }
    assert_eq!(broken_rules(&with_blocks(&ABOVE.replace("FILE", "file = \"gone.png\", alt = \"x\""))), ["missing-picture"]);
}

/// The checksum of a PNG chunk (ISO/IEC 15948, annex D).
fn crc(octets: &[u8]) -> u32 {
    !octets.iter().fold(u32::MAX, |sum, &octet| {
        (0..8).fold(sum ^ u32::from(octet), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    })
}
