//! `PutObject`, and `POST` of a form, which is the same with another event.

use http::header::ETAG;
use http::{HeaderMap, Method};
use s3s::dto::*;
use s3s::{S3Request, S3Response, S3Result, s3_error};

use super::checksum::{Claim, claimed_checksum, set_checksum};
use super::describe::headers_of;
use super::digest::Digest;
use super::receive::{Claims, Received, receive};
use super::{Answer, Operations, conditions, etag, tagging, tell_created};
use crate::s3::object_event::EventName;
use crate::s3::storage::{Fault, Headers, NewVersion, Published, Tags, WriteCondition, hex};

/// An object that is to be written, but for its bytes.
pub(super) struct Draft {
    pub(super) bucket: String,
    pub(super) key: String,
    pub(super) headers: Headers,
    pub(super) tags: Tags,
    pub(super) versioning: bool,
    pub(super) condition: WriteCondition,
}

impl Operations {
    pub(super) async fn put_object(
        &self,
        mut request: S3Request<PutObjectInput>,
    ) -> Answer<PutObjectOutput> {
        let is_form = request.method == Method::POST;
        let name = if is_form { EventName::Post } else { EventName::Put };
        let (draft, claims) = self.draft_of_put(&mut request)?;
        let received = receive(self.storage(), request.input.body.take(), claims).await?;
        let (published, digest) = self.publish(name, draft, received).await?;
        let mut output = PutObjectOutput {
            e_tag: Some(etag(&hex(&digest.md5))),
            version_id: published.id,
            ..PutObjectOutput::default()
        };
        output.checksum_type = set_checksum!(output, digest.checksum.as_ref());
        let mut headers = HeaderMap::new();
        if let (true, Ok(value)) = (is_form, format!("\"{}\"", hex(&digest.md5)).parse()) {
            // s3s answers forms without it.
            headers.insert(ETAG, value);
        }
        Ok(S3Response::with_headers(output, headers))
    }

    fn draft_of_put(&self, request: &mut S3Request<PutObjectInput>) -> S3Result<(Draft, Claims)> {
        let input = &mut request.input;
        let bucket = self.bucket(&input.bucket)?;
        if request.method == Method::POST && input.key.contains("${filename}") {
            let message = "the local S3 does not know ${filename} in the key of a form";
            return Err(s3_error!(NotImplemented, "{message}"));
        }
        let draft = Draft {
            bucket: input.bucket.clone(),
            key: input.key.clone(),
            headers: headers_of!(input)?,
            tags: tagging::of_header(input.tagging.take())?,
            versioning: bucket.bucket.versioning,
            condition: conditions::of_write(input.if_match.take(), input.if_none_match.take())?,
        };
        let announced = input.checksum_algorithm.take();
        let checksum = Claim::of(
            &claimed_checksum!(input),
            announced.as_ref().map(ChecksumAlgorithm::as_str),
            &request.headers,
            request.trailing_headers.as_ref(),
        )?;
        let claims = Claims {
            length: input.content_length.filter(|_| request.method != Method::POST),
            md5: input.content_md5.take(),
            checksum,
            algorithm: None,
        };
        Ok((draft, claims))
    }

    /// Makes received bytes an object. They stay pinned until it is one.
    async fn publish(
        &self,
        name: EventName,
        draft: Draft,
        received: Received,
    ) -> S3Result<(Published, Digest)> {
        let listener = self.listener.clone();
        self.with_storage(move |storage| {
            let etag = hex(&received.digest.md5);
            let published = storage.publish(
                &NewVersion {
                    bucket: &draft.bucket,
                    key: &draft.key,
                    headers: &draft.headers,
                    tags: &draft.tags,
                    etag: &etag,
                    checksum: received.digest.checksum.as_ref(),
                    segments: &[received.segment],
                },
                draft.versioning,
                &draft.condition,
            )?;
            tell_created(&listener, name, (&draft.bucket, &draft.key), &published, &etag);
            Ok::<_, Fault>((published, received.digest))
        })
        .await
    }
}
