//! Entry of the function `deletions`.

use handlers::deletions::DeletionsFunction;
use handlers::generated::deletions::dispatch;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let function = DeletionsFunction::start().await;
    run(async |event, context| dispatch(&function, &event, &context).await).await?;
    Ok(())
}
