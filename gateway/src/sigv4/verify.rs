//! Whether a claim is true: the checks in AWS's order, and the signature computed anew.

use hmac::{Hmac, KeyInit as _, Mac as _};
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::Sha256;

use super::canonical;
use super::claim::{Claim, Place};
use crate::access_key::{AccessKey, AccessKeys};
use crate::query::hex_pair;
use crate::refusal::Refusal;
use crate::request::Request;

/// What signatures must be for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scope<'a> {
    pub(crate) region: &'a str,
    pub(crate) service: &'a str,
}

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
const TERMINATOR: &str = "aws4_request";
/// How far clocks may be apart, in minutes.
const SKEW: i64 = 5;
/// The longest `X-Amz-Expires`, in seconds: a week (IAM guide, "Query string").
const LONGEST: i64 = 604_800;

/// The access key that signed a request.
///
/// # Errors
/// 403 for whatever is wrong first.
pub(crate) fn verify<'k>(
    request: &Request,
    claim: &Claim,
    scope: Scope<'_>,
    keys: &'k AccessKeys,
) -> Result<&'k AccessKey, Refusal> {
    let time = time(&claim.date)?;
    check_time(claim, time, request.received)?;
    if !claim.signed_headers.iter().any(|name| name == "host") {
        return Err(Refusal::invalid_signature(
            "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
        ));
    }
    if claim.algorithm != ALGORITHM {
        return Err(Refusal::incomplete_signature(format!(
            "Unsupported AWS 'algorithm': '{}' (only {ALGORITHM} for now). ",
            claim.algorithm
        )));
    }
    let (id, credential_scope) = check_scope(claim, scope, time)?;
    let key = keys.find(id).ok_or_else(Refusal::unrecognized_client)?;
    check_signature(request, claim, credential_scope, time, key)?;
    if !key.accepts_token(claim.session_token.as_deref()) {
        return Err(Refusal::unrecognized_client());
    }
    if key.has_expired(request.received) {
        return Err(Refusal::expired_credentials());
    }
    Ok(key)
}

/// When it was signed: ISO 8601's basic format, or that of HTTP in a `Date` header.
fn time(text: &str) -> Result<Timestamp, Refusal> {
    let basic = DateTime::strptime("%Y%m%dT%H%M%SZ", text);
    if let Ok(time) = basic.and_then(|time| time.to_zoned(TimeZone::UTC)) {
        return Ok(time.timestamp());
    }
    if let Ok(time) = jiff::fmt::rfc2822::parse(text) {
        return Ok(time.timestamp());
    }
    Err(Refusal::incomplete_signature(format!(
        "Date must be in ISO-8601 'basic format'. Got '{text}'. See http://en.wikipedia.org/wiki/ISO_8601"
    )))
}

/// `20150830T123600Z`
fn basic(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

/// Signatures in headers are good for five minutes; those in a query for as long as they say.
fn check_time(claim: &Claim, time: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    let stated = claim.expires.as_deref().and_then(|text| text.parse::<i64>().ok());
    let (age, told) = match stated.filter(|_| claim.place == Place::Query) {
        Some(seconds) => {
            let seconds = seconds.clamp(0, LONGEST);
            (SignedDuration::from_secs(seconds), format!("{seconds} sec."))
        }
        None => (SignedDuration::from_mins(SKEW), format!("{SKEW} min.")),
    };
    let (date, now_text) = (basic(time), basic(now));
    // Far from every date a clock can show, nothing has to be compared.
    let oldest = now.checked_sub(age).unwrap_or(now);
    if time < oldest {
        let oldest = basic(oldest);
        return Err(Refusal::invalid_signature(format!(
            "Signature expired: {date} is now earlier than {oldest} ({now_text} - {told})"
        )));
    }
    let newest = now.checked_add(SignedDuration::from_mins(SKEW)).unwrap_or(now);
    if time > newest {
        let newest = basic(newest);
        return Err(Refusal::invalid_signature(format!(
            "Signature not yet current: {date} is still later than {newest} ({now_text} + {SKEW} min.)"
        )));
    }
    Ok(())
}

/// The access key's id and the scope as written.
fn check_scope<'c>(
    claim: &'c Claim,
    scope: Scope<'_>,
    time: Timestamp,
) -> Result<(&'c str, &'c str), Refusal> {
    let credential = claim.credential.trim_end_matches('/');
    let parts: Vec<&str> = credential.split('/').collect();
    let &[id, date, region, service, terminator] = parts.as_slice() else {
        return Err(Refusal::incomplete_signature(format!(
            "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got '{}'",
            claim.credential
        )));
    };
    let Scope { region: own_region, service: own_service } = scope;
    let mut complaints = Vec::new();
    if region != own_region {
        complaints.push(format!("Credential should be scoped to a valid region, not '{region}'. "));
    }
    if service != own_service {
        complaints
            .push(format!("Credential should be scoped to correct service: '{own_service}'. "));
    }
    if terminator != TERMINATOR {
        complaints.push(format!(
            "Credential should be scoped with a valid terminator: '{TERMINATOR}', not '{terminator}'. "
        ));
    }
    let signed = basic(time);
    let day = signed.split('T').next().unwrap_or_default();
    if date != day {
        complaints.push(format!(
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '{date}' != '{day}', from '{signed}'."
        ));
    }
    if !complaints.is_empty() {
        return Err(Refusal::invalid_signature(complaints.concat()));
    }
    Ok((id, credential.get(id.len() + 1..).unwrap_or_default()))
}

