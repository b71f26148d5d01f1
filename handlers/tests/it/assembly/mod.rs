//! Assembly: zips that libraries and standard tools made, assembled in memory and read back by
//! others.

mod build;
mod damage;
mod directory;
mod input;
mod large;
mod layout;
mod property;
mod reader;
mod survey;

use std::sync::Mutex;

use bytes::Bytes;
use handlers::assembly::{
    Budget, Content, Observer, Plan, Report, Selection, Source, build, pin, survey,
};
use handlers::objects::{InMemory, ObjectAddress, ObjectStore, Upload};
use handlers::store::BoxFuture;

/// Where results go.
fn destination() -> ObjectAddress {
    ObjectAddress::new("archives", "out/final.zip")
}

/// A selection that keeps folders.
fn select(system: &str, pattern: &str) -> Selection {
    Selection {
        system: system.to_owned(),
        pattern: pattern.to_owned(),
        rename: None,
        keep_folders: true,
    }
}

/// All of these systems, in no folder.
fn everything(systems: &[&str]) -> Content {
    let entries = systems.iter().map(|system| select(system, "**")).collect();
    Content { entries, folders: Vec::new() }
}

/// Puts zips into a store, each as the source of a system.
async fn place(store: &InMemory, zips: &[(&str, Bytes)]) -> Vec<Source> {
    let mut sources = Vec::new();
    for (index, (system, zip)) in zips.iter().enumerate() {
        let address = ObjectAddress::new("sources", format!("in/{index}.zip"));
        store.place(&address, zip.clone());
        let version = pin(store, &[address]).await.unwrap().remove(0);
        sources.push(Source { system: (*system).to_owned(), version });
    }
    sources
}

async fn plan(store: &dyn ObjectStore, sources: Vec<Source>, content: &Content) -> Plan {
    let directories = survey(store, sources).await.unwrap();
    Plan::new(content, directories, false).unwrap()
}

/// Assembles, and holds the result to what the plan said of it.
async fn assemble(zips: &[(&str, Bytes)], content: &Content, verify: bool) -> (Vec<u8>, Report) {
    let store = InMemory::default();
    let sources = place(&store, zips).await;
    let directories = survey(&store, sources).await.unwrap();
    let plan = Plan::new(content, directories, verify).unwrap();
    let progress = Progress::default();
    let report = build(&store, &plan, &destination(), Budget::default(), &progress).await.unwrap();
    let result = store.body(&destination()).unwrap().to_vec();
    assert_eq!(result.len() as u64, plan.size());
    assert_eq!((report.size, report.entries), (plan.size(), plan.entries()));
    assert_eq!(progress.last(), plan.size());
    assert_eq!(store.open_uploads(), 0);
    (result, report)
}

/// Notes what it is told.
#[derive(Debug, Default)]
struct Progress {
    uploads: Mutex<Vec<Upload>>,
    written: Mutex<Vec<u64>>,
}

impl Progress {
    fn last(&self) -> u64 {
        let written = self.written.lock().unwrap();
        assert!(written.is_sorted(), "{written:?}");
        written.last().copied().unwrap_or_default()
    }

    fn uploads(&self) -> usize {
        self.uploads.lock().unwrap().len()
    }
}

impl Observer for Progress {
    fn begun<'a>(
        &'a self,
        upload: &'a Upload,
    ) -> BoxFuture<'a, Result<(), Box<dyn std::error::Error + Send + Sync>>> {
        self.uploads.lock().unwrap().push(upload.clone());
        Box::pin(async { Ok(()) })
    }

    fn written(&self, bytes: u64) {
        self.written.lock().unwrap().push(bytes);
    }
}

/// Lambda moves a function's future between threads.
#[test]
fn a_build_can_be_sent() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let (store, progress, at) = (InMemory::default(), Progress::default(), destination());
    let plan = Plan::new(&input::one_empty_folder(), Vec::new(), false).unwrap();
    drop(sendable(build(&store, &plan, &at, Budget::default(), &progress)));
    drop(sendable(survey(&store, Vec::new())));
}
