//! The embedded S3 through the AWS SDK, and through plain HTTP where the SDK is too polite.

mod multipart;
mod objects;
mod scene;
mod signatures;
