//! Global secondary indexes of a table. Unlike its key they can come and go with the document.

use dynoxide::actions::TableDescription;
use dynoxide::actions::describe_table::DescribeTableRequest;
use dynoxide::actions::update_table::{
    CreateGsiAction, DeleteGsiAction, GlobalSecondaryIndexUpdate, UpdateTableRequest,
};
use dynoxide::types::{GlobalSecondaryIndex, Projection, ProjectionType};
use dynoxide::{Database, DynoxideError};

use super::tables::{TableSpec, attribute_definitions, describe_key, key_schema};

/// The indexes of a new table; `None` without any, since DynamoDB refuses an empty list.
pub(super) fn declared(spec: &TableSpec) -> Option<Vec<GlobalSecondaryIndex>> {
    let indexes = spec.table.indexes.iter().map(|(name, index)| GlobalSecondaryIndex {
        index_name: name.clone(),
        key_schema: key_schema(&index.partition_key, index.sort_key.as_ref()),
        projection: everything(),
        provisioned_throughput: None,
    });
    let indexes: Vec<_> = indexes.collect();
    (!indexes.is_empty()).then_some(indexes)
}

/// Makes the indexes of an existing table what the document says: deletes those that are declared
/// no more or otherwise, and fills those that are missing.
pub(super) fn reconcile(database: &Database, spec: &TableSpec) -> Result<(), DynoxideError> {
    let request = DescribeTableRequest { table_name: spec.name.clone() };
    let table = database.describe_table(request)?.table;
    let declared = declared(spec).unwrap_or_default();
    let existing = existing(&table);
    let now = |index: &GlobalSecondaryIndex| {
        let key = describe_key(&index.key_schema, &attribute_definitions(&spec.table));
        (index.index_name.clone(), key)
    };
    let wanted: Vec<_> = declared.iter().map(now).collect();
    // DynamoDB takes one of these at a time.
    for (index_name, _) in existing.iter().filter(|index| !wanted.contains(index)) {
        let delete = DeleteGsiAction { index_name: index_name.clone() };
        update(database, spec, GlobalSecondaryIndexUpdate { delete: Some(delete), ..no_change() })?;
    }
    for index in declared.into_iter().filter(|index| !existing.contains(&now(index))) {
        let create = CreateGsiAction {
            index_name: index.index_name,
            key_schema: index.key_schema,
            projection: index.projection,
        };
        update(database, spec, GlobalSecondaryIndexUpdate { create: Some(create), ..no_change() })?;
    }
    Ok(())
}

/// Name and key of each index the table has.
fn existing(table: &TableDescription) -> Vec<(String, String)> {
    let indexes = table.global_secondary_indexes.iter().flatten();
    indexes
        .map(|index| {
            let key = describe_key(&index.key_schema, &table.attribute_definitions);
            (index.index_name.clone(), key)
        })
        .collect()
}

fn update(
    database: &Database,
    spec: &TableSpec,
    change: GlobalSecondaryIndexUpdate,
) -> Result<(), DynoxideError> {
    database.update_table(UpdateTableRequest {
        table_name: spec.name.clone(),
        attribute_definitions: Some(attribute_definitions(&spec.table)),
        global_secondary_index_updates: Some(vec![change]),
        ..UpdateTableRequest::default()
    })?;
    Ok(())
}

fn no_change() -> GlobalSecondaryIndexUpdate {
    GlobalSecondaryIndexUpdate::default()
}

fn everything() -> Projection {
    Projection { projection_type: Some(ProjectionType::ALL), non_key_attributes: None }
}

#[cfg(test)]
mod tests {
    use openapi::model::{AttributeType, KeyAttribute, TableIndex};

    use super::super::tables::ensure;
    use super::super::tables::tests::spec;
    use super::*;

    fn indexed(attribute: &str) -> TableSpec {
        let mut spec = spec("users", "uid");
        let key = KeyAttribute { name: attribute.to_owned(), kind: AttributeType::String };
        spec.table
            .indexes
            .insert("other".to_owned(), TableIndex { partition_key: key, sort_key: None });
        spec
    }

    fn found(database: &Database, attribute: &str) -> Result<i64, DynoxideError> {
        let request = serde_json::json!({
            "TableName": "local-users",
            "IndexName": "other",
            "KeyConditionExpression": format!("{attribute} = :it"),
            "ExpressionAttributeValues": { ":it": { "S": "x" } },
        });
        let answer = database.query(serde_json::from_value(request).unwrap())?;
        Ok(answer.items.unwrap_or_default().len().try_into().unwrap())
    }

    fn put(database: &Database) {
        let item = serde_json::json!({
            "uid": { "S": "u-1" }, "email": { "S": "x" }, "city": { "S": "x" },
        });
        let request = serde_json::json!({ "TableName": "local-users", "Item": item });
        database.put_item(serde_json::from_value(request).unwrap()).unwrap();
    }

    #[test]
    fn a_table_can_be_read_by_its_indexes() {
        let database = Database::memory().unwrap();
        ensure(&database, &[indexed("email")]).unwrap();
        put(&database);
        assert_eq!(found(&database, "email").unwrap(), 1);
    }

    #[test]
    fn indexes_follow_the_document_and_hold_what_was_there_before() {
        let database = Database::memory().unwrap();
        ensure(&database, &[spec("users", "uid")]).unwrap();
        put(&database);
        assert!(found(&database, "email").is_err());
        for attribute in ["email", "city"] {
            ensure(&database, &[indexed(attribute)]).unwrap();
            assert_eq!(found(&database, attribute).unwrap(), 1, "{attribute}");
        }
        ensure(&database, &[spec("users", "uid")]).unwrap();
        assert!(found(&database, "city").is_err());
    }
}
