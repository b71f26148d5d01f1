//! Queues and their dead letters.

use std::time::{SystemTime, UNIX_EPOCH};

use askama::Template;
use http::StatusCode;

use super::{look, settled};
use crate::environment::without_local;
use crate::sqs::{Counts, Peeked};
use crate::web::Web;
use crate::web::answer::{self, Answer};
use crate::web::frame::{self, Frame};
use crate::web::problem;

/// How many messages a page shows.
const MOST: u32 = 50;

#[derive(Template)]
#[template(path = "queues.html")]
struct Page {
    frame: Frame,
    queues: Vec<Queue>,
}

/// A queue and that of its dead letters.
struct Queue {
    queue: Counted,
    dead_letters: Counted,
    max_receives: u32,
}

struct Counted {
    name: String,
    label: String,
    counts: Counts,
    total: u32,
}

#[derive(Template)]
#[template(path = "messages.html")]
struct Messages {
    frame: Frame,
    queue: Counted,
    /// Its messages can go back to where they come from.
    is_dead_letters: bool,
    messages: Vec<Message>,
}

struct Message {
    id: String,
    state: String,
    sent: String,
    receives: String,
    attributes: Vec<(String, String)>,
    body: String,
}

impl Counted {
    fn new(name: &str, counts: Counts) -> Self {
        let total = counts.visible + counts.in_flight + counts.delayed;
        let label = without_local(name).to_owned();
        Self { name: name.to_owned(), label, counts, total }
    }
}

/// All queues.
pub(in crate::web) async fn list(web: &Web) -> Answer {
    let frame = Frame::new(web, "queues");
    let specs = web.plan().queues.clone();
    let counted = look(web, move |stores| {
        let count = |name: &str| -> Result<Counted, String> {
            let counts = stores.queues.counts(name).map_err(|error| error.to_string())?;
            Ok(Counted::new(name, counts))
        };
        let queues = specs.iter().map(|spec| -> Result<Queue, String> {
            Ok(Queue {
                queue: count(&spec.name)?,
                dead_letters: count(&spec.dead_letters())?,
                max_receives: spec.max_receives.unwrap_or_default(),
            })
        });
        queues.collect::<Result<Vec<_>, _>>()
    });
    settled(counted.await.map(|queues| answer::page(&Page { frame, queues })))
}

/// The oldest messages of a queue.
pub(in crate::web) async fn messages(web: &Web, name: &str) -> Answer {
    let frame = Frame::new(web, "queues");
    let name = name.to_owned();
    let looked = look(web, move |stores| {
        let Ok(spec) = stores.queues.spec(&name) else { return Ok(None) };
        let counts = stores.queues.counts(&name).map_err(|error| error.to_string())?;
        let peeked = stores.queues.peek(&name, MOST).map_err(|error| error.to_string())?;
        let queue = Counted::new(&name, counts);
        let is_dead_letters = spec.max_receives.is_none();
        let messages = peeked.into_iter().map(Message::from).collect();
        Ok(Some((queue, is_dead_letters, messages)))
    });
    settled(looked.await.map(|looked| match looked {
        Some((queue, is_dead_letters, messages)) => {
            answer::page(&Messages { frame, queue, is_dead_letters, messages })
        }
        None => problem::not_found(web),
    }))
}

/// Sends dead letters back to where they come from, or deletes every message.
pub(in crate::web) async fn change(web: &Web, name: &str, action: &str) -> Answer {
    let (name, redrive) = match action {
        "redrive" => (name.to_owned(), true),
        "purge" => (name.to_owned(), false),
        _ => return problem::not_found(web),
    };
    let changed = look(web, move |stores| {
        let Ok(spec) = stores.queues.spec(&name) else {
            return Ok(answer::plain(StatusCode::NOT_FOUND, "There is no such queue."));
        };
        if redrive && spec.max_receives.is_some() {
            let sentence = "Only dead letters can go back to where they come from.";
            return Ok(answer::plain(StatusCode::UNPROCESSABLE_ENTITY, sentence));
        }
        let done = match redrive {
            true => stores.queues.redrive(&name, None).map(|_| ()),
            false => stores.queues.purge(&name),
        };
        done.map(|()| answer::see_other("/queues")).map_err(|error| error.to_string())
    });
    settled(changed.await)
}

fn times(count: u32) -> String {
    match count {
        0 => "never received".to_owned(),
        1 => "received once".to_owned(),
        _ => format!("received {count} times"),
    }
}

impl From<Peeked> for Message {
    fn from(peeked: Peeked) -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_millis()).unwrap_or(i64::MAX);
        let seconds = (peeked.visible_at - now) / 1000;
        let state = match (peeked.visible_at > now, peeked.receive_count) {
            (false, _) => "waiting".to_owned(),
            (true, 0) => format!("delayed for {seconds} s"),
            (true, _) => format!("in flight for {seconds} s at most"),
        };
        let value = |value: &crate::sqs::MessageAttribute| {
            value.string_value.clone().or(value.binary_value.clone()).unwrap_or_default()
        };
        let attributes = peeked.attributes.0.iter();
        Self {
            id: peeked.message_id,
            state,
            sent: frame::time(peeked.sent_at),
            receives: times(peeked.receive_count),
            attributes: attributes.map(|(name, it)| (name.clone(), value(it))).collect(),
            body: answer::pretty(&peeked.body),
        }
    }
}
