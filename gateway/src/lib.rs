//! A private REST API of API Gateway in one process, executed from the resolved document.

pub mod invoke;
