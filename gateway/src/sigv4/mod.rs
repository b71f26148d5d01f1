//! Signature Version 4: requests signed for `execute-api`, in their headers or in their query.
//!
//! What a request says about its signature is a [`Claim`], read before anything is verified: a
//! route that does not exist complains about a broken claim too. Order and wording of complaints are
//! those of AWS's services in general (mhart/dynalite and the aws-signature crates record them);
//! those that were captured from API Gateway say so.

mod canonical;
mod claim;
mod verify;

pub(crate) use claim::Claim;
pub(crate) use verify::{Scope, verify};
