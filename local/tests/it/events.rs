//! Functions that queues and buckets call.

use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::types::{QueueAttributeName, SendMessageBatchRequestEntry};
use local::{Captured, Cloud, Console, Options, Records};
use serde_json::Value;

use rustix::process::Signal;

use crate::scratch::Scratch;
use crate::{parameters, queues};

/// Longest anything may take to be said before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(300);

const WORKER: &str = include_str!("scratch/worker.rs");
const DOCUMENT: &str = include_str!("scratch/events.yaml");

struct Started {
    cloud: Cloud,
    said: Captured,
    sqs: aws_sdk_sqs::Client,
    _scratch: Scratch,
}

impl Started {
    async fn new() -> Self {
        let scratch = Scratch::new(WORKER);
        scratch.write("openapi/api.yaml", DOCUMENT);
        let (console, said) = Console::captured();
        let mut options = Options::new(scratch.root());
        options.target = Some(scratch.path("target"));
        options.listen.set_port(0);
        options.records = Records::Ephemeral;
        options.console = console;
        options.reload = false;
        let cloud = Cloud::start(options).await.unwrap();
        let sqs = queues::client(&cloud.endpoints.sqs);
        Self { cloud, said, sqs, _scratch: scratch }
    }

    fn url(&self, queue: &str) -> String {
        format!("{}/000000000000/local-{queue}", self.cloud.endpoints.sqs)
    }

    async fn send(&self, bodies: &[&str]) {
        let entries = bodies.iter().enumerate().map(|(id, body)| {
            let entry = SendMessageBatchRequestEntry::builder().id(id.to_string());
            entry.message_body(*body).build().unwrap()
        });
        let batch = self.sqs.send_message_batch().queue_url(self.url("jobs"));
        batch.set_entries(Some(entries.collect())).send().await.unwrap();
    }

    /// Waits until the console says this so often.
    async fn says(&self, words: &str, times: usize) {
        let said = self.said.until(|said| said.matches(words).count() >= times);
        let said = tokio::time::timeout(PATIENCE, said).await;
        assert!(said.is_ok(), "not `{words}` {times} times, but only:\n{}", self.said.text());
    }

    /// Messages of a queue: visible and in flight.
    async fn messages(&self, queue: &str) -> (String, String) {
        let visible = QueueAttributeName::ApproximateNumberOfMessages;
        let in_flight = QueueAttributeName::ApproximateNumberOfMessagesNotVisible;
        let asked = self.sqs.get_queue_attributes().queue_url(self.url(queue));
        let asked = asked.attribute_names(visible.clone()).attribute_names(in_flight.clone());
        let attributes = asked.send().await.unwrap().attributes.unwrap();
        (attributes[&visible].clone(), attributes[&in_flight].clone())
    }

