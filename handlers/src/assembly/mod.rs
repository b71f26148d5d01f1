//! Assembly: many zips become one, without a compressed byte being inflated.
//!
//! ```text
//! sources ─ pin ─▶ versions ─ survey ─▶ directories ─┐
//!                                     content ───────┴ Plan::new ─▶ plan ─ build ─▶ object
//! ```
//!
//! [`survey`] reads the central directories by ranges. [`Plan::new`] lays the entries out as the
//! [`Content`] asks, and finds every fault; from then on each byte of the result has its place.
//! [`build`] writes it through an [`ObjectStore`](crate::objects::ObjectStore) and holds no more
//! than its [`Budget`]. Nothing here knows AWS.

mod build;
mod content;
mod directory;
mod extra;
mod fault;
mod layout;
mod name;
mod plan;
mod record;
mod survey;

pub use build::{Budget, BuildError, Observer, Report, build};
pub use content::{Content, DEEPEST_NESTING, Folder, Selection, Source};
pub use directory::{Defect, Directory, Entry, EntryDefect, LARGEST_DIRECTORY, Unusable};
pub use fault::Fault;
pub use plan::Plan;
pub use survey::{MOST_ENTRIES, SurveyError, pin, survey};
