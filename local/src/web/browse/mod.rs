//! Pages that show what the embedded services keep, and what functions are at.

pub(super) mod buckets;
pub(super) mod jobs;
pub(super) mod queues;
pub(super) mod tables;

use http::StatusCode;

use super::Web;
use super::answer::Answer;
use super::problem;
use crate::services::Stores;

/// Looks into the stores on a thread that may wait for the disk.
async fn look<T: Send + 'static>(
    web: &Web,
    work: impl FnOnce(&Stores) -> Result<T, String> + Send + 'static,
) -> Result<T, Answer> {
    let stores = web.site.parts.stores().ok_or_else(|| failed(web, "The services have ended."))?;
    let looked = tokio::task::spawn_blocking(move || work(&stores)).await;
    looked.unwrap_or_else(|error| Err(error.to_string())).map_err(|error| failed(web, &error))
}

fn failed(web: &Web, why: &str) -> Answer {
    problem::page(web, StatusCode::INTERNAL_SERVER_ERROR, why)
}

/// What is to be shown, or why it is not.
fn settled(shown: Result<Answer, Answer>) -> Answer {
    shown.unwrap_or_else(|refused| refused)
}
