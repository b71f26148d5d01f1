//! The request's way through the stages.

use std::fmt;

use jiff::Timestamp;
use openapi::model::Operation;
use openapi::{Api, Diagnostic, Severity};
use serde_json::json;

use crate::access_log::Entry;
use crate::account::Account;
use crate::answer::Answer;
use crate::authorize::{Authorization, Authorizers};
use crate::binary::BinaryMediaTypes;
use crate::context::RestApi;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::execution_log::Outcome;
use crate::gateway_response::GatewayResponses;
use crate::integration::Plan;
use crate::journal::Journal;
use crate::mapping::Sources;
use crate::perimeter::Perimeter;
use crate::query::MultiMap;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::route::{Route, Router};
use crate::signer::Signer;
use crate::sigv4::Claim;
use crate::stage::Stage;
use crate::usage_plan::MethodUsage;
use crate::validate::Validator;
use crate::{compression, execution_log, extensions, resources, usage_plan};

/// One deployed stage of a REST API.
///
/// ```
/// # use std::sync::Arc;
/// # use gateway::invoke::{BoxFuture, Invocation, Invoke, InvokeError};
/// # use gateway::{Account, Gateway, Headers, Request, Stage};
/// # struct NoFunctions;
/// # impl Invoke for NoFunctions {
/// #     fn invoke<'a>(
/// #         &'a self,
/// #         function: &'a openapi::model::FunctionReference,
/// #         _: bytes::Bytes,
/// #         _: &'a str,
/// #     ) -> BoxFuture<'a, Result<Invocation, InvokeError>> {
/// #         Box::pin(async { Err(InvokeError::UnknownFunction(function.name.clone())) })
/// #     }
/// # }
/// let document = r#"
/// openapi: 3.0.3
/// info: { title: ping, version: "1" }
/// paths:
///   /ping:
///     get:
///       responses: { "200": { description: Alive. } }
///       x-amazon-apigateway-integration:
///         type: mock
///         requestTemplates: { application/json: '{"statusCode": 200}' }
///         responses:
///           default:
///             statusCode: "200"
///             responseTemplates: { application/json: 'pong from $context.stage' }
/// "#;
/// let reading = openapi::parse("ping.yaml", document, &openapi::Placeholders::none());
/// let api = reading.api.expect("a document without errors");
/// let stage = Stage { name: "dev".into(), ..Stage::default() };
/// let gateway = Gateway::new(api, stage, Account::new(Arc::new(NoFunctions))).expect("all of it is supported");
///
/// # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
/// # runtime.block_on(async {
/// let answer = gateway.answer(&Request::new("GET", "/dev/ping", Headers::new(), "")).await;
/// assert_eq!((answer.status, &answer.body[..]), (200, &b"pong from dev"[..]));
/// # });
/// ```
pub struct Gateway {
    pub(crate) rest_api: RestApi,
    pub(crate) stage: Stage,
    pub(crate) binary: BinaryMediaTypes,
    pub(crate) account: Account,
    pub(crate) perimeter: Perimeter,
    router: Router,
    methods: Vec<MethodPlan>,
    gateway_responses: GatewayResponses,
    /// From how many bytes on answers are compressed; `None` switches it off.
    minimum_compression_size: Option<u32>,
    diagnostics: Vec<Diagnostic>,
}

/// What was decided at start about one operation; the index is the operation's.
struct MethodPlan {
    usage: MethodUsage,
    authorization: Authorization,
    validator: Validator,
    integration: Plan,
}

impl Gateway {
    /// Deploys an API to a stage.
    ///
    /// # Errors
    ///
    /// Every finding about the document if anything in it cannot be executed: an authorizer, an
    /// integration of a kind that is not supported, a template or model that does not compile.
    pub fn new(api: Api, stage: Stage, account: Account) -> Result<Self, Vec<Diagnostic>> {
        let gateway = Self::deploy(api, stage, account);
        if gateway.diagnostics.iter().any(Diagnostic::is_error) {
            Err(gateway.diagnostics)
        } else {
            Ok(gateway)
        }
    }

    /// Deploys an API to a stage whatever it contains. An authorizer that cannot work lets nobody
    /// pass, and it and integrations that are not supported answer with status 500; what
    /// [`Gateway::new`] refuses is among the [`diagnostics`](Self::diagnostics) as a warning.
    pub fn allowing_unsupported(api: Api, stage: Stage, account: Account) -> Self {
        let mut gateway = Self::deploy(api, stage, account);
        for finding in &mut gateway.diagnostics {
            finding.severity = Severity::Warning;
        }
        gateway
    }

    fn deploy(mut api: Api, stage: Stage, account: Account) -> Self {
        account.base_path.apply(&mut api);
        let mut diagnostics = Vec::new();
        extensions::check(&api, &mut diagnostics);
        resources::check(&api.operations, &mut diagnostics);
        let mut rest_api = RestApi::new(&api);
        if let Some(id) = &account.api_id {
            rest_api.id.clone_from(id);
        }
        let deployment =
            Deployment { api: &api, rest_api: &rest_api, stage: &stage, account: &account };
        let perimeter = Perimeter::new(&deployment, &mut diagnostics);
        let authorizers = Authorizers::new(&deployment, &mut diagnostics);
        usage_plan::check(&deployment, &mut diagnostics);
        let methods = api
            .operations
            .iter()
            .map(|operation| {
                MethodPlan::new(operation, &deployment, &authorizers, &mut diagnostics)
            })
            .collect();
        Self {
            rest_api,
            stage,
            binary: BinaryMediaTypes::new(&api.binary_media_types),
            account,
            perimeter,
            router: Router::new(&api.operations),
            methods,
            gateway_responses: GatewayResponses::new(&api.gateway_responses, &mut diagnostics),
            minimum_compression_size: api.minimum_compression_size,
            diagnostics,
        }
    }

