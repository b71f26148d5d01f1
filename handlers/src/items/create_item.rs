//! createItem: `POST /items`.

use models::Item;
use uuid::Uuid;

use super::ItemsFunction;
use crate::generated::items::{CreateItemRequest, CreateItemResponse};
use crate::runtime::{Context, Failure, Problem};

/// Space of the item ids that idempotency keys make; a new one would make retries create anew.
const IDEMPOTENCY: Uuid = Uuid::from_u128(0x3b9e_5f5a_6d0c_4f0e_9a51_2c9f_6a0d_71b4);

/// Creates an item. The idempotency key makes its id, so a retry meets what the first try put.
pub(super) async fn handle(
    function: &ItemsFunction,
    request: CreateItemRequest,
    context: &Context,
) -> Result<CreateItemResponse, Failure> {
    let item_id = match &request.idempotency_key {
        Some(key) => Uuid::new_v5(&IDEMPOTENCY, key.as_bytes()),
        None => Uuid::new_v4(),
    };
    let new = request.body;
    let item = Item { item_id, name: new.name, quantity: new.quantity, tags: new.tags };
    if !function.store.insert(&item).await? {
        // Gone since means that somebody deleted it: for this caller it was created all the same.
        let existing = function.store.get(&item_id.to_string()).await?;
        if existing.is_some_and(|existing| existing != item) {
            let problem = Problem::new(409, "The idempotency key was used for another item.");
            return Ok(CreateItemResponse::Conflict409(problem.declared(context)?));
        }
    }
    let location = context.member_path(&item_id.to_string());
    Ok(CreateItemResponse::Created201 { location, body: item })
}
