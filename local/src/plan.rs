//! What a document asks to be here: its functions and stores under their local names.

use indexmap::IndexSet;
use openapi::model::{Function, Lychgate, UserPool};
use openapi::{Api, Diagnostic, Source, names};

use crate::cognito::UserPoolSpec;
use crate::dynamodb::TableSpec;
use crate::environment;
use crate::events;
use crate::s3::BucketSpec;
use crate::sqs::QueueSpec;
use crate::ssm::{ParameterSpec, ParameterValue};

/// What is to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The document's text, for findings that turn up later.
    pub source: Source,
    /// The document.
    pub api: Api,
    /// Its functions.
    pub functions: Vec<FunctionPlan>,
    /// Its tables.
    pub tables: Vec<TableSpec>,
    /// Its buckets.
    pub buckets: Vec<BucketSpec>,
    /// Its queues; beside each is one of dead letters.
    pub queues: Vec<QueueSpec>,
    /// Its parameters, with the values that are taken out of `api`.
    pub parameters: Vec<ParameterSpec>,
    /// Its user pools.
    pub user_pools: Vec<UserPoolSpec>,
    /// What is doubtful about the document but stops nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Plan {
    /// The plan of a document; `value` knows what its placeholders stand for.
    pub(crate) fn new(
        source: Source,
        mut api: Api,
        warnings: Vec<Diagnostic>,
        value: impl Fn(&str) -> String,
    ) -> Self {
        let lychgate = &mut api.lychgate;
        let parameters = lychgate.parameters.iter_mut().map(|(key, parameter)| ParameterSpec {
            name: value(&names::placeholder(key, names::PARAMETER)),
            description: parameter.description.clone(),
            secure: parameter.secure,
            // A secret is to be in one place.
            value: parameter.local.take().map(ParameterValue::new),
        });
        let parameters = parameters.collect();
        let functions = lychgate.functions.iter().map(|(key, function)| FunctionPlan {
            key: key.clone(),
            name: value(&names::function_placeholder(key)),
            function: function.clone(),
        });
        let tables = lychgate.tables.iter().map(|(key, table)| TableSpec {
            key: key.clone(),
            name: value(&names::table_placeholder(key)),
            table: table.clone(),
        });
        let buckets = lychgate.buckets.iter().map(|(key, bucket)| BucketSpec {
            name: value(&names::placeholder(key, names::BUCKET)),
            bucket: bucket.clone(),
        });
        let queues = lychgate.queues.iter().map(|(key, queue)| QueueSpec {
            key: key.clone(),
            name: value(&names::placeholder(key, names::QUEUE)),
            visibility_timeout_seconds: queue
                .visibility_timeout_seconds
                .unwrap_or_else(|| visibility_timeout(lychgate, key)),
            retention_seconds: queue.retention_seconds,
            delay_seconds: queue.delay_seconds,
            max_receives: Some(queue.max_receives),
        });
        let user_pools = lychgate.user_pools.iter().map(|(key, pool)| user_pool(key, pool, &value));
        let (functions, tables) = (functions.collect(), tables.collect());
        let (buckets, queues) = (buckets.collect(), queues.collect());
        let user_pools = user_pools.collect();
        Self { functions, tables, buckets, queues, parameters, user_pools, source, api, warnings }
    }

    /// Names of the programs to build, each once.
    pub fn programs(&self) -> Vec<String> {
        let programs = self.functions.iter().map(|plan| plan.function.binary.clone());
        programs.collect::<IndexSet<_>>().into_iter().collect()
    }
}

/// A function of the document under its local name.
#[derive(Clone, Debug)]
pub struct FunctionPlan {
    /// Key in `x-lychgate.functions`.
    pub key: String,
    /// Its name here.
    pub name: String,
    /// What the document says.
    pub function: Function,
}

/// A user pool as the document and its placeholders have it.
fn user_pool(key: &str, pool: &UserPool, value: &impl Fn(&str) -> String) -> UserPoolSpec {
    // In the order in which `names` has them, as `environment` takes them.
    let [id, _, client_id] = names::USER_POOL;
    let function = |key: &String| events::reference(key, &value(&names::function_placeholder(key)));
    UserPoolSpec {
        name: environment::local_name(key),
        id: value(&names::placeholder(key, id)),
        client_id: value(&names::placeholder(key, client_id)),
        self_sign_up: pool.self_sign_up,
        password_policy: pool.password_policy,
        pre_sign_up: pool.pre_sign_up.as_ref().map(function),
        token_minutes: pool.token_minutes,
        refresh_days: pool.refresh_days,
    }
}

/// The visibility timeout of a queue that declares none, as `terraform/queues.tf` computes it.
fn visibility_timeout(lychgate: &Lychgate, queue: &str) -> u32 {
    let calls = lychgate.functions.values().flat_map(|function| {
        let events = function.events.iter().filter(|events| events.queue == queue);
        events.map(|events| 6 * function.timeout_seconds + events.window_seconds)
    });
    calls.max().unwrap_or_default().max(30)
}
