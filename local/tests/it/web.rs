//! The console, asked by HTTP as a browser asks it, over a document of its own that needs no function.

use std::path::Path;

use futures_util::StreamExt as _;
use local::{Cloud, Console, Options, Records};
use reqwest::header::HeaderMap;
use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};

use crate::user_pools::{self, ADA, PASSWORD};

/// What other people say may look like markup.
const MARKUP: &str = "<script>alert(1)</script>";

/// A cloud with a console.
pub(crate) struct Started {
    pub(crate) cloud: Cloud,
    pub(crate) url: String,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Started {
    pub(crate) async fn new() -> Self {
        Self::with(include_str!("web/api.yaml")).await
    }

    /// With this document.
    async fn with(text: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("api.yaml");
        std::fs::write(&document, text).unwrap();
        let mut options = Options::new(Path::new(env!("CARGO_MANIFEST_DIR")));
        options.document = Some(document);
        options.listen.set_port(0);
        options.records = Records::Ephemeral;
        options.reload = false;
        options.console = Console::captured().0;
        let cloud = Cloud::start(options).await.unwrap();
        let url = cloud.console_url.clone().unwrap();
        Self { cloud, url, http: reqwest::Client::new(), _folder: folder }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}{path}", self.url))
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.get(path).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.text().await.unwrap()
    }

    /// What pages carry.
    async fn token(&self) -> String {
        let page = self.page("/").await;
        let (_, rest) = page.split_once("name=\"console-token\" content=\"").unwrap();
        rest.split('"').next().unwrap().to_owned()
    }

    /// A request as a page of the console sends it.
    async fn post(&self, path: &str) -> RequestBuilder {
        let token = self.token().await;
        let request = self.http.post(format!("{}{path}", self.url));
        request.header("origin", &self.url).header("x-console-token", token)
    }

    /// Does for a user what the code of an email does.
    pub(crate) async fn confirm(&self, email: &str) {
        let pools = user_pools::client(&self.cloud.endpoints.cognito);
        let listed = pools.list_user_pools().max_results(1).send().await.unwrap();
        let pool = listed.user_pools()[0].id().unwrap();
        let confirm = pools.admin_confirm_sign_up().user_pool_id(pool).username(email);
        confirm.send().await.unwrap();
    }

    async fn call(&self, call: Value) -> Value {
        let answer = self.post("/try").await.json(&call).send().await.unwrap();
        answer.json().await.unwrap()
    }
}

async fn refused(request: RequestBuilder) -> StatusCode {
    request.send().await.unwrap().status()
}

fn echo(word: &str) -> Value {
    let word = json!({ "location": "path", "name": "word", "value": word });
    json!({ "operation": "echo", "parameters": [word] })
}

#[tokio::test(flavor = "multi_thread")]
async fn operations_are_listed_with_what_they_take_and_nothing_in_them_is_markup() {
    let started = Started::new().await;
    let page = started.page("/").await;
    for text in ["/echo/{word}", "Says it again.", "data-operation=\"echo\"", "1 to 99 characters"]
    {
        assert!(page.contains(text), "{text}: {page}");
    }
    assert!(!page.contains(MARKUP), "{page}");
    assert!(page.contains("alert(1)"), "{page}");
    started.cloud.stop().await;
}

