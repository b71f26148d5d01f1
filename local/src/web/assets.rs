//! The script, the style sheet and the icon, which are part of the program.

use http::StatusCode;

use super::answer::{self, Answer};

const SCRIPT: &str = include_str!("script.js");
const STYLE: &str = include_str!("style.css");
const ICON: &str = include_str!("icon.svg");

pub(super) fn script() -> Answer {
    answer::text(StatusCode::OK, "text/javascript; charset=utf-8", SCRIPT)
}

pub(super) fn style() -> Answer {
    answer::text(StatusCode::OK, "text/css; charset=utf-8", STYLE)
}

pub(super) fn icon() -> Answer {
    answer::text(StatusCode::OK, "image/svg+xml", ICON)
}
