//! A real server on a port of its own and clients that write raw bytes; functions in process, and
//! as real processes behind the emulated Lambda service.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test ends where its premise fails")]

mod authorizer_logs;
mod authorizers;
mod aws_service;
mod backend;
mod cognito;
mod command_line;
mod compression;
mod cors;
mod document;
mod errors;
mod event;
mod functions;
mod harness;
mod http;
mod http_stub;
mod iam;
mod import;
mod lambda_authorizer;
mod lambda_custom;
mod limits;
mod logs;
mod mock;
mod processes;
mod resource_policy;
mod rolling_crash;
mod serving;
mod signature_check;
mod stand_in;
mod start;
mod tls;
mod untidy;
mod usage;
mod user_pool;
