//! Entry of the function `sign-up-trigger`. Nothing of the AWS SDK is linked: Cognito waits for it.

use handlers::identity::confirm;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run_trigger, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    run_trigger(confirm).await?;
    Ok(())
}
