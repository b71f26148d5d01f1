//! Requests as they arrive at a server, for what progenitor's builders cannot express, by clients
//! of the code generator's documents.

use std::time::Duration;

use client::support::Retry;
use client::{Settings, support};

use crate::outputs;
use crate::server::{Request, Server, answer, bare, json};

/// A client of one of the documents.
macro_rules! client_of {
    ($document:ident, $server:expr) => {{
        let (base_url, http, session) = Settings::new(&$server.url).parts().unwrap();
        outputs::$document::Client::new_with_client(&base_url, http, session)
    }};
}

/// The request that a call makes; every document of them answers 204.
macro_rules! request_of {
    ($document:ident, |$client:ident| $call:expr) => {{
        let server = Server::answering(&[bare(204)]);
        let $client = client_of!($document, server);
        $call.send().await.unwrap();
        server.request()
    }};
}

fn line(request: &Request) -> &str {
    &request.line
}

#[tokio::test]
async fn a_list_that_is_not_exploded_is_joined() {
    let tags = || vec!["a".to_owned(), "b c".to_owned()];
    let request = request_of!(query_not_exploded, |client| client.get_x().tags(tags()));
    assert_eq!(line(&request), "GET /dev/x?tags=a%2Cb+c");
    let request = request_of!(query_pipe_delimited, |client| client.get_x().tags(tags()));
    assert_eq!(line(&request), "GET /dev/x?tags=a%7Cb+c");
    let request = request_of!(query_space_delimited, |client| client.get_x().tags(tags()));
    assert_eq!(line(&request), "GET /dev/x?tags=a+b+c");
    let request = request_of!(query_exploded, |client| client.get_x().tags(vec![1, 2]));
    assert_eq!(line(&request), "GET /dev/x?tags=1&tags=2");
}

#[tokio::test]
async fn an_object_is_spread_over_the_query() {
    let request = request_of!(query_deep_object, |client| {
        client.get_x().filter_color("red").filter_size(3)
    });
    assert_eq!(line(&request), "GET /dev/x?filter%5Bcolor%5D=red&filter%5Bsize%5D=3");
    let request = request_of!(query_object, |client| client.get_x().color("red"));
    assert_eq!(line(&request), "GET /dev/x?color=red");
}

#[tokio::test]
async fn one_name_in_three_places_arrives_in_each() {
    let request = request_of!(path_and_query, |client| {
        client.get_x().id("p").id_query("q").id_header("h")
    });
    assert_eq!(line(&request), "GET /dev/x/p?id=q");
    assert_eq!(request.header("id").as_deref(), Some("h"));
    assert_eq!(request.header("id-header"), None);
}

#[tokio::test]
async fn odd_names_arrive_as_the_document_spells_them() {
    let request = request_of!(query_odd_names, |client| {
        client.get_x().dollar_top(5).filter_name("x").parameter("y")
    });
    assert_eq!(line(&request), "GET /dev/x?%24top=5&filter%5Bname%5D=x&%E6%97%A5%E6%9C%AC=y");
    let request = request_of!(query_names_that_collide, |client| {
        client.get_x().user_id("a").user_id_query("b").user_id_query_2("c")
    });
    let mut query: Vec<_> = line(&request).split(['?', '&']).skip(1).collect();
    query.sort_unstable();
    assert_eq!(query, ["user-id=a", "userId=c", "user_id=b"]);
}

#[tokio::test]
async fn a_cookie_arrives_as_one() {
    let request = request_of!(cookie, |client| client.get_x().session("s-1"));
    assert_eq!(request.header("cookie").as_deref(), Some("session=s-1"));
    assert_eq!(request.header("session"), None);
}

#[tokio::test]
async fn the_rest_of_a_path_keeps_its_slashes() {
    let request = request_of!(path_greedy, |client| client.get_x().proxy("a/b c/d%2F"));
    assert_eq!(line(&request), "GET /dev/x/a/b%20c/d%252F");
}

#[tokio::test]
async fn an_argument_never_changes_the_path() {
    let server = Server::answering(&[bare(204)]);
    let client = client_of!(path_undeclared, server);
    let error = client.get_x().id("..").other_id("x").send().await.unwrap_err();
    assert!(matches!(&error, support::Error::InvalidRequest(reason) if reason.starts_with("id: ")));
    let answer = client.get_x().id("a/b?c#d").other_id("é").send().await;
    assert!(answer.is_ok());
    assert_eq!(line(&server.request()), "GET /dev/x/a%2Fb%3Fc%23d/y/%C3%A9");
}

#[tokio::test]
async fn a_body_is_sent_with_its_media_type_and_length() {
    let request = request_of!(body_zip, |client| client.post_x().body("zip bytes".to_owned()));
    assert_eq!(request.header("content-type").as_deref(), Some("application/zip"));
    assert_eq!(request.header("content-length").as_deref(), Some("9"));
    assert_eq!(request.header("transfer-encoding"), None);
    assert_eq!(request.body, "zip bytes");
    let request = request_of!(body_csv, |client| client.post_x().body("a,b"));
    assert_eq!(request.header("content-type").as_deref(), Some("text/csv"));
    let request = request_of!(body_multipart, |client| {
        client.post_x().content_type("multipart/form-data; boundary=x").body("--x--")
    });
    let expected = Some("multipart/form-data; boundary=x");
    assert_eq!(request.header("content-type").as_deref(), expected);
}

