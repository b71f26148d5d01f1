//! listImages: `GET /images`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use models::value::Uuid;
use models::{Image, ImagePage};

use super::ImagesFunction;
use super::record::BY_OWNER;
use crate::generated::images::{ListImagesRequest, ListImagesResponse};
use crate::runtime::{Claims, Context, Failure, Location, Problem, Violation};
use crate::store::StoreError;

/// Images on a page unless the caller says how many.
const DEFAULT_LIMIT: usize = 25;
/// Records asked for at a time where tags are wanted.
const BATCH: usize = 100;
/// Records that one call looks at for tags at most.
const LOOKED_AT: usize = 1000;

/// Lists the caller's images, one page at a time.
pub(super) async fn handle(
    function: &ImagesFunction,
    request: ListImagesRequest,
    claims: &Claims,
    context: &Context,
) -> Result<ListImagesResponse, Failure> {
    let after = request.next_token.as_deref().map(read_token);
    if after == Some(None) {
        let detail = "is not one that a page of this list had";
        let problem = Problem::invalid(vec![Violation::of(Location::Query, "nextToken", detail)]);
        return Ok(ListImagesResponse::UnprocessableContent422(problem.declared(context)?));
    }
    let limit = match request.limit {
        Some(limit) => usize::try_from(limit.get())?,
        None => DEFAULT_LIMIT,
    };
    // As recognizers name them.
    let tags = request.tags.iter().flat_map(|tags| tags.iter());
    let tags: Vec<_> = tags.map(|tag| tag.trim().to_lowercase()).collect();
    let wanted = Wanted { owner: claims.sub(), tags: &tags, limit };
    let (images, next) = find(function, &wanted, after.flatten()).await?;
    let next_token = next.and_then(|key| write_token(&key));
    Ok(ListImagesResponse::Ok200(ImagePage { images, next_token }))
}

/// What a page is to hold.
struct Wanted<'a> {
    owner: &'a str,
    tags: &'a [String],
    limit: usize,
}

/// A page of images behind a key, and the key to ask the next with.
async fn find(
    function: &ImagesFunction,
    wanted: &Wanted<'_>,
    mut after: Option<String>,
) -> Result<(Vec<Image>, Option<String>), StoreError> {
    let batch = if wanted.tags.is_empty() { wanted.limit } else { BATCH };
    let (mut images, mut looked_at) = (Vec::new(), 0);
    loop {
        let records = &function.ports.records;
        let page = records.find(BY_OWNER, wanted.owner, batch, after.as_deref()).await?;
        looked_at += page.records.len();
        let keys: Vec<_> = page.records.iter().map(crate::store::Record::key).collect();
        for (index, record) in page.records.iter().enumerate() {
            if !record.is_there() || !record.has(wanted.tags) {
                continue;
            }
            images.push(record.answer());
            if images.len() == wanted.limit {
                let is_last = index + 1 == keys.len() && page.next.is_none();
                return Ok((images, keys.into_iter().nth(index).filter(|_| !is_last)));
            }
        }
        if page.next.is_none() || looked_at >= LOOKED_AT {
            return Ok((images, page.next));
        }
        after = page.next;
    }
}

/// The token of the page behind this key. Opaque to callers, so that it may change.
fn write_token(key: &str) -> Option<String> {
    Some(URL_SAFE_NO_PAD.encode(key.parse::<Uuid>().ok()?.as_bytes()))
}

/// The key in a token.
fn read_token(token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    Some(Uuid::from_slice(&bytes).ok()?.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_survive_and_others_are_refused() {
        let key = Uuid::from_u128(7).to_string();
        assert_eq!(read_token(&write_token(&key).unwrap()), Some(key));
        for token in ["", "!", "bm9wZQ", "AAAAAAAAAAAAAAAAAAAABwAA"] {
            assert_eq!(read_token(token), None, "{token}");
        }
    }
}
