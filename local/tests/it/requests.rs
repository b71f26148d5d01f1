//! What `local` says about requests: the line to paste for each, and the logs on demand.

use gateway::{AccessLogFormat, BasePath};
use local::{Captured, Cloud, Console, Options, Records};

use crate::scratch::{DOCUMENT, ONE, Scratch, get, get_with, until};

/// A laptop cloud of the scratch workspace, whose only operation requires an API key.
async fn keyed(change: impl FnOnce(&mut Options)) -> (Scratch, Cloud, Captured) {
    let secured = DOCUMENT.replace(
        "      operationId: listUsers\n",
        "      operationId: listUsers\n      security: [{ key: [] }]\n",
    );
    let scheme =
        "components: { securitySchemes: { key: { type: apiKey, name: x-api-key, in: header } } }";
    started(&format!("{secured}{scheme}\n"), change).await
}

/// A laptop cloud of the scratch workspace with this document.
async fn started(document: &str, change: impl FnOnce(&mut Options)) -> (Scratch, Cloud, Captured) {
    let scratch = Scratch::new(ONE);
    scratch.write("openapi/api.yaml", document);
    let (console, said) = Console::captured();
    let mut options = Options::new(scratch.root());
    options.target = Some(scratch.path("target"));
    options.listen.set_port(0);
    options.records = Records::Ephemeral;
    options.reload = false;
    options.console = console;
    change(&mut options);
    let cloud = Cloud::start(options).await.unwrap();
    (scratch, cloud, said)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_document_that_requires_api_keys_works_with_the_printed_line() {
    let (_scratch, cloud, said) = keyed(|_| ()).await;
    let text = said.text();
    let line = text.lines().find(|line| line.contains("curl -i")).unwrap();
    assert!(line.contains(&format!("curl -i {}/users ", cloud.base_url)), "{line}");
    let (_, header) = line.split_once("-H '").unwrap();
    let header = header.trim_end_matches('\'');
    assert!(header.starts_with("x-api-key: "), "{line}");
    assert_eq!(get_with(&cloud.base_url, "/users", header), (200, "one".to_owned()));
    let forbidden = (403, r#"{"message":"Forbidden"}"#.to_owned());
    assert_eq!(get(&cloud.base_url, "/users"), forbidden);
    assert!(!text.contains("none is known"), "{text}");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn logs_of_requests_go_to_the_console_and_show_no_key() {
    let key = "given-0123456789-0123456789";
    let (_scratch, cloud, said) = keyed(|options| {
        options.deploy.usage.api_keys = vec![key.into()];
        options.deploy.logs.trace = true;
        options.deploy.logs.access_log = Some(AccessLogFormat::parse("clf").unwrap());
    })
    .await;
    assert_eq!(get_with(&cloud.base_url, "/users", &format!("x-api-key: {key}")).0, 200);
    until("the access log has the request", || {
        said.text().contains("]\"GET /users HTTP/1.1\" 200 3 ")
    });
    let text = said.text();
    assert!(text.contains("Execution log for request "), "{text}");
    assert!(text.contains(" ms  Method completed with status: 200"), "{text}");
    assert!(text.contains("-H 'x-api-key: API_KEY'"), "{text}");
    assert!(!text.contains(key), "{text}");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_printed_line_has_the_base_path_that_is_served() {
    let document = format!("{DOCUMENT}servers: [{{ url: 'https://example.com/api/v1' }}]\n");
    let (_scratch, cloud, said) =
        started(&document, |options| options.deploy.import.base_path = BasePath::Prepend).await;
    assert_eq!(get(&cloud.base_url, "/api/v1/users"), (200, "one".to_owned()));
    assert_eq!(get(&cloud.base_url, "/users").0, 403);
    let line = format!("curl -i {}/api/v1/users\n", cloud.base_url);
    assert!(said.text().contains(&line), "{}", said.text());
    let page = reqwest::get(cloud.console_url.as_ref().unwrap()).await.unwrap();
    assert!(page.text().await.unwrap().contains("/api/v1/users"));
    cloud.stop().await;
}
