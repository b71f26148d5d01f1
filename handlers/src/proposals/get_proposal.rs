//! getProposal: `GET /proposals/{proposalId}`.

use std::time::Duration;

use percent_encoding::utf8_percent_encode;

use super::record::KeptDocument;
use super::{ProposalsFunction, UNRESERVED};
use crate::generated::proposals::{GetProposalRequest, GetProposalResponse};
use crate::objects::Download;
use crate::runtime::{Context, Failure};

/// How long a link to a document works.
const LINK: Duration = Duration::from_secs(5 * 60);

/// Gets a proposal, with a link to its document if one is wanted.
pub(super) async fn handle(
    function: &ProposalsFunction,
    request: GetProposalRequest,
    context: &Context,
) -> Result<GetProposalResponse, Failure> {
    let id = &request.proposal_id;
    if let Some(problem) = super::no_identifier(id) {
        return Ok(GetProposalResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let Some(record) = function.ports.get(id).await? else {
        return Ok(GetProposalResponse::NotFound404(super::missing(id).declared(context)?));
    };
    let mut body = record.answer();
    if request.document == Some(true)
        && let Some((answer, kept)) = body.document.as_mut().zip(record.document.as_ref())
    {
        answer.link = Some(link(function, kept).await?);
    }
    Ok(GetProposalResponse::Ok200 { body, e_tag: record.etag() })
}

async fn link(function: &ProposalsFunction, kept: &KeptDocument) -> Result<String, Failure> {
    let address = function.ports.document(&kept.key);
    let disposition = disposition(&kept.file_name);
    let download = Download { media_type: &kept.media_type, disposition: &disposition };
    Ok(function.ports.objects.link(&address, download, LINK).await?)
}

/// Saved under its name, never shown: a document is whatever somebody sent. The first name is for
/// clients that know ASCII only (RFC 6266, appendix D).
fn disposition(name: &str) -> String {
    let plain =
        |c: char| if c.is_ascii_graphic() && !matches!(c, '"' | '\\' | '%') { c } else { '_' };
    let ascii: String = name.chars().map(plain).collect();
    let encoded = utf8_percent_encode(name, UNRESERVED);
    format!("attachment; filename=\"{ascii}\"; filename*=UTF-8''{encoded}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_told_so_that_no_client_misreads_them() {
        assert_eq!(
            disposition("plan.pdf"),
            "attachment; filename=\"plan.pdf\"; filename*=UTF-8''plan.pdf"
        );
        assert_eq!(
            disposition("a \"b\"\\%é;.txt"),
            "attachment; filename=\"a__b____;.txt\"; filename*=UTF-8''a%20%22b%22%5C%25%C3%A9%3B.txt"
        );
    }
}
