//! Entry of the function `items`.

use handlers::generated::items::dispatch;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let function = handlers::items::ItemsFunction::start(&environment).await?;
    run(async |event, context| dispatch(&function, &event, &context).await).await?;
    Ok(())
}
