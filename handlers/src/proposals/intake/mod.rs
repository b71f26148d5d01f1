//! The function `proposal-intake`: makes proposals of what was submitted by way of S3.
//!
//! ```text
//! S3 ─▶ message ─▶ is it still the newest? ─▶ what does the record say?
//!                     │ no: done                ├ accepted: is it the same? ─▶ S or F
//!                     ▼                         └ else: attempt ─▶ read ─┬▶ accepted, S
//!              somebody newer comes                                      ├▶ failed, F
//!                                                    world at fault: ◀───┘
//!                                                    again, by the queue
//! ```

mod reading;
mod submission;

use std::time::Duration;

use models::{ProposalId, ProposalStatus};

use super::attempt::{Attempt, KeepError};
use super::record::ProposalRecord;
use super::{Ports, identifier};
use crate::jobs::{Reader, outcome_object};
use crate::objects::{Description, Notification, ObjectAddress, ObjectError};
use crate::runtime::{Consumer, Delivery, Failure};
use reading::{Payload, ReadError, read, reason};
use submission::Submission;

/// What is left of an invocation for saying what became of a submission.
const MARGIN: Duration = Duration::from_secs(10);
/// How often somebody else may change the record before the message is left for later.
const ROUNDS: usize = 8;
/// The longest reason that is kept, in characters.
const LONGEST_REASON: usize = 1000;

/// Consumes the queue `proposalSubmissions`.
#[derive(Clone, Debug)]
pub struct ProposalIntake {
    ports: Ports,
}

impl ProposalIntake {
    /// The intake that works with these.
    pub fn new(ports: &Ports) -> Self {
        Self { ports: ports.clone() }
    }
}

impl Consumer for ProposalIntake {
    const FUNCTION: &'static str = "proposal-intake";
    /// Each large one has up to 4 buffers of 8 MiB.
    const AT_ONCE: usize = 5;
    type Message = Notification;

    async fn consume(&self, message: Notification, delivery: &Delivery) -> Result<(), Failure> {
        let Notification::Events(events) = message else { return Ok(()) };
        for event in events {
            let submission = Submission::of(&event, &self.ports.submissions_bucket);
            let submission = submission.map_err(Failure::new)?;
            self.take_in(&submission, delivery).await?;
        }
        Ok(())
    }

    async fn failed(&self, delivery: &Delivery) {
        self.ports.settings.release(&*self.ports.queue, delivery).await;
    }
}

/// Where a submission is after a look at it.
enum Look {
    /// There is nothing more to do.
    Done,
    /// Somebody else has changed the record: look again.
    Again,
}

impl ProposalIntake {
    /// Makes a proposal of a submission, or says why not. An error means that the message comes
    /// again, or, after its last try, goes to the dead letters.
    async fn take_in(&self, submission: &Submission, delivery: &Delivery) -> Result<(), Failure> {
        let id = match identifier::read(&submission.id) {
            Ok(id) => id,
            Err(why) => {
                // No record can have it, and nobody can ask for one.
                let reason = format!("The identifier {why}.");
                return Ok(self.tell(submission, "F", &reason).await?);
            }
        };
        // What was read of it, in case that somebody else was faster.
        let mut payload = None;
        let mut outcome = Ok(Look::Again);
        for _ in 0..ROUNDS {
            outcome = self.look(submission, &id, delivery, &mut payload).await;
            if !matches!(outcome, Ok(Look::Again)) {
                break;
            }
        }
        let error = match outcome {
            Ok(Look::Done) => return Ok(()),
            Ok(Look::Again) => Failure::from(KeepError::Superseded),
            Err(error) => error,
        };
        if self.ports.settings.is_last(delivery) {
            let given_up = self.give_up(submission, &id, &error).await;
            if let Err(error) = given_up {
                tracing::error!(error = error.chain(), "nobody is told of the failure");
            }
        }
        Err(error)
    }

