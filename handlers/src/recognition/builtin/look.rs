//! A look at the pixels: enough of them to tell, whatever the size.

use image::{DynamicImage, GenericImageView as _, Rgba};

use super::colour::{COLOURS, Colour};
use crate::recognition::picture::Picture;

/// How many pixels are looked at. A picture with fewer is looked at whole.
const LOOKED_AT: u32 = 512 * 512;
/// A colour is told from this share of the picture on, and the foremost in any case.
const TOLD: f32 = 0.15;
/// What lets this share of the picture through is transparent.
const LETS_THROUGH: f32 = 0.005;
/// Channels of grey differ by so much at most, and in so few pixels more: JPEG blurs colours.
const GREY_WITHIN: u8 = 10;
const GREY_BUT: f32 = 0.005;

/// What the pixels show.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Look {
    /// With their shares of what is opaque, the largest first.
    pub(super) colours: Vec<(Colour, f32)>,
    /// The mean of what is opaque, from 0 to 1. None, if nothing is.
    pub(super) brightness: Option<f32>,
    /// Nothing but shades of grey.
    pub(super) greyscale: bool,
    /// Something shines through.
    pub(super) transparent: bool,
}

/// What was counted.
#[derive(Default)]
struct Tally {
    pixels: u32,
    opaque: u32,
    translucent: u32,
    coloured: u32,
    brightness: f64,
    colours: [u32; COLOURS],
}

impl Look {
    /// Looks at the pixels of a picture.
    pub(super) fn at(_: &Picture, pixels: DynamicImage) -> Self {
        let (width, height) = pixels.dimensions();
        let mut tally = Tally::default();
        if u64::from(width) * u64::from(height) <= u64::from(LOOKED_AT) {
            for (_, _, pixel) in pixels.pixels() {
                tally.count(pixel);
            }
        } else {
            for (x, y) in scattered(width, height) {
                tally.count(pixels.get_pixel(x, y));
            }
        }
        tally.look()
    }
}

/// Places spread evenly over the picture that fall in step with no pattern in it: the additive
/// sequence of the plastic ratio's powers. <https://extremelearning.com.au/unreasonable-effectiveness-of-quasirandom-sequences/>
fn scattered(width: u32, height: u32) -> impl Iterator<Item = (u32, u32)> {
    // 2^32 divided by the plastic ratio and by its square: the sums wrap as fractions do.
    const STEP_X: u32 = 3_242_174_889;
    const STEP_Y: u32 = 2_447_445_414;
    let place = |n: u32, step: u32, edge: u32| {
        let fraction = u64::from(n.wrapping_mul(step));
        // Below the edge, as the fraction is below 2^32.
        u32::try_from((fraction * u64::from(edge)) >> 32).unwrap_or_default()
    };
    (0..LOOKED_AT).map(move |n| (place(n, STEP_X, width), place(n, STEP_Y, height)))
}

impl Tally {
    fn count(&mut self, Rgba([red, green, blue, alpha]): Rgba<u8>) {
        self.pixels += 1;
        if alpha < 250 {
            self.translucent += 1;
        }
        if alpha < 128 {
            return;
        }
        self.opaque += 1;
        let most = red.max(green).max(blue);
        let least = red.min(green).min(blue);
        if most - least > GREY_WITHIN {
            self.coloured += 1;
        }
        // Luma of ITU-R BT.709.
        self.brightness +=
            (0.2126 * f64::from(red) + 0.7152 * f64::from(green) + 0.0722 * f64::from(blue))
                / 255.0;
        if let Some(count) = self.colours.get_mut(Colour::of([red, green, blue]) as usize) {
            *count += 1;
        }
    }

    fn look(&self) -> Look {
        let of_opaque = |count: u32| share(count, self.opaque);
        let mut colours: Vec<(Colour, f32)> = Colour::ALL
            .into_iter()
            .zip(self.colours)
            .filter(|(_, count)| *count > 0)
            .map(|(colour, count)| (colour, of_opaque(count)))
            .collect();
        colours.sort_by(|one, other| other.1.total_cmp(&one.1));
        let told = colours.iter().take_while(|(_, share)| *share >= TOLD).count();
        colours.truncate(told.max(1));
        let brightness = self.brightness / f64::from(self.opaque);
        Look {
            colours,
            brightness: (self.opaque > 0).then_some(brightness as f32),
            greyscale: self.opaque > 0 && of_opaque(self.coloured) <= GREY_BUT,
            transparent: share(self.translucent, self.pixels) >= LETS_THROUGH,
        }
    }
}

fn share(part: u32, whole: u32) -> f32 {
    (f64::from(part) / f64::from(whole.max(1))) as f32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn places_are_within_the_picture_and_spread_over_it() {
        let (width, height) = (1000, 40_000);
        let places: BTreeSet<(u32, u32)> = scattered(width, height).collect();
        assert!(places.len() > 260_000, "{}", places.len());
        assert!(places.iter().all(|(x, y)| *x < width && *y < height));
        // As many in each quarter.
        let upper_left = places.iter().filter(|(x, y)| *x < 500 && *y < 20_000).count();
        assert!(places.len().abs_diff(4 * upper_left) < 400, "{upper_left}");
    }
}
