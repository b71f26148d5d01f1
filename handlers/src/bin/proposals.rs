//! Entry of the functions `proposals` and `proposal-intake`.

use handlers::generated::proposals::dispatch;
use handlers::proposals::{Ports, ProposalIntake, ProposalsFunction};
use handlers::runtime::configuration::environment;
use handlers::runtime::{run_with_queue, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let ports = Ports::connect(&environment).await?;
    let function = ProposalsFunction::new(&ports);
    let dispatch = async |event, context| dispatch(&function, &event, &context).await;
    run_with_queue(dispatch, ProposalIntake::new(&ports)).await?;
    Ok(())
}
