//! Where callers are: behind which VPC endpoint, in which VPC, at which address.
//!
//! A local caller has no VPC. What stands for one is told by options or by the document itself, and
//! for a single request by the header [`HEADER`], which no backend ever sees.

use std::fmt;
use std::net::IpAddr;

use crate::answer::Answer;
use crate::request::Request;

/// The header of a local caller that says where one request comes from: a VPC endpoint, a VPC and
/// an address, as far as there are any, for example `vpce-0a1b, vpc-0c2d, 10.0.0.7`; `internet`
/// for neither endpoint nor VPC. It replaces what options say. Only from this machine it is
/// believed.
pub(crate) const HEADER: &str = "X-Lychgate-From";

/// The network a request comes through. Neither is a caller on the internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Location {
    /// The VPC endpoint, for example `vpce-0a1b2c3d4e5f67890`.
    pub vpc_endpoint: Option<String>,
    /// The VPC, for example `vpc-0a1b2c3d4e5f67890`.
    pub vpc: Option<String>,
}

/// What the header of a request says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Stated {
    /// The header's value, which a signature may cover.
    pub(crate) value: String,
    pub(crate) location: Location,
    pub(crate) address: Option<IpAddr>,
}

impl Location {
    /// Checks the id of a VPC endpoint.
    ///
    /// # Errors
    /// What an id looks like, if it is none.
    pub fn check_vpc_endpoint(id: &str) -> Result<String, &'static str> {
        if is_id(id, "vpce-") { Ok(id.to_owned()) } else { Err("an id looks like vpce-0a1b2c3d") }
    }

    /// Checks the id of a VPC.
    ///
    /// # Errors
    /// What an id looks like, if it is none.
    pub fn check_vpc(id: &str) -> Result<String, &'static str> {
        if is_id(id, "vpc-") { Ok(id.to_owned()) } else { Err("an id looks like vpc-0a1b2c3d") }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.vpc_endpoint, &self.vpc) {
            (Some(endpoint), Some(vpc)) => write!(f, "VPC endpoint {endpoint} of {vpc}"),
            (Some(endpoint), None) => write!(f, "VPC endpoint {endpoint}"),
            (None, Some(vpc)) => write!(f, "{vpc}"),
            (None, None) => f.write_str("the internet"),
        }
    }
}

impl Stated {
    /// Reads the header's value.
    fn parse(value: &str) -> Result<Self, String> {
        let (mut location, mut address) = (Location::default(), None);
        let parts = value.split([',', ' ']).filter(|part| !part.is_empty());
        for part in parts {
            if is_id(part, "vpce-") {
                location.vpc_endpoint = Some(part.to_owned());
            } else if is_id(part, "vpc-") {
                location.vpc = Some(part.to_owned());
            } else if let Ok(ip) = part.parse() {
                address = Some(ip);
            } else if !part.eq_ignore_ascii_case("internet") {
                return Err(format!(
                    "{HEADER} says `{part}`, which is neither a VPC endpoint (vpce-...), a VPC (vpc-...), an IP address nor `internet`"
                ));
            }
        }
        Ok(Self { value: value.to_owned(), location, address })
    }
}

/// Takes the header off a request and notes what it says, if whoever sent it is on this machine.
///
/// # Errors
/// The answer to a header that says nothing intelligible.
pub(crate) fn take(request: &mut Request) -> Result<(), Answer> {
    let Some(value) = request.headers.remove(HEADER) else { return Ok(()) };
    if !request.source_ip.to_canonical().is_loopback() {
        return Ok(());
    }
    let stated = Stated::parse(&value).map_err(|problem| {
        let mut answer = Answer::new(400, serde_json::json!({ "message": problem }).to_string());
        answer.headers.push("Content-Type", "application/json");
        answer
    })?;
    if let Some(address) = stated.address {
        request.source_ip = address;
    }
    request.stated_location = Some(stated);
    Ok(())
}

fn is_id(text: &str, prefix: &str) -> bool {
    text.strip_prefix(prefix).is_some_and(|rest| {
        !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(value: &str, source_ip: &str) -> Request {
        let headers = [("x-lychgate-from", value), ("Accept", "*/*")].into_iter().collect();
        let mut request = Request::new("GET", "/dev/a", headers, "");
        request.source_ip = source_ip.parse().unwrap();
        request
    }

    #[test]
    fn the_header_places_one_request_and_disappears() {
        let mut request = request("vpce-1, vpc-2, 10.0.0.7", "127.0.0.1");
        take(&mut request).unwrap();
        let location = request.stated_location.unwrap().location;
        assert_eq!(location.to_string(), "VPC endpoint vpce-1 of vpc-2");
        assert_eq!(request.source_ip.to_string(), "10.0.0.7");
        assert_eq!(request.headers.iter().collect::<Vec<_>>(), [("Accept", "*/*")]);
    }

    #[test]
    fn the_internet_is_neither_endpoint_nor_vpc() {
        let mut request = request("internet", "::1");
        take(&mut request).unwrap();
        assert_eq!(request.stated_location.unwrap().location, Location::default());
        assert_eq!(request.source_ip.to_string(), "::1");
    }

    #[test]
    fn from_elsewhere_it_is_not_believed() {
        let mut request = request("vpce-1", "192.0.2.1");
        take(&mut request).unwrap();
        assert_eq!(request.stated_location, None);
        assert!(request.headers.get(HEADER).is_none());
    }

    #[test]
    fn what_cannot_be_understood_is_answered() {
        for value in ["vpce", "vpce-", "vpc-a b", "10.0.0", "vpce-1;vpc-2", "é"] {
            let answer = take(&mut request(value, "127.0.0.1")).unwrap_err();
            assert_eq!(answer.status, 400, "{value}");
            assert!(String::from_utf8_lossy(&answer.body).contains(HEADER));
        }
    }

    #[test]
    fn ids_are_checked() {
        assert!(Location::check_vpc_endpoint("vpce-0a1b").is_ok());
        assert!(Location::check_vpc_endpoint("vpc-0a1b").is_err());
        assert!(Location::check_vpc("vpc-0a1b").is_ok());
        assert!(Location::check_vpc("vpc-${x}").is_err());
    }
}
