//! What surrounds S3's operations: preflights of browsers, the headers of every answer.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use http::header::{CONTENT_LENGTH, HOST, HeaderName, HeaderValue, ORIGIN, SERVER};
use http::{Method, Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper::service::Service;
use s3s::Body;
use s3s::auth::SimpleAuth;
use s3s::config::{S3Config, StaticConfigProvider};
use s3s::host::MultiDomain;
use s3s::service::{S3Service, S3ServiceBuilder};
use uuid::Uuid;

use super::buckets::Buckets;
use super::cors;
use super::object_event::Listener;
use super::operations::{Access, Operations};
use super::unread;
use super::{ACCESS_KEY_ID, FORM_LIMIT, SECRET_ACCESS_KEY};

/// What s3s says of whatever has expired.
const EXPIRED: &str = "Request has expired";

static REQUEST_ID: HeaderName = HeaderName::from_static("x-amz-request-id");

/// S3 as a service of hyper.
#[derive(Clone)]
pub(super) struct Front {
    buckets: Arc<Buckets>,
    s3: S3Service,
    /// What bucket names are put before in virtual-hosted requests: `localhost:PORT`.
    domain: Arc<str>,
}

impl Front {
    pub(super) fn new(buckets: Arc<Buckets>, listener: Listener, address: SocketAddr) -> Self {
        let domain = format!("localhost:{}", address.port());
        let mut config = S3Config::default();
        config.post_object_max_file_size = FORM_LIMIT;
        let mut builder = S3ServiceBuilder::new(Operations::new(Arc::clone(&buckets), listener));
        builder.set_config(Arc::new(StaticConfigProvider::new(Arc::new(config))));
        builder.set_auth(SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY));
        builder.set_access(Access);
        // It is a host name and a port: always a domain.
        if let Ok(host) = MultiDomain::new([domain.as_str()]) {
            builder.set_host(host);
        }
        Self { buckets, s3: builder.build(), domain: domain.into() }
    }

    async fn answer(self, request: Request<Incoming>) -> Response<Body> {
        let origin = request.headers().get(ORIGIN).cloned();
        let rules = origin.as_ref().and_then(|_| {
            let bucket = self.bucket_name(&request)?;
            self.buckets.get(&bucket)?.bucket.cors.clone()
        });
        let asked = cors::Asked::of(&request);
        let is_form = request.method() == Method::POST && request.uri().query().is_none();
        let mut response = if request.method() == Method::OPTIONS {
            cors::preflight(rules.as_ref(), &asked)
        } else {
            let mut response = match self.s3.call(unread::heard_out(request)).await {
                Ok(response) => response,
                Err(error) => failure(&error),
            };
            if is_form {
                name_refusal_of_policy(&mut response);
            }
            cors::allow(rules.as_ref(), &asked, response.headers_mut());
            response
        };
        let headers = response.headers_mut();
        headers.insert(SERVER, HeaderValue::from_static("AmazonS3"));
        if let Ok(id) = HeaderValue::from_str(&Uuid::new_v4().simple().to_string()) {
            headers.insert(REQUEST_ID.clone(), id);
        }
        response
    }

    /// The bucket a request is for, in the path or before the domain.
    fn bucket_name(&self, request: &Request<Incoming>) -> Option<String> {
        let host = request.headers().get(HOST)?.to_str().ok()?;
        let before = host.strip_suffix(&*self.domain).and_then(|before| before.strip_suffix('.'));
        let first = request.uri().path().trim_start_matches('/').split('/').next();
        before.or(first).filter(|name| !name.is_empty()).map(str::to_owned)
    }
}

/// To s3s a form outside of its policy is a policy that is wrong; S3 refuses access. Of one that has expired
/// it speaks as of links.
fn name_refusal_of_policy(response: &mut Response<Body>) {
    let body = response.body().bytes().unwrap_or_default();
    let text = String::from_utf8_lossy(&body);
    let named = match response.status() {
        StatusCode::BAD_REQUEST
            if text.contains("<Code>InvalidPolicyDocument</Code><Message>Policy condition") =>
        {
            let text = text.replacen("InvalidPolicyDocument", "AccessDenied", 1);
            text.replacen("Policy condition", "Invalid according to Policy: Policy Condition", 1)
        }
        StatusCode::FORBIDDEN if text.contains(EXPIRED) => {
            text.replacen(EXPIRED, "Invalid according to Policy: Policy expired.", 1)
        }
        _ => return,
    };
    *response.status_mut() = StatusCode::FORBIDDEN;
    response.headers_mut().remove(CONTENT_LENGTH);
    *response.body_mut() = Body::from(named);
}

/// What s3s could not even answer.
fn failure(error: &s3s::HttpError) -> Response<Body> {
    tracing::error!(?error, "the embedded S3 failed");
    let mut response = Response::new(Body::empty());
    *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
    response
}

impl Service<Request<Incoming>> for Front {
    type Response = Response<Body>;
    type Error = Infallible;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Infallible>> + Send>>;

    fn call(&self, request: Request<Incoming>) -> Self::Future {
        let front = self.clone();
        Box::pin(async move { Ok(front.answer(request).await) })
    }
}
