//! Tables of `x-lychgate.tables` in the embedded DynamoDB.

use dynoxide::actions::create_table::CreateTableRequest;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::describe_time_to_live::DescribeTimeToLiveRequest;
use dynoxide::actions::update_time_to_live::{TimeToLiveSpecification, UpdateTimeToLiveRequest};
use dynoxide::types::{AttributeDefinition, KeySchemaElement, KeyType, ScalarAttributeType};
use dynoxide::{Database, DynoxideError};
use openapi::Diagnostic;
use openapi::model::{AttributeType, KeyAttribute, Table};

use super::indexes;

/// A table as the document declares it, under its local name.
#[derive(Clone, Debug)]
pub struct TableSpec {
    /// Key in `x-lychgate.tables`.
    pub key: String,
    /// Its name here.
    pub name: String,
    /// What the document says.
    pub table: Table,
}

/// Creates what is missing, after every existing table was found to fit.
pub(super) fn ensure(
    database: &Database,
    specs: &[TableSpec],
) -> Result<Vec<String>, Vec<Diagnostic>> {
    let mut missing = Vec::new();
    let mut errors = Vec::new();
    for spec in specs {
        match fits(database, spec) {
            Ok(true) => {}
            Ok(false) => missing.push(spec),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(errors);
    }
    for spec in &missing {
        if let Err(error) = create(database, spec) {
            errors.push(refused(spec, &error));
        }
    }
    for spec in specs {
        if errors.is_empty()
            && let Err(error) =
                indexes::reconcile(database, spec).and_then(|()| set_time_to_live(database, spec))
        {
            errors.push(refused(spec, &error));
        }
    }
    if errors.is_empty() {
        Ok(missing.into_iter().map(|spec| spec.name.clone()).collect())
    } else {
        Err(errors)
    }
}

/// Whether the table exists; an error if it does with another key.
fn fits(database: &Database, spec: &TableSpec) -> Result<bool, Diagnostic> {
    let request = DescribeTableRequest { table_name: spec.name.clone() };
    let table = match database.describe_table(request) {
        Ok(response) => response.table,
        Err(DynoxideError::ResourceNotFoundException(_)) => return Ok(false),
        Err(error) => return Err(refused(spec, &error)),
    };
    let existing = describe_key(&table.key_schema, &table.attribute_definitions);
    let declared = describe_key(&table_key(&spec.table), &attribute_definitions(&spec.table));
    if existing == declared {
        return Ok(true);
    }
    let name = &spec.name;
    let message =
        format!("table `{name}` keeps its records under the key {existing}, not {declared}");
    let help = "DynamoDB cannot change the key of a table: declare a table under another name, or \
        forget the local records (start with --ephemeral or another --data-dir)";
    Err(Diagnostic::error("table-key", &spec.table.origin, message).with_help(help))
}

fn create(database: &Database, spec: &TableSpec) -> Result<(), DynoxideError> {
    database.create_table(CreateTableRequest {
        table_name: spec.name.clone(),
        key_schema: table_key(&spec.table),
        attribute_definitions: attribute_definitions(&spec.table),
        global_secondary_indexes: indexes::declared(spec),
        billing_mode: Some("PAY_PER_REQUEST".to_owned()),
        ..CreateTableRequest::default()
    })?;
    Ok(())
}

/// Makes the time-to-live setting what the document says. The attribute cannot be changed while it
/// is enabled, so another one is switched off first.
fn set_time_to_live(database: &Database, spec: &TableSpec) -> Result<(), DynoxideError> {
    let request = DescribeTimeToLiveRequest { table_name: spec.name.clone() };
    let current = database.describe_time_to_live(request)?.time_to_live_description;
    let current =
        current.attribute_name.filter(|_| current.time_to_live_status.starts_with("ENABL"));
    if current == spec.table.time_to_live {
        return Ok(());
    }
    let switches = [(current, false), (spec.table.time_to_live.clone(), true)];
    for (attribute_name, enabled) in switches {
        if let Some(attribute_name) = attribute_name {
            database.update_time_to_live(UpdateTimeToLiveRequest {
                table_name: spec.name.clone(),
                time_to_live_specification: TimeToLiveSpecification { attribute_name, enabled },
            })?;
        }
    }
    Ok(())
}

/// DynamoDB refuses it here as it would refuse it in the cloud.
fn refused(spec: &TableSpec, error: &DynoxideError) -> Diagnostic {
    let message = format!("DynamoDB refuses table `{}`: {error}", spec.name);
    Diagnostic::error("table-refused", &spec.table.origin, message)
}

fn table_key(table: &Table) -> Vec<KeySchemaElement> {
    key_schema(&table.partition_key, table.sort_key.as_ref())
}

pub(super) fn key_schema(
    partition_key: &KeyAttribute,
    sort_key: Option<&KeyAttribute>,
) -> Vec<KeySchemaElement> {
    let element = |attribute: &KeyAttribute, key_type| KeySchemaElement {
        attribute_name: attribute.name.clone(),
        key_type,
    };
    let sort_key = sort_key.map(|attribute| element(attribute, KeyType::RANGE));
    std::iter::once(element(partition_key, KeyType::HASH)).chain(sort_key).collect()
}

/// Every attribute that is part of a key, of the table or of an index, once.
pub(super) fn attribute_definitions(table: &Table) -> Vec<AttributeDefinition> {
    let indexes = table.indexes.values();
    let mut attributes: Vec<&KeyAttribute> = Vec::new();
    let keys = std::iter::once((&table.partition_key, &table.sort_key))
        .chain(indexes.map(|index| (&index.partition_key, &index.sort_key)));
    for attribute in keys.flat_map(|(partition, sort)| std::iter::once(partition).chain(sort)) {
        if !attributes.contains(&attribute) {
            attributes.push(attribute);
        }
    }
    attributes
        .into_iter()
        .map(|attribute| AttributeDefinition {
            attribute_name: attribute.name.clone(),
            attribute_type: match attribute.kind {
                AttributeType::String => ScalarAttributeType::S,
                AttributeType::Number => ScalarAttributeType::N,
                AttributeType::Binary => ScalarAttributeType::B,
            },
        })
        .collect()
}

/// `uid (S)`, or `uid (S) and at (N)` with a sort key.
pub(super) fn describe_key(
    schema: &[KeySchemaElement],
    definitions: &[AttributeDefinition],
) -> String {
    let mut parts: Vec<_> = schema.iter().collect();
    parts.sort_by_key(|element| element.key_type == KeyType::RANGE);
    let parts: Vec<_> = parts
        .into_iter()
        .map(|element| {
            let kind = definitions
                .iter()
                .find(|definition| definition.attribute_name == element.attribute_name)
                .map_or(String::new(), |definition| format!(" ({:?})", definition.attribute_type));
            format!("{}{kind}", element.attribute_name)
        })
        .collect();
    parts.join(" and ")
}

#[cfg(test)]
pub(super) mod tests {
    use openapi::{Origin, Position};

    use super::*;

    pub(crate) fn spec(key: &str, partition_key: &str) -> TableSpec {
        let table = Table {
            partition_key: KeyAttribute {
                name: partition_key.to_owned(),
                kind: AttributeType::String,
            },
            sort_key: None,
            indexes: indexmap::IndexMap::new(),
            time_to_live: None,
            origin: Origin {
                pointer: format!("/x-lychgate/tables/{key}"),
                position: Position { line: 36, column: 5 },
            },
        };
        TableSpec { key: key.to_owned(), name: format!("local-{key}"), table }
    }

    pub(crate) fn put(database: &Database, table: &str, key: &str, value: &str) {
        let request = serde_json::json!({ "TableName": table, "Item": { key: { "S": value } } });
        database.put_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    pub(crate) fn get(database: &Database, table: &str, key: &str, value: &str) -> bool {
        let request = serde_json::json!({ "TableName": table, "Key": { key: { "S": value } } });
        let response = database.get_item(serde_json::from_value(request).unwrap()).unwrap();
        response.item.is_some()
    }

    #[test]
    fn another_key_is_refused_and_nothing_else_is_created() {
        let database = Database::memory().unwrap();
        ensure(&database, &[spec("users", "uid")]).unwrap();
        let errors =
            ensure(&database, &[spec("users", "id"), spec("items", "itemId")]).unwrap_err();
        let [error] = errors.as_slice() else { panic!("{errors:?}") };
        let expected = "table `local-users` keeps its records under the key uid (S), not id (S)";
        assert_eq!(error.message, expected);
        assert!(error.help.as_deref().unwrap().contains("--ephemeral"));
        assert_eq!(error.origin.as_ref().unwrap().position, Position { line: 36, column: 5 });
        assert_eq!(ensure(&database, &[spec("items", "itemId")]).unwrap(), ["local-items"]);
    }

    #[test]
    fn a_sort_key_is_part_of_the_key() {
        let database = Database::memory().unwrap();
        let mut with_sort_key = spec("events", "source");
        with_sort_key.table.sort_key =
            Some(KeyAttribute { name: "at".to_owned(), kind: AttributeType::Number });
        ensure(&database, std::slice::from_ref(&with_sort_key)).unwrap();
        assert_eq!(ensure(&database, &[with_sort_key]).unwrap(), [""; 0]);
        let errors = ensure(&database, &[spec("events", "source")]).unwrap_err();
        assert!(errors[0].message.contains("the key source (S) and at (N), not"), "{errors:?}");
    }

    #[test]
    fn a_name_dynamodb_refuses_is_refused_with_its_words() {
        let mut short = spec("users", "uid");
        short.name = "u".to_owned();
        let errors = ensure(&Database::memory().unwrap(), &[short]).unwrap_err();
        assert!(errors[0].message.contains("refuses table `u`"), "{errors:?}");
    }

    #[test]
    fn time_to_live_follows_the_document() {
        let database = Database::memory().unwrap();
        let mut sessions = spec("sessions", "id");
        for attribute in [Some("expiresAt"), Some("endsAt"), None] {
            sessions.table.time_to_live = attribute.map(str::to_owned);
            ensure(&database, std::slice::from_ref(&sessions)).unwrap();
            let request = DescribeTimeToLiveRequest { table_name: sessions.name.clone() };
            let set = database.describe_time_to_live(request).unwrap().time_to_live_description;
            assert_eq!(set.attribute_name.as_deref(), attribute);
        }
    }

    #[test]
    fn expired_items_are_swept() {
        let database = Database::memory().unwrap();
        let mut sessions = spec("sessions", "id");
        sessions.table.time_to_live = Some("expiresAt".to_owned());
        ensure(&database, std::slice::from_ref(&sessions)).unwrap();
        let request = serde_json::json!({
            "TableName": sessions.name,
            "Item": { "id": { "S": "old" }, "expiresAt": { "N": "1" } },
        });
        database.put_item(serde_json::from_value(request).unwrap()).unwrap();
        assert_eq!(database.sweep_ttl().unwrap(), 1);
        assert!(!get(&database, &sessions.name, "id", "old"));
    }
}
