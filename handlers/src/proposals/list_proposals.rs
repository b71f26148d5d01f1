//! listProposals: `GET /proposals`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use models::ProposalPage;

use super::ProposalsFunction;
use super::record::{BY_CLIENT, ProposalRecord};
use crate::generated::proposals::{ListProposalsRequest, ListProposalsResponse};
use crate::runtime::{Context, Failure, Location, Problem, Violation};

/// Proposals on a page unless the caller says how many.
const DEFAULT_LIMIT: usize = 25;
/// Between the client and the proposal in a token; neither may have it.
const SEPARATOR: char = '\n';

/// Lists proposals, one page at a time.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: ListProposalsRequest,
    context: &Context,
) -> Result<ListProposalsResponse, Failure> {
    let client = request.client_id.as_deref();
    let after = request.next_token.as_deref().map(|token| read_token(token, client));
    if after == Some(None) {
        let detail = "is not one that a page of this list had";
        let problem = Problem::invalid(vec![Violation::of(Location::Query, "nextToken", detail)]);
        return Ok(ListProposalsResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let after = after.flatten();
    let limit = match request.limit {
        Some(limit) => usize::try_from(limit.get())?,
        None => DEFAULT_LIMIT,
    };
    let records = &function.ports.records;
    let page = match client {
        Some(client) => records.find(BY_CLIENT, client, limit, after.as_deref()).await?,
        None => records.page(limit, after.as_deref()).await?,
    };
    Ok(ListProposalsResponse::Ok200(ProposalPage {
        proposals: page.records.iter().map(ProposalRecord::answer).collect(),
        next_token: page.next.map(|key| write_token(&key, client)),
    }))
}

/// The token of the page behind this key. Opaque to callers, so that it may change.
fn write_token(key: &str, client: Option<&str>) -> String {
    let client = client.unwrap_or_default();
    URL_SAFE_NO_PAD.encode(format!("{client}{SEPARATOR}{key}"))
}

/// The key in a token, if it is of this list.
fn read_token(token: &str, client: Option<&str>) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (of, key) = text.split_once(SEPARATOR)?;
    (of == client.unwrap_or_default() && super::identifier::read(key).is_ok())
        .then(|| key.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_and_others_are_refused() {
        for client in [None, Some("c-7")] {
            let token = write_token("p ü", client);
            assert_eq!(read_token(&token, client).as_deref(), Some("p ü"));
            assert_eq!(read_token(&token, Some("c-8")), None);
        }
        for token in ["", "!", "bm9wZQ", &write_token("a/b", None), &write_token("", None)] {
            assert_eq!(read_token(token, None), None, "{token}");
        }
    }
}
