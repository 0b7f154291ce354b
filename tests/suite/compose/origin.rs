//! Picture files of every origin: cameras, print shops, drawing programs, and people who mean harm.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::{DynamicImage, GenericImageView, ImageBuffer, ImageEncoder, ImageFormat, Luma, Rgb, RgbImage, Rgba, RgbaImage};
use moxcms::ColorProfile;
use postrider::compose::PictureCache;
use postrider::compose::picture::{Inline, Refused};
use proptest::prelude::*;

use super::encoded;

/// A file made fit for a place 100 pixels wide.
fn prepared(content: &[u8]) -> Result<Inline, Refused> {
    Inline::prepare("a.jpg", content, 100, &PictureCache::default())
}

fn seen(content: &[u8]) -> RgbImage {
    let inline = prepared(content).expect("a picture");
    image::load_from_memory(&inline.prepared.bytes).expect("a picture").into_rgb8()
}

fn refused(content: &[u8]) -> String {
    prepared(content).expect_err("no picture for a mail").problem
}

/// A chunk of a PNG with its checksum (ISO/IEC 15948, 5.3 and annex D).
fn chunk(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let named = [&name, content].concat();
    let sum = !named.iter().fold(u32::MAX, |sum, &octet| {
        (0..8).fold(sum ^ u32::from(octet), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xedb8_8320 } else { sum >> 1 })
    });
    let length = u32::try_from(content.len()).expect("a short chunk").to_be_bytes();
    [&length, named.as_slice(), &sum.to_be_bytes()].concat()
}

/// A chunk of a WebP (RFC 9649 §2.3).
fn riff(name: [u8; 4], content: &[u8]) -> Vec<u8> {
    let length = u32::try_from(content.len()).expect("a short chunk").to_le_bytes();
    [&name, &length, content, &[0u8; 1][..content.len() % 2]].concat()
}

/// A WebP of these chunks behind a header with these flags and this canvas.
fn extended_webp(flags: u8, (width, height): (u32, u32), chunks: &[Vec<u8>]) -> Vec<u8> {
    let side = |length: u32| (length - 1).to_le_bytes()[..3].to_vec();
    let header = riff(*b"VP8X", &[vec![flags, 0, 0, 0], side(width), side(height)].concat());
    riff(*b"RIFF", &[b"WEBP".to_vec(), header, chunks.concat()].concat())
}

/// EXIF that says how a picture is turned.
fn exif(orientation: u8) -> Vec<u8> {
    [b"MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".as_slice(), &[orientation, 0, 0, 0, 0, 0, 0]].concat()
}

/// A picture whose upper left quarter is red and whose rest is blue.
fn quarter(width: u32, height: u32) -> DynamicImage {
    let pixel = |x, y| if x < width / 2 && y < height / 2 { Rgb([200, 0, 0]) } else { Rgb([0, 0, 200]) };
    DynamicImage::ImageRgb8(RgbImage::from_fn(width, height, pixel))
}

#[test]
fn a_turned_png_and_a_turned_webp_are_set_upright_in_all_eight_ways() {
    let png = encoded(&quarter(40, 20), ImageFormat::Png);
    let webp = encoded(&quarter(40, 20), ImageFormat::WebP);
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
        let turned_png = [&png[..33], &chunk(*b"eXIf", &exif(orientation)), &png[33..]].concat();
        let turned_webp = extended_webp(0b1000, (40, 20), &[webp[12..].to_vec(), riff(*b"EXIF", &exif(orientation))]);
        for (what, content) in [("PNG", turned_png), ("WebP", turned_webp)] {
            let picture = seen(&content);
            let (width, height) = if is_upended { (20, 40) } else { (40, 20) };
            assert_eq!(picture.dimensions(), (width, height), "{what} {orientation}");
            let at = (width / 4 + red_at.0 * width / 2, height / 4 + red_at.1 * height / 2);
            let pixel = picture.get_pixel(at.0, at.1).0;
            assert!(pixel[0] > 150 && pixel[2] < 50, "{what} {orientation}: {pixel:?}");
        }
    }
}

fn assert_near(found: [u8; 3], expected: [u8; 3], what: &str) {
    let is_near = found.iter().zip(expected).all(|(found, expected)| found.abs_diff(expected) <= 4);
    assert!(is_near, "{what}: {found:?} instead of {expected:?}");
}

