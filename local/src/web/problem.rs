//! The page that says what is not there or did not work.

use askama::Template;
use http::StatusCode;

use super::Web;
use super::answer::{self, Answer};
use super::frame::Frame;

#[derive(Template)]
#[template(path = "problem.html")]
struct Page<'a> {
    frame: Frame,
    sentence: &'a str,
}

/// What is wrong, with this status.
pub(super) fn page(web: &Web, status: StatusCode, sentence: &str) -> Answer {
    let mut answer = answer::page(&Page { frame: Frame::new(web, ""), sentence });
    *answer.status_mut() = status;
    answer
}

pub(super) fn not_found(web: &Web) -> Answer {
    page(web, StatusCode::NOT_FOUND, "There is no such page.")
}
