//! The embedded SQS, asked by the AWS SDK.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use aws_sdk_sqs::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_sqs::error::ProvideErrorMetadata;
use aws_sdk_sqs::primitives::Blob;
use aws_sdk_sqs::types::{
    DeleteMessageBatchRequestEntry, MessageAttributeValue, MessageSystemAttributeName,
    QueueAttributeName, SendMessageBatchRequestEntry,
};
use aws_sdk_sqs::{Client, Config};
use local::sqs::{GivenUp, QueueSpec, Sqs};

/// Names of queues that gave up a message.
type GaveUp = Arc<Mutex<Vec<String>>>;

struct Started {
    sqs: Sqs,
    client: Client,
    url: String,
    gave_up: GaveUp,
}

pub(crate) fn client(endpoint: &str) -> Client {
    let config = Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint);
    Client::from_conf(config.build())
}

/// A queue `local-jobs` that hides messages for a second, and gives up those received twice.
fn start() -> Started {
    let gave_up = GaveUp::default();
    let heard = Arc::clone(&gave_up);
    let listener = move |it: &GivenUp<'_>| heard.lock().unwrap().push(it.queue.to_owned());
    let sqs = Sqs::start(None, Box::new(listener)).unwrap();
    sqs.ensure(&[QueueSpec {
        key: "jobs".to_owned(),
        name: "local-jobs".to_owned(),
        visibility_timeout_seconds: 1,
        retention_seconds: 345_600,
        delay_seconds: 0,
        max_receives: Some(2),
    }]);
    let client = client(&sqs.endpoint());
    let url = format!("{}/000000000000/local-jobs", sqs.endpoint());
    Started { sqs, client, url, gave_up }
}

fn text(value: &str) -> MessageAttributeValue {
    MessageAttributeValue::builder().data_type("String").string_value(value).build().unwrap()
}

/// The SDK compares the digests of body and attributes with what it sent.
#[tokio::test]
async fn a_message_arrives_as_it_was_sent() {
    let Started { client, url, sqs, .. } = start();
    let bytes = MessageAttributeValue::builder()
        .data_type("Binary.raw")
        .binary_value(Blob::new([0, 1, 255]))
        .build()
        .unwrap();
    let sent = client
        .send_message()
        .queue_url(&url)
        .message_body("gr\u{fc}n \u{1f600}")
        .message_attributes("colour", text("green"))
        .message_attributes("bytes", bytes)
        .send()
        .await
        .unwrap();
    let received = client
        .receive_message()
        .queue_url(&url)
        .message_attribute_names("All")
        .message_system_attribute_names(MessageSystemAttributeName::All)
        .send()
        .await
        .unwrap();
    let [message] = received.messages() else { panic!("{received:?}") };
    assert_eq!(message.body(), Some("gr\u{fc}n \u{1f600}"));
    assert_eq!(message.message_id(), sent.message_id());
    assert_eq!(message.md5_of_body(), sent.md5_of_message_body());
    assert_eq!(message.md5_of_message_attributes(), sent.md5_of_message_attributes());
    let attributes = message.message_attributes().unwrap();
    assert_eq!(attributes["colour"].string_value(), Some("green"));
    assert_eq!(attributes["bytes"].binary_value().unwrap().as_ref(), [0, 1, 255]);
    let system = message.attributes().unwrap();
    assert_eq!(system[&MessageSystemAttributeName::ApproximateReceiveCount], "1");
    let sent_at: u64 = system[&MessageSystemAttributeName::SentTimestamp].parse().unwrap();
    let first: u64 =
        system[&MessageSystemAttributeName::ApproximateFirstReceiveTimestamp].parse().unwrap();
    assert!(1_700_000_000_000 < sent_at && sent_at <= first, "{sent_at} {first}");
    drop(sqs);
}

#[tokio::test]
async fn a_long_poll_ends_with_the_message_it_waits_for() {
    let Started { client, url, sqs, .. } = start();
    let poll = client.receive_message().queue_url(&url).wait_time_seconds(20).send();
    let send = async {
        // The poll is under way before: a connection of its own takes this one longer.
        tokio::task::yield_now().await;
        client.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    };
    let begun = Instant::now();
    let (received, ()) = tokio::join!(poll, send);
    assert_eq!(received.unwrap().messages().len(), 1);
    assert!(begun.elapsed() < Duration::from_secs(10), "{:?}", begun.elapsed());
    drop(sqs);
}

#[tokio::test]
async fn a_message_that_is_not_deleted_comes_back_and_at_last_is_a_dead_letter() {
    let Started { client, url, gave_up, sqs } = start();
    client.send_message().queue_url(&url).message_body("poison").send().await.unwrap();
    let receive = |url: String, wait| {
        let request = client.receive_message().queue_url(url).wait_time_seconds(wait);
        request.message_system_attribute_names(MessageSystemAttributeName::All).send()
    };
    for count in ["1", "2"] {
        let received = receive(url.clone(), 5).await.unwrap();
        let system = received.messages()[0].attributes().unwrap();
        assert_eq!(system[&MessageSystemAttributeName::ApproximateReceiveCount], count);
    }
    // Given up by the first who would have received it again.
    let begun = Instant::now();
    assert!(receive(url.clone(), 2).await.unwrap().messages().is_empty());
    assert!(begun.elapsed() >= Duration::from_secs(2), "{:?}", begun.elapsed());
    assert_eq!(*gave_up.lock().unwrap(), ["local-jobs"]);

    let dead = format!("{url}-dead-letters");
    let received = receive(dead.clone(), 0).await.unwrap();
    let system = received.messages()[0].attributes().unwrap();
    let source = &system[&MessageSystemAttributeName::DeadLetterQueueSourceArn];
    assert_eq!(source, "arn:aws:sqs:us-east-1:000000000000:local-jobs");

    let receipt = received.messages()[0].receipt_handle().unwrap();
    let visible = client.change_message_visibility().queue_url(&dead).receipt_handle(receipt);
    visible.visibility_timeout(0).send().await.unwrap();
    let arn = format!("{source}-dead-letters");
    client.start_message_move_task().source_arn(&arn).send().await.unwrap();
    let tasks = client.list_message_move_tasks().source_arn(&arn).send().await.unwrap();
    assert_eq!(tasks.results()[0].approximate_number_of_messages_moved(), 1);
    assert_eq!(receive(url, 0).await.unwrap().messages().len(), 1);
    drop(sqs);
}

