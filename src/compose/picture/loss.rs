//! Whether a reader would see what JPEG left out.

use image::RgbImage;

/// Side of the windows in which structure is compared, in pixels.
const WINDOW: u32 = 8;
/// The least mean structural similarity, of 1 (Wang, Bovik, Sheikh and Simoncelli, 2004, on luminance).
const SIMILARITY_MIN: f64 = 0.95;
/// How far a channel may stray where the picture is even: there the eye sees the ringing that it overlooks in texture.
const STRAY_MAX: u8 = 12;
/// How much of the picture may stray further: in ten thousand pixels.
const STRAYING_MAX: u64 = 20;

/// Whether `coded` differs from `original` so that it shows. Both are of one size.
pub(super) fn is_visible(original: &RgbImage, coded: &RgbImage) -> bool {
    let (all, straying) = straying(original, coded);
    straying * 10_000 > all * STRAYING_MAX || similarity(original, coded) < SIMILARITY_MIN
}

/// All pixels, and those that stray among even neighbours.
fn straying(original: &RgbImage, coded: &RgbImage) -> (u64, u64) {
    let (width, height) = original.dimensions();
    let is_even = |x: u32, y: u32| {
        let here = original.get_pixel(x, y).0;
        let around = (y.saturating_sub(1)..=(y + 1).min(height - 1))
            .flat_map(|y| (x.saturating_sub(1)..=(x + 1).min(width - 1)).map(move |x| (x, y)));
        around.map(|(x, y)| original.get_pixel(x, y).0).all(|other| apart(here, other) <= 2)
    };
    let count = (0..height)
        .flat_map(|y| (0..width).map(move |x| (x, y)))
        .filter(|&(x, y)| apart(original.get_pixel(x, y).0, coded.get_pixel(x, y).0) > STRAY_MAX && is_even(x, y))
        .count();
    (u64::from(width) * u64::from(height), count as u64)
}

fn apart(one: [u8; 3], other: [u8; 3]) -> u8 {
    one.iter().zip(other).map(|(one, other)| one.abs_diff(other)).max().unwrap_or_default()
}

/// The mean structural similarity of all windows, half a window apart.
fn similarity(original: &RgbImage, coded: &RgbImage) -> f64 {
    let (width, height) = original.dimensions();
    let (window_width, window_height) = (WINDOW.min(width), WINDOW.min(height));
    let starts = |side: u32, window: u32| (0..=side - window).step_by(WINDOW as usize / 2);
    let (mut sum, mut windows) = (0.0, 0.0);
    for top in starts(height, window_height) {
        for left in starts(width, window_width) {
            let pixels = (top..top + window_height).flat_map(|y| (left..left + window_width).map(move |x| (x, y)));
            sum += window_similarity(pixels.map(|(x, y)| (luminance(original, x, y), luminance(coded, x, y))));
            windows += 1.0;
        }
    }
    sum / f64::max(windows, 1.0)
}

fn luminance(picture: &RgbImage, x: u32, y: u32) -> f64 {
    let [red, green, blue] = picture.get_pixel(x, y).0.map(f64::from);
    0.299 * red + 0.587 * green + 0.114 * blue
}

fn window_similarity(pixels: impl Iterator<Item = (f64, f64)>) -> f64 {
    // Keep the quotients steady where a window is almost black or quite even; the values are the authors'.
    const STEADY_MEAN: f64 = (0.01 * 255.0) * (0.01 * 255.0);
    const STEADY_SPREAD: f64 = (0.03 * 255.0) * (0.03 * 255.0);
    let (mut count, mut one, mut other, mut squares, mut other_squares, mut products) = (0.0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (a, b) in pixels {
        count += 1.0;
        one += a;
        other += b;
        squares += a * a;
        other_squares += b * b;
        products += a * b;
    }
    let (one, other) = (one / count, other / count);
    let (spread, other_spread) = (squares / count - one * one, other_squares / count - other * other);
    let together = products / count - one * other;
    ((2.0 * one * other + STEADY_MEAN) * (2.0 * together + STEADY_SPREAD))
        / ((one * one + other * other + STEADY_MEAN) * (spread + other_spread + STEADY_SPREAD))
}
