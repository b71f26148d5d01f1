//! The function `image-tagger`: looks at pictures that have been uploaded.
//!
//! ```text
//! S3 ─▶ message ─▶ is there a record? ─▶ was this picture looked at? ─▶ look ─┬▶ tagged
//!                     │ no: delete           │ yes, or somebody does: done    ├▶ failed
//!                     ▼                      ▼                   world at fault: again, by the queue
//! ```
//!
//! Queues deliver at least once and S3 may tell twice: the record says which picture was looked at, by its
//! ETag, and who is looking.

mod look;

use std::time::Duration;

use models::ImageStatus;

use super::Ports;
use super::place::Place;
use super::record::{ImageRecord, Reading};
use crate::jobs::Reader;
use crate::objects::{Notification, ObjectError, ObjectVersion};
use crate::recognition::Recognizer;
use crate::runtime::{Consumer, Delivery, Failure};
use look::{LookError, look_at};

/// What is left of an invocation for saying what became of a picture.
const MARGIN: Duration = Duration::from_secs(10);
/// How often somebody else may change the record before the message is left for later.
const ROUNDS: usize = 8;
/// What the owner is told where the log says more.
const GIVEN_UP: &str = "The picture could not be looked at, however often it was tried.";

/// Consumes the queue `imageUploads`.
#[derive(Clone, Debug)]
pub struct ImageTagger<R> {
    ports: Ports,
    recognizer: R,
}

impl<R: Recognizer> ImageTagger<R> {
    /// The tagger that works with these.
    pub fn new(ports: &Ports, recognizer: R) -> Self {
        Self { ports: ports.clone(), recognizer }
    }
}

impl<R: Recognizer> Consumer for ImageTagger<R> {
    const FUNCTION: &'static str = "image-tagger";
    type Message = Notification;

    async fn consume(&self, message: Notification, delivery: &Delivery) -> Result<(), Failure> {
        let Notification::Events(events) = message else { return Ok(()) };
        for event in events {
            let created = event.created(&self.ports.bucket).map_err(Failure::new)?;
            match Place::at(&created.address.key) {
                Some(place) => self.tag(&place, delivery).await?,
                None => tracing::warn!(key = created.address.key, "no image has a picture there"),
            }
        }
        Ok(())
    }

    async fn failed(&self, delivery: &Delivery) {
        self.ports.settings.release(&*self.ports.queue, delivery).await;
    }
}

/// Where an image is after a round.
enum Round {
    /// There is nothing more to do.
    Done,
    /// Somebody else has changed the record, or the picture: look again.
    Again,
}

impl<R: Recognizer> ImageTagger<R> {
    /// Tags an image, or says why not. An error means that the message comes again, or, after its
    /// last try, goes to the dead letters.
    async fn tag(&self, place: &Place, delivery: &Delivery) -> Result<(), Failure> {
        let mut outcome = Ok(Round::Again);
        for _ in 0..ROUNDS {
            outcome = self.round(place, delivery).await;
            if !matches!(outcome, Ok(Round::Again)) {
                break;
            }
        }
        let error = match outcome {
            Ok(Round::Done) => return Ok(()),
            Ok(Round::Again) => Failure::new("the image was changed again and again"),
            Err(error) => error,
        };
        if self.ports.settings.is_last(delivery)
            && let Err(error) = self.give_up(place).await
        {
            tracing::error!(error = error.chain(), "nobody is told of the failure");
        }
        Err(error)
    }

    async fn round(&self, place: &Place, delivery: &Delivery) -> Result<Round, Failure> {
        let Some(record) = self.record(place).await? else {
            tracing::info!(image = %place.id, "the image was deleted, and its picture is");
            self.ports.delete_picture(place).await?;
            return Ok(Round::Done);
        };
        let found = match self.ports.objects.head(&self.ports.address(place)).await {
            Ok(found) => found,
            Err(ObjectError::NotFound(_)) => return Ok(Round::Done),
            Err(error) => return Err(error.into()),
        };
        if record.e_tag.as_ref() == Some(&found.etag) {
            tracing::info!(image = %place.id, "the picture was looked at before");
            return Ok(Round::Done);
        }
        if let Some(reading) = record.reading.as_ref().filter(|it| it.e_tag == found.etag) {
            if reading.reader.is_another_than(delivery) {
                tracing::info!(image = %place.id, "another message's reader looks at the picture");
                return Ok(Round::Done);
            }
            // Whoever was ended without a word may have been ended by the picture itself.
            if self.ports.settings.is_last(delivery) && reading.reader.is_of(delivery) {
                let times = self.ports.settings.max_receives.saturating_sub(1);
                return Err(Failure::new(format!("its reader was ended {times} times")));
            }
        }
        self.attempt(&record, &found, delivery).await
    }

    /// The record that a picture belongs to.
    async fn record(&self, place: &Place) -> Result<Option<ImageRecord>, Failure> {
        let record = self.ports.get(&place.id).await?;
        Ok(record.filter(|record| record.place() == *place))
    }

    async fn attempt(
        &self,
        record: &ImageRecord,
        found: &ObjectVersion,
        delivery: &Delivery,
    ) -> Result<Round, Failure> {
        let reading = Reading { reader: Reader::of(delivery), e_tag: found.etag.clone() };
        let noted = record.changed(|next| next.reading = Some(reading));
        if !self.ports.replace(&noted).await? {
            return Ok(Round::Again);
        }
        let limit = delivery.time_for_work(MARGIN);
        let look = look_at(&self.ports, &self.recognizer, &noted, found);
        let error = match tokio::time::timeout(limit, look).await {
            Ok(Ok(next)) => {
                let kept = self.ports.replace(&next).await?;
                return Ok(if kept { Round::Done } else { Round::Again });
            }
            Ok(Err(LookError::Gone)) => return Ok(Round::Again),
            Ok(Err(LookError::Failed(error))) => error,
            Err(_) => Failure::new(format!("it was not looked at in {} s", limit.as_secs())),
        };
        let released = noted.changed(|next| next.reading = None);
        if !self.ports.replace(&released).await? {
            return Ok(Round::Again);
        }
        Err(error)
    }

    /// The message goes to the dead letters: says so. Should it be sent again from there, the picture
    /// is looked at once more, since its ETag is not noted.
    async fn give_up(&self, place: &Place) -> Result<(), Failure> {
        let Some(record) = self.record(place).await? else { return Ok(()) };
        if record.status == ImageStatus::Tagged {
            return Ok(());
        }
        let failed = record.ended(ImageStatus::Failed, None, |next| {
            next.reason = Some(GIVEN_UP.to_owned());
        });
        self.ports.replace(&failed).await?;
        Ok(())
    }
}
