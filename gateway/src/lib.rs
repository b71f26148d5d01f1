//! A private REST API of API Gateway in one process, executed from the resolved document.
//!
//! ```text
//! server ─▶ stage ─▶ route ─▶ authorize ─▶ usage plan ─▶ validate ─▶ integration ─▶ method response
//!                └──────────┴────────── refusal ──────────┴─────────────┘─▶ gateway response
//! ```
//!
//! One stage of a request per file. [`Gateway`] is one deployed stage of an API, [`serve`] puts
//! it behind a socket, and functions are called through the port [`invoke::Invoke`]. What a
//! document asks for and no stage executes yet is a positioned finding at start, never a silent
//! difference. Sources for what is imitated: AWS's guide and recorded answers.

mod access_key;
mod access_log;
mod account;
mod answer;
mod authorize;
pub mod backend;
mod backlog;
mod base_path;
mod binary;
mod caller;
mod compression;
mod context;
mod deployment;
mod endpoint;
mod exchange;
mod execution_log;
mod extensions;
pub mod function;
mod gateway;
mod gateway_response;
mod headers;
mod integration;
pub mod invoke;
mod journal;
pub mod jsonpath;
mod location;
mod mapping;
mod method_request;
mod method_response;
mod options;
mod perimeter;
mod permissive_json;
mod policy;
mod query;
mod refusal;
mod request;
mod resource_policy;
mod resources;
mod route;
#[cfg(test)]
mod sample;
mod server;
mod services;
mod signals;
mod signer;
mod sigv4;
mod stage;
mod usage_plan;
mod validate;
pub mod vtl;

pub use access_key::AccessKeys;
pub use access_log::{AccessLog, AccessLogFormat, FormatError};
pub use account::Account;
pub use answer::Answer;
pub use backlog::Backlog;
pub use base_path::BasePath;
pub use execution_log::{Execution, ExecutionListener, ExecutionLog, LogOutput};
pub use gateway::Gateway;
pub use headers::Headers;
pub use location::Location;
pub use options::{
    DeployOptions, IamOptions, ImportOptions, LogOptions, LogOutputs, NetworkOptions, OptionError,
    UsageOptions,
};
pub use request::{Ids, Request, Trace};
pub use server::{Gateways, serve};
pub use services::{NotSigned, Services};
pub use signals::Signals;
pub use signer::Signer;
pub use stage::Stage;
pub use usage_plan::{
    ApiKey, ApiKeyError, ApiKeyValue, Clock, Limits, Period, Quota, Throttle, ThrottleError, Usage,
    UsagePlan, parse_usage_plans,
};