    fn s3(&self) -> aws_sdk_s3::Client {
        let config = aws_sdk_s3::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .credentials_provider(Credentials::new("local", "local", None, None, "test"))
            .endpoint_url(&self.cloud.endpoints.s3)
            .force_path_style(true);
        aws_sdk_s3::Client::from_conf(config.build())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_failed_in_a_batch_comes_again_alone_and_is_given_up_loudly() {
    let started = Started::new().await;
    started.send(&["well", "fail"]).await;
    started.says("2 messages of jobs done in", 1).await;
    started.says("but 1 will come again", 2).await;
    started.says("GIVEN UP: 1 message received 2 times went to jobs-dead-letters", 1).await;
    let said = started.said.text();
    assert_eq!(said.matches(r#""body":"well""#).count(), 1, "{said}");
    assert!(said.contains("begun, for the 2nd time"), "{said}");
    let redo = "sqs start-message-move-task --source-arn \
        arn:aws:sqs:us-east-1:000000000000:local-jobs-dead-letters";
    assert!(said.contains(redo), "{said}");
    let none = ("0".to_owned(), "0".to_owned());
    assert_eq!(started.messages("jobs").await, none);
    assert_eq!(started.messages("jobs-dead-letters").await, ("1".to_owned(), "0".to_owned()));
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_dies_leaves_its_messages_to_the_next() {
    let started = Started::new().await;
    started.send(&["die once"]).await;
    started.says("will come again: Runtime.ExitError", 1).await;
    started.says("1 message of jobs done in", 1).await;
    assert_eq!(started.messages("jobs").await, ("0".to_owned(), "0".to_owned()));

    started.send(&["raise"]).await;
    started.says("will come again: Sad: it was told to", 2).await;
    started.says("GIVEN UP", 1).await;
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn functions_and_people_are_led_to_the_services() {
    let started = Started::new().await;
    let endpoints = started.cloud.endpoints.clone();
    let said = started.said.text();
    for words in [
        format!("aws --endpoint-url {} s3 ls --recursive s3://local-pictures", endpoints.s3),
        format!("--queue-url {}/000000000000/local-jobs", endpoints.sqs),
        format!("aws --endpoint-url {} ssm get-parameter", endpoints.ssm),
        format!("SFTP      {}", endpoints.sftp),
    ] {
        assert!(said.contains(&words), "{words}: {said}");
    }
    started.says(&format!("JOBS={}/000000000000/local-jobs\n", endpoints.sqs), 1).await;
    started.says("PICTURES=local-pictures\n", 1).await;
    started.says("KEY=/local/key\n", 1).await;
    started.says(&format!("FILES={}\n", endpoints.sftp), 1).await;
    started.says(&format!("AWS_ENDPOINT_URL_SSM={}\n", endpoints.ssm), 1).await;

    let ssm = parameters::client(&endpoints.ssm);
    let value = |name: &str| {
        let request = ssm.get_parameter().name(name).with_decryption(true);
        async move { request.send().await.map(|answer| answer.parameter.unwrap().value.unwrap()) }
    };
    let key = value("/local/key").await.unwrap();
    assert!(key.starts_with("-----BEGIN OPENSSH PRIVATE KEY-----\n"));
    assert!(value("/local/hosts").await.unwrap().starts_with("[127.0.0.1]:"));
    assert!(value("/local/unset").await.is_err());
    assert!(!started.said.text().contains("PRIVATE KEY"));
    started.cloud.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_integration_may_send_to_a_queue_without_a_function() {
    let started = Started::new().await;
    let http = reqwest::Client::new();
    let post = http.post(format!("{}/jobs", started.cloud.base_url));
    let answer = post.json(&serde_json::json!({ "a": "b & c" })).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let id = answer.text().await.unwrap();
    let mut heard = Vec::new();
    while heard.len() < 2 {
        let receive = started.sqs.receive_message().queue_url(started.url("heard"));
        let received =
            receive.max_number_of_messages(10).wait_time_seconds(20).send().await.unwrap();
        heard.extend(received.messages.unwrap_or_default());
    }
    // The first is the bucket's test event.
    assert_eq!(heard[1].message_id(), Some(id.as_str()));
    assert_eq!(heard[1].body(), Some(r#"{"a":"b & c"}"#));
    started.cloud.stop().await;
}

/// The file is as the kill left it, and who had the message is gone.
#[tokio::test(flavor = "multi_thread")]
async fn what_was_in_flight_when_the_cloud_was_killed_comes_again_with_the_next() {
    let scratch = Scratch::new(WORKER);
    scratch.write("openapi/api.yaml", DOCUMENT);
    let killed = scratch.start(&[]);
    let line = killed.until("  SQS ");
    let url = line.split_whitespace().last().unwrap();
    let endpoint = url.split("/000").next().unwrap();
    let send = queues::client(endpoint).send_message().queue_url(url);
    send.message_body("take long").send().await.unwrap();
    killed.until("1 message of jobs begun");
    killed.signal(Signal::KILL);
    killed.end();

    let next = scratch.start(&[]);
    next.until("1 message of jobs begun, for the 2nd time");
    next.until("1 message of jobs done in");
}

#[tokio::test(flavor = "multi_thread")]
async fn buckets_tell_queues_and_functions() {
    let started = Started::new().await;
    let s3 = started.s3();
    let put = |key: &str| s3.put_object().bucket("local-pictures").key(key).body(vec![1, 2].into());
    put("in/a red & gr\u{fc}n.jpg").send().await.unwrap();
    put("in/other.png").send().await.unwrap();
    put("out/other.jpg").send().await.unwrap();
    s3.delete_object().bucket("local-pictures").key("in/gone.jpg").send().await.unwrap();
    put("called/x").send().await.unwrap();
    started.says(r#""eventName":"ObjectCreated:Put""#, 1).await;

    let mut heard = Vec::new();
    while heard.len() < 3 {
        let receive = started.sqs.receive_message().queue_url(started.url("heard"));
        let received =
            receive.max_number_of_messages(10).wait_time_seconds(20).send().await.unwrap();
        let bodies = received.messages.unwrap_or_default().into_iter();
        heard.extend(bodies.map(|message| message.body.unwrap()));
    }
    let heard: Vec<Value> = heard.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(heard[0]["Event"], "s3:TestEvent");
    assert_eq!(heard[0]["Bucket"], "local-pictures");
    let created = &heard[1]["Records"][0];
    assert_eq!(created["eventName"], "ObjectCreated:Put");
    assert_eq!(created["s3"]["object"]["key"], "in/a+red+%26+gr%C3%BCn.jpg");
    assert_eq!(created["s3"]["object"]["size"], 2);
    assert_eq!(created["s3"]["bucket"]["name"], "local-pictures");
    let removed = &heard[2]["Records"][0];
    assert_eq!(removed["s3"]["object"]["key"], "in/gone.jpg");
    assert!(removed["eventName"].as_str().unwrap().starts_with("ObjectRemoved:"), "{removed}");
    started.cloud.stop().await;
}
