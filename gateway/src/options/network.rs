//! Options for the names and networks an API is reached by.

use crate::account::Account;
use crate::location::Location;

/// How callers reach the API.
#[derive(Clone, Debug, Default, clap::Args)]
pub struct NetworkOptions {
    /// The API's id, as it stands in ARNs and in $context.apiId; one made from the title without it
    #[arg(long, value_name = "ID", value_parser = check_api_id)]
    pub api_id: Option<String>,

    /// The VPC endpoint every request comes through, unless its header X-Lychgate-From says where it
    /// comes from; without it the one that the resource policy lets in
    #[arg(long, value_name = "ID", value_parser = Location::check_vpc_endpoint)]
    pub vpc_endpoint: Option<String>,

    /// The VPC every request comes from, likewise
    #[arg(long, value_name = "ID", value_parser = Location::check_vpc)]
    pub vpc: Option<String>,
}

impl NetworkOptions {
    /// Has the account be reached so.
    pub(super) fn apply(&self, account: &mut Account) {
        account.api_id.clone_from(&self.api_id);
        account.location =
            Location { vpc_endpoint: self.vpc_endpoint.clone(), vpc: self.vpc.clone() };
    }
}

fn check_api_id(id: &str) -> Result<String, &'static str> {
    if !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()) {
        Ok(id.to_owned())
    } else {
        Err("an API's id has lower-case letters and digits, for example a1b2c3d4e5")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn api_ids_are_checked() {
        assert!(check_api_id("a1b2c3d4e5").is_ok());
        for id in ["", "ABC", "a-b", "${id}"] {
            assert!(check_api_id(id).is_err(), "{id}");
        }
    }
}
