//! What functions are at that nobody waits for.

use askama::Template;

use crate::jobs::RunningJob;
use crate::web::Web;
use crate::web::answer::{self, Answer};
use crate::web::frame::Frame;

#[derive(Template)]
#[template(path = "jobs.html")]
struct Page {
    frame: Frame,
    jobs: Vec<RunningJob>,
}

/// Batches of messages in the hands of functions.
pub(in crate::web) fn list(web: &Web) -> Answer {
    answer::page(&Page { frame: Frame::new(web, "jobs"), jobs: web.site.jobs.running() })
}
