//! replaceProposal: `PUT /proposals/{proposalId}`.

use models::{NewProposal, ProposalChange, ProposalId};

use super::attempt::KeepError;
use super::check::{Checked, check};
use super::keep::{put, unavailable};
use super::record::ProposalRecord;
use super::{ProposalsFunction, ROUNDS};
use crate::generated::proposals::{ReplaceProposalRequest, ReplaceProposalResponse};
use crate::runtime::{Context, Failure, Location, Problem, Violation};

/// What a proposal is to be.
enum Change {
    WithDocument(Box<Checked>),
    WithoutDocument(ProposalChange),
}

/// Changes a proposal, if it is still as the caller has seen it.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: ReplaceProposalRequest,
    context: &Context,
) -> Result<ReplaceProposalResponse, Failure> {
    let id = &request.proposal_id;
    if let Some(problem) = super::no_identifier(id) {
        return Ok(ReplaceProposalResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let (change, seen) = match (checked(id, request.body)?, Seen::read(&request.if_match)) {
        (Ok(change), Ok(seen)) => (change, seen),
        (change, seen) => {
            let mut violations = change.err().unwrap_or_default();
            violations.extend(seen.err());
            let problem = Problem::invalid(violations).declared(context)?;
            return Ok(ReplaceProposalResponse::UnprocessableContent422(problem));
        }
    };
    for _ in 0..ROUNDS {
        let Some(record) = function.ports.get(id).await? else {
            return Ok(ReplaceProposalResponse::NotFound404(super::missing(id).declared(context)?));
        };
        if !record.is_accepted() {
            let problem = Problem::new(409, format!("Proposal {id} is not kept yet."));
            return Ok(ReplaceProposalResponse::Conflict409(problem.declared(context)?));
        }
        if !seen.is(&record) {
            let problem = Problem::new(412, format!("Proposal {id} has changed since."));
            return Ok(ReplaceProposalResponse::PreconditionFailed412(problem.declared(context)?));
        }
        match replace(function, record, &change).await {
            Ok(None) => {}
            Ok(Some(record)) => {
                let (body, e_tag) = (record.answer(), record.etag());
                return Ok(ReplaceProposalResponse::Ok200 { body, e_tag });
            }
            Err(error) => {
                let problem = unavailable(error)?.declared(context)?;
                return Ok(ReplaceProposalResponse::ServiceUnavailable503(problem));
            }
        }
    }
    let problem = unavailable(KeepError::Superseded)?.declared(context)?;
    Ok(ReplaceProposalResponse::ServiceUnavailable503(problem))
}

/// The record after the change; none if somebody else has changed it meanwhile.
async fn replace(
    function: &ProposalsFunction,
    record: ProposalRecord,
    change: &Change,
) -> Result<Option<ProposalRecord>, KeepError> {
    match change {
        Change::WithDocument(checked) => put(&function.ports, Some(record), checked).await,
        Change::WithoutDocument(change) => {
            let next = record.changed(|next| {
                next.client_id = Some(change.client_id.clone());
                next.title = Some(change.title.clone());
            });
            Ok(function.ports.put(Some(&record), &next).await?.then_some(next))
        }
    }
}

fn checked(
    id: &ProposalId,
    mut change: ProposalChange,
) -> Result<Result<Change, Vec<Violation>>, Failure> {
    let Some(document) = change.document.take() else {
        return Ok(Ok(Change::WithoutDocument(change)));
    };
    let ProposalChange { client_id, title, .. } = change;
    let checked = check(NewProposal { proposal_id: id.clone(), client_id, title, document })?;
    Ok(checked.map(|checked| Change::WithDocument(Box::new(checked))))
}

/// What `If-Match` says (RFC 9110, section 13.1.1).
enum Seen {
    Anything,
    One(Vec<String>),
}

impl Seen {
    fn read(header: &str) -> Result<Self, Violation> {
        if header.trim() == "*" {
            return Ok(Self::Anything);
        }
        let tags = header.split(',').map(|tag| {
            let tag = tag.trim();
            // A weak one never matches, but is one.
            let quoted = tag.strip_prefix("W/").unwrap_or(tag);
            let inner = quoted.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
            inner.filter(|inner| !inner.contains('"')).map(|_| tag.to_owned())
        });
        tags.collect::<Option<_>>().map(Self::One).ok_or_else(|| {
            let detail = "is not the ETag of an answer, quotes included";
            Violation::of(Location::Header, "If-Match", detail)
        })
    }

    fn is(&self, record: &ProposalRecord) -> bool {
        match self {
            Self::Anything => true,
            Self::One(tags) => tags.contains(&record.etag()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn if_match_is_a_list_of_quoted_tags_or_a_star() {
        let status = models::ProposalStatus::Accepted;
        let record = ProposalRecord::new("p-1".parse().unwrap(), status);
        let tag = record.etag();
        for (header, fits) in [
            ("*", true),
            (&*tag, true),
            (&format!("\"1\", {tag} "), true),
            (&format!("W/{tag}"), false),
            ("\"1\"", false),
        ] {
            assert_eq!(Seen::read(header).unwrap().is(&record), fits, "{header}");
        }
        for header in ["1", "\"", "\"1\" \"2\"", "\"1\",", ""] {
            assert!(Seen::read(header).is_err(), "{header}");
        }
    }
}
