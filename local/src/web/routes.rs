//! Which page or action a path names.

use bytes::Bytes;
use http::StatusCode;
use http::request::Parts;
use percent_encoding::percent_decode_str;

use super::answer::{self, Answer};
use super::fields::Fields;
use super::{Web, assets, browse, operations, problem, sign_in, traces, try_it};

/// Answers GET and HEAD.
pub(super) async fn show(web: &Web, head: &Parts) -> Answer {
    let path = segments(head.uri.path());
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    let query = Fields::parse(head.uri.query().unwrap_or_default());
    match path[..] {
        [] => operations::page(web),
        ["operations", id] => operations::single(web, id),
        ["script.js"] => assets::script(),
        ["style.css"] => assets::style(),
        ["icon.svg"] => assets::icon(),
        ["traces"] => traces::follow(&web.site, &head.headers),
        ["traces", id] => traces::log(&web.site.traces, id),
        ["queues"] => browse::queues::list(web).await,
        ["queues", name] => browse::queues::messages(web, name).await,
        ["jobs"] => browse::jobs::list(web),
        ["tables"] => browse::tables::list(web).await,
        ["tables", key] => browse::tables::items(web, key, &query).await,
        ["buckets"] => browse::buckets::list(web),
        ["buckets", name] => browse::buckets::objects(web, name, &query).await,
        ["buckets", name, "object"] => browse::buckets::object(web, name, &query).await,
        ["buckets", name, "download"] => browse::buckets::download(web, name, &query).await,
        _ => problem::not_found(web),
    }
}

/// Answers POST, if it carries the token.
pub(super) async fn change(web: &Web, head: &Parts, body: Bytes) -> Answer {
    let form = Fields::parse(std::str::from_utf8(&body).unwrap_or_default());
    if let Err(refusal) = web.guard.admit_change(&head.headers, form.get("token")) {
        return refusal.into();
    }
    let path = segments(head.uri.path());
    let path: Vec<_> = path.iter().map(String::as_str).collect();
    match path[..] {
        ["queues", name, action] => browse::queues::change(web, name, action).await,
        ["sign-in"] => sign_in::answer(web, &body).await,
        ["try"] => try_it::answer(web, &body).await,
        _ => answer::plain(StatusCode::NOT_FOUND, "There is no such action."),
    }
}

/// The parts of a path, decoded.
fn segments(path: &str) -> Vec<String> {
    let parts = path.split('/').filter(|part| !part.is_empty());
    parts.map(|part| percent_decode_str(part).decode_utf8_lossy().into_owned()).collect()
}
