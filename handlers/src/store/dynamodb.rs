//! DynamoDB: one table, one item for each record, members as attributes.

use std::collections::HashMap;
use std::marker::PhantomData;

use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::delete_item::DeleteItemError;
use aws_sdk_dynamodb::operation::put_item::PutItemError;
use aws_sdk_dynamodb::operation::put_item::builders::PutItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue};
use serde_json::{Map, Number, Value};

use super::{BoxFuture, Index, Page, Record, Revised, RevisedStore, Store, StoreError};

/// A client of DynamoDB, built once, when the function starts.
pub fn client(config: &SdkConfig) -> Client {
    Client::new(config)
}

/// Records in a DynamoDB table.
#[derive(Clone, Debug)]
pub struct DynamoDbStore<T> {
    client: Client,
    table: String,
    records: PhantomData<fn() -> T>,
}

impl<T: Record> DynamoDbStore<T> {
    /// The store in this table, whose partition key is [`Record::KEY`].
    pub const fn new(client: Client, table: String) -> Self {
        Self { client, table, records: PhantomData }
    }

    fn call_error<E>(&self, action: &'static str) -> impl FnOnce(E) -> StoreError
    where
        E: std::error::Error + Send + Sync + 'static,
    {
        let table = self.table.clone();
        move |error| StoreError::Call { action, table, source: Box::new(error) }
    }

    fn mismatch(&self, source: serde_json::Error) -> StoreError {
        StoreError::Mismatch { table: self.table.clone(), source }
    }

    fn item(&self, record: &T) -> Result<Item, StoreError> {
        match serde_json::to_value(record).map_err(|error| self.mismatch(error))? {
            Value::Object(members) => {
                Ok(members.into_iter().map(|(k, v)| (k, attribute(v))).collect())
            }
            _ => Err(self.mismatch(serde::ser::Error::custom("a record must be an object"))),
        }
    }

    fn put(&self, record: &T) -> Result<PutItemFluentBuilder, StoreError> {
        let put = self.client.put_item().table_name(&self.table);
        Ok(put.set_item(Some(self.item(record)?)))
    }

    /// Whether the condition held.
    async fn put_if(&self, put: PutItemFluentBuilder) -> Result<bool, StoreError> {
        match put.send().await {
            Ok(_) => Ok(true),
            Err(error)
                if error
                    .as_service_error()
                    .is_some_and(PutItemError::is_conditional_check_failed_exception) =>
            {
                Ok(false)
            }
            Err(error) => Err(self.call_error("put into")(error)),
        }
    }

    /// A page of what was asked for with one more than the limit.
    fn cut(
        &self,
        limit: usize,
        items: Option<Vec<Item>>,
        last: Option<Item>,
    ) -> Result<Page<T>, StoreError> {
        let items = items.unwrap_or_default().into_iter();
        let mut records =
            items.map(|item| self.record(item)).collect::<Result<Vec<T>, StoreError>>()?;
        let next = if records.len() > limit {
            records.truncate(limit);
            records.last().map(T::key)
        } else {
            // An answer also ends early, after 1 MB.
            last.as_ref().and_then(|last| last.get(T::KEY)?.as_s().ok()).cloned()
        };
        Ok(Page { records, next })
    }

    fn record(&self, item: Item) -> Result<T, StoreError> {
        let members = item.into_iter().map(|(name, attribute)| Ok((name, value(attribute)?)));
        members
            .collect::<Result<Map<_, _>, _>>()
            .and_then(|members| serde_json::from_value(Value::Object(members)))
            .map_err(|error| self.mismatch(error))
    }
}

type Item = HashMap<String, AttributeValue>;

fn key(text: &str) -> AttributeValue {
    AttributeValue::S(text.to_owned())
}

impl<T: Record> Store<T> for DynamoDbStore<T> {
    fn insert<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let put = self.put(record)?.condition_expression("attribute_not_exists(#key)");
            self.put_if(put.expression_attribute_names("#key", T::KEY)).await
        })
    }

    fn get<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<Option<T>, StoreError>> {
        Box::pin(async move {
            let get = self.client.get_item().table_name(&self.table).key(T::KEY, key(text));
            // A client that has put a record must find it.
            let answer = get.consistent_read(true).send().await;
            let item = answer.map_err(self.call_error("get from"))?.item;
            item.map(|item| self.record(item)).transpose()
        })
    }

    fn remove<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let delete = self.client.delete_item().table_name(&self.table).key(T::KEY, key(text));
            let answer = delete.return_values(ReturnValue::AllOld).send().await;
            Ok(answer.map_err(self.call_error("delete from"))?.attributes.is_some())
        })
    }

    fn page<'a>(
        &'a self,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>> {
        Box::pin(async move {
            // One more than asked for, to know whether more remain.
            let probe = i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX);
            let start = after.map(|text| Item::from([(T::KEY.to_owned(), key(text))]));
            let scan = self.client.scan().table_name(&self.table).limit(probe);
            let answer = scan.set_exclusive_start_key(start).send().await;
            let answer = answer.map_err(self.call_error("scan"))?;
            self.cut(limit, answer.items, answer.last_evaluated_key)
        })
    }

    fn find<'a>(
        &'a self,
        index: Index,
        value: &'a str,
        limit: usize,
        after: Option<&'a str>,
    ) -> BoxFuture<'a, Result<Page<T>, StoreError>> {
        Box::pin(async move {
            let probe = i32::try_from(limit.saturating_add(1)).unwrap_or(i32::MAX);
            let start = after.map(|text| {
                Item::from([(T::KEY.to_owned(), key(text)), (index.member.to_owned(), key(value))])
            });
            let query = self.client.query().table_name(&self.table).index_name(index.name);
            let query = query.key_condition_expression("#member = :value");
            let query = query.expression_attribute_names("#member", index.member);
            let query = query.expression_attribute_values(":value", key(value)).limit(probe);
            let answer = query.set_exclusive_start_key(start).send().await;
            let answer = answer.map_err(self.call_error("query"))?;
            self.cut(limit, answer.items, answer.last_evaluated_key)
        })
    }
}

