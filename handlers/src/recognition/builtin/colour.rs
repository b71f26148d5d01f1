//! Names of colours.

/// The eleven basic colours of English (Berlin and Kay, Basic Color Terms, 1969), and cyan, which is
/// neither of its neighbours on a screen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    Black,
    Blue,
    Brown,
    Cyan,
    Green,
    Grey,
    Orange,
    Pink,
    Purple,
    Red,
    White,
    Yellow,
}

/// How many there are.
pub(super) const COLOURS: usize = 12;

/// Below this difference of channels, of 255, nobody calls it a colour.
const COLOURLESS: u8 = 24;
/// The brightest channel of black at most, and the darkest channel of white at least.
const BLACK: u8 = 48;
const WHITE: u8 = 215;

impl Colour {
    /// All, as they are numbered.
    pub(super) const ALL: [Self; COLOURS] = [
        Self::Black,
        Self::Blue,
        Self::Brown,
        Self::Cyan,
        Self::Green,
        Self::Grey,
        Self::Orange,
        Self::Pink,
        Self::Purple,
        Self::Red,
        Self::White,
        Self::Yellow,
    ];

    /// The name, lower case.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Black => "black",
            Self::Blue => "blue",
            Self::Brown => "brown",
            Self::Cyan => "cyan",
            Self::Green => "green",
            Self::Grey => "grey",
            Self::Orange => "orange",
            Self::Pink => "pink",
            Self::Purple => "purple",
            Self::Red => "red",
            Self::White => "white",
            Self::Yellow => "yellow",
        }
    }

    /// The one that a colour of sRGB is called: by hue, and where names depend on them by saturation
    /// and value.
    pub(super) fn of([red, green, blue]: [u8; 3]) -> Self {
        let most = red.max(green).max(blue);
        let least = red.min(green).min(blue);
        let chroma = most - least;
        if most < BLACK {
            return Self::Black;
        }
        let saturation = f32::from(chroma) / f32::from(most);
        if chroma < COLOURLESS || saturation < 0.12 {
            return if least >= WHITE { Self::White } else { Self::Grey };
        }
        let value = f32::from(most) / 255.0;
        match hue([red, green, blue], most, chroma) {
            0.0..15.0 | 345.0.. if value > 0.8 && saturation < 0.5 => Self::Pink,
            12.0..48.0 if value < 0.65 => Self::Brown,
            0.0..15.0 | 345.0.. => Self::Red,
            15.0..45.0 => Self::Orange,
            45.0..70.0 => Self::Yellow,
            70.0..165.0 => Self::Green,
            165.0..195.0 => Self::Cyan,
            195.0..255.0 => Self::Blue,
            255.0..290.0 => Self::Purple,
            _ if value < 0.6 => Self::Purple,
            _ => Self::Pink,
        }
    }
}

/// Degrees from red by way of green and blue, 0 to 360.
fn hue([red, green, blue]: [u8; 3], most: u8, chroma: u8) -> f32 {
    let (chroma, red, green, blue) =
        (f32::from(chroma), f32::from(red), f32::from(green), f32::from(blue));
    let most = f32::from(most);
    let sixth = if most == red {
        ((green - blue) / chroma).rem_euclid(6.0)
    } else if most == green {
        (blue - red) / chroma + 2.0
    } else {
        (red - green) / chroma + 4.0
    };
    60.0 * sixth
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_have_their_names() {
        for (rgb, name) in [
            ([0, 0, 0], "black"),
            ([255, 255, 255], "white"),
            ([250, 245, 235], "white"),
            ([128, 128, 128], "grey"),
            ([255, 0, 0], "red"),
            ([139, 0, 0], "red"),
            ([255, 165, 0], "orange"),
            ([139, 69, 19], "brown"),
            ([255, 255, 0], "yellow"),
            ([0, 128, 0], "green"),
            ([144, 238, 144], "green"),
            ([0, 255, 255], "cyan"),
            ([64, 224, 208], "cyan"),
            ([0, 0, 255], "blue"),
            ([135, 206, 235], "blue"),
            ([128, 0, 128], "purple"),
            ([75, 0, 130], "purple"),
            ([255, 105, 180], "pink"),
            ([255, 182, 193], "pink"),
            ([255, 0, 255], "pink"),
        ] {
            assert_eq!(Colour::of(rgb).name(), name, "{rgb:?}");
        }
    }

    #[test]
    fn every_colour_has_a_name_and_its_place() {
        for n in 0..=0xFF_FFFF_u32 / 7 {
            let [_, r, g, b] = (n * 7).to_be_bytes();
            let colour = Colour::of([r, g, b]);
            assert_eq!(Colour::ALL[colour as usize], colour);
        }
    }
}
