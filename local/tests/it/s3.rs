//! The embedded S3 through the AWS SDK, and through plain HTTP where the SDK is too polite.

mod browsers;
mod copies;
pub(crate) mod forms;
mod links;
mod lists;
mod multipart;
mod objects;
mod restarts;
mod scene;
mod signatures;
mod throughput;