#[test]
fn colours_of_a_wider_space_come_out_as_they_are_seen() {
    // Expected values by the published matrices of Display P3 and Adobe RGB (1998).
    let spaces = [
        ("Display P3", ColorProfile::new_display_p3(), [215, 93, 31]),
        ("Adobe RGB", ColorProfile::new_adobe_rgb(), [227, 100, 42]),
        ("sRGB", ColorProfile::new_srgb(), [200, 100, 50]),
    ];
    let colour = [200, 100, 50];
    for (what, profile, expected) in spaces {
        let profile = profile.encode().expect("a profile");
        for width in [40, 400] {
            let flat = RgbImage::from_pixel(width, 30, Rgb(colour));
            let mut png = Vec::new();
            let mut encoder = PngEncoder::new(&mut png);
            encoder.set_icc_profile(profile.clone()).expect("PNG has profiles");
            flat.write_with_encoder(encoder).expect("a picture");
            assert_near(seen(&png).get_pixel(5, 5).0, expected, &format!("{what}, PNG, {width} wide"));

            let mut jpeg = Vec::new();
            let mut encoder = JpegEncoder::new_with_quality(&mut jpeg, 100);
            encoder.set_icc_profile(profile.clone()).expect("JPEG has profiles");
            flat.write_with_encoder(encoder).expect("a picture");
            assert_near(seen(&jpeg).get_pixel(5, 5).0, expected, &format!("{what}, JPEG, {width} wide"));

            let glass = RgbaImage::from_pixel(width, 30, Rgba([200, 100, 50, 128]));
            let mut see_through = Vec::new();
            let mut encoder = PngEncoder::new(&mut see_through);
            encoder.set_icc_profile(profile.clone()).expect("PNG has profiles");
            glass.write_with_encoder(encoder).expect("a picture");
            let inline = prepared(&see_through).expect("a picture");
            let shown = image::load_from_memory(&inline.prepared.bytes).expect("a picture").into_rgba8();
            let [red, green, blue, alpha] = shown.get_pixel(5, 5).0;
            assert_near([red, green, blue], expected, &format!("{what}, see-through"));
            assert_eq!(alpha, 128, "{what}");

            let deep = ImageBuffer::from_pixel(width, 30, Rgb(colour.map(|channel| u16::from(channel) * 257)));
            let mut sixteen = Vec::new();
            let mut encoder = PngEncoder::new(&mut sixteen);
            encoder.set_icc_profile(profile.clone()).expect("PNG has profiles");
            DynamicImage::ImageRgb16(deep).write_with_encoder(encoder).expect("a picture");
            assert_near(seen(&sixteen).get_pixel(5, 5).0, expected, &format!("{what}, 16 bits"));
        }
    }
}

#[test]
fn grey_comes_out_as_grey_by_its_profile_and_without_one() {
    let grey = ImageBuffer::from_pixel(30, 30, Luma([64u8]));
    assert_eq!(seen(&encoded(&DynamicImage::ImageLuma8(grey.clone()), ImageFormat::Png)).get_pixel(5, 5).0, [64; 3]);
    let mut linear = Vec::new();
    let mut encoder = PngEncoder::new(&mut linear);
    encoder.set_icc_profile(ColorProfile::new_gray_with_gamma(1.0).encode().expect("a profile")).expect("PNG has profiles");
    DynamicImage::ImageLuma8(grey).write_with_encoder(encoder).expect("a picture");
    assert_near(seen(&linear).get_pixel(5, 5).0, [137; 3], "linear light");
}

#[test]
fn a_profile_that_makes_no_sense_changes_nothing() {
    for profile in [Vec::new(), b"no profile".to_vec(), vec![0; 3000], ColorProfile::new_gray_with_gamma(1.0).encode().unwrap()] {
        let mut png = Vec::new();
        let mut encoder = PngEncoder::new(&mut png);
        encoder.set_icc_profile(profile).expect("PNG has profiles");
        RgbImage::from_pixel(30, 30, Rgb([200, 100, 50])).write_with_encoder(encoder).expect("a picture");
        assert_eq!(seen(&png).get_pixel(5, 5).0, [200, 100, 50]);
    }
}

/// 64 × 64 pixels in the inks of print, a quarter each: all cyan, all magenta, all yellow, half black.
const INKS: &[u8] = include_bytes!("../../pictures/inks.jpg");