#[tokio::test]
async fn each_entry_of_a_batch_succeeds_or_fails_by_itself() {
    let Started { client, url, sqs, .. } = start();
    let entry = |id: &str, body: &str| {
        SendMessageBatchRequestEntry::builder().id(id).message_body(body).build().unwrap()
    };
    let sent = client
        .send_message_batch()
        .queue_url(&url)
        .entries(entry("good", "x"))
        .entries(entry("bad", "\u{b}"))
        .send()
        .await
        .unwrap();
    assert_eq!(sent.successful()[0].id(), "good");
    assert_eq!((sent.failed()[0].id(), sent.failed()[0].code()), ("bad", "InvalidMessageContents"));
    assert!(sent.failed()[0].sender_fault());

    let received = client.receive_message().queue_url(&url).send().await.unwrap();
    let delete = |id: &str, handle: &str| {
        DeleteMessageBatchRequestEntry::builder().id(id).receipt_handle(handle).build().unwrap()
    };
    let deleted = client
        .delete_message_batch()
        .queue_url(&url)
        .entries(delete("good", received.messages()[0].receipt_handle().unwrap()))
        .entries(delete("bad", "nonsense"))
        .send()
        .await
        .unwrap();
    assert_eq!(deleted.successful()[0].id(), "good");
    assert_eq!(deleted.failed()[0].code(), "ReceiptHandleIsInvalid");
    drop(sqs);
}

#[tokio::test]
async fn queues_are_found_and_described() {
    let Started { client, url, sqs, .. } = start();
    let found = client.get_queue_url().queue_name("local-jobs").send().await.unwrap();
    assert_eq!(found.queue_url(), Some(url.as_str()));
    let listed = client.list_queues().send().await.unwrap();
    assert_eq!(listed.queue_urls(), [url.clone(), format!("{url}-dead-letters")]);
    client.send_message().queue_url(&url).message_body("x").send().await.unwrap();
    client.send_message().queue_url(&url).message_body("y").delay_seconds(60).send().await.unwrap();
    let receive = client.receive_message().queue_url(&url).visibility_timeout(60);
    receive.send().await.unwrap();
    let described = client
        .get_queue_attributes()
        .queue_url(&url)
        .attribute_names(QueueAttributeName::All)
        .send()
        .await
        .unwrap();
    let value = |name| described.attributes().unwrap()[&name].as_str();
    assert_eq!(value(QueueAttributeName::ApproximateNumberOfMessages), "0");
    assert_eq!(value(QueueAttributeName::ApproximateNumberOfMessagesNotVisible), "1");
    assert_eq!(value(QueueAttributeName::ApproximateNumberOfMessagesDelayed), "1");
    assert!(value(QueueAttributeName::RedrivePolicy).contains("local-jobs-dead-letters"));
    client.purge_queue().queue_url(&url).send().await.unwrap();
    let left = client.receive_message().queue_url(&url).wait_time_seconds(1).send().await.unwrap();
    assert!(left.messages().is_empty());
    drop(sqs);
}

#[tokio::test]
async fn errors_have_the_codes_of_sqs() {
    let Started { client, url, sqs, .. } = start();
    let no_queue =
        client.send_message().queue_url("http://x/1/none").message_body("x").send().await;
    let no_queue = no_queue.unwrap_err();
    assert!(no_queue.as_service_error().unwrap().is_queue_does_not_exist(), "{no_queue:?}");
    assert_eq!(no_queue.code(), Some("AWS.SimpleQueueService.NonExistentQueue"));

    let delete = client.delete_message().queue_url(&url).receipt_handle("nonsense").send().await;
    assert!(delete.unwrap_err().as_service_error().unwrap().is_receipt_handle_is_invalid());

    let send = |body: String| client.send_message().queue_url(&url).message_body(body).send();
    let largest = "x".repeat(1_048_576);
    assert!(send(largest.clone()).await.is_ok());
    assert_eq!(send(largest + "x").await.unwrap_err().code(), Some("InvalidParameterValue"));
    assert_eq!(send(String::new()).await.unwrap_err().code(), Some("MissingParameter"));

    let receive = client.receive_message().queue_url(&url).max_number_of_messages(11).send().await;
    let message = receive.unwrap_err().message().unwrap().to_owned();
    assert!(message.contains("Must be between 1 and 10"), "{message}");

    let create = client.create_queue().queue_name("more").send().await.unwrap_err();
    assert_eq!(create.code(), Some("AWS.SimpleQueueService.UnsupportedOperation"));
    assert!(create.message().unwrap().contains("x-lychgate.queues"), "{create:?}");
    drop(sqs);
}
