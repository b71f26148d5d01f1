//! What all clients of AWS share: read once, when the function starts.

use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, SdkConfig};

/// Credentials, region, endpoints (`AWS_ENDPOINT_URL_*`) and connections, as the environment says.
pub async fn config() -> SdkConfig {
    let patience = TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_secs(20));
    aws_config::defaults(BehaviorVersion::latest()).timeout_config(patience.build()).load().await
}