impl<T: Revised> RevisedStore<T> for DynamoDbStore<T> {
    fn replace<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let Some(former) = record.revision().checked_sub(1) else { return Ok(false) };
            let put = self.put(record)?.condition_expression("#revision = :former");
            let put = put.expression_attribute_names("#revision", T::REVISION);
            let former = AttributeValue::N(former.to_string());
            self.put_if(put.expression_attribute_values(":former", former)).await
        })
    }

    fn remove_unchanged<'a>(&'a self, record: &'a T) -> BoxFuture<'a, Result<bool, StoreError>> {
        Box::pin(async move {
            let revision = AttributeValue::N(record.revision().to_string());
            let delete = self.client.delete_item().table_name(&self.table);
            let delete = delete.key(T::KEY, key(&record.key()));
            let delete = delete.condition_expression("#revision = :revision");
            let delete = delete.expression_attribute_names("#revision", T::REVISION);
            let delete = delete.expression_attribute_values(":revision", revision);
            match delete.send().await {
                Ok(_) => Ok(true),
                Err(error)
                    if error
                        .as_service_error()
                        .is_some_and(DeleteItemError::is_conditional_check_failed_exception) =>
                {
                    Ok(false)
                }
                Err(error) => Err(self.call_error("delete from")(error)),
            }
        })
    }
}

/// A JSON value as an attribute.
fn attribute(value: Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(flag) => AttributeValue::Bool(flag),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text),
        Value::Array(values) => AttributeValue::L(values.into_iter().map(attribute).collect()),
        Value::Object(members) => {
            AttributeValue::M(members.into_iter().map(|(k, v)| (k, attribute(v))).collect())
        }
    }
}

/// An attribute as a JSON value; sets and binary attributes are none that this store writes.
fn value(attribute: AttributeValue) -> Result<Value, serde_json::Error> {
    Ok(match attribute {
        AttributeValue::Null(_) => Value::Null,
        AttributeValue::Bool(flag) => Value::Bool(flag),
        AttributeValue::N(text) => Value::Number(text.parse::<Number>()?),
        AttributeValue::S(text) => Value::String(text),
        AttributeValue::L(values) => {
            Value::Array(values.into_iter().map(value).collect::<Result<_, _>>()?)
        }
        AttributeValue::M(members) => {
            let members = members.into_iter().map(|(name, member)| Ok((name, value(member)?)));
            Value::Object(members.collect::<Result<_, serde_json::Error>>()?)
        }
        _ => return Err(serde::de::Error::custom("an attribute is of a type that JSON lacks")),
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn json_survives_as_attributes() {
        let json = json!({
            "text": "", "integer": u64::MAX, "decimal": -0.5, "flag": true, "none": null,
            "list": [1, ["a"]], "map": {"deep": {}},
        });
        assert_eq!(value(attribute(json.clone())).unwrap(), json);
    }

    #[test]
    fn attributes_json_lacks_are_refused() {
        assert!(value(AttributeValue::Ss(vec!["a".to_owned()])).is_err());
        assert!(value(AttributeValue::N("many".to_owned())).is_err());
    }
}