/// A profile for four inks in which all that has cyan in it is a middle grey, and all else white.
fn profile_of_inks() -> Vec<u8> {
    let mut table = b"mft1\0\0\0\0\x04\x03\x02\0".to_vec();
    let one = 65_536u32.to_be_bytes();
    let zero = [0; 4];
    table.extend([one, zero, zero, zero, one, zero, zero, zero, one].concat());
    (0..4).for_each(|_| table.extend(0..=255u8));
    // Sixteen corners, black turning fastest: lightness, then no colour.
    for corner in 0..16 {
        table.extend([if corner & 8 == 8 { 136 } else { 255 }, 128, 128]);
    }
    (0..3).for_each(|_| table.extend(0..=255u8));
    let mut profile = vec![0; 128];
    profile[8..12].copy_from_slice(&[2, 0x40, 0, 0]);
    profile[12..16].copy_from_slice(b"prtr");
    profile[16..20].copy_from_slice(b"CMYK");
    profile[20..24].copy_from_slice(b"Lab ");
    profile[36..40].copy_from_slice(b"acsp");
    profile[68..80].copy_from_slice(&[0, 0, 0xf6, 0xd6, 0, 1, 0, 0, 0, 0, 0xd3, 0x2d]);
    profile.extend(1u32.to_be_bytes());
    profile.extend(b"A2B0");
    profile.extend(144u32.to_be_bytes());
    profile.extend(u32::try_from(table.len()).expect("a short table").to_be_bytes());
    profile.extend(table);
    let whole = u32::try_from(profile.len()).expect("a short profile").to_be_bytes();
    profile[..4].copy_from_slice(&whole);
    profile
}

#[test]
fn a_jpeg_in_the_inks_of_print_comes_out_in_the_colours_of_its_inks() {
    let picture = seen(INKS);
    for (x, y, expected) in [(16, 16, [0, 255, 255]), (48, 16, [255, 0, 255]), (16, 48, [255, 255, 0]), (48, 48, [127; 3])] {
        assert_near(picture.get_pixel(x, y).0, expected, "without a profile");
    }
    let segment = [b"ICC_PROFILE\0\x01\x01".as_slice(), &profile_of_inks()].concat();
    let length = u16::try_from(segment.len() + 2).expect("a short segment").to_be_bytes();
    let profiled = [&INKS[..2], &[0xff, 0xe2], &length, &segment, &INKS[2..]].concat();
    let picture = seen(&profiled);
    for (x, y, expected) in [(16, 16, [127; 3]), (48, 16, [255; 3]), (16, 48, [255; 3])] {
        assert_near(picture.get_pixel(x, y).0, expected, "by its profile");
    }
}

#[test]
fn a_drawing_becomes_a_png_and_a_photograph_a_jpeg_whatever_they_came_as() {
    let drawing = DynamicImage::ImageRgb8(RgbImage::from_fn(100, 100, |x, y| {
        if (x / 7 + y / 11) % 2 == 0 { Rgb([11, 93, 87]) } else { Rgb([255, 255, 255]) }
    }));
    let photograph = DynamicImage::ImageRgb8(RgbImage::from_fn(100, 100, |x, y| {
        let noise = (x.wrapping_mul(2_654_435_761) ^ y.wrapping_mul(40_503)).to_le_bytes()[1] / 8;
        let [right, down] = [x, y].map(|length| u8::try_from(length).expect("below 256"));
        Rgb([right * 2 + noise, down * 2 + noise, 100 + noise])
    }));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let drawn = prepared(&encoded(&drawing, format)).expect("a picture").prepared;
        assert_eq!(drawn.media_type, "image/png", "{format:?}");
        assert!(drawn.bytes.len() < 400, "two colours take a bit a pixel: {}", drawn.bytes.len());
        assert!(image::load_from_memory(&drawn.bytes).expect("a picture").into_rgb8() == *drawing.as_rgb8().expect("RGB"));
        let taken = prepared(&encoded(&photograph, format)).expect("a picture").prepared;
        assert_eq!(taken.media_type, "image/jpeg", "{format:?}");
        assert!(taken.bytes.len() < 30_000);
    }
    // Sharp thin lines in more colours than a palette has: JPEG would be smaller, and would ring around each line.
    let busy = RgbImage::from_fn(100, 100, |x, y| {
        let [right, down] = [x, y].map(|length| u8::try_from(length / 25).expect("below 256"));
        if x % 25 == 12 { Rgb([0, 0, 0]) } else { Rgb([250 - right, 250 - down, 255]) }
    });
    let shown = seen(&encoded(&DynamicImage::ImageRgb8(busy.clone()), ImageFormat::WebP));
    assert!(shown == busy, "an even ground stays even");
}

