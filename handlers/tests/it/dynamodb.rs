//! A DynamoDB in this process, for one test.

use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::{BehaviorVersion, Config, Credentials, Region};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, BillingMode, KeySchemaElement, KeyType, ScalarAttributeType,
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
    let client = client().await;
    let attribute = AttributeDefinition::builder()
        .attribute_name(T::KEY)
        .attribute_type(ScalarAttributeType::S)
        .build()
        .unwrap();
    let key = KeySchemaElement::builder().attribute_name(T::KEY).key_type(KeyType::Hash);
    client
        .create_table()
        .table_name(table)
        .billing_mode(BillingMode::PayPerRequest)
        .attribute_definitions(attribute)
        .key_schema(key.build().unwrap())
        .send()
        .await
        .unwrap();
    DynamoDbStore::new(client, table.to_owned())
}
