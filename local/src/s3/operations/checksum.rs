//! Checksums: what a client claims of the bytes it sends, and what an object keeps.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderMap, StatusCode};
use s3s::checksum::ChecksumHasher;
use s3s::crypto::{Checksum as _, Crc32c, Crc64Nvme, Sha1, Sha256};
use s3s::dto::{Checksum, ChecksumType};
use s3s::{S3Result, TrailingHeaders, s3_error};

use super::failure;
use crate::s3::storage::StoredChecksum;

/// The algorithms of S3 (S3 user guide, "Checking object integrity").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Algorithm {
    Crc32,
    Crc32c,
    Crc64Nvme,
    Sha1,
    Sha256,
}

impl Algorithm {
    pub(super) const ALL: [Self; 5] =
        [Self::Crc32, Self::Crc32c, Self::Crc64Nvme, Self::Sha1, Self::Sha256];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Crc32 => "CRC32",
            Self::Crc32c => "CRC32C",
            Self::Crc64Nvme => "CRC64NVME",
            Self::Sha1 => "SHA1",
            Self::Sha256 => "SHA256",
        }
    }

    fn header(self) -> String {
        format!("x-amz-checksum-{}", self.name().to_ascii_lowercase())
    }

    fn length(self) -> usize {
        match self {
            Self::Crc32 | Self::Crc32c => 4,
            Self::Crc64Nvme => 8,
            Self::Sha1 => 20,
            Self::Sha256 => 32,
        }
    }

    pub(super) fn parse(name: &str) -> S3Result<Self> {
        let found = Self::ALL.into_iter().find(|algorithm| algorithm.name() == name);
        found.ok_or_else(|| {
            s3_error!(InvalidRequest, "Checksum algorithm provided is unsupported: {name}")
        })
    }

    pub(super) fn hasher(self) -> Hasher {
        let mut hasher = ChecksumHasher::default();
        match self {
            // What the SDKs choose is worth the crate that is fast in a build without optimisation.
            Self::Crc32 => return Hasher::Crc32(crc32fast::Hasher::new()),
            Self::Crc32c => hasher.crc32c = Some(Crc32c::new()),
            Self::Crc64Nvme => hasher.crc64nvme = Some(Crc64Nvme::new()),
            Self::Sha1 => hasher.sha1 = Some(Sha1::new()),
            Self::Sha256 => hasher.sha256 = Some(Sha256::new()),
        }
        Hasher::Other(self, Box::new(hasher))
    }

    /// This algorithm's field.
    pub(super) fn value(self, checksum: &Checksum) -> Option<&str> {
        match self {
            Self::Crc32 => checksum.checksum_crc32.as_deref(),
            Self::Crc32c => checksum.checksum_crc32c.as_deref(),
            Self::Crc64Nvme => checksum.checksum_crc64nvme.as_deref(),
            Self::Sha1 => checksum.checksum_sha1.as_deref(),
            Self::Sha256 => checksum.checksum_sha256.as_deref(),
        }
    }
}

/// Computes a checksum.
pub(super) enum Hasher {
    Crc32(crc32fast::Hasher),
    Other(Algorithm, Box<ChecksumHasher>),
}

impl Hasher {
    pub(super) fn update(&mut self, bytes: &[u8]) {
        match self {
            Self::Crc32(hasher) => hasher.update(bytes),
            Self::Other(_, hasher) => hasher.update(bytes),
        }
    }

    pub(super) fn finish(self) -> StoredChecksum {
        let (algorithm, value) = match self {
            Self::Crc32(hasher) => {
                (Algorithm::Crc32, STANDARD.encode(hasher.finalize().to_be_bytes()))
            }
            Self::Other(algorithm, hasher) => {
                let checksum = hasher.finalize();
                (algorithm, algorithm.value(&checksum).unwrap_or_default().to_owned())
            }
        };
        StoredChecksum { algorithm: algorithm.name().to_owned(), value }
    }
}

/// What a client says the checksum is.
#[derive(Debug)]
pub(super) enum Claim {
    Value(String),
    /// It follows the body.
    Trailer(TrailingHeaders),
}

