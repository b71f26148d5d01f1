//! Stores: tables, buckets, queues, parameters and user pools.

use indexmap::IndexMap;

use crate::position::Origin;

/// A DynamoDB table (on-demand capacity, encrypted, point-in-time recovery).
#[derive(Clone, Debug)]
pub struct Table {
    /// `partitionKey`
    pub partition_key: KeyAttribute,
    /// `sortKey`
    pub sort_key: Option<KeyAttribute>,
    /// `timeToLive`: the attribute that holds the expiry, in seconds since 1970.
    pub time_to_live: Option<String>,
    /// `indexes`: global secondary indexes by name; they hold every attribute.
    pub indexes: IndexMap<String, TableIndex>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A global secondary index.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableIndex {
    /// `partitionKey`
    pub partition_key: KeyAttribute,
    /// `sortKey`
    pub sort_key: Option<KeyAttribute>,
}

/// A key attribute of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyAttribute {
    /// `name`
    pub name: String,
    /// `type`; default `S`.
    pub kind: AttributeType,
}

/// DynamoDB's key attribute types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum AttributeType {
    /// `S`
    String,
    /// `N`
    Number,
    /// `B`
    Binary,
}

/// An S3 bucket (private, encrypted, TLS only).
#[derive(Clone, Debug)]
pub struct Bucket {
    /// `versioning`; default true.
    pub versioning: bool,
    /// `expire`: what is deleted by age, in document order.
    pub expire: Vec<Expiry>,
    /// `abortUploadsAfter`: days after which an unfinished multipart upload is given up; default 7.
    pub abort_uploads_after_days: u32,
    /// `cors`: the browsers' pages that may reach it.
    pub cors: Option<Cors>,
    /// `notifications`, in document order.
    pub notifications: Vec<Notification>,
    /// Where it is declared.
    pub origin: Origin,
}

/// Objects that are deleted by age.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expiry {
    /// `prefix`: what their keys start with; empty for all.
    pub prefix: String,
    /// `days`
    pub days: u32,
}

/// Which pages of other origins may reach a bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cors {
    /// `origins`; may hold placeholders.
    pub origins: Vec<String>,
    /// `methods`
    pub methods: Vec<String>,
    /// `headers` a page may send; default all.
    pub headers: Vec<String>,
    /// `exposeHeaders`: response headers a page may read.
    pub expose_headers: Vec<String>,
}

/// What a bucket tells about its objects, and whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// `queue` or `function`
    pub target: NotificationTarget,
    /// `prefix`: what keys must start with; empty for all.
    pub prefix: String,
    /// `suffix`: what keys must end with; empty for all.
    pub suffix: String,
    /// `events`; default `created`.
    pub events: Vec<BucketEvent>,
    /// Where it is declared.
    pub origin: Origin,
}

/// Who is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NotificationTarget {
    /// Key in `x-lychgate.queues`.
    Queue(String),
    /// Key in `x-lychgate.functions`.
    Function(String),
}

/// What happens to objects.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BucketEvent {
    /// `created`: `s3:ObjectCreated:*`
    Created,
    /// `removed`: `s3:ObjectRemoved:*`
    Removed,
}

/// An SQS queue with a dead-letter queue of its own (encrypted, TLS only).
#[derive(Clone, Debug)]
pub struct Queue {
    /// `visibilityTimeout`, in seconds, 0 to 43,200; if `None`, six times the longest timeout of
    /// the functions it calls, as Lambda asks for, and at least 30.
    pub visibility_timeout_seconds: Option<u32>,
    /// `retention`, in seconds, 60 to 1,209,600; default four days.
    pub retention_seconds: u32,
    /// `delay` before a message is seen, in seconds, 0 to 900; default 0.
    pub delay_seconds: u32,
    /// `maxReceives`, 1 to 1,000: deliveries before a message goes to the dead-letter queue;
    /// default 5.
    pub max_receives: u32,
    /// Where it is declared.
    pub origin: Origin,
}

/// A parameter of the SSM Parameter Store. Its value is set by whoever holds it, never by
/// Terraform.
#[derive(Clone, Debug)]
pub struct SsmParameter {
    /// One line.
    pub description: Option<String>,
    /// `secure`: a SecureString; default true.
    pub secure: bool,
    /// `local`: its value on the laptop; may hold placeholders that only the local run fills.
    pub local: Option<String>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A Cognito user pool with one client; users sign in with their email address.
#[derive(Clone, Debug)]
pub struct UserPool {
    /// `selfSignUp`: whether users may create themselves; default false.
    pub self_sign_up: bool,
    /// `passwordPolicy`
    pub password_policy: PasswordPolicy,
    /// `preSignUp`: key of the function that is called before a user is created.
    pub pre_sign_up: Option<String>,
    /// `tokenMinutes`: life of id and access tokens, 5 to 1,440; default 60.
    pub token_minutes: u32,
    /// `refreshDays`: life of refresh tokens, 1 to 3,650; default 30.
    pub refresh_days: u32,
    /// Where it is declared.
    pub origin: Origin,
}

/// What a password must hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordPolicy {
    /// `length`, 6 to 99; default 12.
    pub length: u32,
    /// `lowercase`; default true.
    pub lowercase: bool,
    /// `uppercase`; default true.
    pub uppercase: bool,
    /// `digits`; default true.
    pub digits: bool,
    /// `symbols`; default false.
    pub symbols: bool,
}
