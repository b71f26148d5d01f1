//! The laptop cloud: the gateway, the functions and the services they use, started by `cargo run`.
//!
//! ```text
//! document ──▶ Plan ──▶ stores in the services     services/: dynamodb/, s3/, sqs/, ssm/, sftp/,
//!                  │                           cognito/
//!                  ├──▶ gateway                   the crate `gateway`
//!                  ├──▶ programs ──▶ functions    function_build, parts
//!                  └──▶ events ──▶ functions      events/: queues and buckets that call them
//! browser ──▶ web ──▶ gateway, services         web/: the console's page
//! edits ──▶ watch ──▶ reload ──▶ the same again, in place
//! ```

pub mod args;
mod aws_json;
mod cloud;
pub mod cognito;
mod console;
mod curl;
mod data_directory;
pub mod document;
pub mod dynamodb;
mod environment;
mod events;
mod examples;
pub mod function_build;
mod function_log;
mod greeting;
mod jobs;
mod parts;
pub mod plan;
mod reload;
pub mod routes;
pub mod s3;
mod services;
pub mod sftp;
mod sqlite;
pub mod sqs;
pub mod ssm;
mod status_line;
mod temporary_folder;
mod watch;
mod web;
pub mod workspace;

pub use cloud::{Cloud, Options, Records, StartError};
pub use console::{Captured, Console};
pub use data_directory::{DataDirectory, DataDirectoryError};
pub use function_log::LogFormat;
pub use parts::DeployError;
pub use services::{Endpoints, ServiceError};
pub use watch::{Watch, WatchError};
pub use web::{WebError, WebListen};