#[test]
fn what_is_invisible_darkens_no_edge_when_a_picture_is_scaled() {
    let logo = RgbaImage::from_fn(300, 300, |x, _| if x < 151 { Rgba([255, 255, 255, 255]) } else { Rgba([0, 0, 0, 0]) });
    let inline = prepared(&encoded(&DynamicImage::ImageRgba8(logo), ImageFormat::Png)).expect("a picture");
    let scaled = image::load_from_memory(&inline.prepared.bytes).expect("a picture").into_rgba8();
    assert_eq!(scaled.dimensions(), (100, 100));
    let edge: Vec<_> = scaled.pixels().filter(|pixel| (1..255).contains(&pixel.0[3])).collect();
    assert!(!edge.is_empty());
    assert!(edge.iter().all(|pixel| pixel.0[..3].iter().all(|&channel| channel > 250)), "{edge:?}");
}

#[test]
fn what_moves_is_refused() {
    let png = encoded(&quarter(40, 20), ImageFormat::Png);
    let animation = |frames: u32| {
        let control = [frames.to_be_bytes(), [0; 4]].concat();
        [&png[..33], &chunk(*b"acTL", &control), &png[33..]].concat()
    };
    assert_eq!(refused(&animation(3)), "it is an animation");
    let webp = encoded(&quarter(40, 20), ImageFormat::WebP);
    let frame = [vec![0; 6], vec![39, 0, 0, 19, 0, 0], vec![0; 4], webp[12..].to_vec()].concat();
    let animated = extended_webp(0b10, (40, 20), &[riff(*b"ANIM", &[0; 6]), riff(*b"ANMF", &frame)]);
    assert_eq!(refused(&animated), "it is an animation");
}

#[test]
fn files_of_other_kinds_are_called_by_their_names() {
    let cases: [(&[u8], &str); 9] = [
        (b"", "it is empty"),
        (b"a text", "it is neither JPEG nor PNG nor WebP"),
        (
            b"<?xml version=\"1.0\"?>\n<SVG xmlns=\"http://www.w3.org/2000/svg\"/>",
            "it is an SVG drawing, which mail programs do not show",
        ),
        (b"GIF89a\x01\0\x01\0", "it is a GIF and neither JPEG nor PNG nor WebP"),
        (b"\0\0\0\x18ftypheic\0\0\0\0", "it is an HEIC, as iPhones take them, and neither JPEG nor PNG nor WebP"),
        (b"\0\0\0\x18ftypavif\0\0\0\0", "it is an AVIF and neither JPEG nor PNG nor WebP"),
        (b"II*\0\x08\0\0\0", "it is a TIFF and neither JPEG nor PNG nor WebP"),
        (b"%PDF-1.7", "it is a PDF and neither JPEG nor PNG nor WebP"),
        (b"8BPS\0\x01", "it is a Photoshop file and neither JPEG nor PNG nor WebP"),
    ];
    for (content, words) in cases {
        assert_eq!(refused(content), words);
    }
}

#[test]
fn a_file_whose_end_is_missing_is_refused_wherever_it_was_cut() {
    let formats = [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP];
    let picture = DynamicImage::ImageRgb8(RgbImage::from_fn(90, 60, |x, y| Rgb([x, y, x ^ y].map(|c| c.to_le_bytes()[0]))));
    for format in formats {
        let whole = encoded(&picture, format);
        assert!(prepared(&whole).is_ok(), "{format:?}");
        for twentieth in 1..20 {
            let cut = &whole[..whole.len() * twentieth / 20];
            let refusal = prepared(cut).expect_err("it was cut off");
            assert_eq!(refusal.problem, "its end is missing", "{format:?} at {twentieth}/20");
        }
        assert!(prepared(&whole[..whole.len() - 2]).is_err(), "{format:?}");
    }
}

