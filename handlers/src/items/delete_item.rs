//! deleteItem: `DELETE /items/{itemId}`.

use super::ItemsFunction;
use crate::generated::items::{DeleteItemRequest, DeleteItemResponse};
use crate::runtime::{Context, Failure, Problem};

/// Deletes an item.
pub(super) async fn handle(
    function: &ItemsFunction,
    request: DeleteItemRequest,
    context: &Context,
) -> Result<DeleteItemResponse, Failure> {
    let item_id = request.item_id;
    if function.store.remove(&item_id.to_string()).await? {
        return Ok(DeleteItemResponse::NoContent204);
    }
    let problem = Problem::new(404, format!("Item {item_id} does not exist."));
    Ok(DeleteItemResponse::NotFound404(problem.declared(context)?))
}
