//! Picking up edits: the gateway follows the document at once, the functions follow their sources
//! as soon as they build. What does not work out leaves what runs as it is, and says so.

use std::path::PathBuf;
use std::sync::Arc;

use gateway::Gateway;
use tokio::sync::watch::Sender;

use crate::cloud::Options;
use crate::document;
use crate::parts::{DeployError, Parts};
use crate::plan::Plan;
use crate::routes;
use crate::watch::Watch;
use crate::workspace::Workspace;

/// What a reload works on.
pub(crate) struct Reload {
    pub(crate) options: Options,
    pub(crate) document: PathBuf,
    pub(crate) base_url: String,
    pub(crate) parts: Arc<Parts>,
    pub(crate) gateways: Sender<Arc<Gateway>>,
    /// Tells the console what it shows.
    pub(crate) plans: Sender<Arc<Plan>>,
    /// The document as the gateway executes it.
    pub(crate) plan: Plan,
}

impl Reload {
    /// Follows edits until the task is aborted.
    pub(crate) async fn run(mut self, mut watch: Watch) {
        loop {
            watch.next().await;
            // Functions are made from the document too: the compiler would say it all again.
            if self.follow_document() {
                self.follow_sources().await;
            }
        }
    }

    /// Swaps the gateway if the document changed; whether the document is good.
    fn follow_document(&mut self) -> bool {
        // A program may have been added as well.
        let workspace = match Workspace::find(self.parts.root()) {
            Ok(workspace) => workspace,
            Err(error) => return self.refuse(&error),
        };
        let read = document::open(&self.document, &workspace)
            .and_then(|written| self.parts.fill(written, &self.options.set));
        let plan = match read {
            Ok(plan) if plan.source == self.plan.source => return true,
            Ok(plan) => plan,
            Err(broken) => return self.refuse(&broken),
        };
        let gateway = match self.parts.prepare(&plan) {
            Ok(gateway) => gateway,
            Err(broken) => return self.refuse(&broken),
        };
        for findings in [&plan.warnings, gateway.diagnostics()] {
            self.options.console.say_findings(&plan.source, findings);
        }
        self.gateways.send_replace(Arc::new(gateway));
        self.plans.send_replace(Arc::new(plan.clone()));
        let table = |plan: &Plan| routes::table(&plan.api, &self.base_url, self.parts.api_key());
        let (before, now) = (table(&self.plan), table(&plan));
        self.say(format!("{} is read again", plan.source.name()));
        if now != before {
            self.say(now);
        }
        self.plan = plan;
        true
    }

    fn refuse(&self, why: &dyn std::error::Error) -> bool {
        self.say(format!("{why}\nthe document before stays in place"));
        false
    }

    /// Builds the functions and replaces them if any is new.
    async fn follow_sources(&self) {
        match self.parts.deploy(&self.plan).await {
            Ok(true) => self.say("the functions are replaced"),
            Ok(false) => {}
            Err(error @ DeployError::Start(_)) => self.say(error.to_string()),
            Err(error) => self.say(format!("{error}\nthe functions before stay in place")),
        }
    }

    fn say(&self, text: impl AsRef<str>) {
        self.options.console.say(text);
    }
}
