//! Entry of the function `identity`.

use handlers::generated::identity::dispatch;
use handlers::identity::IdentityFunction;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let function = IdentityFunction::start(&environment).await?;
    run(async |event, context| dispatch(&function, &event, &context).await).await?;
    Ok(())
}
