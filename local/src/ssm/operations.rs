//! The operations of the Parameter Store, as its JSON protocol has them.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::store::{Kind, Parameter, ParameterValue, Store, StoreError};
use crate::aws_json::{Fault, Operations, input};
use crate::environment::{ACCOUNT_ID, REGION};

const OFFERED: &str = "GetParameter, GetParameters, GetParametersByPath, PutParameter, \
    DeleteParameter, DeleteParameters and DescribeParameters";

/// Longest value, in bytes, of a parameter of the standard tier.
const MAX_VALUE: usize = 4096;

/// Longest value of any.
const MAX_ADVANCED_VALUE: usize = 8192;

/// Answers requests from the store.
#[derive(Debug)]
pub(super) struct ParameterOperations(pub(super) std::sync::Arc<Store>);

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Get {
    name: String,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetSeveral {
    names: Vec<String>,
    #[serde(default)]
    with_decryption: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct GetByPath {
    path: String,
    #[serde(default)]
    recursive: bool,
    #[serde(default)]
    with_decryption: bool,
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Put {
    name: String,
    value: ParameterValue,
    r#type: Option<Kind>,
    description: Option<String>,
    #[serde(default)]
    overwrite: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Delete {
    name: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct DeleteSeveral {
    names: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Describe {
    #[serde(default)]
    filters: Vec<Filter>,
    #[serde(default)]
    parameter_filters: Vec<Filter>,
    max_results: Option<usize>,
    next_token: Option<String>,
}

/// Not offered: a list must not look as if it had been filtered.
#[derive(Deserialize)]
struct Filter {}

impl Operations for ParameterOperations {
    const TARGET: &'static str = "AmazonSSM";
    const MEDIA_TYPE: &'static str = "application/x-amz-json-1.1";

    async fn call(&self, operation: &str, bytes: &[u8]) -> Result<Value, Fault> {
        let store = &*self.0;
        match operation {
            "GetParameter" => get(store, &input(bytes)?),
            "GetParameters" => get_several(store, input(bytes)?),
            "GetParametersByPath" => get_by_path(store, &input(bytes)?),
            "PutParameter" => put(store, input(bytes)?),
            "DeleteParameter" => {
                let Delete { name } = input(bytes)?;
                if store.delete(plain_name(&name))? { Ok(json!({})) } else { Err(not_found(&name)) }
            }
            "DeleteParameters" => delete_several(store, input(bytes)?),
            "DescribeParameters" => describe(store, &input(bytes)?),
            other => Err(Fault::unknown_operation(other, OFFERED)),
        }
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        Self::service(&error)
    }
}

fn get(store: &Store, input: &Get) -> Result<Value, Fault> {
    let (name, version) = split_version(plain_name(&input.name))?;
    let parameter = store.get(name).ok_or_else(|| not_found(name))?;
    if version.is_some_and(|version| version != parameter.version) {
        let message = format!("Systems Manager could not find version {version:?} of {name}.");
        return Err(Fault::sender("ParameterVersionNotFound", message));
    }
    Ok(json!({ "Parameter": shown(name, &parameter, input.with_decryption) }))
}

fn get_several(store: &Store, input: GetSeveral) -> Result<Value, Fault> {
    if !(1..=10).contains(&input.names.len()) {
        return Err(invalid("Member must have length between 1 and 10 at 'names'"));
    }
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for name in input.names {
        let plain = plain_name(&name);
        match store.get(plain) {
            Some(parameter) => found.push(shown(plain, &parameter, input.with_decryption)),
            None => missing.push(name),
        }
    }
    Ok(json!({ "Parameters": found, "InvalidParameters": missing }))
}

fn get_by_path(store: &Store, input: &GetByPath) -> Result<Value, Fault> {
    refuse_filters(&input.parameter_filters)?;
    if !input.path.starts_with('/') {
        return Err(invalid("The parameter path must begin with a forward slash."));
    }
    let folder = format!("{}/", input.path.trim_end_matches('/'));
    let below = |name: &str| {
        let rest = name.strip_prefix(&folder);
        rest.is_some_and(|rest| input.recursive || !rest.contains('/'))
    };
    let all = store.all().into_iter().filter(|(name, _)| below(name));
    let all = all.map(|(name, parameter)| shown(&name, &parameter, input.with_decryption));
    page(all.collect(), input.max_results.unwrap_or(10), input.next_token.as_deref())
}

fn put(store: &Store, input: Put) -> Result<Value, Fault> {
    let name = plain_name(&input.name);
    check_name(name)?;
    let size = input.value.expose().len();
    if size == 0 || size > MAX_ADVANCED_VALUE {
        let message = format!("a value has 1 to {MAX_ADVANCED_VALUE} bytes, not {size}");
        return Err(invalid(&message));
    }
    let before = store.get(name);
    if before.is_some() && !input.overwrite {
        let message = "The parameter already exists. To overwrite this value, set the overwrite \
            option in the request to true.";
        return Err(Fault::sender("ParameterAlreadyExists", message));
    }
    let kind = input.r#type.or_else(|| before.map(|before| before.kind));
    let kind =
        kind.ok_or_else(|| invalid("A parameter type is required when you create a parameter."))?;
    let version = store.put(name, input.value, kind, input.description)?;
    Ok(json!({ "Version": version, "Tier": tier(size) }))
}

fn delete_several(store: &Store, input: DeleteSeveral) -> Result<Value, Fault> {
    let mut deleted = Vec::new();
    let mut missing = Vec::new();
    for name in input.names {
        let was_there = store.delete(plain_name(&name))?;
        if was_there { deleted.push(name) } else { missing.push(name) }
    }
    Ok(json!({ "DeletedParameters": deleted, "InvalidParameters": missing }))
}

fn describe(store: &Store, input: &Describe) -> Result<Value, Fault> {
    refuse_filters(&input.filters)?;
    refuse_filters(&input.parameter_filters)?;
    let described = store.all().into_iter().map(|(name, parameter)| {
        let mut shown = json!({
            "Name": name,
            "ARN": arn(&name),
            "Type": parameter.kind,
            "Version": parameter.version,
            "LastModifiedDate": parameter.modified_at,
            "Tier": tier(parameter.value.expose().len()),
            "DataType": "text",
            "Policies": [],
        });
        if let Some(description) = parameter.description {
            shown["Description"] = description.into();
        }
        shown
    });
    page(described.collect(), input.max_results.unwrap_or(50), input.next_token.as_deref())
}

/// So many of a list; the token is where the next page begins.
fn page(all: Vec<Value>, size: usize, token: Option<&str>) -> Result<Value, Fault> {
    let start = match token {
        Some(token) => token
            .parse()
            .map_err(|_| Fault::sender("InvalidNextToken", "The specified token isn't valid."))?,
        None => 0_usize,
    };
    let end = start.saturating_add(size);
    let more = end < all.len();
    let parameters: Vec<_> = all.into_iter().skip(start).take(size).collect();
    let mut page = json!({ "Parameters": parameters });
    if more {
        page["NextToken"] = end.to_string().into();
    }
    Ok(page)
}

fn shown(name: &str, parameter: &Parameter, decrypt: bool) -> Value {
    let is_hidden = parameter.kind == Kind::SecureString && !decrypt;
    let value = if is_hidden {
        ciphertext(name, parameter.version)
    } else {
        parameter.value.expose().to_owned()
    };
    json!({
        "Name": name,
        "ARN": arn(name),
        "Type": parameter.kind,
        "Value": value,
        "Version": parameter.version,
        "LastModifiedDate": parameter.modified_at,
        "DataType": "text",
    })
}

/// What is seen of a SecureString without decryption: text that looks like it and holds nothing of
/// the value, so that whoever forgets to ask for decryption finds out at home.
fn ciphertext(name: &str, version: u64) -> String {
    let block = |index: u8| {
        Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{index}{version}{name}").as_bytes())
    };
    let blocks: Vec<u8> = (0..6).flat_map(|index| block(index).into_bytes()).collect();
    format!("AQICAH{}", STANDARD.encode(blocks))
}

fn arn(name: &str) -> String {
    let separator = if name.starts_with('/') { "" } else { "/" };
    format!("arn:aws:ssm:{REGION}:{ACCOUNT_ID}:parameter{separator}{name}")
}

/// The name in an ARN, or the name.
fn plain_name(name: &str) -> &str {
    let of_arn = name.strip_prefix("arn:").and_then(|arn| arn.split_once(":parameter"));
    of_arn.map_or(name, |(_, name)| name)
}

/// `name:3` is the third version.
fn split_version(name: &str) -> Result<(&str, Option<u64>), Fault> {
    match name.split_once(':') {
        None => Ok((name, None)),
        Some((name, version)) => match version.parse() {
            Ok(version) => Ok((name, Some(version))),
            Err(_) => Err(invalid("labels of versions are not offered on this machine")),
        },
    }
}

fn check_name(name: &str) -> Result<(), Fault> {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-' | '/');
    if name.is_empty() || name.len() > 2048 || !name.chars().all(plain) {
        return Err(invalid("a parameter's name has letters, digits, `_`, `.`, `-` and `/`"));
    }
    Ok(())
}

fn tier(size: usize) -> &'static str {
    if size > MAX_VALUE { "Advanced" } else { "Standard" }
}

fn refuse_filters(filters: &[Filter]) -> Result<(), Fault> {
    if filters.is_empty() {
        return Ok(());
    }
    Err(invalid("filters are not offered on this machine"))
}

fn not_found(name: &str) -> Fault {
    Fault::sender("ParameterNotFound", format!("Parameter {name} not found."))
}

fn invalid(message: &str) -> Fault {
    Fault::sender("ValidationException", message)
}
