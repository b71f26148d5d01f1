//! What is said once everything runs.

use std::fmt::Write as _;

use crate::cloud::{Options, Records};
use crate::environment::REGION;
use crate::plan::Plan;
use crate::routes;
use crate::services::Endpoints;

/// Where everything is.
pub(crate) struct Urls<'a> {
    pub(crate) api: &'a str,
    pub(crate) console: Option<&'a str>,
    pub(crate) services: &'a Endpoints,
}

/// The table of routes, and where everything is.
pub(crate) fn text(
    options: &Options,
    plan: &Plan,
    urls: &Urls<'_>,
    api_key: Option<&str>,
    notes: &[String],
) -> String {
    let mut text = format!("\n{}\n", routes::table(&plan.api, urls.api, api_key));
    // Writing to a string cannot fail.
    let _ = writeln!(text, "{} {} is ready.", plan.api.title, plan.api.version);
    let _ = writeln!(text, "  API       {}", urls.api);
    if let Some(console) = urls.console {
        let _ = writeln!(text, "  Console   {console}");
    }
    text.push_str(&services(plan, urls.services));
    let records = match &options.records {
        Records::Ephemeral => "in memory, forgotten at the end".to_owned(),
        Records::Workspace => "kept in .lychgate".to_owned(),
        Records::Directory(path) => format!("kept in {}", path.display()),
    };
    let _ = writeln!(text, "Records are {records}.");
    if !plan.api.lychgate.roles.is_empty() {
        let _ =
            writeln!(text, "Roles are not assumed: only a deployment holds them to their access.");
    }
    for note in notes {
        let _ = writeln!(text, "{note}");
    }
    if options.reload {
        let _ =
            writeln!(text, "Edits of {} and of the functions are picked up.", plan.source.name());
    }
    text.push_str("Ctrl-C ends everything.\n");
    text
}

/// A line to paste for each service of which the document declares something.
fn services(plan: &Plan, endpoints: &Endpoints) -> String {
    let queue = plan.queues.first().map(|queue| crate::sqs::queue_url(&endpoints.sqs, &queue.name));
    let bucket = plan.buckets.first().map(|bucket| &bucket.name);
    let parameter = plan.parameters.first().map(|parameter| &parameter.name);
    let user_pool = plan.user_pools.first().map(|pool| &pool.id);
    let examples = [
        (
            "DynamoDB",
            &endpoints.dynamodb,
            plan.tables.first().map(|it| format!("dynamodb scan --table-name {}", it.name)),
        ),
        ("S3", &endpoints.s3, bucket.map(|name| format!("s3 ls --recursive s3://{name}"))),
        (
            "SQS",
            &endpoints.sqs,
            queue.map(|url| {
                format!("sqs get-queue-attributes --attribute-names All --queue-url {url}")
            }),
        ),
        (
            "SSM",
            &endpoints.ssm,
            parameter.map(|name| format!("ssm get-parameter --with-decryption --name {name}")),
        ),
        (
            "Cognito",
            &endpoints.cognito,
            user_pool.map(|id| format!("cognito-idp list-users --user-pool-id {id}")),
        ),
    ];
    let mut text = String::new();
    for (name, endpoint, example) in examples {
        if let Some(example) = example {
            let _ = writeln!(text, "  {name:<8}  aws --endpoint-url {endpoint} {example}");
        }
    }
    if !text.is_empty() {
        // The one name of the region that both versions of the AWS CLI read.
        let region = format!("AWS_DEFAULT_REGION={REGION}");
        let keys = "AWS_ACCESS_KEY_ID=local AWS_SECRET_ACCESS_KEY=local";
        let _ = writeln!(text, "  for aws   export {keys} {region}");
    }
    if plan.source.text().contains("${sftp_url}") {
        let _ = writeln!(text, "  SFTP      {}", endpoints.sftp);
    }
    text
}
