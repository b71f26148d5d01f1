//! A DynamoDB in this process, for one test.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, GlobalSecondaryIndex, KeySchemaElement, KeyType, Projection,
    ProjectionType, ScalarAttributeType,
};
use handlers::store::{DynamoDbStore, Record};
use tokio::net::TcpListener;

/// A client of an empty DynamoDB that ends with the test's run time.
pub(crate) async fn client() -> Client {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let database = dynoxide::Database::memory().unwrap();
    tokio::spawn(dynoxide::server::serve_on(listener, database));
    let credentials = Credentials::builder()
        .access_key_id("test")
        .secret_access_key("test")
        .provider_name("test")
        .build();
    Client::from_conf(
        Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .credentials_provider(credentials)
            .endpoint_url(endpoint)
            .region(Region::new("eu-west-1"))
            .build(),
    )
}

/// A store in a new table.
pub(crate) async fn store<T: Record>(table: &str) -> DynamoDbStore<T> {
    indexed(table, &[]).await
}

/// A store in a new table with indexes, each by its name and its partition key.
pub(crate) async fn indexed<T: Record>(table: &str, indexes: &[(&str, &str)]) -> DynamoDbStore<T> {
    let client = client().await;
    let mut create = client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(text(T::KEY))
        .key_schema(key(T::KEY, KeyType::Hash));
    for (name, member) in indexes {
        let everything = Projection::builder().projection_type(ProjectionType::All).build();
        let index = GlobalSecondaryIndex::builder()
            .index_name(*name)
            .key_schema(key(member, KeyType::Hash))
            .key_schema(key(T::KEY, KeyType::Range))
            .projection(everything);
        create = create.attribute_definitions(text(member));
        create = create.global_secondary_indexes(index.build().unwrap());
    }
    create.send().await.unwrap();
    DynamoDbStore::new(client, table.to_owned())
}

fn text(name: &str) -> AttributeDefinition {
    let definition = AttributeDefinition::builder().attribute_name(name);
    definition.attribute_type(ScalarAttributeType::S).build().unwrap()
}

fn key(name: &str, kind: KeyType) -> KeySchemaElement {
    KeySchemaElement::builder().attribute_name(name).key_type(kind).build().unwrap()
}
