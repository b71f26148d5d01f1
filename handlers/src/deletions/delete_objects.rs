//! deleteObjects: `POST /deletions`.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures_util::{StreamExt as _, stream};
use models::{DeletedObject, DeletedObjectOutcome as Outcome, Deletion, NewDeletion};

use super::DeletionsFunction;
use crate::generated::deletions::{DeleteObjectsRequest, DeleteObjectsResponse};
use crate::objects::{LONGEST_KEY, ObjectAddress, ObjectError, ObjectStore};
use crate::runtime::{Context, Failure, LARGEST_ANSWER, Problem, Violation};

/// How many objects are looked for at a time.
const LOOKS_AT_ONCE: usize = 64;
/// How many batches are deleted at a time.
const BATCHES_AT_ONCE: usize = 4;
/// The most keys of a batch.
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html>
const BATCH: usize = 1000;
/// Bytes of an answer beside its body.
const ROOM: usize = 1024;
/// What is left of an invocation for the answer: what was not come to by then has failed.
const MARGIN: Duration = Duration::from_secs(3);

/// Looks for each object and deletes those that are there.
pub(super) async fn handle(
    function: &DeletionsFunction,
    request: DeleteObjectsRequest,
    context: &Context,
) -> Result<DeleteObjectsResponse, Failure> {
    let body = request.body;
    let violations = violations(&body)?;
    if !violations.is_empty() {
        let problem = Problem::invalid(violations).declared(context)?;
        return Ok(DeleteObjectsResponse::UnprocessableContent422(problem));
    }
    let addresses: BTreeSet<ObjectAddress> = body.objects.iter().map(Into::into).collect();
    let mut outcomes = look(&*function.objects, addresses, context).await;
    let there = outcomes.iter().filter(|(_, outcome)| **outcome == Outcome::Deleted);
    let there: Vec<ObjectAddress> = there.map(|(address, _)| address.clone()).collect();
    outcomes.extend(delete(&*function.objects, there, context).await);
    let outcome = |address: &ObjectAddress| outcomes.get(address).copied();
    let answer = answer(&body, |address| outcome(address).unwrap_or(Outcome::Failed));
    Ok(DeleteObjectsResponse::Ok200(answer))
}

/// What no schema says of a request.
fn violations(body: &NewDeletion) -> Result<Vec<Violation>, serde_json::Error> {
    let violation =
        |pointer: String, detail: String| Violation { location: "body", pointer, detail };
    let keys = body.objects.iter().enumerate();
    let long = keys.filter(|(_, object)| object.key.len() > LONGEST_KEY).map(|(index, _)| {
        violation(format!("/objects/{index}/key"), format!("is longer than {LONGEST_KEY} bytes"))
    });
    let mut violations: Vec<_> = long.collect();
    // An answer that Lambda would drop must not be found out about after the deletion.
    let longest = answer(body, |_| Outcome::Deleted);
    let length = serde_json::to_string(&serde_json::to_string(&longest)?)?.len();
    if length + ROOM > LARGEST_ANSWER {
        let detail = "has names too long for one answer: send them in several requests";
        violations.push(violation("/objects".to_owned(), detail.to_owned()));
    }
    Ok(violations)
}

fn answer(body: &NewDeletion, outcome: impl Fn(&ObjectAddress) -> Outcome) -> Deletion {
    let objects = body.objects.iter().map(|object| DeletedObject {
        bucket: object.bucket.clone(),
        key: object.key.clone(),
        outcome: outcome(&object.into()),
    });
    Deletion { objects: objects.collect() }
}

/// What became of the objects so far: those that are there count as deleted.
async fn look(
    objects: &dyn ObjectStore,
    addresses: BTreeSet<ObjectAddress>,
    context: &Context,
) -> BTreeMap<ObjectAddress, Outcome> {
    let looks = addresses.into_iter().map(|address| async move {
        let outcome = if context.remaining() < MARGIN {
            Outcome::Failed
        } else {
            match objects.head(&address).await {
                Ok(_) => Outcome::Deleted,
                Err(error) => outcome_of(error),
            }
        };
        (address, outcome)
    });
    let looks: Vec<_> = looks.collect();
    stream::iter(looks).buffer_unordered(LOOKS_AT_ONCE).collect().await
}

/// What became of objects that were there, as far as they were not deleted.
async fn delete(
    objects: &dyn ObjectStore,
    there: Vec<ObjectAddress>,
    context: &Context,
) -> BTreeMap<ObjectAddress, Outcome> {
    let mut buckets: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for address in there {
        buckets.entry(address.bucket).or_default().push(address.key);
    }
    let batches = buckets.iter().flat_map(|(bucket, keys)| {
        keys.chunks(BATCH).map(move |batch| delete_batch(objects, bucket, batch, context))
    });
    let batches: Vec<_> = batches.collect();
    let undeleted: Vec<_> = stream::iter(batches).buffer_unordered(BATCHES_AT_ONCE).collect().await;
    undeleted.into_iter().flatten().collect()
}

async fn delete_batch(
    objects: &dyn ObjectStore,
    bucket: &str,
    keys: &[String],
    context: &Context,
) -> Vec<(ObjectAddress, Outcome)> {
    let all = |outcome: Outcome| {
        keys.iter().map(|key| (ObjectAddress::new(bucket, key), outcome)).collect()
    };
    if context.remaining() < MARGIN {
        return all(Outcome::Failed);
    }
    match objects.delete(bucket, keys).await {
        Ok(undeleted) => undeleted
            .into_iter()
            .map(|it| (ObjectAddress::new(bucket, it.key), outcome_of(it.error)))
            .collect(),
        Err(error) => all(outcome_of(error)),
    }
}

fn outcome_of(error: ObjectError) -> Outcome {
    match error {
        ObjectError::NotFound(_) => Outcome::Missing,
        ObjectError::Denied(_) => Outcome::Denied,
        other => {
            tracing::warn!(error = Failure::from(other).chain(), "an object is not deleted");
            Outcome::Failed
        }
    }
}
