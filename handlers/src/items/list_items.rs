//! listItems: `GET /items`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use models::ItemPage;
use uuid::Uuid;

use super::ItemsFunction;
use crate::generated::items::{ListItemsRequest, ListItemsResponse};
use crate::runtime::{Context, Failure, Location, Problem, Violation};

/// Items on a page unless the caller says how many.
const DEFAULT_LIMIT: usize = 25;

/// Lists items, one page at a time.
pub(super) async fn handle(
    function: &ItemsFunction,
    request: ListItemsRequest,
    context: &Context,
) -> Result<ListItemsResponse, Failure> {
    let after = request.next_token.map(|token| read_token(&token));
    if after == Some(None) {
        let violation = Violation::of(Location::Query, "nextToken", "is not one that a page had");
        let problem = Problem::invalid(vec![violation]);
        return Ok(ListItemsResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let after = after.flatten().map(|item_id| item_id.to_string());
    let limit = match request.limit {
        Some(limit) => usize::try_from(limit.get())?,
        None => DEFAULT_LIMIT,
    };
    let page = function.store.page(limit, after.as_deref()).await?;
    Ok(ListItemsResponse::Ok200(ItemPage {
        items: page.records,
        next_token: page.next.map(|key| write_token(&key)),
    }))
}

/// The token of the page behind this key. Opaque to callers, so that it may change.
fn write_token(key: &str) -> String {
    URL_SAFE_NO_PAD.encode(key)
}

/// The key in a token.
fn read_token(token: &str) -> Option<Uuid> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    Uuid::try_parse_ascii(&bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_and_others_are_refused() {
        let item_id = Uuid::from_u128(7);
        assert_eq!(read_token(&write_token(&item_id.to_string())), Some(item_id));
        for token in ["", "!", "bm9wZQ", "AAAA"] {
            assert_eq!(read_token(token), None, "{token}");
        }
    }
}
