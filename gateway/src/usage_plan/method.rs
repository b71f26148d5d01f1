//! What one operation asks of its callers: a key or none, and how often.

use openapi::model::Operation;
use openapi::{Api, Diagnostic};

use super::Usage;
use super::meter::{Client, Exceeded};
use super::plan::{ApiKey, UsagePlan};
use super::quota::Quota;
use super::throttle::Throttle;
use crate::deployment::Deployment;
use crate::exchange::Exchange;
use crate::execution_log::masked;
use crate::gateway::Gateway;
use crate::journal::Journal;
use crate::refusal::Refusal;
use crate::request::Request;
use crate::route::Resource;

/// How an operation's requests are admitted.
#[derive(Debug)]
pub(crate) struct MethodUsage {
    key: KeySource,
    /// `{resourcePath}/{VERB}`
    method: String,
    /// The stage's throttle for it.
    stage: Option<Throttle>,
}

/// Where the API key comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum KeySource {
    NotRequired,
    Header,
    Authorizer,
}

impl MethodUsage {
    /// What the document and the account's limits say about an operation.
    pub(crate) fn new(operation: &Operation, deployment: &Deployment<'_>) -> Self {
        let api = deployment.api;
        let key = match (api.requires_api_key(operation), api.api_key_from_authorizer) {
            (false, _) => KeySource::NotRequired,
            (true, false) => KeySource::Header,
            (true, true) => KeySource::Authorizer,
        };
        let limits = &deployment.account.usage.0.limits;
        let method = name(operation);
        let stage = limits.methods.get(&method).copied().or(limits.stage);
        Self { key, method, stage }
    }

    /// Lets a request pass, or refuses it; notes in the exchange whose key it carries.
    pub(crate) fn admit(&self, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let gateway = exchange.gateway;
        let usage = &gateway.account.usage;
        let log = Log::new(exchange);
        let value = self.key_value(exchange);
        log.verifying(value.as_deref());
        let client = match (self.key, &value) {
            (KeySource::NotRequired, _) => {
                log.not_required();
                None
            }
            (_, value) => {
                let found = value.as_deref().and_then(|value| usage.find(value));
                let found = found.filter(|(_, key)| key.enabled);
                let (plan, key) = found.ok_or_else(|| {
                    log.not_authorized(value.as_deref());
                    Refusal::invalid_api_key()
                })?;
                exchange.caller.api_key = Some(key.value.expose().to_owned());
                exchange.caller.api_key_id = Some(key.id.clone());
                Some((plan, key))
            }
        };
        let throttles = self.throttles(usage, client);
        let quota = client.and_then(|(plan, key)| Some((key.id.as_str(), plan.quota?)));
        usage.0.meter.admit(&throttles, quota).map_err(|exceeded| {
            log.exceeded(exceeded, client);
            match exceeded {
                Exceeded::Throttle(_) => Refusal::throttled(),
                Exceeded::Quota(_) => Refusal::quota_exceeded(),
            }
        })?;
        log.succeeded(client);
        Ok(())
    }

    fn key_value(&self, exchange: &Exchange<'_>) -> Option<String> {
        let value = match self.key {
            KeySource::NotRequired => None,
            KeySource::Header => exchange.request.headers.get("x-api-key").map(str::to_owned),
            KeySource::Authorizer => exchange.caller.usage_identifier_key.clone(),
        };
        if let Some(value) = &value {
            exchange.journal.secret(value);
        }
        value
    }

    /// The throttles of a request, the narrowest first.
    fn throttles(
        &self,
        usage: &Usage,
        client: Option<(&UsagePlan, &ApiKey)>,
    ) -> Vec<(Client, Throttle)> {
        let mut throttles = Vec::new();
        if let Some((plan, key)) = client {
            let of_method = plan.methods.get(&self.method).map(|throttle| {
                (Client::KeyAndMethod(key.id.clone(), self.method.clone()), *throttle)
            });
            throttles.extend(of_method);
            throttles.extend(plan.throttle.map(|throttle| (Client::Key(key.id.clone()), throttle)));
        }
        let of_stage = self.stage.map(|throttle| (Client::Method(self.method.clone()), throttle));
        throttles.extend(of_stage);
        throttles.extend(usage.0.limits.account.map(|throttle| (Client::Account, throttle)));
        throttles
    }
}

/// `{resourcePath}/{VERB}` of an operation.
fn name(operation: &Operation) -> String {
    format!("{}/{}", operation.path.text.trim_end_matches('/'), operation.method)
}

