//! `x-lychgate`: what an API description cannot say. Terraform and the local runner read it alike.

use indexmap::IndexMap;

use crate::position::Origin;

/// The document's root extension `x-lychgate`.
#[derive(Clone, Debug, Default)]
pub struct Lychgate {
    /// Lambda functions by key; the placeholder of a function's name is `${<key>_function}`.
    pub functions: IndexMap<String, Function>,
    /// DynamoDB tables by key; the placeholder of a table's name is `${<key>_table}`.
    pub tables: IndexMap<String, Table>,
}

/// A Lambda function.
#[derive(Clone, Debug)]
pub struct Function {
    /// One line.
    pub description: Option<String>,
    /// `memory`, in MB, 128 to 10,240; default 256.
    pub memory_mb: u32,
    /// `timeout`, in seconds, 1 to 900; default 10.
    pub timeout_seconds: u32,
    /// `environment`: variable to value; values may hold placeholders.
    pub environment: IndexMap<String, String>,
    /// `access`: what the function may touch; nothing else is granted.
    pub access: Vec<Access>,
    /// Where it is declared.
    pub origin: Origin,
}

/// A grant of a function.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Access {
    /// `{table: KEY, level: ...}`
    Table {
        /// Key in `x-lychgate.tables`.
        table: String,
        /// How much.
        level: AccessLevel,
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
}

/// A DynamoDB table (on-demand capacity, encrypted).
#[derive(Clone, Debug)]
pub struct Table {
    /// `partitionKey`
    pub partition_key: KeyAttribute,
    /// `sortKey`
    pub sort_key: Option<KeyAttribute>,
    /// `timeToLive`: the attribute that holds the expiry, in seconds since 1970.
    pub time_to_live: Option<String>,
    /// Where it is declared.
    pub origin: Origin,
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