    async fn look(
        &self,
        submission: &Submission,
        id: &ProposalId,
        delivery: &Delivery,
        payload: &mut Option<Payload>,
    ) -> Result<Look, Failure> {
        let found = match self.ports.objects.describe(&submission.address).await {
            Ok(found) if found.version_id.as_deref() == Some(&*submission.version) => found,
            Ok(_) | Err(ObjectError::NotFound(_)) => {
                tracing::info!(proposal = %id, "the submission was replaced or deleted");
                return Ok(Look::Done);
            }
            Err(error) => return Err(error.into()),
        };
        let record = self.ports.get(id).await?;
        match record {
            Some(record) if record.is_accepted() => {
                self.compare(submission, &record, &found, payload, delivery).await
            }
            Some(record) if is_read_elsewhere(&record, submission, delivery) => {
                tracing::info!(proposal = %id, "another message's attempt is under way");
                Ok(Look::Done)
            }
            Some(record) if self.is_deadly(&record, submission, delivery) => {
                let times = self.ports.settings.max_receives.saturating_sub(1);
                Err(Failure::new(format!("its reader was ended {times} times")))
            }
            former => self.attempt(submission, id, former, &found, payload, delivery).await,
        }
    }

    /// Tells whether the proposal that there is was made of the same.
    async fn compare(
        &self,
        submission: &Submission,
        record: &ProposalRecord,
        found: &Description,
        payload: &mut Option<Payload>,
        delivery: &Delivery,
    ) -> Result<Look, Failure> {
        if record.submission.as_ref() == Some(&submission.version) {
            // Whoever accepted it may not have come to say so.
            self.tell(submission, "S", &accepted(record)).await?;
            return Ok(Look::Done);
        }
        if payload.is_none() {
            match in_time(delivery, read(&self.ports, submission, found, None)).await? {
                Ok(read) => *payload = Some(read),
                Err(ReadError::Refused(refusal)) => {
                    self.tell(submission, "F", &reason(&refusal)).await?;
                    return Ok(Look::Done);
                }
                Err(ReadError::Failed(error)) if is_elsewhere(&error, submission) => {
                    return Ok(Look::Again);
                }
                Err(ReadError::Failed(error)) => return Err(error.into()),
            }
        }
        let is_same = payload.as_ref().is_some_and(|it| record.is_same(&it.new, &it.content));
        if is_same {
            self.tell(submission, "S", &accepted(record)).await?;
        } else {
            let reason = format!("Proposal {} exists.", record.proposal_id);
            self.tell(submission, "F", &reason).await?;
        }
        Ok(Look::Done)
    }

    async fn attempt(
        &self,
        submission: &Submission,
        id: &ProposalId,
        former: Option<ProposalRecord>,
        found: &Description,
        payload: &mut Option<Payload>,
        delivery: &Delivery,
    ) -> Result<Look, Failure> {
        // Four characters of base64 are three bytes.
        let at_most = found.version.size / 4 * 3;
        let begun = Attempt::begin(&self.ports, id, former, at_most, |next| {
            next.submission = Some(submission.version.clone());
            next.reader = Some(Reader::of(delivery));
        });
        let Some(mut attempt) = begun.await? else { return Ok(Look::Again) };
        let read =
            in_time(delivery, read(&self.ports, submission, found, Some(&mut attempt))).await;
        match read {
            Ok(Ok(read)) => {
                let kept = attempt.accept(&read.new, &read.content).await?;
                *payload = Some(read);
                let Some(record) = kept else { return Ok(Look::Again) };
                self.tell(submission, "S", &accepted(&record)).await?;
                Ok(Look::Done)
            }
            Ok(Err(ReadError::Refused(refusal))) => {
                let reason = short(reason(&refusal));
                tracing::info!(proposal = %id, reason, "the submission is refused");
                if !attempt.fail(&reason).await? {
                    return Ok(Look::Again);
                }
                self.tell(submission, "F", &reason).await?;
                Ok(Look::Done)
            }
            Ok(Err(ReadError::Failed(error))) => {
                // What failed may be what others have done away with.
                let is_ours = attempt.release().await?;
                if is_ours && !is_elsewhere(&error, submission) {
                    Err(error.into())
                } else {
                    Ok(Look::Again)
                }
            }
            Err(late) => {
                if attempt.release().await? {
                    Err(late)
                } else {
                    Ok(Look::Again)
                }
            }
        }
    }

