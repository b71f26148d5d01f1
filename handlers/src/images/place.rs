//! Where pictures are: the key says whose a picture is, and which image it belongs to.

use models::value::Uuid;

/// Prefix of pictures in their bucket.
const PICTURES: &str = "images/";

/// The place of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The claim `sub` of whoever created the image.
    pub(super) owner: String,
    /// The image.
    pub(super) id: Uuid,
}

impl Place {
    /// Its key.
    pub(super) fn key(&self) -> String {
        format!("{PICTURES}{}/{}", self.owner, self.id)
    }

    /// The place at a key, if this function would have put anything there.
    pub(super) fn at(key: &str) -> Option<Self> {
        let (owner, id) = key.strip_prefix(PICTURES)?.rsplit_once('/')?;
        let place = Self { owner: owner.to_owned(), id: id.parse().ok()? };
        // Identifiers can be written in several ways, and only one of them is a key.
        (!owner.is_empty() && place.key() == key).then_some(place)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_says_whose_picture_it_is_and_others_say_nothing() {
        let place = Place { owner: "ada".to_owned(), id: Uuid::from_u128(7) };
        assert_eq!(place.key(), "images/ada/00000000-0000-0000-0000-000000000007");
        assert_eq!(Place::at(&place.key()), Some(place));
        for key in [
            "images/ada",
            "images/ada/7",
            "images//00000000-0000-0000-0000-000000000007",
            "images/ada/{00000000-0000-0000-0000-000000000007}",
            "images/ada/00000000000000000000000000000007",
            "other/ada/00000000-0000-0000-0000-000000000007",
            "images/ada/../00000000-0000-0000-0000-000000000007/x",
        ] {
            assert_eq!(Place::at(key), None, "{key}");
        }
    }
}
