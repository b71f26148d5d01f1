//! Usage plan: whose API key a request carries, and whether there is room for the request.
//!
//! Limits apply in the order of the guide ("Throttle requests to your REST APIs"): those of the
//! plan for a key and a method, those for the key, those of the stage for the method, those of the
//! account. Methods that require no key count for stage and account only.

mod file;
mod meter;
mod method;
mod plan;
mod quota;
mod throttle;

use std::fmt;
use std::sync::Arc;

use indexmap::IndexMap;
use jiff::Timestamp;

pub use file::parse as parse_usage_plans;
pub use meter::Clock;
use meter::Meter;
pub(crate) use method::{MethodUsage, check};
pub use plan::{ApiKey, ApiKeyError, ApiKeyValue, UsagePlan};
pub use quota::{Period, Quota};
pub use throttle::{Throttle, ThrottleError};

/// Who may call how often.
#[derive(Clone, Debug, Default)]
pub struct Limits {
    /// Usage plans, all of which contain the API's stage.
    pub plans: Vec<UsagePlan>,
    /// The stage's throttle for each method without one of its own (its setting `*/*`).
    pub stage: Option<Throttle>,
    /// The stage's throttles by `{resourcePath}/{VERB}`, for example `/users/GET`.
    pub methods: IndexMap<String, Throttle>,
    /// The account's throttle. Off unless given, unlike AWS's default of 10,000 requests per
    /// second and 5,000 at once: that one is shared with everything else in an account and raised
    /// on request, so that it tells nothing about this API.
    pub account: Option<Throttle>,
}

/// Limits in force, with what has been used of them. Clones share that.
#[derive(Clone)]
pub struct Usage(Arc<InForce>);

#[derive(Debug)]
struct InForce {
    limits: Limits,
    meter: Meter,
}

impl Usage {
    /// Nothing used yet; `clock` tells the time, for throttles and quotas.
    pub fn new(limits: Limits, clock: Clock) -> Self {
        Self(Arc::new(InForce { limits, meter: Meter::new(clock) }))
    }

    /// The plan and the key of a value; `None` if no plan has such a key.
    fn find(&self, value: &str) -> Option<(&UsagePlan, &ApiKey)> {
        let keys =
            |plan: &'_ UsagePlan| plan.keys.iter().position(|key| key.value.expose() == value);
        self.0.limits.plans.iter().find_map(|plan| Some((plan, plan.keys.get(keys(plan)?)?)))
    }

    fn has_keys(&self) -> bool {
        self.0.limits.plans.iter().any(|plan| !plan.keys.is_empty())
    }
}

impl Default for Usage {
    fn default() -> Self {
        Self::new(Limits::default(), Arc::new(Timestamp::now))
    }
}

impl fmt::Debug for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
