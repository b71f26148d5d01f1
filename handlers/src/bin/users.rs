//! Entry of the function `users`.

use handlers::generated::users::dispatch;
use handlers::runtime::configuration::environment;
use handlers::runtime::{run, telemetry};

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    telemetry::start(&environment);
    let function = handlers::users::UsersFunction::start(&environment).await?;
    run(async |event, context| dispatch(&function, &event, &context).await).await?;
    Ok(())
}
