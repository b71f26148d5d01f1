//! Entry of the functions `transfers` and `transfer-sender`.

use handlers::generated::transfers::dispatch;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run_with_queue, telemetry};
use handlers::transfers::{Ports, TransferSender, TransfersFunction};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let ports = Ports::connect(&environment).await?;
    let function = TransfersFunction::new(&ports);
    let dispatch = async |event, context| dispatch(&function, &event, &context).await;
    run_with_queue(dispatch, TransferSender::new(&ports)).await?;
    Ok(())
}
