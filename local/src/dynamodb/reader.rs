//! Reading tables without a request: for the console.

use dynoxide::Database;
use serde_json::{Map, Value, json};

/// Reads tables; whoever calls it waits for the disk.
#[derive(Clone)]
pub(crate) struct Reader {
    pub(super) database: Database,
}

/// Some items of a table, without the types of their attributes.
#[derive(Debug)]
pub(crate) struct ItemPage {
    pub(crate) items: Vec<Map<String, Value>>,
    /// Where the next page begins, for [`Reader::page`]; `None` behind the last.
    pub(crate) next: Option<Value>,
}

impl Reader {
    /// At most so many items of a table, from the beginning or from where another page ended.
    pub(crate) fn page(
        &self,
        table: &str,
        after: Option<Value>,
        most: usize,
    ) -> Result<ItemPage, String> {
        let mut request = json!({ "TableName": table, "Limit": most });
        if let Some(after) = after {
            request["ExclusiveStartKey"] = after;
        }
        let request = serde_json::from_value(request).map_err(|error| error.to_string())?;
        let scanned = self.database.scan(request).map_err(|error| error.to_string())?;
        let mut scanned = serde_json::to_value(scanned).map_err(|error| error.to_string())?;
        let items = match scanned["Items"].take() {
            Value::Array(items) => items.into_iter().map(members).collect(),
            _ => Vec::new(),
        };
        let next = Some(scanned["LastEvaluatedKey"].take()).filter(|key| !key.is_null());
        Ok(ItemPage { items, next })
    }

    /// How many items a table has.
    pub(crate) fn count(&self, table: &str) -> Result<u64, String> {
        let request = json!({ "TableName": table });
        let request = serde_json::from_value(request).map_err(|error| error.to_string())?;
        let described = self.database.describe_table(request).map_err(|error| error.to_string())?;
        let described = serde_json::to_value(described).map_err(|error| error.to_string())?;
        Ok(described["Table"]["ItemCount"].as_u64().unwrap_or_default())
    }
}

/// Attributes of an item, in alphabetical order.
fn members(item: Value) -> Map<String, Value> {
    let Value::Object(members) = item else { return Map::new() };
    let mut members: Vec<_> =
        members.into_iter().map(|(name, value)| (name, plain(value))).collect();
    members.sort_by(|one, other| one.0.cmp(&other.0));
    members.into_iter().collect()
}

/// A value without its type: `{"S": "a"}` is `"a"`. Numbers keep every digit, bytes stay base64.
fn plain(value: Value) -> Value {
    let Value::Object(typed) = value else { return value };
    match typed.into_iter().next() {
        Some((kind, Value::Array(values))) if kind == "L" => {
            values.into_iter().map(plain).collect()
        }
        Some((kind, map @ Value::Object(_))) if kind == "M" => members(map).into(),
        Some((kind, _)) if kind == "NULL" => Value::Null,
        Some((kind, Value::String(number))) if kind == "N" => match number.parse::<i64>() {
            Ok(number) => number.into(),
            Err(_) => number.into(),
        },
        Some((_, value)) => value,
        None => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_without_their_types() {
        let item = json!({
            "b": { "S": "text" }, "a": { "N": "7" }, "c": { "N": "0.10" }, "d": { "NULL": true },
            "e": { "L": [{ "BOOL": false }, { "SS": ["x"] }] }, "f": { "M": { "g": { "B": "AA==" } } },
        });
        let shown = Value::from(members(item)).to_string();
        let expected =
            r#"{"a":7,"b":"text","c":"0.10","d":null,"e":[false,["x"]],"f":{"g":"AA=="}}"#;
        assert_eq!(shown, expected);
    }

    #[test]
    fn pages_follow_each_other_to_the_end() {
        let database = Database::memory().unwrap();
        let table = json!({
            "TableName": "pets", "BillingMode": "PAY_PER_REQUEST",
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
        });
        database.create_table(serde_json::from_value(table).unwrap()).unwrap();
        for id in ["a", "b", "c"] {
            let put = json!({ "TableName": "pets", "Item": { "id": { "S": id } } });
            database.put_item(serde_json::from_value(put).unwrap()).unwrap();
        }
        let reader = Reader { database };
        assert_eq!(reader.count("pets").unwrap(), 3);
        let first = reader.page("pets", None, 2).unwrap();
        let last = reader.page("pets", first.next.clone(), 2).unwrap();
        assert_eq!((first.items.len(), last.items.len()), (2, 1));
        assert!(first.next.is_some() && last.next.is_none());
        assert!(reader.page("none", None, 2).is_err());
    }
}