    /// The message goes to the dead letters: says so, unless somebody else has the proposal now.
    async fn give_up(
        &self,
        submission: &Submission,
        id: &ProposalId,
        error: &Failure,
    ) -> Result<(), Failure> {
        let reason = short(format!("The submission could not be read: {}.", error.reason()));
        let former = self.ports.get(id).await?;
        let is_ours = former.as_ref().is_none_or(|former| {
            former.submission.as_ref() == Some(&submission.version)
                || !matches!(former.status, ProposalStatus::Accepted | ProposalStatus::Processing)
        });
        if !is_ours || former.as_ref().is_some_and(ProposalRecord::is_accepted) {
            return Ok(());
        }
        let next = ProposalRecord::next(former.as_ref(), id, ProposalStatus::Failed, |next| {
            next.submission = Some(submission.version.clone());
            next.reason = Some(reason.clone());
            next.reader = None;
        });
        if self.ports.put(former.as_ref(), &next).await? {
            self.tell(submission, "F", &reason).await?;
        }
        Ok(())
    }

    /// Whoever was ended without a word may have been ended by the submission itself.
    fn is_deadly(
        &self,
        record: &ProposalRecord,
        submission: &Submission,
        delivery: &Delivery,
    ) -> bool {
        self.ports.settings.is_last(delivery)
            && record.submission.as_ref() == Some(&submission.version)
            && record.reader.as_ref().is_some_and(|reader| reader.is_of(delivery))
    }

    /// Says what became of a submission: `S` or `F`, and a message.
    async fn tell(
        &self,
        submission: &Submission,
        outcome: &str,
        message: &str,
    ) -> Result<(), ObjectError> {
        let key = format!("status/{}.csv", submission.id);
        let address = ObjectAddress::new(&self.ports.submissions_bucket, key);
        let object = outcome_object(outcome, message);
        self.ports.objects.put(&address, object).await.map(|_| ())
    }
}

/// Whether somebody else reads this very submission.
fn is_read_elsewhere(
    record: &ProposalRecord,
    submission: &Submission,
    delivery: &Delivery,
) -> bool {
    record.submission.as_ref() == Some(&submission.version) && record.is_read_for_another(delivery)
}

/// Whether the submission was replaced or deleted while it was read, or the record was.
fn is_elsewhere(error: &KeepError, submission: &Submission) -> bool {
    match error {
        KeepError::Superseded => true,
        KeepError::Object(ObjectError::Changed(at) | ObjectError::NotFound(at)) => {
            *at == submission.address
        }
        KeepError::Object(_) | KeepError::Store(_) => false,
    }
}

/// The work, unless it takes longer than the invocation may.
async fn in_time<T>(delivery: &Delivery, work: impl Future<Output = T>) -> Result<T, Failure> {
    let limit = delivery.time_for_work(MARGIN);
    tokio::time::timeout(limit, work)
        .await
        .map_err(|_| Failure::new(format!("it was not read in {} s", limit.as_secs())))
}

fn accepted(record: &ProposalRecord) -> String {
    match &record.document {
        Some(document) => format!("{} bytes, SHA-256 {}", document.size, document.sha256),
        None => "accepted".to_owned(),
    }
}

fn short(mut reason: String) -> String {
    if let Some((end, _)) = reason.char_indices().nth(LONGEST_REASON) {
        reason.truncate(end);
        reason.push('…');
    }
    reason
}
