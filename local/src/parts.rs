//! The parts that outlive an edit of the document: the embedded services and the functions.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use gateway::function::{
    FunctionSpec, Functions, LogLine, LogSink, LogSource, StartError, default_concurrency,
};
use gateway::{Account, ApiKeyValue, BasePath, Gateway, LogOutput, LogOutputs, OptionError, Stage};

use crate::cloud::Options;
use crate::console::Console;
use crate::document::{BrokenDocument, Written};
use crate::environment;
use crate::events::Events;
use crate::function_build::{self, BuildError, Executables};
use crate::function_log::LogFormat;
use crate::jobs::Jobs;
use crate::plan::{FunctionPlan, Plan};
use crate::services::{Endpoints, ObjectEvents, Services, Stores};
use crate::web::Traces;

/// Why a document's gateway or functions cannot take over.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// The stores cannot be what it declares, or the gateway cannot do what it asks for.
    #[error(transparent)]
    Document(#[from] BrokenDocument),
    /// The functions do not build.
    #[error(transparent)]
    Build(#[from] BuildError),
    /// They build, but do not get as far as asking for an event.
    #[error("{}", lines(.0))]
    Start(Vec<StartError>),
}

/// See the module.
pub(crate) struct Parts {
    root: PathBuf,
    target: Option<PathBuf>,
    stage: Stage,
    allow_unsupported: bool,
    base_path: BasePath,
    account: Account,
    functions: Arc<Functions>,
    events: Events,
    /// The API key made up for want of one.
    api_key: Option<ApiKeyValue>,
    /// What runs at the moment; `None` before the first build.
    deployed: Mutex<Option<Vec<FunctionSpec>>>,
    services: Mutex<Option<Services>>,
    endpoints: Endpoints,
    /// Placeholders that the services know; a key is among them.
    placeholders: Vec<(String, String)>,
}

impl Parts {
    /// A cloud without functions yet.
    pub(crate) fn new(
        options: &Options,
        root: &Path,
        services: Services,
        object_events: ObjectEvents,
        jobs: Jobs,
        traces: Option<&Traces>,
    ) -> Result<Self, OptionError> {
        let logs = log_sink(options.log_format, options.console.clone());
        let mut deploy = options.deploy.clone();
        let api_key = deploy.usage.make_up_key();
        let functions = Arc::new(Functions::new(Vec::new(), logs));
        let mut account = deploy.account(functions.clone(), log_outputs(&options.console))?;
        if let Some(traces) = traces {
            let log = account.execution_log.take().unwrap_or_default();
            account.execution_log = Some(log.with_listener(traces.listener()));
        }
        // A plan has the paths as they are served, so that whoever shows them shows these.
        let base_path = std::mem::take(&mut account.base_path);
        let endpoints = services.endpoints();
        account.services = endpoints.emulate(account.services);
        let queues = Arc::clone(services.queues());
        services.connect(functions.clone());
        let events = Events::start(queues, functions.clone(), jobs, object_events);
        Ok(Self {
            root: root.to_owned(),
            target: options.target.clone(),
            stage: Stage { name: options.stage.clone(), ..Stage::default() },
            allow_unsupported: options.allow_unsupported,
            base_path,
            account,
            functions,
            events,
            api_key,
            deployed: Mutex::new(None),
            endpoints,
            placeholders: services.placeholders(),
            services: Mutex::new(Some(services)),
        })
    }

    /// Makes the stores that are missing and a gateway for the document.
    pub(crate) fn prepare(&self, plan: &Plan) -> Result<Gateway, BrokenDocument> {
        let broken = |findings: Vec<_>| BrokenDocument::new(&plan.source, &findings);
        let (api, stage, account) = (plan.api.clone(), self.stage.clone(), self.account.clone());
        let gateway = if self.allow_unsupported {
            Gateway::allowing_unsupported(api, stage, account)
        } else {
            Gateway::new(api, stage, account).map_err(broken)?
        };
        if let Some(services) = &*lock(&self.services) {
            services.ensure(plan).map_err(broken)?;
        }
        Ok(gateway)
    }

    /// Builds the document's functions and has them answer from now on; whether any is new. One
    /// that does not start has taken over nevertheless: its predecessor's program is gone.
    pub(crate) async fn deploy(&self, plan: &Plan) -> Result<bool, DeployError> {
        let executables =
            function_build::build(&self.root, self.target.as_deref(), &plan.programs()).await?;
        let specs: Vec<_> = plan
            .functions
            .iter()
            .map(|function| self.specification(function, &executables))
            .collect();
        let replaced = self.replace(specs, executables.changed);
        if replaced {
            self.functions.warm().await.map_err(DeployError::Start)?;
        }
        self.events.follow(plan);
        Ok(replaced)
    }

    fn replace(&self, specs: Vec<FunctionSpec>, changed: bool) -> bool {
        let mut deployed = lock(&self.deployed);
        let changed = changed || deployed.as_ref().is_none_or(|old| !same(old, &specs));
        if changed {
            self.functions.replace(specs.clone());
            *deployed = Some(specs);
        }
        changed
    }

    fn specification(&self, plan: &FunctionPlan, executables: &Executables) -> FunctionSpec {
        let program = &executables.paths[&plan.function.binary];
        FunctionSpec {
            name: plan.name.clone(),
            command: vec![program.display().to_string()],
            environment: environment::function_environment(&plan.function, &self.endpoints),
            memory_mb: plan.function.memory_mb,
            timeout: Duration::from_secs(plan.function.timeout_seconds.into()),
            concurrency: default_concurrency(),
        }
    }

    /// What callers may send where the document requires an API key; `None` if they were given
    /// keys, which are theirs to know.
    pub(crate) fn api_key(&self) -> Option<&str> {
        self.api_key.as_ref().map(ApiKeyValue::expose)
    }

    /// What the services keep; `None` once they are stopped.
    pub(crate) fn stores(&self) -> Option<Stores> {
        lock(&self.services).as_ref()?.stores()
    }

    /// Where the services answer.
    pub(crate) fn endpoints(&self) -> &Endpoints {
        &self.endpoints
    }

    /// The folder of the workspace.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// The local values of a document's placeholders; `overrides` win.
    pub(crate) fn fill(
        &self,
        written: Written,
        overrides: &[(String, String)],
    ) -> Result<Plan, BrokenDocument> {
        let mut plan = written.fill(&self.endpoints, &self.placeholders, overrides)?;
        self.base_path.apply(&mut plan.api);
        Ok(plan)
    }

    /// Has nothing but the API call functions any more.
    pub(crate) fn stop_events(&self) {
        self.events.stop();
    }

    /// Ends the functions, then the services they use.
    pub(crate) async fn end(&self) {
        self.events.stop();
        self.functions.shutdown().await;
        // Messages that functions were at go back into their queues.
        self.events.settle().await;
        let services = lock(&self.services).take();
        // They wait for their threads; other tasks need not wait with them.
        let _ = tokio::task::spawn_blocking(move || drop(services)).await;
    }
}

impl fmt::Debug for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parts").field("root", &self.root).finish_non_exhaustive()
    }
}

fn lines(errors: &[StartError]) -> String {
    let lines: Vec<_> = errors.iter().map(ToString::to_string).collect();
    lines.join("\n")
}

/// Two specifications that run the same program in the same way.
fn same(old: &[FunctionSpec], new: &[FunctionSpec]) -> bool {
    let key = |spec: &FunctionSpec| {
        let limits = (spec.memory_mb, spec.timeout, spec.concurrency);
        (spec.name.clone(), spec.command.clone(), spec.environment.clone(), limits)
    };
    old.iter().map(key).eq(new.iter().map(key))
}

/// What is logged about requests goes there too.
fn log_outputs(console: &Console) -> LogOutputs {
    let to = |console: Console| -> LogOutput { Arc::new(move |text| console.say(text)) };
    LogOutputs { execution: to(console.clone()), access: to(console.clone()) }
}

/// Lines of functions go to the console.
fn log_sink(format: LogFormat, console: Console) -> LogSink {
    Arc::new(move |line: LogLine<'_>| {
        let function = environment::without_local(line.function);
        match line.source {
            LogSource::Platform => console.say(format!("{function} | {}", line.text)),
            LogSource::Stdout | LogSource::Stderr => {
                console.say(format.render(function, line.text));
            }
        }
    })
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
