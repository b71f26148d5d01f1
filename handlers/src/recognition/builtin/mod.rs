//! The recognizer that needs no network: it decodes the picture and says what it sees.

mod colour;
mod look;

use super::picture::Picture;
use super::{RecognitionError, Recognizer, Tag, decode};
use look::Look;

/// From so many pixels on a picture is large; below the other it is small.
const LARGE: u64 = 4_000_000;
const SMALL: u64 = 100_000;
/// Mean brightness, of 1, from which on a picture is bright, and up to which it is dark.
const BRIGHT: f32 = 0.65;
const DARK: f32 = 0.35;

/// Tells by the pixels: kind (`jpeg`, `png`, `gif`, `webp`), size (`small`, `medium`, `large`), format
/// (`landscape`, `portrait`, `square`), colours by name, and what holds of `bright`, `dark`,
/// `greyscale`, `transparent`, `animated`. The same picture always gets the same tags.
///
/// Decoding takes time and room on a thread of its own: see [`super::MAX_PIXELS`] for the bound.
#[derive(Clone, Copy, Debug, Default)]
pub struct Builtin;

impl Recognizer for Builtin {
    async fn recognize(&self, picture: &Picture) -> Result<Vec<Tag>, RecognitionError> {
        let picture = picture.clone();
        let (picture, look) = decode::off_thread(picture, Look::at).await?;
        Ok(tags(&picture, &look))
    }
}

fn tags(picture: &Picture, look: &Look) -> Vec<Tag> {
    let certain = [
        Some(picture.media_type().word()),
        Some(format(picture)),
        Some(size(picture)),
        look.greyscale.then_some("greyscale"),
        look.transparent.then_some("transparent"),
        picture.is_animated().then_some("animated"),
    ];
    let brightness = match look.brightness {
        Some(mean) if mean >= BRIGHT => Some(("bright", mean)),
        Some(mean) if mean <= DARK => Some(("dark", 1.0 - mean)),
        _ => None,
    };
    let certain = certain.into_iter().flatten().map(|name| (name, 1.0));
    let colours = look.colours.iter().map(|(colour, share)| (colour.name(), *share));
    let all = certain.chain(colours).chain(brightness);
    Tag::surest(all.filter_map(|(name, sure)| Tag::new(name, sure)))
}

fn format(picture: &Picture) -> &'static str {
    match picture.width().cmp(&picture.height()) {
        std::cmp::Ordering::Less => "portrait",
        std::cmp::Ordering::Equal => "square",
        std::cmp::Ordering::Greater => "landscape",
    }
}

fn size(picture: &Picture) -> &'static str {
    match u64::from(picture.width()) * u64::from(picture.height()) {
        ..SMALL => "small",
        SMALL..LARGE => "medium",
        LARGE.. => "large",
    }
}

#[cfg(test)]
mod tests;
