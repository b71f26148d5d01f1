//! Forms that S3 takes without further credentials: a policy, signed by Signature Version 4.
//! <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html>

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::provider::ProvideCredentials as _;
use aws_sdk_s3::Client;
use aws_sdk_s3::presigning::PresigningConfig;
use aws_sigv4::sign::v4::{calculate_signature, generate_signing_key};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use models::value::Timestamp;
use serde_json::json;

use super::failure::failure;
use crate::objects::{Form, Forms, NewForm, ObjectAddress, ObjectError};
use crate::store::BoxFuture;

const ACTION: &str = "make a form for";

/// Forms signed with the function's own credentials: they let through what its role may put, and no
/// longer than these credentials live.
#[derive(Clone, Debug)]
pub struct S3Forms {
    client: Client,
    config: SdkConfig,
}

impl S3Forms {
    /// Forms that go where this client goes, which was made with this configuration.
    pub fn new(client: &Client, config: &SdkConfig) -> Self {
        Self { client: client.clone(), config: config.clone() }
    }

    /// Where the bucket is: as its own host at AWS, in the path elsewhere. The client knows it, and
    /// tells by a link.
    async fn url(&self, address: &ObjectAddress) -> Result<String, ObjectError> {
        const KEY: &str = "-";
        let presigning = PresigningConfig::expires_in(Duration::from_secs(1));
        let presigning = presigning.map_err(|error| refused(address, error))?;
        let link = self.client.get_object().bucket(&address.bucket).key(KEY).presigned(presigning);
        let link = link.await.map_err(failure(ACTION, address))?;
        let url = link.uri().split('?').next().and_then(|url| url.strip_suffix(KEY));
        let url = url.ok_or_else(|| refused(address, "its bucket has no address"))?;
        Ok(url.to_owned())
    }

    async fn credentials(&self, address: &ObjectAddress) -> Result<Credentials, ObjectError> {
        let provider = self.config.credentials_provider();
        let provider = provider.ok_or_else(|| refused(address, "there are no credentials"))?;
        provider.provide_credentials().await.map_err(|error| ObjectError::Unavailable {
            action: ACTION,
            address: address.clone(),
            source: Box::new(error),
        })
    }
}

impl Forms for S3Forms {
    fn form<'a>(
        &'a self,
        address: &'a ObjectAddress,
        form: NewForm<'a>,
    ) -> BoxFuture<'a, Result<Form, ObjectError>> {
        Box::pin(async move {
            let region = self.config.region();
            let region = region.ok_or_else(|| refused(address, "there is no region"))?;
            let url = self.url(address).await?;
            let credentials = self.credentials(address).await?;
            let signed = signed(address, &form, &credentials, region.as_ref(), SystemTime::now());
            let (fields, expires) = signed.map_err(|error| refused(address, error))?;
            Ok(Form { url, fields, expires })
        })
    }
}

/// The fields of a form, and when it expires.
fn signed(
    address: &ObjectAddress,
    form: &NewForm<'_>,
    credentials: &Credentials,
    region: &str,
    now: SystemTime,
) -> Result<(BTreeMap<String, String>, Timestamp), Box<dyn std::error::Error + Send + Sync>> {
    let now = Timestamp::from_second(Timestamp::try_from(now)?.as_second())?;
    let expires = now.checked_add(form.lifetime)?;
    let date = now.strftime("%Y%m%dT%H%M%SZ").to_string();
    let scope = format!("{}/{region}/s3/aws4_request", now.strftime("%Y%m%d"));
    let mut fields = BTreeMap::from(
        [
            ("key", address.key.as_str()),
            ("Content-Type", form.media_type),
            ("x-amz-algorithm", "AWS4-HMAC-SHA256"),
            ("x-amz-credential", &format!("{}/{scope}", credentials.access_key_id())),
            ("x-amz-date", &date),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned())),
    );
    if let Some(token) = credentials.session_token() {
        fields.insert("x-amz-security-token".to_owned(), token.to_owned());
    }
    // Every field has to be what it is here, and no other may be sent.
    let mut conditions: Vec<_> =
        fields.iter().map(|(name, value)| json!({ name: value })).collect();
    conditions.push(json!({ "bucket": address.bucket }));
    conditions.push(json!(["content-length-range", form.sizes.start(), form.sizes.end()]));
    let expiration = expires.strftime("%Y-%m-%dT%H:%M:%S.000Z").to_string();
    let policy = json!({ "expiration": expiration, "conditions": conditions });
    let policy = STANDARD.encode(policy.to_string());
    let key = generate_signing_key(credentials.secret_access_key(), now.into(), region, "s3");
    let signature = calculate_signature(key, policy.as_bytes());
    fields.extend([("policy".to_owned(), policy), ("x-amz-signature".to_owned(), signature)]);
    Ok((fields, expires))
}

fn refused(
    address: &ObjectAddress,
    source: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> ObjectError {
    ObjectError::Refused { action: ACTION, address: address.clone(), source: source.into() }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn form(token: Option<&str>) -> (BTreeMap<String, String>, Timestamp, Value) {
        let address = ObjectAddress::new("pictures", "images/ada/1");
        let lifetime = Duration::from_secs(300);
        let form = NewForm { media_type: "image/png", sizes: 1..=9, lifetime };
        let token = token.map(str::to_owned);
        let credentials = Credentials::new("AKID", "secret", token, None, "test");
        let now = SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_900);
        let (fields, expires) = signed(&address, &form, &credentials, "eu-west-1", now).unwrap();
        let policy = serde_json::from_slice(&STANDARD.decode(&fields["policy"]).unwrap()).unwrap();
        (fields, expires, policy)
    }

    #[test]
    fn every_field_is_a_condition_of_the_policy() {
        let (fields, expires, policy) = form(Some("token"));
        assert_eq!(fields["x-amz-credential"], "AKID/20260921/eu-west-1/s3/aws4_request");
        assert_eq!(expires.as_second(), 1_790_000_300);
        assert_eq!(policy["expiration"], "2026-09-21T14:18:20.000Z");
        let conditions = policy["conditions"].as_array().unwrap();
        for (name, value) in &fields {
            let is_condition = conditions.contains(&json!({ name: value }));
            assert_eq!(is_condition, !["policy", "x-amz-signature"].contains(&name.as_str()));
        }
        assert!(conditions.contains(&json!(["content-length-range", 1, 9])));
        assert!(conditions.contains(&json!({ "bucket": "pictures" })));
        assert_eq!(conditions.len(), fields.len());
    }

    #[test]
    fn credentials_without_a_token_send_none() {
        let (fields, _, policy) = form(None);
        assert!(!fields.contains_key("x-amz-security-token"));
        assert!(!policy.to_string().contains("security-token"));
    }
}
