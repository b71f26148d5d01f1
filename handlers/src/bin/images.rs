//! Entry of the functions `images` and `image-tagger`.

use handlers::aws;
use handlers::generated::images::dispatch;
use handlers::images::{ImageTagger, ImagesFunction, Ports};
use handlers::recognition::Recognition;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run_with_queue, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let config = aws::config().await;
    let ports = Ports::connect(&environment, &config)?;
    let recognition = Recognition::from_environment(&environment, &config)?;
    let function = ImagesFunction::new(&ports);
    let dispatch = async |event, context| dispatch(&function, &event, &context).await;
    run_with_queue(dispatch, ImageTagger::new(&ports, recognition)).await?;
    Ok(())
}
