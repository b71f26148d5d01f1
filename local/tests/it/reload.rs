//! Edits are picked up; what does not work leaves what runs in place.

use local::{Captured, Cloud, Console, Options, Records};

use crate::scratch::{DOCUMENT, ONE, Scratch, get, until};

/// A laptop cloud of the scratch workspace on a free port, and what it says.
async fn start(scratch: &Scratch) -> (Cloud, Captured) {
    let (console, said) = Console::captured();
    let mut options = Options::new(scratch.root());
    options.target = Some(scratch.path("target"));
    options.listen.set_port(0);
    options.records = Records::Ephemeral;
    options.console = console;
    (Cloud::start(options).await.unwrap(), said)
}

fn until_said(said: &Captured, words: &str) {
    until(&format!("it says `{words}`, but only:\n{}", said.text()), || {
        said.text().contains(words)
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_follow_their_sources_and_stay_where_these_do_not_build() {
    let scratch = Scratch::new(ONE);
    let (cloud, said) = start(&scratch).await;
    assert_eq!(get(&cloud.base_url, "/users").1, "one");

    scratch.replace("src/main.rs", &ONE.replace("\"one\"", "\"two\""));
    until_said(&said, "the functions are replaced");
    assert_eq!(get(&cloud.base_url, "/users").1, "two");

    scratch.replace("src/main.rs", "fn main() { none() }");
    until_said(&said, "the functions do not build");
    until_said(&said, "the functions before stay in place");
    assert_eq!(get(&cloud.base_url, "/users").1, "two");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn routes_follow_the_document_and_stay_where_it_is_broken() {
    let scratch = Scratch::new(ONE);
    let (cloud, said) = start(&scratch).await;
    assert_eq!(get(&cloud.base_url, "/people").0, 403);

    let renamed = DOCUMENT.replace("/users:", "/people:");
    scratch.replace("openapi/api.yaml", &renamed);
    until_said(&said, "is read again");
    assert_eq!(get(&cloud.base_url, "/people"), (200, "one".to_owned()));
    assert_eq!(get(&cloud.base_url, "/users").0, 403);

    scratch.replace("openapi/api.yaml", &renamed.replace("timeout: 60", "timeout: soon"));
    until_said(&said, "the document before stays in place");
    assert!(said.text().contains("api.yaml:8:"), "{}", said.text());
    assert_eq!(get(&cloud.base_url, "/people").0, 200);
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_wait_for_a_document_that_can_be_read() {
    let scratch = Scratch::new(ONE);
    let (cloud, said) = start(&scratch).await;
    let refused = |times: usize| {
        until("the document is refused again", || {
            said.text().matches("the document before stays in place").count() >= times
        });
    };
    scratch.replace("openapi/api.yaml", "openapi: 3.1.0\n");
    refused(1);
    scratch.replace("src/main.rs", "fn main() { none() }");
    refused(2);
    // What the edit before led to has been said by now.
    scratch.replace("src/main.rs", "fn main() { nothing() }");
    refused(3);
    assert!(!said.text().contains("do not build"), "{}", said.text());
    scratch.replace("openapi/api.yaml", DOCUMENT);
    until_said(&said, "the functions do not build");
    cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_environment_of_functions_follows_the_document() {
    let scratch = Scratch::new(&ONE.replace(
        r##"r#"{"statusCode":200,"body":"one"}"#"##,
        r##"&format!(r#"{{"statusCode":200,"body":"{}"}}"#, std::env::var("TABLE").unwrap())"##,
    ));
    let (cloud, said) = start(&scratch).await;
    assert_eq!(get(&cloud.base_url, "/users").1, "local-users");
    scratch.replace("openapi/api.yaml", &DOCUMENT.replace("${users_table}", "elsewhere"));
    until_said(&said, "the functions are replaced");
    assert_eq!(get(&cloud.base_url, "/users").1, "elsewhere");
    cloud.stop().await;
}