impl Claim {
    /// The claim of a request, and its algorithm.
    pub(super) fn of(
        fields: &Checksum,
        announced: Option<&str>,
        headers: &HeaderMap,
        trailers: Option<&TrailingHeaders>,
    ) -> S3Result<Option<(Algorithm, Self)>> {
        let mut claims = Vec::new();
        for algorithm in Algorithm::ALL {
            if let Some(value) = algorithm.value(fields) {
                let decoded = STANDARD.decode(value).ok();
                if decoded.is_none_or(|bytes| bytes.len() != algorithm.length()) {
                    let header = algorithm.header();
                    return Err(s3_error!(InvalidRequest, "Value for {header} header is invalid."));
                }
                claims.push((algorithm, Self::Value(value.to_owned())));
            }
            let trailer = headers.get_all("x-amz-trailer").iter();
            let mut names = trailer.filter_map(|value| value.to_str().ok());
            if let Some(trailers) = trailers
                && names.any(|name| name.eq_ignore_ascii_case(&algorithm.header()))
            {
                claims.push((algorithm, Self::Trailer(trailers.clone())));
            }
        }
        if claims.len() > 1 {
            let message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not \
                allowed.";
            return Err(s3_error!(InvalidRequest, "{message}"));
        }
        if let (true, Some(announced)) = (claims.is_empty(), announced) {
            Algorithm::parse(announced)?;
            let message = "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* \
                or x-amz-trailer headers were found.";
            return Err(s3_error!(InvalidRequest, "{message}"));
        }
        Ok(claims.pop())
    }

    /// Fails unless the bytes had this checksum. To be called when all of them have arrived.
    pub(super) fn check(self, algorithm: Algorithm, computed: &StoredChecksum) -> S3Result<()> {
        let claimed = match self {
            Self::Value(value) => Some(value),
            Self::Trailer(trailers) => trailers.take().and_then(|headers| {
                let value = headers.get(algorithm.header())?.to_str().ok()?;
                Some(value.to_owned())
            }),
        };
        let Some(claimed) = claimed else {
            let message = "The request contained trailing data that was not well-formed or did not \
                conform to our published schema.";
            return Err(failure::other(StatusCode::BAD_REQUEST, "MalformedTrailerError", message));
        };
        if claimed == computed.value {
            return Ok(());
        }
        let name = algorithm.name();
        Err(s3_error!(BadDigest, "The {name} you specified did not match the calculated checksum."))
    }
}

/// A stored checksum in the fields of the protocol.
pub(super) fn fields(stored: Option<&StoredChecksum>) -> Checksum {
    let mut checksum = Checksum::default();
    let Some(stored) = stored else { return checksum };
    let value = Some(stored.value.clone());
    match Algorithm::parse(&stored.algorithm) {
        Ok(Algorithm::Crc32) => checksum.checksum_crc32 = value,
        Ok(Algorithm::Crc32c) => checksum.checksum_crc32c = value,
        Ok(Algorithm::Crc64Nvme) => checksum.checksum_crc64nvme = value,
        Ok(Algorithm::Sha1) => checksum.checksum_sha1 = value,
        Ok(Algorithm::Sha256) => checksum.checksum_sha256 = value,
        Err(_) => return checksum,
    }
    let composite = stored.value.contains('-');
    let kind = if composite { ChecksumType::COMPOSITE } else { ChecksumType::FULL_OBJECT };
    checksum.checksum_type = Some(ChecksumType::from_static(kind));
    checksum
}

/// Copies the five values, and the type where there is one, into an output.
macro_rules! set_checksum {
    ($output:expr, $stored:expr) => {{
        let checksum = $crate::s3::operations::checksum::fields($stored);
        $output.checksum_crc32 = checksum.checksum_crc32;
        $output.checksum_crc32c = checksum.checksum_crc32c;
        $output.checksum_crc64nvme = checksum.checksum_crc64nvme;
        $output.checksum_sha1 = checksum.checksum_sha1;
        $output.checksum_sha256 = checksum.checksum_sha256;
        checksum.checksum_type
    }};
}

/// The five values of an input.
macro_rules! claimed_checksum {
    ($input:expr) => {
        s3s::dto::Checksum {
            checksum_crc32: $input.checksum_crc32.take(),
            checksum_crc32c: $input.checksum_crc32c.take(),
            checksum_crc64nvme: $input.checksum_crc64nvme.take(),
            checksum_sha1: $input.checksum_sha1.take(),
            checksum_sha256: $input.checksum_sha256.take(),
            checksum_type: None,
        }
    };
}

pub(super) use {claimed_checksum, set_checksum};
