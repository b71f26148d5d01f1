//! getItem: `GET /items/{itemId}`.

use super::ItemsFunction;
use crate::generated::items::{GetItemRequest, GetItemResponse};
use crate::runtime::{Context, Failure, Problem};

/// Gets an item.
pub(super) async fn handle(
    function: &ItemsFunction,
    request: GetItemRequest,
    context: &Context,
) -> Result<GetItemResponse, Failure> {
    let item_id = request.item_id;
    match function.store.get(&item_id.to_string()).await? {
        Some(item) => Ok(GetItemResponse::Ok200(item)),
        None => {
            let problem = Problem::new(404, format!("Item {item_id} does not exist."));
            Ok(GetItemResponse::NotFound404(problem.declared(context)?))
        }
    }
}