    /// What was found about the document at start.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// What a local caller should know about how it stands in for AWS, a sentence each.
    pub fn notes(&self) -> Vec<String> {
        let mut notes = self.perimeter.notes();
        if self.methods.iter().any(|method| matches!(method.authorization, Authorization::Iam)) {
            notes.push(self.account.access_keys.note());
        }
        notes
    }

    /// The callers whose requests can be signed on their behalf: those with keys that have not expired.
    pub fn signers(&self) -> impl Iterator<Item = Signer<'_>> {
        let keys = self.account.access_keys.valid(Timestamp::now());
        keys.map(|key| Signer { key, api: &self.rest_api })
    }

    /// The stage it serves.
    pub const fn stage(&self) -> &Stage {
        &self.stage
    }

    /// Answers one request.
    pub async fn answer(&self, request: &Request) -> Answer {
        let (answer, entry) = self.respond(request).await;
        if let Some(entry) = entry {
            entry.sent(answer.body.len() as u64);
        }
        answer
    }

    /// Answers one request; the entry of the access log waits until the answer has been sent.
    pub(crate) async fn respond(&self, request: &Request) -> (Answer, Option<Entry>) {
        let query = MultiMap::parse_query(request.query.as_deref());
        let admitted = self
            .perimeter
            .admit(request)
            .and_then(|caller| Ok((caller, self.stage.strip(&request.path)?)));
        let (caller, path) = match admitted {
            Ok(admitted) => admitted,
            Err(refusal) => return (self.refuse_outside(request, &query, &refusal), None),
        };
        let decoded = compression::decode(request).await;
        let request = decoded.as_ref().ok().and_then(Option::as_ref).unwrap_or(request);
        let (execution_log, access_log) = (&self.account.execution_log, &self.account.access_log);
        let journal = Journal::new(execution_log.is_some(), access_log.is_some());
        let mut exchange = Exchange {
            gateway: self,
            request,
            path: &path,
            query: &query,
            journal: &journal,
            route: Route::unknown(),
            caller,
        };
        execution_log::received(&exchange);
        let outcome = match decoded.as_ref() {
            Ok(_) => self.execute(&mut exchange).await,
            Err(refusal) => Err(refusal.clone()),
        };
        let answer = match outcome {
            Ok(mut answer) => {
                execution_log::answered(&journal, &answer);
                if let Some(minimum) = self.minimum_compression_size {
                    compression::encode(&mut answer, &request.headers, minimum).await;
                }
                answer
            }
            Err(refusal) => {
                let context = exchange.context().to_value();
                let sources = exchange.sources(&context);
                let answer = self.gateway_responses.answer(&refusal, &sources);
                execution_log::refused(&exchange, &refusal, &answer);
                answer
            }
        };
        if let Some(log) = execution_log {
            let (lines, secrets) = journal.take_lines();
            let outcome =
                Outcome { resource: &exchange.route.resource.path, status: answer.status };
            log.write(request, outcome, &lines, &secrets);
        }
        let entry = access_log.as_ref().map(|log| log.entry(&exchange, answer.status));
        (answer, entry)
    }

    /// The answer to a request for another API, another stage, or none: what this one customises
    /// does not apply.
    fn refuse_outside(&self, request: &Request, query: &MultiMap, refusal: &Refusal) -> Answer {
        let sources = Sources {
            request,
            query,
            path_parameters: &[],
            stage: &self.stage,
            context: &json!({}),
            response_headers: None,
            response_body: None,
        };
        let answer = GatewayResponses::default().answer(refusal, &sources);
        if let Some(log) = &self.account.execution_log {
            // AWS has no log for it; whoever mistook the address needs one all the more.
            let journal = Journal::new(true, false);
            execution_log::outside(&journal, request, &answer);
            let (lines, secrets) = journal.take_lines();
            let outcome = Outcome { resource: "", status: answer.status };
            log.write(request, outcome, &lines, &secrets);
        }
        answer
    }

    /// The stages behind the stage prefix, in API Gateway's order. An event says that one is passed,
    /// so that the benchmark can tell what each costs; nobody else asks for them.
    async fn execute<'a>(&'a self, exchange: &mut Exchange<'a>) -> Result<Answer, Refusal> {
        exchange.route = self
            .router
            .find(&exchange.path.resource, exchange.request.effective_method())
            .map_err(|refusal| {
                // AWS takes it for a call of its own, and complains about how it is signed first.
                Claim::read(exchange.request, exchange.query).err().unwrap_or(refusal)
            })?;
        let method =
            self.methods.get(exchange.route.operation).ok_or_else(Refusal::configuration_error)?;
        tracing::trace!(name: "routed", target: "gateway::stages", "routed");
        method.authorization.authorize(exchange).await?;
        method.usage.admit(exchange)?;
        tracing::trace!(name: "admitted", target: "gateway::stages", "admitted");
        execution_log::method_request(exchange);
        method.validator.check(exchange.request, exchange.query, &exchange.route)?;
        tracing::trace!(name: "valid", target: "gateway::stages", "valid");
        method.integration.execute(exchange).await
    }
}

impl fmt::Debug for Gateway {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gateway").field("stage", &self.stage).finish_non_exhaustive()
    }
}

impl MethodPlan {
    fn new(
        operation: &Operation,
        deployment: &Deployment<'_>,
        authorizers: &Authorizers,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Self {
        Self {
            usage: MethodUsage::new(operation, deployment),
            authorization: Authorization::new(operation, deployment, authorizers, diagnostics),
            validator: Validator::new(deployment.api, operation, diagnostics),
            integration: Plan::new(operation, deployment, diagnostics),
        }
    }
}