#[tokio::test]
async fn a_merge_patch_is_json_by_another_name() {
    let body = outputs::body_merge_patch::types::A { id: "a".to_owned() };
    let request = request_of!(body_merge_patch, |client| client.post_x().body(body));
    let expected = Some("application/merge-patch+json");
    assert_eq!(request.header("content-type").as_deref(), expected);
    assert_eq!(request.body, r#"{"id":"a"}"#);
}

#[tokio::test]
async fn an_optional_body_may_be_left_out() {
    let request = request_of!(body_optional, |client| client.post_x());
    assert_eq!(request.header("content-type"), None);
    assert_eq!(request.body, "");
    let body = outputs::body_optional::types::A { id: "a".to_owned() };
    let request = request_of!(body_optional, |client| client.post_x().body(body));
    assert_eq!(request.header("content-type").as_deref(), Some("application/json"));
    assert_eq!(request.body, r#"{"id":"a"}"#);
}

#[tokio::test]
async fn headers_are_those_of_the_document() {
    let request = request_of!(path_root, |client| client.get_root());
    assert_eq!(line(&request), "GET /dev/");
    assert_eq!(request.header("api-version"), None);
    assert_eq!(request.header("accept").as_deref(), Some("*/*"));
    let request = request_of!(header_reserved, |client| {
        client.get_x().api_version("7").accept("text/html").authorization("Basic x")
    });
    assert_eq!(request.header("api-version").as_deref(), Some("7"));
    assert_eq!(request.header("accept").as_deref(), Some("text/html"));
    assert_eq!(request.header("authorization").as_deref(), Some("Basic x"));
}

#[tokio::test]
async fn answers_of_several_types_are_told_apart_by_status() {
    use outputs::success_two_types::answers::GetXSuccess;
    let server = Server::answering(&[
        json(200, r#"{"id":"a"}"#),
        json(202, r#"{"title":"later"}"#),
        json(200, r#"{"title":"later"}"#),
    ]);
    let client = client_of!(success_two_types, server);
    let first = client.get_x().send().await.unwrap();
    assert!(matches!(&*first, GetXSuccess::Ok200(a) if a.id == "a"));
    let second = client.get_x().send().await.unwrap();
    assert!(matches!(&*second, GetXSuccess::Accepted202(p) if p.title == "later"));
    // The body of a 202 with the status of a 200.
    let error = client.get_x().send().await.unwrap_err();
    assert!(matches!(error, support::Error::Undecodable { status, .. } if status == 200));
}

#[tokio::test]
async fn errors_of_several_types_are_told_apart_by_status() {
    use outputs::errors_two_types::answers::GetXError;
    let server = Server::answering(&[json(404, r#"{"title":"gone"}"#), json(409, r#"{"id":"a"}"#)]);
    let client = client_of!(errors_two_types, server);
    let error = client.get_x().send().await.unwrap_err();
    assert!(matches!(error.problem(), Some(GetXError::NotFound404(p)) if p.title == "gone"));
    let error = client.get_x().send().await.unwrap_err();
    assert!(matches!(error.problem(), Some(GetXError::Conflict409(a)) if a.id == "a"));
    assert_eq!(error.status().unwrap(), 409);
}

#[tokio::test]
async fn a_default_is_for_every_other_status() {
    let server = Server::answering(&[
        json(200, r#"{"id":"a"}"#),
        json(418, r#"{"title":"teapot"}"#),
        json(201, r#"{"title":"odd"}"#),
    ]);
    let client = client_of!(success_and_default, server);
    assert_eq!(client.get_x().send().await.unwrap().id, "a");
    let error = client.get_x().send().await.unwrap_err();
    assert_eq!(error.problem().unwrap().title, "teapot");
    let error = client.get_x().send().await.unwrap_err();
    assert_eq!(error.problem().unwrap().title, "odd");
}

#[tokio::test]
async fn a_problem_is_typed_whatever_json_it_is_called() {
    let server =
        Server::answering(&[answer(404, "application/problem+json", r#"{"title":"gone"}"#)]);
    let client = client_of!(errors_problem_json, server);
    let error = client.get_x().send().await.unwrap_err();
    assert_eq!(error.problem().unwrap().title, "gone");
    let accept = server.request().header("accept");
    assert_eq!(accept.as_deref(), Some("application/json, application/problem+json"));
}

#[tokio::test]
async fn a_binary_answer_can_be_read_piece_by_piece() {
    let server = Server::answering(&[answer(200, "application/zip", "PK bytes")]);
    let client = client_of!(success_zip, server);
    let mut zip = client.get_x().send().await.unwrap().into_inner();
    let mut bytes = Vec::new();
    while let Some(piece) = zip.chunk().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    assert_eq!(bytes, b"PK bytes");
    let accept = server.request().header("accept");
    assert_eq!(accept.as_deref(), Some("application/zip, application/json"));
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let server = Server::answering(&[bare(303)]);
    let client = client_of!(redirect, server);
    let answer = client.get_x().send().await.unwrap();
    assert_eq!(answer.headers()["location"], "/elsewhere");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn only_an_idempotent_request_is_sent_again() {
    let retry = Retry { times: 2, base: Duration::ZERO, longest: Duration::ZERO };
    let server = Server::answering(&[bare(503), String::new(), bare(204)]);
    let (base_url, http, session) = Settings::new(&server.url).retry(retry).parts().unwrap();
    let client = outputs::path_root::Client::new_with_client(&base_url, http, session);
    client.get_root().send().await.unwrap();
    assert_eq!(server.requests().len(), 3);

    let server = Server::answering(&[bare(503), bare(204)]);
    let (base_url, http, session) = Settings::new(&server.url).retry(retry).parts().unwrap();
    let client = outputs::body_csv::Client::new_with_client(&base_url, http, session);
    let error = client.post_x().body("a").send().await.unwrap_err();
    assert_eq!(error.status().unwrap(), 503);
    assert_eq!(server.requests().len(), 1);
}