fn check_signature(
    request: &Request,
    claim: &Claim,
    scope: &str,
    time: Timestamp,
    key: &AccessKey,
) -> Result<(), Refusal> {
    let canonical = canonical::request(request, claim);
    let string = canonical::string_to_sign(&canonical, &basic(time), scope);
    if signing_mac(key.secret(), scope, &string)
        .is_some_and(|mac| is_signature(mac, &claim.signature))
    {
        return Ok(());
    }
    // The long form, which was captured from API Gateway.
    Err(Refusal::invalid_signature(format!(
        "The request signature we calculated does not match the signature you provided. Check your \
         AWS Secret Access Key and signing method. Consult the service documentation for details.\n\n\
         The Canonical String for this request should have been\n'{canonical}'\n\n\
         The String-to-Sign should have been\n'{string}'\n"
    )))
}

/// Compares in constant time, so that nobody finds a signature byte by byte.
fn is_signature(mac: Hmac<Sha256>, signature: &str) -> bool {
    let is_lower = signature.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    let bytes: Option<Vec<u8>> = signature.as_bytes().chunks(2).map(hex_pair).collect();
    is_lower && bytes.is_some_and(|bytes| mac.verify_slice(&bytes).is_ok())
}

/// The signature of a string by the key that a secret has in a scope.
fn signing_mac(secret: &str, scope: &str, string: &str) -> Option<Hmac<Sha256>> {
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in scope.split('/') {
        key = mac(&key, part)?.finalize().into_bytes().to_vec();
    }
    mac(&key, string)
}

