//! Links that S3 honours without further credentials (presigned URLs).
//! <https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-presigned-url.html>

use std::time::Duration;

use aws_sdk_s3::presigning::PresigningConfig;

use super::S3;
use super::failure::failure;
use crate::objects::{Download, ObjectAddress, ObjectError, Upload};

impl S3 {
    pub(super) async fn link_to_part(
        &self,
        upload: &Upload,
        number: u32,
        expires: Duration,
    ) -> Result<String, ObjectError> {
        let address = &upload.address;
        let part = self.client.upload_part().bucket(&address.bucket).key(&address.key);
        let part = part.upload_id(&upload.id).part_number(number.cast_signed());
        let signed = part.presigned(presigning(address, expires)?).await;
        Ok(signed.map_err(failure(ACTION, address))?.uri().to_owned())
    }

    pub(super) async fn link_to_object(
        &self,
        address: &ObjectAddress,
        download: Download<'_>,
        expires: Duration,
    ) -> Result<String, ObjectError> {
        let get = self.client.get_object().bucket(&address.bucket).key(&address.key);
        let get = get.response_content_type(download.media_type);
        let get = get.response_content_disposition(download.disposition);
        let signed = get.presigned(presigning(address, expires)?).await;
        Ok(signed.map_err(failure(ACTION, address))?.uri().to_owned())
    }
}

const ACTION: &str = "link to";

fn presigning(address: &ObjectAddress, expires: Duration) -> Result<PresigningConfig, ObjectError> {
    let refused =
        |source| ObjectError::Refused { action: ACTION, address: address.clone(), source };
    PresigningConfig::expires_in(expires).map_err(|error| refused(Box::new(error)))
}
