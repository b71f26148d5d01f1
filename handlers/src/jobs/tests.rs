//! What becomes of a job, whatever happens to its workers.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime};

use models::JobStatus;
use models::value::Uuid;
use serde::{Deserialize, Serialize};

use super::*;
use crate::objects::{InMemory, ObjectAddress, ObjectStore, fetch};
use crate::queue::MemoryQueue;
use crate::runtime::{Delivery, Failure};
use crate::store::{MemoryStore, Record, RevisedStore, Store};

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Errand {
    id: String,
    /// What an attempt leaves until it is cleared away.
    litter: u32,
    #[serde(flatten)]
    state: JobState,
}

impl Record for Errand {
    const KEY: &'static str = "id";

    fn key(&self) -> String {
        self.id.clone()
    }
}

impl Revised for Errand {
    const REVISION: &'static str = REVISION;

    fn revision(&self) -> u64 {
        self.state.revision
    }
}

impl Job for Errand {
    fn state(&self) -> &JobState {
        &self.state
    }

    fn state_mut(&mut self) -> &mut JobState {
        &mut self.state
    }
}

/// What the next attempts come to; none is a success.
#[derive(Debug, Default)]
struct Errands {
    failures: Mutex<Vec<AttemptError>>,
    performed: Arc<AtomicU32>,
    is_endless: bool,
}

impl Work for Errands {
    type Record = Errand;

    async fn clear(&self, attempt: &Attempt<Errand>) -> Result<(), AttemptError> {
        if attempt.record().await.litter > 0 {
            attempt.change(|errand| errand.litter = 0).await?;
        }
        Ok(())
    }

    async fn perform(&self, attempt: &Attempt<Errand>) -> Result<String, AttemptError> {
        self.performed.fetch_add(1, Ordering::Relaxed);
        attempt.change(|errand| errand.litter += 1).await?;
        attempt.progress(3);
        if self.is_endless {
            std::future::pending::<()>().await;
        }
        match self.failures.lock().unwrap().pop() {
            Some(error) => Err(error),
            None => Ok("run, as asked".to_owned()),
        }
    }

    fn status_object(&self, errand: &Errand) -> ObjectAddress {
        ObjectAddress::new("told", errand.id.as_str())
    }
}

struct Scene {
    store: Arc<MemoryStore<Errand>>,
    objects: Arc<InMemory>,
    queue: Arc<MemoryQueue>,
    performed: Arc<AtomicU32>,
    worker: Worker<Errands>,
}

impl Scene {
    async fn new(errands: Errands) -> Self {
        let store = Arc::new(MemoryStore::default());
        let state = JobState::new(Uuid::nil(), 7);
        store.insert(&Errand { id: "e-1".to_owned(), litter: 0, state }).await.unwrap();
        let (objects, queue) = (Arc::new(InMemory::default()), Arc::new(MemoryQueue::default()));
        let settings = Settings { max_receives: 4, retry_after: Duration::from_secs(20) };
        let performed = Arc::clone(&errands.performed);
        let worker = Worker::new(errands, store.clone(), objects.clone(), queue.clone(), settings);
        Self { store, objects, queue, performed, worker }
    }

    async fn failing(failures: Vec<AttemptError>) -> Self {
        Self::new(Errands { failures: Mutex::new(failures), ..Errands::default() }).await
    }

    async fn deliver(&self, receive_count: u32) -> Result<(), Failure> {
        self.worker.consume("e-1", &delivery("m-1", receive_count)).await
    }

    async fn errand(&self) -> Errand {
        self.store.get("e-1").await.unwrap().unwrap()
    }

    /// The job as it was left by a worker that was ended while it worked on a message.
    async fn abandon(&self, message_id: &str, ends: SystemTime) {
        let mut errand = self.errand().await;
        errand.state.begin(message_id, ends);
        errand.litter = 1;
        errand.state.revision += 1;
        assert!(self.store.replace(&errand).await.unwrap());
    }

    async fn told(&self) -> Option<String> {
        let address = ObjectAddress::new("told", "e-1");
        let version = self.objects.head(&address).await.ok()?;
        let body = fetch(&*self.objects, &version, 0..version.size).await.unwrap();
        Some(String::from_utf8(body.to_vec()).unwrap())
    }
}

fn delivery(message_id: &str, receive_count: u32) -> Delivery {
    Delivery {
        message_id: message_id.to_owned(),
        receipt_handle: "handle".to_owned(),
        queue: "errands".to_owned(),
        receive_count,
        invocation_id: "i-1".to_owned(),
        deadline: SystemTime::now() + Duration::from_secs(60),
    }
}