/// A PNG whose header claims another size than its data has.
fn with_size(png: &[u8], width: u32, height: u32) -> Vec<u8> {
    let header = [&width.to_be_bytes(), &height.to_be_bytes(), &png[24..29]].concat();
    [&png[..8], &chunk(*b"IHDR", &header), &png[33..]].concat()
}

/// A JPEG whose frame header claims another size.
fn with_frame_size(jpeg: &[u8], width: u16, height: u16) -> Vec<u8> {
    let frame = jpeg.windows(2).position(|marker| marker == [0xff, 0xc0]).expect("a frame");
    [&jpeg[..frame + 5], &height.to_be_bytes(), &width.to_be_bytes(), &jpeg[frame + 9..]].concat()
}

#[test]
fn a_header_that_claims_too_much_is_refused_before_anything_is_decoded() {
    let png = encoded(&quarter(40, 20), ImageFormat::Png);
    let jpeg = encoded(&quarter(40, 20), ImageFormat::Jpeg);
    let webp = encoded(&quarter(40, 20), ImageFormat::WebP);
    assert_eq!(refused(&with_size(&png, 60_000, 60_000)), "60000 × 60000 are more than 40 million pixels");
    assert_eq!(refused(&with_size(&png, 6_000, 6_000)), "6000 × 6000 pixels are more than its data can hold");
    assert_eq!(refused(&with_frame_size(&jpeg, 60_000, 60_000)), "60000 × 60000 are more than 40 million pixels");
    assert_eq!(refused(&with_frame_size(&jpeg, 6_000, 6_000)), "6000 × 6000 pixels are more than its data can hold");
    let vast = extended_webp(0, (16_384, 16_384), &[webp[12..].to_vec()]);
    assert_eq!(refused(&vast), "16384 × 16384 are more than 40 million pixels");
    assert!(prepared(&extended_webp(0, (6_000, 6_000), &[webp[12..].to_vec()])).is_err(), "the canvas is not the picture's");
    for (width, height) in [(0, 0), (0, 20), (40, 0)] {
        assert!(prepared(&with_size(&png, width, height)).is_err(), "{width} × {height}");
        let (width, height) = (u16::try_from(width).expect("small"), u16::try_from(height).expect("small"));
        assert!(prepared(&with_frame_size(&jpeg, width, height)).is_err(), "{width} × {height}");
    }
}

#[test]
fn data_beyond_what_the_header_says_makes_no_picture_larger() {
    // 800 million pixels in a few hundred kilobytes.
    let mut bomb = Vec::new();
    let mut encoder = png::Encoder::new(&mut bomb, 20_000, 40_000);
    encoder.set_depth(png::BitDepth::One);
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header().expect("a header");
    writer.write_image_data(&vec![0; 2_500 * 40_000]).expect("pixels");
    writer.finish().expect("an end");
    assert!(bomb.len() < 4_000_000, "{}", bomb.len());
    let lying = with_size(&bomb, 100, 100);
    if let Ok(inline) = prepared(&lying) {
        assert_eq!((inline.prepared.width, inline.prepared.height), (100, 100));
    }
    let large = encoded(&quarter(2_000, 2_000), ImageFormat::Jpeg);
    if let Ok(inline) = prepared(&with_frame_size(&large, 100, 100)) {
        assert_eq!((inline.prepared.width, inline.prepared.height), (100, 100));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_octets_come_the_answer_is_a_small_picture_or_a_reason(
        format in prop::sample::select(vec![ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP]),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        tail in prop::collection::vec(any::<u8>(), 0..20),
    ) {
        let mut content = encoded(&quarter(24, 16), format);
        for (at, octet) in flips {
            let at = at.index(content.len());
            content[at] = octet;
        }
        if let Some(cut) = cut {
            content.truncate(cut.index(content.len()));
        }
        content.extend(tail);
        match prepared(&content) {
            Ok(inline) => {
                prop_assert!(inline.prepared.width <= 100 && inline.prepared.width > 0 && inline.prepared.height > 0);
                let shown = image::load(Cursor::new(&inline.prepared.bytes), match inline.prepared.media_type {
                    "image/png" => ImageFormat::Png,
                    _ => ImageFormat::Jpeg,
                });
                prop_assert_eq!(shown.expect("a sound picture").dimensions(), (inline.prepared.width, inline.prepared.height));
            }
            Err(refusal) => prop_assert!(!refusal.problem.is_empty() && !refusal.help.is_empty()),
        }
    }
}
