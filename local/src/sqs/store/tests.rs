//! What becomes of messages, with times given.

use super::*;

const DEAD: &str = "jobs-dead-letters";

fn memory() -> Store {
    Store::open(None).unwrap()
}

fn send(store: &Store, bodies: &[&str]) {
    let message = |body: &&str| NewMessage { body: (*body).to_owned(), ..NewMessage::default() };
    store.send("jobs", &bodies.iter().map(message).collect::<Vec<_>>(), 0, 0).unwrap();
}

/// Hides what it receives for ten milliseconds.
fn receive(store: &Store, limit: u32, now: i64) -> Received {
    let receiving = Receiving { limit, visibility: 10, redrive: Some((2, DEAD)) };
    store.receive("jobs", receiving, now).unwrap()
}

fn bodies(received: &Received) -> Vec<&str> {
    received.messages.iter().map(|message| message.body.as_str()).collect()
}

#[test]
fn what_is_received_is_hidden_until_its_time_is_over() {
    let store = memory();
    send(&store, &["a", "b"]);
    let first = receive(&store, 1, 5);
    assert_eq!(bodies(&first), ["a"]);
    assert_eq!(bodies(&receive(&store, 10, 6)), ["b"]);
    assert_eq!(store.counts("jobs", 6).unwrap(), Counts { in_flight: 2, ..Counts::default() });
    assert_eq!(store.next_visible_at("jobs").unwrap(), Some(15));
    let again = receive(&store, 10, 15);
    assert_eq!(bodies(&again), ["a"]);
    let counts = (again.messages[0].receive_count, again.messages[0].first_received_at);
    assert_eq!(counts, (2, 5));
}

#[test]
fn only_the_last_receipt_deletes() {
    let store = memory();
    send(&store, &["a"]);
    let old = receive(&store, 1, 0).messages.remove(0).receipt;
    let new = receive(&store, 1, 10).messages.remove(0).receipt;
    store.delete("jobs", &[old]).unwrap();
    assert_eq!(store.counts("jobs", 10).unwrap().in_flight, 1);
    store.delete("other", std::slice::from_ref(&new)).unwrap();
    assert_eq!(store.counts("jobs", 10).unwrap().in_flight, 1);
    // Its time may be over, as long as nobody else received it.
    store.delete("jobs", &[new]).unwrap();
    assert_eq!(store.counts("jobs", 100).unwrap(), Counts::default());
}

#[test]
fn a_message_received_too_often_moves_and_comes_back_as_a_new_one() {
    let store = memory();
    send(&store, &["a"]);
    assert_eq!(bodies(&receive(&store, 1, 0)), ["a"]);
    assert_eq!(bodies(&receive(&store, 1, 10)), ["a"]);
    let last = receive(&store, 1, 20);
    assert_eq!((bodies(&last).len(), last.dead.len()), (0, 1));
    assert_eq!(last.dead[0].receive_count, 2);

    let receiving = Receiving { limit: 10, visibility: 0, redrive: None };
    let dead = store.receive(DEAD, receiving, 20).unwrap();
    assert_eq!(dead.messages[0].dead_letter_source.as_deref(), Some("jobs"));
    let (sent_at, id) = (dead.messages[0].sent_at, &dead.messages[0].message_id);
    assert_eq!((sent_at, id), (0, &last.dead[0].message_id));

    assert_eq!(store.redrive(DEAD, None, 30).unwrap(), [("jobs".to_owned(), 1)]);
    let again = receive(&store, 1, 30);
    let again = &again.messages[0];
    assert_eq!((again.receive_count, again.sent_at), (1, 30));
    assert_ne!(again.message_id, last.dead[0].message_id);
}

#[test]
fn a_change_of_visibility_counts_from_now_on_and_needs_a_message_in_flight() {
    let store = memory();
    send(&store, &["a"]);
    let receipt = receive(&store, 1, 0).messages.remove(0).receipt;
    let change =
        |visibility, now| store.change_visibility("jobs", &receipt, visibility, now).unwrap();
    assert_eq!(change(100, 5), Change::Done);
    assert_eq!(bodies(&receive(&store, 1, 104)), [""; 0]);
    assert_eq!(change(0, 50), Change::Done);
    assert_eq!(change(10, 51), Change::NotInFlight);
    receive(&store, 1, 51);
    assert_eq!(change(10, 52), Change::Gone);
}

#[test]
fn delays_and_retention_are_kept() {
    let store = memory();
    let late = NewMessage { body: "late".into(), delay_seconds: Some(1), ..Default::default() };
    store.send("jobs", &[late], 0, 0).unwrap();
    assert_eq!(store.counts("jobs", 0).unwrap(), Counts { delayed: 1, ..Counts::default() });
    assert_eq!(bodies(&receive(&store, 1, 999)), [""; 0]);
    assert_eq!(bodies(&receive(&store, 1, 1000)), ["late"]);
    assert_eq!(store.expire("jobs", 1).unwrap(), 1);
}

/// As after `kill -9`: the first connection is never closed in order.
#[test]
fn what_was_answered_is_on_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("queues.sqlite");
    let first = Store::open(Some(&path)).unwrap();
    send(&first, &["a", "b"]);
    let receipt = receive(&first, 1, 0).messages.remove(0).receipt;
    first.delete("jobs", &[receipt]).unwrap();
    receive(&first, 1, 0);

    let second = Store::open(Some(&path)).unwrap();
    assert_eq!(second.counts("jobs", 0).unwrap(), Counts { in_flight: 1, ..Counts::default() });
    let received = receive(&second, 10, 10);
    assert_eq!((bodies(&received), received.messages[0].receive_count), (vec!["b"], 2));
}

#[test]
fn a_file_of_another_kind_is_refused_with_its_path_and_the_way_out() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), "these are not the pages you are looking for".repeat(100)).unwrap();
    let message = Store::open(Some(file.path())).map(|_| ()).unwrap_err().to_string();
    assert!(message.contains(&file.path().display().to_string()), "{message}");
    assert!(message.contains("--ephemeral"), "{message}");
}
