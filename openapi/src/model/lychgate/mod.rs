//! `x-lychgate`: what an API description cannot say. Terraform and the local runner read it alike.

mod function;
mod placeholder;
mod role;
mod store;

use indexmap::IndexMap;

use crate::names;
pub use function::{Access, AccessLevel, Function, QueueEvents};
pub use placeholder::Placeholder;
pub use role::Role;
pub use store::{
    AttributeType, Bucket, BucketEvent, Cors, Expiry, KeyAttribute, Notification,
    NotificationTarget, PasswordPolicy, Queue, SsmParameter, Table, TableIndex, UserPool,
};

/// The document's root extension `x-lychgate`.
#[derive(Clone, Debug, Default)]
pub struct Lychgate {
    /// Lambda functions by key; the placeholder of a function's name is `${<key>_function}`.
    pub functions: IndexMap<String, Function>,
    /// Roles of integrations by key; the placeholder of a role's name is `${<key>_role}`.
    pub roles: IndexMap<String, Role>,
    /// DynamoDB tables by key; the placeholder of a table's name is `${<key>_table}`.
    pub tables: IndexMap<String, Table>,
    /// S3 buckets by key; the placeholder of a bucket's name is `${<key>_bucket}`.
    pub buckets: IndexMap<String, Bucket>,
    /// SQS queues by key; the placeholders of a queue's name, address and `maxReceives` are
    /// `${<key>_queue}`, `${<key>_queue_url}` and `${<key>_queue_max_receives}`.
    pub queues: IndexMap<String, Queue>,
    /// Parameters of the SSM Parameter Store by key; the placeholder of a parameter's name is
    /// `${<key>_parameter}`.
    pub parameters: IndexMap<String, SsmParameter>,
    /// Cognito user pools by key; their placeholders are `${<key>_user_pool_id}`,
    /// `${<key>_user_pool_arn}` and `${<key>_user_pool_client_id}`.
    pub user_pools: IndexMap<String, UserPool>,
    /// Values that each environment may set, by the name of the placeholder.
    pub placeholders: IndexMap<String, Placeholder>,
}

impl Lychgate {
    /// Every placeholder that the block defines: those that follow from its keys, then those that
    /// it declares.
    pub fn placeholder_names(&self) -> Vec<String> {
        let declared = self.placeholders.keys().cloned();
        self.derived_placeholders().into_iter().chain(declared).collect()
    }

    /// What holds for declared placeholders in an environment that does not set them.
    pub fn defaults(&self) -> impl Iterator<Item = (&str, &str)> {
        let declared = self.placeholders.iter();
        declared.filter_map(|(name, it)| Some((name.as_str(), it.default.as_deref()?)))
    }

    /// The placeholders that follow from keys of the block, in its order.
    pub(crate) fn derived_placeholders(&self) -> Vec<String> {
        let each = |keys: Vec<&String>, suffixes: &[&str]| -> Vec<String> {
            let name = |key: &&String, suffix: &&str| names::placeholder(key, suffix);
            keys.iter()
                .flat_map(|key| suffixes.iter().map(move |suffix| name(key, suffix)))
                .collect()
        };
        [
            each(self.functions.keys().collect(), &[names::FUNCTION]),
            each(self.roles.keys().collect(), &[names::ROLE]),
            each(self.tables.keys().collect(), &[names::TABLE]),
            each(self.buckets.keys().collect(), &[names::BUCKET]),
            each(
                self.queues.keys().collect(),
                &[names::QUEUE, names::QUEUE_URL, names::QUEUE_MAX_RECEIVES],
            ),
            each(self.parameters.keys().collect(), &[names::PARAMETER]),
            each(self.user_pools.keys().collect(), names::USER_POOL),
        ]
        .concat()
    }
}