#[tokio::test]
async fn a_job_is_done_once() {
    let scene = Scene::failing(Vec::new()).await;
    scene.deliver(1).await.unwrap();
    let errand = scene.errand().await;
    assert_eq!((errand.state.status, errand.state.attempts), (JobStatus::Succeeded, 1));
    assert_eq!((errand.state.bytes_done, errand.state.reason.as_deref()), (7, None));
    assert_eq!(scene.told().await.as_deref(), Some("S,\"run, as asked\""));
    scene.deliver(2).await.unwrap();
    assert_eq!(scene.performed.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn what_passes_is_tried_again_later_each_time() {
    let scene = Scene::failing(vec![AttemptError::passing("The line is busy.")]).await;
    assert!(scene.deliver(1).await.is_err());
    let state = scene.errand().await.state;
    assert_eq!((state.status, state.bytes_done), (JobStatus::Queued, 3));
    assert_eq!((state.reason.as_deref(), scene.told().await), (Some("The line is busy."), None));
    scene.deliver(2).await.unwrap();
    let errand = scene.errand().await;
    assert_eq!((errand.state.status, errand.state.attempts), (JobStatus::Succeeded, 2));
    for receive_count in [1, 2, 3, 4, 40] {
        scene.worker.release(&delivery("m-1", receive_count)).await;
    }
    let delays: Vec<_> = scene.queue.released().iter().map(|(_, it)| it.as_secs()).collect();
    assert_eq!(delays, [20, 40, 80, 0, 0]);
}

#[tokio::test]
async fn what_lasts_fails_at_once_and_the_message_is_done() {
    let scene = Scene::failing(vec![AttemptError::lasting("Nobody lives there.")]).await;
    scene.deliver(1).await.unwrap();
    let state = scene.errand().await.state;
    assert_eq!(state.status, JobStatus::Failed);
    assert_eq!(state.reason.as_deref(), Some("Nobody lives there."));
    assert_eq!(scene.told().await.as_deref(), Some("F,Nobody lives there."));
}

#[tokio::test]
async fn the_last_try_says_that_the_job_failed_and_leaves_a_dead_letter() {
    let scene = Scene::failing(vec![AttemptError::passing("The line is busy.")]).await;
    assert!(scene.deliver(4).await.is_err());
    assert_eq!(scene.errand().await.state.status, JobStatus::Failed);
    assert_eq!(scene.told().await.as_deref(), Some("F,The line is busy."));
}

#[tokio::test]
async fn a_message_comes_again_when_its_worker_was_ended_and_what_it_left_is_cleared() {
    let scene = Scene::failing(Vec::new()).await;
    scene.abandon("m-1", SystemTime::now() + Duration::from_secs(600)).await;
    scene.deliver(2).await.unwrap();
    let errand = scene.errand().await;
    assert_eq!((errand.state.status, errand.state.attempts), (JobStatus::Succeeded, 2));
    assert_eq!(errand.litter, 1, "that of the second attempt alone");
}

#[tokio::test]
async fn another_message_leaves_an_attempt_under_way_alone_until_it_must_be_over() {
    let scene = Scene::failing(Vec::new()).await;
    scene.abandon("m-0", SystemTime::now() + Duration::from_secs(600)).await;
    scene.deliver(1).await.unwrap();
    assert_eq!(scene.performed.load(Ordering::Relaxed), 0);
    scene.abandon("m-0", SystemTime::now()).await;
    scene.deliver(1).await.unwrap();
    assert_eq!(scene.errand().await.state.status, JobStatus::Succeeded);
}

#[tokio::test]
async fn a_job_that_ends_its_workers_is_not_begun_on_the_last_try() {
    let scene = Scene::failing(Vec::new()).await;
    scene.abandon("m-1", SystemTime::now()).await;
    assert!(scene.deliver(4).await.is_err());
    assert_eq!(scene.performed.load(Ordering::Relaxed), 0);
    assert_eq!(
        scene.told().await.as_deref(),
        Some("F,The worker was ended 3 times before the job was done.")
    );
}

#[tokio::test]
async fn work_that_takes_too_long_is_given_up_and_cleared_in_time() {
    let scene = Scene::new(Errands { is_endless: true, ..Errands::default() }).await;
    let deadline = SystemTime::now() + Duration::from_millis(200);
    let delivery = Delivery { deadline, ..delivery("m-1", 1) };
    assert!(scene.worker.consume("e-1", &delivery).await.is_err());
    let errand = scene.errand().await;
    assert_eq!((errand.state.status, errand.litter), (JobStatus::Queued, 0));
    let reason = errand.state.reason.unwrap();
    assert!(reason.starts_with("The job was not done in "), "{reason}");
}

#[tokio::test]
async fn a_status_object_that_is_denied_keeps_no_job_from_ending() {
    let scene = Scene::failing(vec![AttemptError::lasting("Nobody lives there.")]).await;
    scene.objects.deny("told");
    scene.deliver(1).await.unwrap();
    assert_eq!(scene.errand().await.state.status, JobStatus::Failed);
}

#[tokio::test]
async fn an_attempt_that_was_taken_over_changes_nothing_more() {
    let scene = Scene::failing(Vec::new()).await;
    let store: Arc<dyn RevisedStore<Errand>> = scene.store.clone();
    let slow = Attempt::begin(store, scene.errand().await, &delivery("m-1", 1)).await.unwrap();
    scene.deliver(2).await.unwrap();
    let late = slow.change(|errand| errand.litter = 9).await;
    assert!(matches!(late, Err(ChangeError::TakenOver)));
    assert_eq!(scene.errand().await.litter, 1);
}

#[tokio::test]
async fn a_message_for_no_job_fails() {
    let scene = Scene::failing(Vec::new()).await;
    let failure = scene.worker.consume("e-2", &delivery("m-1", 1)).await.unwrap_err();
    assert_eq!(failure.chain(), "there is no job e-2");
}
