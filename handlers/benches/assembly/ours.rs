//! The assembly as the worker does it: one thread, an S3 client, the default budget.

use std::error::Error;

use anyhow::Context as _;
use handlers::assembly::{
    Budget, Content, Folder, Observer, Plan, Selection, Source, build, pin, survey,
};
use handlers::aws::config;
use handlers::objects::{ObjectAddress, S3, Upload, client};
use handlers::store::BoxFuture;

use super::sources::COUNT;

#[derive(Debug)]
struct Nobody;

impl Observer for Nobody {
    fn begun<'a>(
        &'a self,
        _upload: &'a Upload,
    ) -> BoxFuture<'a, Result<(), Box<dyn Error + Send + Sync>>> {
        Box::pin(async { Ok(()) })
    }

    fn written(&self, _bytes: u64) {}
}

/// Each source in a folder of its own.
fn content() -> Content {
    let folders = (0..COUNT).map(|source| {
        let all = Selection {
            system: source.to_string(),
            pattern: "**".to_owned(),
            rename: None,
            keep_folders: true,
        };
        Folder { name: format!("source {source}"), entries: vec![all], folders: Vec::new() }
    });
    Content { entries: Vec::new(), folders: folders.collect() }
}

/// Assembles the sources.
pub(crate) fn assemble(verify: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let store = S3::new(&client(&config().await));
        let addresses: Vec<_> = (0..COUNT)
            .map(|source| ObjectAddress::new("sources", format!("{source}.zip")))
            .collect();
        let versions = pin(&store, &addresses).await?;
        let sources = (0..).zip(versions).map(|(index, version)| {
            let system: u64 = index;
            Source { system: system.to_string(), version }
        });
        let directories = survey(&store, sources.collect()).await?;
        let plan = Plan::new(&content(), directories, verify);
        let plan = plan.map_err(|faults| anyhow::anyhow!("{faults:?}"))?;
        let destination = ObjectAddress::new("archives", "result.zip");
        let report = build(&store, &plan, &destination, Budget::default(), &Nobody);
        let report = report.await.context("the archive was not built")?;
        let copied = report.copied as f64 / report.size as f64;
        println!("{} entries, {:.0} % copied by the store", report.entries, 100.0 * copied);
        Ok(())
    })
}