/// Schemas that refer to one another make examples and rows without end; pages stay small.
#[tokio::test(flavor = "multi_thread")]
async fn many_operations_are_a_list_and_each_has_a_page() {
    let member = |other: usize| format!("m{other}: {{ $ref: '#/components/schemas/S{other}' }}");
    let members = (0..12).map(member).collect::<Vec<_>>().join(", ");
    let required = (0..12).map(|it| format!("m{it}")).collect::<Vec<_>>().join(", ");
    let schemas = (0..12).map(|it| {
        format!(
            "    S{it}: {{ type: object, required: [{required}], properties: {{ {members} }} }}\n"
        )
    });
    let content = "content: { application/json: { schema: { $ref: '#/components/schemas/S0' } } }";
    let integration = r#"{ type: mock, requestTemplates: { application/json: '{"statusCode": 200}' }, responses: { default: { statusCode: "200" } } }"#;
    let operation = |it: usize| {
        format!(
            "  /things{it}:\n    post:\n      operationId: thing{it}\n      summary: Is <b>{it}</b>\n      requestBody: {{ {content} }}\n      \
             responses: {{ '200': {{ description: '{MARKUP}', {content} }} }}\n      x-amazon-apigateway-integration: {integration}\n"
        )
    };
    let document = format!(
        "openapi: 3.0.3\ninfo: {{ title: t, version: '1' }}\npaths:\n{}components:\n  schemas:\n{}",
        (0..300).map(operation).collect::<String>(),
        schemas.collect::<String>()
    );
    let started = Started::with(&document).await;
    let page = started.page("/").await;
    assert!(page.len() < 500_000, "{}", page.len());
    assert!(page.contains("href=\"/operations/thing299\"") && !page.contains("<b>"), "{page}");
    let single = started.page("/operations/thing299").await;
    assert!(single.len() < 500_000, "{}", single.len());
    assert!(single.contains("data-operation=\"thing299\"") && !single.contains(MARKUP));
    let none = started.get("/operations/none").send().await.unwrap();
    assert_eq!(none.status(), StatusCode::NOT_FOUND);
    assert!(none.text().await.unwrap().contains("There is no such page."));
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_called_through_the_gateway() {
    let started = Started::new().await;
    let answered = started.call(echo("a b")).await;
    assert_eq!(answered["status"], 200, "{answered:#}");
    assert_eq!(answered["target"], "/local/echo/a%20b");
    assert_eq!(answered["body"], "{\n  \"word\": \"a b\"\n}");
    let id = answered["requestId"].as_str().unwrap();
    let log = started.page(&format!("/traces/{id}")).await;
    assert!(log.contains("Method completed with status: 200"), "{log}");
    let none = started.call(json!({ "operation": "other" })).await;
    assert!(none["error"].as_str().unwrap().contains("no such operation"), "{none}");
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn calls_are_signed_for_the_caller_that_the_form_names_and_carry_the_api_key() {
    let started = Started::new().await;
    let page = started.page("/").await;
    let arn = "arn:aws:iam::123456789012:user/local";
    assert!(
        page.contains(&format!("<option value=\"local\">{arn}, access key local</option>")),
        "{page}"
    );
    let call = |signer: Option<&str>| {
        let parameters = json!([
            { "location": "path", "name": "word", "value": "a b/\u{e9}" },
            { "location": "query", "name": "q", "value": "x y&z" },
        ]);
        json!({ "operation": "sign", "parameters": parameters, "signer": signer, "body": "{\"a\":1}", "mediaType": "application/json" })
    };
    let signed = started.call(call(Some("local"))).await;
    assert_eq!(signed["status"], 200, "{signed:#}");
    assert_eq!(signed["body"], format!("{{\n  \"arn\": \"{arn}\"\n}}"));
    let log = started.page(&format!("/traces/{}", signed["requestId"].as_str().unwrap())).await;
    assert!(!log.contains("Signature="), "{log}");
    let unsigned = started.call(call(None)).await;
    assert_eq!(unsigned["status"], 403, "{unsigned:#}");
    let unknown = started.call(call(Some("other"))).await;
    assert!(unknown["error"].as_str().unwrap().contains("not valid any more"), "{unknown:#}");

    assert!(page.contains("the API key that was made up at the start"), "{page}");
    assert_eq!(started.call(json!({ "operation": "showKey" })).await["status"], 200);
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_request_of_the_api_is_told_of_as_it_ends() {
    let started = Started::new().await;
    let traces = started.get("/traces").send().await.unwrap();
    assert_eq!(traces.headers()["content-type"], "text/event-stream");
    let secret = "a-secret-that-nobody-sees";
    let url = format!("{}/echo/hello?token={secret}", started.cloud.base_url);
    let asked = started.http.post(url).header("authorization", secret).send().await.unwrap();
    let id = asked.headers()["x-amzn-requestid"].to_str().unwrap().to_owned();
    let (event, traces) = next_event(traces).await;
    assert_eq!(event["id"], id);
    assert_eq!(event["method"], "POST");
    assert_eq!(event["path"], "/local/echo/hello");
    assert_eq!(event["status"], 200);
    assert_eq!(event["operation"], "echo");
    let log = started.page(&format!("/traces/{id}")).await;
    assert!(log.contains("token=******"), "{log}");
    assert!(!log.contains(secret) && !event.to_string().contains(secret), "{log}");
    // Whoever comes later sees what was before.
    drop(traces);
    let (event, _traces) = next_event(started.get("/traces").send().await.unwrap()).await;
    assert_eq!(event["id"], id);
    // A page that follows does not keep the cloud from ending.
    started.cloud.stop().await;
}

/// The data of the next server-sent event.
async fn next_event(answer: Response) -> (Value, impl Sized) {
    let mut bytes = answer.bytes_stream();
    let mut text = String::new();
    while !text.ends_with("\n\n") {
        text.push_str(std::str::from_utf8(&bytes.next().await.unwrap().unwrap()).unwrap());
    }
    let data = text.lines().find_map(|line| line.strip_prefix("data: ")).unwrap();
    (serde_json::from_str(data).unwrap(), bytes)
}

#[tokio::test(flavor = "multi_thread")]
async fn other_sites_are_refused() {
    let started = Started::new().await;
    let port = started.url.rsplit(':').next().unwrap();
    let rebound = format!("evil.example:{port}");
    for path in ["/", "/script.js", "/traces"] {
        let answer = refused(started.get(path).header("host", &rebound)).await;
        assert_eq!(answer, StatusCode::MISDIRECTED_REQUEST, "{path}");
    }
    for site in ["cross-site", "same-site"] {
        let answer = refused(started.get("/traces").header("sec-fetch-site", site)).await;
        assert_eq!(answer, StatusCode::FORBIDDEN);
    }
    let call = echo("x");
    let url = format!("{}/try", started.url);
    let no_origin = started.http.post(&url).header("x-console-token", started.token().await);
    assert_eq!(refused(no_origin.json(&call)).await, StatusCode::FORBIDDEN);
    let no_token = started.http.post(&url).header("origin", &started.url);
    assert_eq!(refused(no_token.json(&call)).await, StatusCode::FORBIDDEN);
    let foreign = started.post("/try").await.header("sec-fetch-site", "cross-site");
    assert_eq!(refused(foreign.json(&call)).await, StatusCode::FORBIDDEN);
    let preflight = started.http.request(reqwest::Method::OPTIONS, &url);
    assert_eq!(refused(preflight).await, StatusCode::METHOD_NOT_ALLOWED);
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_says_what_pages_may_do() {
    let started = Started::new().await;
    for path in ["/", "/style.css", "/nowhere"] {
        let headers = started.get(path).send().await.unwrap().headers().clone();
        let policy = text(&headers, "content-security-policy");
        assert!(policy.starts_with("default-src 'none'; script-src 'self';"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(text(&headers, "x-content-type-options"), "nosniff");
        assert_eq!(text(&headers, "referrer-policy"), "same-origin");
        assert_eq!(text(&headers, "cross-origin-resource-policy"), "same-origin");
        assert!(headers.get("access-control-allow-origin").is_none());
    }
    started.cloud.stop().await;
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> &'a str {
    headers[name].to_str().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_are_seen_without_being_received_and_change_by_forms_only() {
    let started = Started::new().await;
    let sqs = crate::queues::client(&started.cloud.endpoints.sqs);
    let queue = format!("{}/000000000000/local-jobs", started.cloud.endpoints.sqs);
    for url in [&queue, &format!("{queue}-dead-letters")] {
        sqs.send_message().queue_url(url).message_body(MARKUP).send().await.unwrap();
    }
    let counts = async || {
        let page = started.page("/queues").await;
        let cells =
            page.split("<td").skip(1).filter_map(|cell| cell.split('>').nth(1)?.split('<').next());
        cells.map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(counts().await[1..4], ["1", "0", "0"]);
    let page = started.page("/queues/local-jobs").await;
    assert!(!page.contains(MARKUP) && page.contains("alert(1)"), "{page}");
    assert_eq!(counts().await[1..4], ["1", "0", "0"]);
    let dead = started.page("/queues/local-jobs-dead-letters").await;
    assert!(dead.contains("Redrive") && !page.contains("Redrive"), "{dead}");
    assert_eq!(refused(started.get("/queues/none")).await, StatusCode::NOT_FOUND);

    let purge = format!("{}/queues/local-jobs/purge", started.url);
    let form = format!("token={}", started.token().await);
    let tokenless = started.http.post(&purge).header("origin", &started.url);
    assert_eq!(refused(tokenless).await, StatusCode::FORBIDDEN);
    assert_eq!(refused(started.http.post(&purge).body(form.clone())).await, StatusCode::FORBIDDEN);
    assert_eq!(counts().await[1..4], ["1", "0", "0"]);
    let purged = started.http.post(&purge).header("origin", &started.url).body(form);
    assert_eq!(refused(purged).await, StatusCode::OK);
    assert_eq!(counts().await[1..4], ["0", "0", "0"]);
    let wrong = started.post("/queues/local-jobs/redrive").await;
    assert_eq!(refused(wrong).await, StatusCode::UNPROCESSABLE_ENTITY);
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn items_are_shown_as_text() {
    let started = Started::new().await;
    for id in ["a", MARKUP] {
        let put = json!({ "TableName": "local-pets", "Item": { "id": { "S": id }, "age": { "N": "7" } } });
        let request = started.http.post(&started.cloud.endpoints.dynamodb);
        let request = request
            .header("x-amz-target", "DynamoDB_20120810.PutItem")
            .header("content-type", "application/x-amz-json-1.0")
            .header("x-amz-date", "20260101T000000Z")
            .header("authorization", "AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=00");
        let answer = request.body(put.to_string()).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }
    let tables = started.page("/tables").await;
    assert!(tables.contains("href=\"/tables/pets\"") && tables.contains(">2<"), "{tables}");
    let items = started.page("/tables/pets").await;
    assert!(items.contains("&#34;age&#34;: 7"), "{items}");
    assert!(!items.contains(MARKUP) && items.contains("alert(1)"), "{items}");
    let strange = r#"/tables/pets?after={"id":{"S":"a"}}"#;
    started.page(strange).await;
    assert_eq!(refused(started.get("/tables/none")).await, StatusCode::NOT_FOUND);
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_are_listed_by_prefix_and_downloaded_never_shown() {
    let started = Started::new().await;
    let s3 = crate::service::s3(&started.cloud.endpoints.s3);
    for key in ["top.html", "deep/one", "deep/two"] {
        let put = s3.put_object().bucket("local-pictures").key(key).content_type("text/html");
        let put = put.metadata("note", MARKUP).body(MARKUP.as_bytes().to_vec().into());
        put.send().await.unwrap();
    }
    let top = started.page("/buckets/local-pictures").await;
    assert!(
        top.contains("top.html") && top.contains("deep/") && !top.contains("deep/one"),
        "{top}"
    );
    let deep = started.page("/buckets/local-pictures?prefix=deep/").await;
    assert!(deep.contains("deep/one") && deep.contains("deep/two"), "{deep}");
    let object = started.page("/buckets/local-pictures/object?key=top.html").await;
    assert!(object.contains("text/html") && object.contains("x-amz-meta-note"), "{object}");
    assert!(!object.contains(MARKUP), "{object}");
    let answer = started.get("/buckets/local-pictures/download?key=top.html").send().await.unwrap();
    let headers = answer.headers().clone();
    assert_eq!(text(&headers, "content-type"), "application/octet-stream");
    assert_eq!(text(&headers, "content-disposition"), "attachment; filename*=UTF-8''top.html");
    assert_eq!(text(&headers, "content-security-policy"), "sandbox; default-src 'none'");
    assert_eq!(answer.text().await.unwrap(), MARKUP);
    for path in ["/buckets/none", "/buckets/local-pictures/download?key=none"] {
        assert_eq!(refused(started.get(path)).await, StatusCode::NOT_FOUND, "{path}");
    }
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn users_sign_up_and_in_and_their_tokens_open_protected_operations() {
    let started = Started::new().await;
    let page = started.page("/").await;
    assert!(page.contains("data-token-header=\"Authorization\" data-token-kind=\"id\""), "{page}");
    let form = |sign_up: bool, password: &str| json!({ "pool": "local-members", "email": ADA, "password": password, "signUp": sign_up });
    let sign_in = async |form: Value| {
        let answer = started.post("/sign-in").await.json(&form).send().await.unwrap();
        answer.json::<Value>().await.unwrap()
    };
    let unconfirmed = sign_in(form(true, PASSWORD)).await;
    let said = unconfirmed["error"].as_str().unwrap();
    assert!(said.starts_with("UserNotConfirmedException: "), "{said}");
    started.confirm(ADA).await;
    let wrong = sign_in(form(false, "Wrong-horse-12")).await;
    assert!(wrong["error"].as_str().unwrap().starts_with("NotAuthorizedException: "), "{wrong}");
    let user = sign_in(form(false, PASSWORD)).await;
    let id = user["id"].as_str().unwrap();

    let me = started.call(json!({ "operation": "getMe" })).await;
    assert_eq!(me["status"], 401, "{me:#}");
    let me = json!({ "operation": "getMe", "headers": [["Authorization", id]] });
    let me = started.call(me).await;
    assert_eq!(me["body"], format!("{{\n  \"email\": \"{ADA}\"\n}}"), "{me:#}");
    let log = started.page(&format!("/traces/{}", me["requestId"].as_str().unwrap())).await;
    assert!(!log.contains(id), "{log}");
    started.cloud.stop().await;
}
