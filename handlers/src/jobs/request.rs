//! The request for a job, and which job it is for.

use models::value::Uuid;
use serde::Serialize;

/// A request for a job.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Request {
    /// The job's id. The same idempotency key makes the same one.
    pub id: Uuid,
    /// Tells requests apart that use one idempotency key.
    pub fingerprint: Uuid,
}

impl Request {
    /// The request with this body; `space` is where ids of idempotency keys are made.
    ///
    /// # Errors
    /// If the body cannot be written as JSON.
    pub fn new(
        space: &Uuid,
        idempotency_key: Option<&str>,
        body: &impl Serialize,
    ) -> Result<Self, serde_json::Error> {
        let id = match idempotency_key {
            Some(key) => Uuid::new_v5(space, key.as_bytes()),
            None => Uuid::new_v4(),
        };
        Ok(Self { id, fingerprint: Uuid::new_v5(&id, &serde_json::to_vec(body)?) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_makes_one_id_and_a_body_one_fingerprint() {
        let request = |key, body: &str| Request::new(&Uuid::NAMESPACE_OID, key, &body).unwrap();
        assert_eq!(request(Some("k"), "a"), request(Some("k"), "a"));
        assert_eq!(request(Some("k"), "a").id, request(Some("k"), "b").id);
        assert_ne!(request(Some("k"), "a").fingerprint, request(Some("k"), "b").fingerprint);
        assert_ne!(request(Some("k"), "a").id, request(Some("l"), "a").id);
        assert_ne!(request(None, "a").id, request(None, "a").id);
    }
}