/// Reports limits that limit nothing, and keys that are required and not known.
pub(crate) fn check(deployment: &Deployment<'_>, diagnostics: &mut Vec<Diagnostic>) {
    let Deployment { api, account, .. } = deployment;
    let usage = &account.usage;
    let keyed: Vec<_> =
        api.operations.iter().filter(|operation| api.requires_api_key(operation)).collect();
    if let Some(first) = keyed.first()
        && !usage.has_keys()
    {
        let (method, path) = (first.method, &first.path);
        let require = match keyed.len() - 1 {
            0 => "requires".to_owned(),
            others => format!("and {others} more require"),
        };
        diagnostics.push(
            Diagnostic::warning(
                "no-api-key",
                &first.origin,
                format!("{method} {path} {require} an API key, but none is known: every request is answered with status 403"),
            )
            .with_help("give one with --api-key or LYCHGATE_API_KEY, or several with --usage-plans FILE"),
        );
    }
    let limits = &usage.0.limits;
    let of_plans = limits.plans.iter().flat_map(|plan| {
        plan.methods.keys().map(move |method| (method, format!("the usage plan `{}`", plan.name)))
    });
    let of_stage = limits.methods.keys().map(|method| (method, "the stage".to_owned()));
    for (method, whose) in of_plans.chain(of_stage) {
        if !has_method(api, method) {
            diagnostics.push(
                Diagnostic::warning(
                    "throttled-method",
                    &openapi::Origin::default(),
                    format!("{whose} throttles {method}, which the document does not have"),
                )
                .with_help("write {resourcePath}/{VERB} as the document has them, ANY for x-amazon-apigateway-any-method"),
            );
        }
    }
}

fn has_method(api: &Api, method: &str) -> bool {
    api.operations.iter().any(|operation| name(operation) == method)
}

/// The lines of the execution log.
struct Log<'a> {
    gateway: &'a Gateway,
    request: &'a Request,
    resource: &'a Resource,
    journal: &'a Journal,
}

impl<'a> Log<'a> {
    fn new(exchange: &Exchange<'a>) -> Self {
        Self {
            gateway: exchange.gateway,
            request: exchange.request,
            resource: exchange.route.resource,
            journal: exchange.journal,
        }
    }

    /// `{api}/{stage}`
    fn stage(&self) -> String {
        format!("{}/{}", self.gateway.rest_api.id, self.gateway.stage.name)
    }

    /// For example `GET /users`.
    fn method(&self) -> String {
        format!("{} {}", self.request.effective_method(), self.resource.path)
    }

    fn verifying(&self, key: Option<&str>) {
        self.journal.line(|| {
            let (id, key, stage) = (&self.request.ids.request_id, shown(key), self.stage());
            format!("Verifying Usage Plan for request: {id}. API Key: {key}API Stage: {stage}")
        });
    }

    fn not_required(&self) {
        self.journal.line(|| {
            let method = self.method();
            format!(
                "API Key authorized because method '{method}' does not require API Key. \
                 Request will not contribute to throttle or quota limits"
            )
        });
    }

    fn not_authorized(&self, key: Option<&str>) {
        self.journal.line(|| {
            let (key, method, stage) = (shown(key), self.method(), self.stage());
            format!(
                "API Key {key}not authorized because method '{method}' requires API Key and API \
                 Key is not associated with a Usage Plan for API Stage {stage}: no plan has such \
                 a key, or it is not enabled"
            )
        });
    }

    fn exceeded(&self, exceeded: Exceeded, client: Option<(&UsagePlan, &ApiKey)>) {
        self.journal.line(|| {
            let key = shown(client.map(|(_, key)| key.value.expose()));
            let plan = client
                .map_or_else(String::new, |(plan, _)| format!(" for Usage Plan ID {}", plan.id()));
            let (stage, resource, verb) =
                (self.stage(), &self.resource.path, self.request.effective_method());
            match exceeded {
                Exceeded::Throttle(Throttle { rate, burst }) => format!(
                    "API Key {key}exceeded throttle limit for API Stage {stage}: Key throttle \
                     limit exceeded{plan}, Resource {resource}, HttpMethod {verb}. \
                     Limit: {rate:.2} Burst: {burst}"
                ),
                Exceeded::Quota(Quota { limit, period, .. }) => format!(
                    "API Key {key}exceeded quota limit for API Stage {stage}: Key quota \
                     exhausted{plan}. Q Limit: {limit} Period: {}",
                    period.as_str()
                ),
            }
        });
    }

    fn succeeded(&self, client: Option<(&UsagePlan, &ApiKey)>) {
        self.journal.line(|| {
            let key = shown(client.map(|(_, key)| key.value.expose()));
            format!("Usage Plan check succeeded for API Key {key}and API Stage {}", self.stage())
        });
    }
}

/// A key as a log shows it, with the space behind it.
fn shown(key: Option<&str>) -> String {
    key.map_or_else(String::new, |key| format!("{} ", masked(key)))
}
