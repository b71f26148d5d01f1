//! Entry of the function `proposals`.

use handlers::generated::proposals::dispatch;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let function = handlers::proposals::ProposalsFunction::start(&environment).await?;
    run(async |event, context| dispatch(&function, &event, &context).await).await?;
    Ok(())
}
