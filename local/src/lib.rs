//! The laptop cloud: the gateway, the functions and an embedded DynamoDB, started by `cargo run`.

pub mod args;
mod console;
mod data_directory;
pub mod dynamodb;
pub mod environment;
mod examples;
pub mod function_build;
mod function_log;
pub mod reload;
pub mod routes;
pub mod workspace;

pub use console::{Captured, Console};
pub use data_directory::{DataDirectory, DataDirectoryError};
pub use function_log::LogFormat;
