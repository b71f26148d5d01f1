//! Functions: their size, what calls them beside the API, what they may touch.

use indexmap::IndexMap;

use crate::position::Origin;

/// A Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// One line.
    pub description: Option<String>,
    /// `binary`: the program that runs it, by its name in the workspace; default the function's
    /// key. Functions that share one differ in what calls them.
    pub binary: String,
    /// `memory`, in MB, 128 to 10,240; default 256.
    pub memory_mb: u32,
    /// `timeout`, in seconds, 1 to 900; default 10.
    pub timeout_seconds: u32,
    /// `ephemeralStorage`, in MB, 512 to 10,240; default 512.
    pub ephemeral_storage_mb: u32,
    /// `reservedConcurrency`: executions kept for it, which are also the most it gets.
    pub reserved_concurrency: Option<u32>,
    /// `vpc`: it runs in the private subnets, for what can only be reached from there.
    pub in_vpc: bool,
    /// `environment`: variable to value; values may hold placeholders.
    pub environment: IndexMap<String, String>,
    /// `access`: what the function may touch; nothing else is granted.
    pub access: Vec<Access>,
    /// `events`: queues that call it.
    pub events: Vec<QueueEvents>,
    /// `onFailure`: key of the queue that gets asynchronous calls which failed for good.
    pub on_failure: Option<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A grant of a function or a role. The key names an entry of the block of that kind, or an action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// `{table: KEY, level: ...}`: items of a table.
    Table {
        /// Key in `x-lychgate.tables`.
        table: String,
        /// How much.
        level: AccessLevel,
    },
    /// `{bucket: KEY, level: ..., prefix: ...}`: objects of a bucket.
    Bucket {
        /// Key in `x-lychgate.buckets`.
        bucket: String,
        /// How much; writing includes deleting, putting does not.
        level: AccessLevel,
        /// What keys must start with; empty for all.
        prefix: String,
    },
    /// `{queue: KEY, level: write}`: sending to a queue. Receiving follows from `events`.
    Queue {
        /// Key in `x-lychgate.queues`.
        queue: String,
    },
    /// `{parameter: KEY, level: read}`: reading a parameter, decrypted.
    Parameter {
        /// Key in `x-lychgate.parameters`.
        parameter: String,
    },
    /// `{userPool: KEY, level: ...}`: users of a pool by the administrator's calls.
    UserPool {
        /// Key in `x-lychgate.userPools`.
        user_pool: String,
        /// How much.
        level: AccessLevel,
    },
    /// `{action: "service:Action"}`: an action that knows no resources, so it is granted on all.
    Action {
        /// As IAM names it, for example `rekognition:DetectLabels`; no wildcard.
        action: String,
    },
}

/// How much a grant allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AccessLevel {
    /// `read`
    Read,
    /// `write`
    Write,
    /// `read-write`
    ReadWrite,
    /// `put`: of a bucket alone, to put objects and nothing else.
    Put,
}

/// An event source mapping: messages of a queue call the function, in batches that may fail in
/// part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueueEvents {
    /// Key in `x-lychgate.queues`.
    pub queue: String,
    /// `batchSize`, 1 to 10,000; default 10. More than 10 need a window.
    pub batch_size: u32,
    /// `window`: how long a batch may fill, in seconds, 0 to 300; default 0.
    pub window_seconds: u32,
    /// `maxConcurrency`: batches at a time, 2 to 1,000.
    pub max_concurrency: Option<u32>,
    /// Where it is declared.
    pub origin: Origin,
}
