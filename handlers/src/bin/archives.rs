//! Entry of the functions `archives` and `archive-builder`.

use handlers::archives::{ArchiveBuilder, ArchivesFunction, Ports};
use handlers::generated::archives::dispatch;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run_with_queue, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let ports = Ports::connect(&environment).await?;
    let function = ArchivesFunction::new(&ports);
    let dispatch = async |event, context| dispatch(&function, &event, &context).await;
    run_with_queue(dispatch, ArchiveBuilder::new(&ports)).await?;
    Ok(())
}
