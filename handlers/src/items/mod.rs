//! The function `items`: creates, reads, lists and deletes items.

mod create_item;
mod delete_item;
mod get_item;
mod list_items;

use std::sync::Arc;

use models::Item;

use crate::aws;
use crate::generated::items::*;
use crate::runtime::configuration::{Lookup, MissingVariable, required};
use crate::runtime::{Context, Failure};
use crate::store::{DynamoDbStore, Record, Store, client};

/// Serves the operations of the function `items`.
#[derive(Clone, Debug)]
pub struct ItemsFunction {
    store: Arc<dyn Store<Item>>,
}

impl ItemsFunction {
    /// A function that keeps its items in this store.
    pub fn new(store: impl Store<Item> + 'static) -> Self {
        Self { store: Arc::new(store) }
    }

    /// Reads the configuration and connects to DynamoDB.
    ///
    /// # Errors
    /// If a variable is missing.
    pub async fn start(lookup: Lookup<'_>) -> Result<Self, MissingVariable> {
        let table = required(lookup, "ITEMS_TABLE")?;
        Ok(Self::new(DynamoDbStore::new(client(&aws::config().await), table)))
    }
}

impl Record for Item {
    const KEY: &'static str = "itemId";

    fn key(&self) -> String {
        self.item_id.to_string()
    }
}

impl Items for ItemsFunction {
    async fn create_item(
        &self,
        request: CreateItemRequest,
        context: &Context,
    ) -> Result<CreateItemResponse, Failure> {
        create_item::handle(self, request, context).await
    }

    async fn list_items(
        &self,
        request: ListItemsRequest,
        context: &Context,
    ) -> Result<ListItemsResponse, Failure> {
        list_items::handle(self, request, context).await
    }

    async fn get_item(
        &self,
        request: GetItemRequest,
        context: &Context,
    ) -> Result<GetItemResponse, Failure> {
        get_item::handle(self, request, context).await
    }

    async fn delete_item(
        &self,
        request: DeleteItemRequest,
        context: &Context,
    ) -> Result<DeleteItemResponse, Failure> {
        delete_item::handle(self, request, context).await
    }
}