fn mac(key: &[u8], text: &str) -> Option<Hmac<Sha256>> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
    mac.update(text.as_bytes());
    Some(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::MultiMap;

    /// The key of AWS's examples.
    const ID: &str = "AKIDEXAMPLE";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    const SCOPE: &str = "20150830/us-east-1/service/aws4_request";

    /// Verifies a request of AWS's test suite for signatures, at the time it was signed.
    fn check(target: &str, headers: &[(&str, &str)], received: &str) -> Result<(), String> {
        let headers = headers.iter().copied().collect();
        let mut request = Request::new("GET", target, headers, "");
        request.received = received.parse().unwrap();
        let query = MultiMap::parse_query(request.query.as_deref());
        let claim = Claim::read(&request, &query).unwrap().unwrap();
        let keys = AccessKeys::single(ID, SECRET);
        let scope = Scope { region: "us-east-1", service: "service" };
        verify(&request, &claim, scope, &keys)
            .map(|_| ())
            .map_err(|refusal| refusal.message.unwrap_or_default())
    }

    /// A header of the suite: every request of it is signed at the same time with the same key.
    fn authorization(headers: &str, signature: &str) -> String {
        format!(
            "{ALGORITHM} Credential={ID}/{SCOPE}, SignedHeaders={headers}, Signature={signature}"
        )
    }

    const NOW: &str = "2015-08-30T12:36:00Z";
    const HOST: (&str, &str) = ("Host", "example.amazonaws.com");
    const DATE: (&str, &str) = ("X-Amz-Date", "20150830T123600Z");
    const VANILLA: &str = "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31";

    /// The suite's names: get-vanilla, get-slashes-normalized, get-header-value-trim,
    /// get-header-key-duplicate, get-utf8, get-vanilla-query-order-encoded.
    #[test]
    fn aws_examples_are_verified() {
        for (target, own, names, signature) in [
            ("/", &[][..], "host;x-amz-date", VANILLA),
            (
                "//example//",
                &[],
                "host;x-amz-date",
                "9a624bd73a37c9a373b5312afbebe7a714a789de108f0bdfe846570885f57e84",
            ),
            (
                "/",
                &[("My-Header1", " value1"), ("My-Header2", " \"a   b   c\"")],
                "host;my-header1;my-header2;x-amz-date",
                "acc3ed3afb60bb290fc8d2dd0098b9911fcaa05412b367055dee359757a9c736",
            ),
            (
                "/",
                &[("My-Header1", "value2"), ("My-Header1", "value2"), ("My-Header1", "value1")],
                "host;my-header1;x-amz-date",
                "c9d5ea9f3f72853aea855b47ea873832890dbdd183b4468f858259531a5138ea",
            ),
            (
                "/ሴ",
                &[],
                "host;x-amz-date",
                "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85",
            ),
            (
                "/?Param-3=Value3&Param=Value2&%E1%88%B4=Value1",
                &[],
                "host;x-amz-date",
                "371d3713e185cc334048618a97f809c9ffe339c62934c032af5a0e595648fcac",
            ),
        ] {
            let authorization = authorization(names, signature);
            let mut headers = vec![HOST, DATE, ("Authorization", &authorization)];
            headers.extend(own);
            assert_eq!(check(target, &headers, NOW), Ok(()), "{target} {names}");
        }
    }

    const PRESIGNED: &str = "/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fservice%2Faws4_request&X-Amz-Date=20150830T123600Z&X-Amz-SignedHeaders=host&X-Amz-Expires=3600&X-Amz-Signature=e93c787ed7f371d5c6b165c1b38ede9550f4dce4144713e844b25b7192d3865d";

    #[test]
    fn an_aws_example_in_the_query_is_good_for_as_long_as_it_says() {
        assert_eq!(check(PRESIGNED, &[HOST], NOW), Ok(()));
        assert_eq!(check(PRESIGNED, &[HOST], "2015-08-30T13:36:00Z"), Ok(()));
        assert_eq!(
            check(PRESIGNED, &[HOST], "2015-08-30T13:36:01Z").unwrap_err(),
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T133601Z - 3600 sec.)"
        );
        let longer = PRESIGNED.replace("Expires=3600", "Expires=7200");
        assert!(check(&longer, &[HOST], NOW).unwrap_err().starts_with("The request signature"));
    }

    #[test]
    fn clocks_may_be_five_minutes_apart() {
        let authorization = authorization("host;x-amz-date", VANILLA);
        let headers = [HOST, DATE, ("Authorization", authorization.as_str())];
        assert_eq!(check("/", &headers, "2015-08-30T12:41:00Z"), Ok(()));
        assert_eq!(check("/", &headers, "2015-08-30T12:31:00Z"), Ok(()));
        assert_eq!(
            check("/", &headers, "2015-08-30T12:41:01Z").unwrap_err(),
            "Signature expired: 20150830T123600Z is now earlier than 20150830T123601Z (20150830T124101Z - 5 min.)"
        );
        assert_eq!(
            check("/", &headers, "2015-08-30T12:30:59Z").unwrap_err(),
            "Signature not yet current: 20150830T123600Z is still later than 20150830T123559Z (20150830T123059Z + 5 min.)"
        );
    }

    #[test]
    fn a_mismatch_shows_what_should_have_been_signed() {
        let authorization = authorization("host;x-amz-date", &VANILLA.replace('5', "6"));
        let message =
            check("/", &[HOST, DATE, ("Authorization", &authorization)], NOW).unwrap_err();
        assert_eq!(
            message,
            "The request signature we calculated does not match the signature you provided. Check \
             your AWS Secret Access Key and signing method. Consult the service documentation for \
             details.\n\nThe Canonical String for this request should have been\n'GET\n/\n\n\
             host:example.amazonaws.com\nx-amz-date:20150830T123600Z\n\nhost;x-amz-date\n\
             e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'\n\n\
             The String-to-Sign should have been\n'AWS4-HMAC-SHA256\n20150830T123600Z\n\
             20150830/us-east-1/service/aws4_request\n\
             bb579772317eb040ac9ed261061d46c1f17a8133879d6129b6e1c25292927e63'\n"
        );
        assert!(!message.contains(SECRET));
    }

    #[test]
    fn what_a_header_says_wrong_is_told() {
        let good = authorization("host;x-amz-date", VANILLA);
        for (from, to, complaint) in [
            (
                "AWS4-HMAC-SHA256",
                "AWS4-HMAC-SHA512",
                "Unsupported AWS 'algorithm': 'AWS4-HMAC-SHA512' (only AWS4-HMAC-SHA256 for now). ",
            ),
            (
                "host;",
                "",
                "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
            ),
            (
                "/service",
                "",
                "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got 'AKIDEXAMPLE/20150830/us-east-1/aws4_request'",
            ),
            (
                "us-east-1",
                "mars-1",
                "Credential should be scoped to a valid region, not 'mars-1'. ",
            ),
            ("/service/", "/s3/", "Credential should be scoped to correct service: 'service'. "),
            (
                "aws4_request",
                "aws5",
                "Credential should be scoped with a valid terminator: 'aws4_request', not 'aws5'. ",
            ),
            (
                "/20150830/",
                "/20150831/",
                "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150831' != '20150830', from '20150830T123600Z'.",
            ),
            ("AKIDEXAMPLE", "AKIDOTHER", "The security token included in the request is invalid."),
        ] {
            let authorization = good.replace(from, to);
            let headers = [HOST, DATE, ("Authorization", authorization.as_str())];
            assert_eq!(check("/", &headers, NOW).unwrap_err(), complaint);
        }
        let headers = [HOST, ("X-Amz-Date", "today"), ("Authorization", good.as_str())];
        assert!(
            check("/", &headers, NOW)
                .unwrap_err()
                .starts_with("Date must be in ISO-8601 'basic format'. Got 'today'.")
        );
    }

    #[test]
    fn signatures_are_lower_case_and_whole() {
        for signature in
            ["", "5f", &VANILLA.to_uppercase(), &format!("{VANILLA}00"), &VANILLA[..63], "é"]
        {
            let authorization = authorization("host;x-amz-date", signature);
            assert!(check("/", &[HOST, DATE, ("Authorization", &authorization)], NOW).is_err());
        }
    }
}
