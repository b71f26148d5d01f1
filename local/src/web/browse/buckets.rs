//! Buckets and their objects. An object is never shown, only downloaded: it may hold a page of somebody
//! else's.

use askama::Template;
use http::StatusCode;
use http::header::{CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_SECURITY_POLICY, HeaderValue};

use super::{failed, look, settled};
use crate::curl::percent_encoded;
use crate::environment::without_local;
use crate::s3::{Object, ObjectPage};
use crate::web::Web;
use crate::web::answer::{self, Answer};
use crate::web::fields::Fields;
use crate::web::frame::{self, Frame};
use crate::web::problem;

/// How many keys and prefixes a page shows.
const MOST: usize = 100;

#[derive(Template)]
#[template(path = "buckets.html")]
struct Page {
    frame: Frame,
    buckets: Vec<Bucket>,
}

struct Bucket {
    name: String,
    label: String,
    about: String,
}

#[derive(Template)]
#[template(path = "objects.html")]
struct Objects {
    frame: Frame,
    bucket: Bucket,
    prefix: String,
    prefixes: Vec<Link>,
    objects: Vec<(Link, String, String)>,
    next: Option<String>,
}

/// A text and the query string that it leads to.
struct Link {
    text: String,
    query: String,
}

#[derive(Template)]
#[template(path = "object.html")]
struct ObjectTemplate {
    frame: Frame,
    bucket: Bucket,
    key: String,
    query: String,
    facts: Vec<(String, String)>,
}

impl Bucket {
    fn new(name: &str, about: String) -> Self {
        Self { name: name.to_owned(), label: without_local(name).to_owned(), about }
    }
}

/// All buckets.
pub(in crate::web) fn list(web: &Web) -> Answer {
    let plan = web.plan();
    let buckets = plan.buckets.iter().map(|spec| {
        let about = [
            (spec.bucket.versioning, "keeps versions"),
            (spec.bucket.cors.is_some(), "answers browsers"),
            (!spec.bucket.notifications.is_empty(), "tells of its objects"),
        ];
        let about: Vec<_> = about.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
        Bucket::new(&spec.name, about.join(", "))
    });
    answer::page(&Page { frame: Frame::new(web, "buckets"), buckets: buckets.collect() })
}

/// Some objects of a bucket.
pub(in crate::web) async fn objects(web: &Web, name: &str, query: &Fields) -> Answer {
    let frame = Frame::new(web, "buckets");
    let bucket = Bucket::new(name, String::new());
    let prefix = query.get("prefix").unwrap_or_default().to_owned();
    let (name, sought) = (name.to_owned(), prefix.clone());
    let after = query.get("after").map(str::to_owned);
    let looked = look(web, move |stores| {
        if !stores.objects.has(&name) {
            return Ok(None);
        }
        stores.objects.list(&name, &sought, after.as_deref(), MOST).map(Some)
    });
    settled(looked.await.map(|page| match page {
        Some(page) => answer::page(&listed(frame, bucket, prefix, page)),
        None => problem::not_found(web),
    }))
}

fn listed(frame: Frame, bucket: Bucket, prefix: String, page: ObjectPage) -> Objects {
    let below = |text: String| {
        let query = format!("prefix={}", percent_encoded(&text));
        Link { text, query }
    };
    let objects = page.objects.into_iter().map(|object| {
        let query = format!("key={}", percent_encoded(&object.key));
        let (size, time) = (frame::size(object.size), frame::time(object.modified));
        (Link { text: object.key, query }, size, time)
    });
    let next = page
        .next
        .map(|key| format!("prefix={}&after={}", percent_encoded(&prefix), percent_encoded(&key)));
    let prefixes = page.prefixes.into_iter().map(below).collect();
    Objects { frame, bucket, prefix, prefixes, objects: objects.collect(), next }
}

/// What is known about an object.
pub(in crate::web) async fn object(web: &Web, name: &str, query: &Fields) -> Answer {
    let frame = Frame::new(web, "buckets");
    let found = find(web, name, query).await;
    settled(found.map(|(key, object)| {
        let mut facts = vec![
            ("Size".to_owned(), frame::size(object.size)),
            ("Modified".to_owned(), frame::time(object.modified)),
            ("Content-Type".to_owned(), object.content_type.clone().unwrap_or_default()),
            ("ETag".to_owned(), object.etag.clone()),
            ("Version".to_owned(), object.version.clone()),
        ];
        let named = |prefix: &str, (name, value): (&String, &String)| {
            (format!("{prefix}{name}"), value.clone())
        };
        facts.extend(object.metadata.iter().map(|pair| named("x-amz-meta-", pair)));
        facts.extend(object.tags.iter().map(|pair| named("tag ", pair)));
        let query = format!("key={}", percent_encoded(&key));
        let bucket = Bucket::new(name, String::new());
        answer::page(&ObjectTemplate { frame, bucket, key, query, facts })
    }))
}

/// The bytes of an object, as a file to save.
pub(in crate::web) async fn download(web: &Web, name: &str, query: &Fields) -> Answer {
    let found = find(web, name, query).await;
    settled(found.map(|(key, object)| {
        let length = object.size;
        let bytes = match object.bytes() {
            Ok(bytes) => bytes,
            Err(error) => return failed(web, &error.to_string()),
        };
        let mut answer = answer::stream("application/octet-stream", bytes);
        let file = key.rsplit('/').find(|part| !part.is_empty()).unwrap_or("object");
        let disposition = format!("attachment; filename*=UTF-8''{}", percent_encoded(file));
        let headers = answer.headers_mut();
        headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        if let Ok(disposition) = HeaderValue::try_from(disposition) {
            headers.insert(CONTENT_DISPOSITION, disposition);
        }
        // Should a browser open it all the same, it is nobody's page.
        let policy = HeaderValue::from_static("sandbox; default-src 'none'");
        headers.insert(CONTENT_SECURITY_POLICY, policy);
        answer
    }))
}

/// The object that the query names, and its key.
async fn find(web: &Web, bucket: &str, query: &Fields) -> Result<(String, Object), Answer> {
    let key = query.get("key").unwrap_or_default().to_owned();
    let (bucket, sought) = (bucket.to_owned(), key.clone());
    let found = look(web, move |stores| stores.objects.open(&bucket, &sought)).await?;
    let none = || problem::page(web, StatusCode::NOT_FOUND, "There is no such object.");
    found.map(|object| (key, object)).ok_or_else(none)
}
