//! `x-amazon-apigateway-endpoint-configuration`: how an API is reached.

use crate::position::Origin;

/// The endpoint configuration of an API.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndpointConfiguration {
    /// `disableExecuteApiEndpoint`: only custom domains lead to the API.
    pub disables_execute_api: bool,
    /// `vpcEndpointIds`: the VPC endpoints a private API is associated with. Others have none.
    pub vpc_endpoint_ids: Vec<String>,
    /// Where the extension stands.
    pub origin: Origin,
}
