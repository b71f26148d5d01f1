//! Buckets themselves: there are those that the document declares.

use s3s::dto::*;
use s3s::{S3Request, S3Response, s3_error};

use super::{Answer, Operations, timestamp};
use crate::environment::{ACCOUNT_ID, REGION};

impl Operations {
    pub(super) async fn create_bucket(
        &self,
        _: S3Request<CreateBucketInput>,
    ) -> Answer<CreateBucketOutput> {
        let message =
            "the local S3 has the buckets that the document declares in x-lychgate.buckets";
        Err(s3_error!(NotImplemented, "{message}"))
    }

    pub(super) async fn list_buckets(
        &self,
        request: S3Request<ListBucketsInput>,
    ) -> Answer<ListBucketsOutput> {
        let prefix = request.input.prefix;
        let starts = |name: &String| prefix.as_ref().is_none_or(|prefix| name.starts_with(prefix));
        let buckets = self.buckets.all().into_iter().filter(|(name, _)| starts(name));
        let buckets = buckets.map(|(name, bucket)| Bucket {
            bucket_region: Some(REGION.to_owned()),
            creation_date: Some(timestamp(bucket.created)),
            name: Some(name),
        });
        Ok(S3Response::new(ListBucketsOutput {
            buckets: Some(buckets.collect()),
            owner: Some(Owner { id: Some(ACCOUNT_ID.to_owned()), ..Owner::default() }),
            prefix,
            ..ListBucketsOutput::default()
        }))
    }

    pub(super) async fn head_bucket(
        &self,
        request: S3Request<HeadBucketInput>,
    ) -> Answer<HeadBucketOutput> {
        self.bucket(&request.input.bucket)?;
        let bucket_region = Some(REGION.to_owned());
        Ok(S3Response::new(HeadBucketOutput { bucket_region, ..HeadBucketOutput::default() }))
    }

    /// No location means us-east-1, which is where everything here is.
    pub(super) async fn get_bucket_location(
        &self,
        request: S3Request<GetBucketLocationInput>,
    ) -> Answer<GetBucketLocationOutput> {
        self.bucket(&request.input.bucket)?;
        Ok(S3Response::new(GetBucketLocationOutput::default()))
    }

    pub(super) async fn get_bucket_versioning(
        &self,
        request: S3Request<GetBucketVersioningInput>,
    ) -> Answer<GetBucketVersioningOutput> {
        let versioning = self.bucket(&request.input.bucket)?.bucket.versioning;
        let status = if versioning {
            BucketVersioningStatus::ENABLED
        } else {
            BucketVersioningStatus::SUSPENDED
        };
        let status = Some(BucketVersioningStatus::from_static(status));
        Ok(S3Response::new(GetBucketVersioningOutput {
            status,
            ..GetBucketVersioningOutput::default()
        }))
    }

    pub(super) async fn get_bucket_cors(
        &self,
        request: S3Request<GetBucketCorsInput>,
    ) -> Answer<GetBucketCorsOutput> {
        let declared = self.bucket(&request.input.bucket)?;
        let Some(cors) = declared.bucket.cors.clone() else {
            let message = "The CORS configuration does not exist";
            return Err(s3_error!(NoSuchCORSConfiguration, "{message}"));
        };
        let rule = CORSRule {
            allowed_headers: Some(cors.headers),
            allowed_methods: cors.methods,
            allowed_origins: cors.origins,
            expose_headers: Some(cors.expose_headers),
            id: None,
            max_age_seconds: None,
        };
        Ok(S3Response::new(GetBucketCorsOutput { cors_rules: Some(vec![rule]) }))
    }
}
