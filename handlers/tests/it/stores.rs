//! What every store does, in memory and in DynamoDB alike.

use std::collections::BTreeSet;

use handlers::store::{DynamoDbStore, Index, MemoryStore, Record, Revised, RevisedStore, Store};
use serde::{Deserialize, Serialize};

use crate::dynamodb;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Note {
    id: String,
    text: String,
    edits: u64,
    stars: Option<u64>,
    tags: Vec<String>,
    /// An index takes no null.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    topic: Option<String>,
}

impl Record for Note {
    const KEY: &'static str = "id";

    fn key(&self) -> String {
        self.id.clone()
    }
}

impl Revised for Note {
    const REVISION: &'static str = "edits";

    fn revision(&self) -> u64 {
        self.edits
    }
}

fn note(id: &str, text: &str) -> Note {
    let tags = vec!["a".to_owned()];
    Note { id: id.to_owned(), text: text.to_owned(), edits: 0, stars: Some(7), tags, topic: None }
}

macro_rules! behaviours {
    ($($name:ident)*) => {
        mod in_memory {
            $(#[tokio::test]
            async fn $name() {
                super::$name(&super::MemoryStore::default()).await;
            })*
        }

        mod in_dynamodb {
            $(#[tokio::test]
            async fn $name() {
                let indexes = [("byTopic", "topic")];
                super::$name(&super::dynamodb::indexed("notes", &indexes).await).await;
            })*
        }
    };
}

behaviours! {
    a_record_survives
    a_taken_key_keeps_its_record
    a_record_is_removed_once
    a_record_is_replaced_by_its_next_revision_only
    pages_hold_every_record_once
    an_empty_store_has_one_empty_page
    a_page_behind_the_last_record_is_empty
    a_record_is_removed_at_its_revision_only
    records_are_found_by_a_member_in_the_order_of_their_keys
}

async fn a_record_survives(store: &impl Store<Note>) {
    let record = Note { stars: None, text: String::new(), tags: Vec::new(), ..note("ë/1 ?", "") };
    assert!(store.insert(&record).await.unwrap());
    assert_eq!(store.get("ë/1 ?").await.unwrap(), Some(record));
    assert_eq!(store.get("other").await.unwrap(), None);
}

async fn a_taken_key_keeps_its_record(store: &impl Store<Note>) {
    assert!(store.insert(&note("1", "first")).await.unwrap());
    assert!(!store.insert(&note("1", "second")).await.unwrap());
    assert_eq!(store.get("1").await.unwrap().unwrap().text, "first");
}

async fn a_record_is_removed_once(store: &impl Store<Note>) {
    store.insert(&note("1", "first")).await.unwrap();
    assert!(store.remove("1").await.unwrap());
    assert!(!store.remove("1").await.unwrap());
    assert_eq!(store.get("1").await.unwrap(), None);
}

async fn a_record_is_replaced_by_its_next_revision_only(store: &impl RevisedStore<Note>) {
    let edited = |edits, text: &str| Note { edits, ..note("1", text) };
    assert!(!store.replace(&edited(1, "nobody's")).await.unwrap());
    store.insert(&note("1", "first")).await.unwrap();
    assert!(store.replace(&edited(1, "second")).await.unwrap());
    for edits in [0, 1, 3] {
        assert!(!store.replace(&edited(edits, "too late")).await.unwrap());
    }
    assert_eq!(store.get("1").await.unwrap(), Some(edited(1, "second")));
}

async fn pages_hold_every_record_once(store: &impl Store<Note>) {
    for id in 0..6 {
        store.insert(&note(&id.to_string(), "")).await.unwrap();
    }
    // Six divide by three: the page that is exactly full has nothing behind it.
    for limit in [1, 3, 4, 6, 100] {
        let mut found = BTreeSet::new();
        let mut after = None;
        loop {
            let page = store.page(limit, after.as_deref()).await.unwrap();
            assert!(!page.records.is_empty() && page.records.len() <= limit);
            for record in page.records {
                assert!(found.insert(record.id));
            }
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found.len(), 6, "limit {limit}");
    }
}

async fn an_empty_store_has_one_empty_page(store: &impl Store<Note>) {
    let page = store.page(10, None).await.unwrap();
    assert_eq!((page.records.len(), page.next), (0, None));
}

async fn a_page_behind_the_last_record_is_empty(store: &impl Store<Note>) {
    store.insert(&note("1", "")).await.unwrap();
    let page = store.page(10, Some("1")).await.unwrap();
    assert_eq!((page.records.len(), page.next), (0, None));
}

async fn a_record_is_removed_at_its_revision_only(store: &impl RevisedStore<Note>) {
    let edited = |edits| Note { edits, ..note("1", "first") };
    assert!(!store.remove_unchanged(&edited(0)).await.unwrap());
    store.insert(&edited(0)).await.unwrap();
    store.replace(&edited(1)).await.unwrap();
    for edits in [0, 2] {
        assert!(!store.remove_unchanged(&edited(edits)).await.unwrap());
    }
    assert!(store.remove_unchanged(&edited(1)).await.unwrap());
    assert_eq!(store.get("1").await.unwrap(), None);
}

const BY_TOPIC: Index = Index { name: "byTopic", member: "topic" };

async fn records_are_found_by_a_member_in_the_order_of_their_keys(store: &impl Store<Note>) {
    for id in [5, 3, 1, 4, 2, 0] {
        let topic = if id == 3 { "other" } else { "same" };
        let about = Note { topic: Some(topic.to_owned()), ..note(&id.to_string(), "same") };
        store.insert(&about).await.unwrap();
    }
    store.insert(&note("6", "about nothing")).await.unwrap();
    for limit in [1, 2, 5, 100] {
        let (mut found, mut after) = (Vec::new(), None::<String>);
        loop {
            let page = store.find(BY_TOPIC, "same", limit, after.as_deref()).await.unwrap();
            assert!(!page.records.is_empty() && page.records.len() <= limit);
            found.extend(page.records.into_iter().map(|record| record.id));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, ["0", "1", "2", "4", "5"], "limit {limit}");
    }
    let none = store.find(BY_TOPIC, "none", 7, None).await.unwrap();
    assert_eq!((none.records.len(), none.next), (0, None));
}

#[tokio::test]
async fn a_missing_table_is_an_error_that_names_it() {
    let store = DynamoDbStore::<Note>::new(dynamodb::client().await, "nowhere".to_owned());
    let error = store.get("1").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot get from table nowhere");
}
