//! What is kept of an image, and what its owner sees of it.

use std::time::{Duration, SystemTime};

use models::value::{Timestamp, Uuid};
use models::{Image, ImageName, ImageStatus, ImageTag, ImageType, NewImage};
use serde::{Deserialize, Serialize};

use super::place::Place;
use crate::jobs::{Reader, count, seconds};
use crate::recognition::Picture;
use crate::store::{Index, Record, Revised};

/// Images by owner.
pub(super) const BY_OWNER: Index = Index { name: "byOwner", member: "owner" };

/// How long an upload is awaited: much longer than a form lives, since what S3 tells may be late.
const AWAITED: Duration = Duration::from_secs(24 * 60 * 60);

/// The record of an image.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ImageRecord {
    /// Identifies the image.
    pub image_id: Uuid,
    /// Counts changes.
    pub revision: u64,
    /// The claim `sub` of whoever created it.
    pub owner: String,
    /// How far it is.
    pub status: ImageStatus,
    /// The media type it was to be uploaded with.
    pub content_type: ImageType,
    /// The name whoever created it gave it.
    pub file_name: Option<ImageName>,
    /// When it was created.
    pub created_at: Timestamp,
    /// The ETag of the picture that was looked at to the end.
    pub e_tag: Option<String>,
    /// Bytes of that picture.
    pub size: Option<u64>,
    /// Its width in pixels, if it is a picture.
    pub width: Option<u32>,
    /// Its height in pixels, if it is a picture.
    pub height: Option<u32>,
    /// What is to be seen on it, the surest first.
    pub tags: Vec<ImageTag>,
    /// Why it failed.
    pub reason: Option<String>,
    /// Who is looking at it.
    pub reading: Option<Reading>,
    /// Until when the upload is awaited, in seconds since 1970: the table's `timeToLive`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<u64>,
}

/// A picture that is being looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Reading {
    /// Who looks at it.
    pub reader: Reader,
    /// The picture's ETag.
    pub e_tag: String,
}

impl ImageRecord {
    /// An image that awaits its upload.
    pub(super) fn new(place: Place, new: NewImage) -> Self {
        Self {
            image_id: place.id,
            revision: 0,
            owner: place.owner,
            status: ImageStatus::Awaiting,
            content_type: new.content_type,
            file_name: new.file_name,
            created_at: Timestamp::now(),
            e_tag: None,
            size: None,
            width: None,
            height: None,
            tags: Vec::new(),
            reason: None,
            reading: None,
            expires: Some(seconds(SystemTime::now() + AWAITED)),
        }
    }

    /// The record after a change.
    #[must_use]
    pub(super) fn changed(&self, change: impl FnOnce(&mut Self)) -> Self {
        let mut next = self.clone();
        next.revision += 1;
        change(&mut next);
        next
    }

    /// The record once a look at a picture has ended this way; `picture` is there if it was one.
    #[must_use]
    pub(super) fn ended(
        &self,
        status: ImageStatus,
        picture: Option<&Picture>,
        change: impl FnOnce(&mut Self),
    ) -> Self {
        self.changed(|next| {
            next.status = status;
            next.width = picture.map(Picture::width);
            next.height = picture.map(Picture::height);
            next.tags = Vec::new();
            next.reason = None;
            next.reading = None;
            next.expires = None;
            change(next);
        })
    }

    /// Where its picture is.
    pub(super) fn place(&self) -> Place {
        Place { owner: self.owner.clone(), id: self.image_id }
    }

    /// Whether it has been uploaded or may be still. DynamoDB takes days to delete what has expired.
    pub(super) fn is_there(&self) -> bool {
        self.expires.is_none_or(|expires| expires > seconds(SystemTime::now()))
    }

    /// Whether it was found to be a picture, which browsers may show.
    pub(super) const fn is_picture(&self) -> bool {
        self.width.is_some()
    }

    /// Whether it has all of these tags.
    pub(super) fn has(&self, tags: &[String]) -> bool {
        tags.iter().all(|wanted| self.tags.iter().any(|tag| tag.as_str() == wanted))
    }

    /// The image as its owner sees it.
    pub(super) fn answer(&self) -> Image {
        Image {
            image_id: self.image_id,
            status: self.status,
            content_type: self.content_type,
            file_name: self.file_name.clone(),
            size: self.size.map(count),
            width: self.width.map(i64::from),
            height: self.height.map(i64::from),
            tags: self.tags.clone(),
            created_at: self.created_at,
            reason: self.reason.clone(),
            link: None,
        }
    }
}

impl Record for ImageRecord {
    const KEY: &'static str = "imageId";

    fn key(&self) -> String {
        self.image_id.to_string()
    }
}

impl Revised for ImageRecord {
    const REVISION: &'static str = "revision";

    fn revision(&self) -> u64 {
        self.revision
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> ImageRecord {
        let place = Place { owner: "ada".to_owned(), id: Uuid::from_u128(7) };
        ImageRecord::new(place, NewImage { content_type: ImageType::ImagePng, file_name: None })
    }

    #[test]
    fn only_what_was_never_uploaded_expires() {
        let record = record();
        assert!(record.is_there());
        let late = record.changed(|next| next.expires = Some(0));
        assert!(!late.is_there());
        let ended = late.ended(ImageStatus::Failed, None, |_| {});
        assert!(ended.is_there() && ended.revision == 2);
        let json = serde_json::to_value(&ended).unwrap();
        assert_eq!(json.get("expires"), None);
        assert_eq!(serde_json::from_value::<ImageRecord>(json).unwrap(), ended);
    }

    #[test]
    fn all_tags_have_to_be_there() {
        let tags = ["blue", "lake"];
        let record = record()
            .changed(|next| next.tags = tags.iter().map(|tag| tag.parse().unwrap()).collect());
        let has = |wanted: &[&str]| {
            record.has(&wanted.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>())
        };
        assert!(has(&[]) && has(&["lake"]) && has(&["lake", "blue", "lake"]));
        assert!(!has(&["lake", "green"]) && !has(&["Lake"]) && !has(&["la"]));
    }
}
