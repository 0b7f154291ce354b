//! Whether a reader would see what JPEG left out.

use image::{DynamicImage, RgbImage};

/// Side of the windows in which structure is compared, in pixels.
const WINDOW: usize = 8;
/// Where the first window begins: JPEG's own blocks begin at 0, and what shows is where they meet.
const FIRST: usize = 4;
/// The least mean structural similarity, of 1 (Wang, Bovik, Sheikh and Simoncelli, 2004, on luminance).
const SIMILARITY_MIN: f64 = 0.95;
/// How far a channel may stray where the picture is even: there the eye sees the ringing that it overlooks in texture.
const STRAY_MAX: u8 = 12;
/// How much of the picture may stray further: in ten thousand pixels.
const STRAYING_MAX: usize = 20;

/// Whether `coded` differs from `original` so that it shows. Both are of one size.
pub(super) fn is_visible(original: &RgbImage, coded: &RgbImage) -> bool {
    let pixels = original.as_raw().len() / 3;
    straying(original, coded) * 10_000 > pixels * STRAYING_MAX || similarity(original, coded) < SIMILARITY_MIN
}

/// How many pixels stray among even neighbours.
fn straying(original: &RgbImage, coded: &RgbImage) -> usize {
    let width = original.width() as usize;
    let pixels: Vec<&[u8]> = original.as_raw().chunks_exact(3).collect();
    let is_even = |at: usize| {
        let (row, column) = (at / width, at % width);
        let rows = row.saturating_sub(1)..=(row + 1).min(pixels.len() / width - 1);
        let columns = column.saturating_sub(1)..=(column + 1).min(width - 1);
        rows.flat_map(|row| columns.clone().map(move |column| row * width + column))
            .all(|near| apart(pixels[at], pixels[near]) <= 2)
    };
    let compared = pixels.iter().zip(coded.as_raw().chunks_exact(3)).enumerate();
    compared.filter(|(at, (pixel, coded))| apart(pixel, coded) > STRAY_MAX && is_even(*at)).count()
}

fn apart(one: &[u8], other: &[u8]) -> u8 {
    one[0].abs_diff(other[0]).max(one[1].abs_diff(other[1])).max(one[2].abs_diff(other[2]))
}

/// The mean structural similarity of all windows, side by side.
fn similarity(original: &RgbImage, coded: &RgbImage) -> f64 {
    let (width, height) = (original.width() as usize, original.height() as usize);
    let luminance = |picture: &RgbImage| DynamicImage::ImageRgb8(picture.clone()).into_luma8().into_raw();
    let (one, other) = (luminance(original), luminance(coded));
    // A picture smaller than a window is one.
    let starts = |side: usize| if side < FIRST + WINDOW { vec![0] } else { (FIRST..=side - WINDOW).step_by(WINDOW).collect() };
    let columns = starts(width);
    let (mut sum, mut windows) = (0.0, 0.0);
    for top in starts(height) {
        let rows = top..(top + WINDOW).min(height);
        for &left in &columns {
            let row = |row: usize| row * width + left..row * width + (left + WINDOW).min(width);
            sum += window_similarity(rows.clone().map(|at| (&one[row(at)], &other[row(at)])));
            windows += 1.0;
        }
    }
    sum / windows
}

fn window_similarity<'a>(rows: impl Iterator<Item = (&'a [u8], &'a [u8])>) -> f64 {
    // Keep the quotients steady where a window is almost black or quite even; the values are the authors'.
    const STEADY_MEAN: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const STEADY_SPREAD: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let mut sums = [0u32; 6];
    for (a, b) in rows.flat_map(|(one, other)| one.iter().zip(other)) {
        let (a, b) = (u32::from(*a), u32::from(*b));
        let terms = [1, a, b, a * a, b * b, a * b];
        for (sum, term) in sums.iter_mut().zip(terms) {
            *sum += term;
        }
    }
    let [count, one, other, squares, other_squares, products] = sums.map(f64::from);
    let (one, other) = (one / count, other / count);
    let (spread, other_spread) = (squares / count - one * one, other_squares / count - other * other);
    let together = products / count - one * other;
    ((2.0 * one * other + STEADY_MEAN) * (2.0 * together + STEADY_SPREAD))
        / ((one * one + other * other + STEADY_MEAN) * (spread + other_spread + STEADY_SPREAD))
}
