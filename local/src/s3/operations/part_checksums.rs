//! Checksums of objects in parts: composed of those of the parts, or that of all bytes (S3 user guide,
//! "Checking object integrity for data uploads").

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use crc_fast::CrcAlgorithm;
use s3s::dto::{Checksum, ChecksumType, CompletedPart};
use s3s::{S3Result, s3_error};

use super::checksum::Algorithm;
use crate::s3::storage::{StoredChecksum, StoredPart, Upload};

/// Whether the object's checksum is to be that of its bytes, given what the client asks for.
pub(super) fn is_full_object(algorithm: Option<Algorithm>, kind: Option<&str>) -> S3Result<bool> {
    let (crc, default) = match algorithm {
        None => return Ok(false),
        Some(Algorithm::Crc64Nvme) => (true, ChecksumType::FULL_OBJECT),
        Some(Algorithm::Crc32 | Algorithm::Crc32c) => (true, ChecksumType::COMPOSITE),
        Some(Algorithm::Sha1 | Algorithm::Sha256) => (false, ChecksumType::COMPOSITE),
    };
    let kind = kind.unwrap_or(default);
    let full_object = kind == ChecksumType::FULL_OBJECT;
    if (full_object && !crc) || (!full_object && algorithm == Some(Algorithm::Crc64Nvme)) {
        let name = algorithm.map(Algorithm::name).unwrap_or_default().to_ascii_lowercase();
        return Err(s3_error!(
            InvalidRequest,
            "The {kind} checksum type cannot be used with the {name} checksum algorithm."
        ));
    }
    Ok(full_object)
}

pub(super) fn kind(full_object: bool) -> ChecksumType {
    let kind = if full_object { ChecksumType::FULL_OBJECT } else { ChecksumType::COMPOSITE };
    ChecksumType::from_static(kind)
}

/// The object's checksum, if its upload has an algorithm and every part a checksum.
pub(super) fn of_object(upload: &Upload, parts: &[StoredPart]) -> S3Result<Option<StoredChecksum>> {
    let Some(name) = &upload.algorithm else { return Ok(None) };
    let algorithm = Algorithm::parse(name)?;
    let decoded: Option<Vec<_>> = parts
        .iter()
        .map(|part| {
            let stored = part.checksum.as_ref().filter(|stored| stored.algorithm == *name)?;
            Some((STANDARD.decode(&stored.value).ok()?, part.size))
        })
        .collect();
    let Some(decoded) = decoded else { return Ok(None) };
    if upload.full_object {
        return Ok(combined(algorithm, &decoded));
    }
    let mut hasher = algorithm.hasher();
    for (bytes, _) in &decoded {
        hasher.update(bytes);
    }
    let mut checksum = hasher.finish();
    checksum.value = format!("{}-{}", checksum.value, parts.len());
    Ok(Some(checksum))
}

/// The CRC of all bytes, from those of the parts and their sizes in bytes.
fn combined(algorithm: Algorithm, parts: &[(Vec<u8>, u64)]) -> Option<StoredChecksum> {
    let (crc, width) = match algorithm {
        Algorithm::Crc32 => (CrcAlgorithm::Crc32IsoHdlc, 4),
        Algorithm::Crc32c => (CrcAlgorithm::Crc32Iscsi, 4),
        Algorithm::Crc64Nvme => (CrcAlgorithm::Crc64Nvme, 8),
        Algorithm::Sha1 | Algorithm::Sha256 => return None,
    };
    let number =
        |bytes: &[u8]| bytes.iter().fold(0, |number: u64, byte| number << 8 | u64::from(*byte));
    let (first, rest) = parts.split_first()?;
    let combined = rest.iter().fold(number(&first.0), |sum, (bytes, size)| {
        crc_fast::checksum_combine(crc, sum, number(bytes), *size)
    });
    let value = STANDARD.encode(combined.to_be_bytes().get(8 - width..)?);
    Some(StoredChecksum { algorithm: algorithm.name().to_owned(), value })
}

/// Fails unless the checksums a client lists with the parts are theirs. Those of a composed checksum
/// must be listed.
pub(super) fn check_listed(
    upload: &Upload,
    parts: &[StoredPart],
    listed: &[CompletedPart],
) -> S3Result<()> {
    for (part, listed) in parts.iter().zip(listed) {
        let stored = part.checksum.as_ref();
        let number = part.number;
        for algorithm in Algorithm::ALL {
            let Some(claimed) = value_of(listed, algorithm) else { continue };
            let fits = stored.is_some_and(|stored| {
                stored.algorithm == algorithm.name() && stored.value == claimed
            });
            if !fits {
                return Err(s3_error!(
                    InvalidPart,
                    "One or more of the specified parts could not be found. The part {number} has \
                     another checksum."
                ));
            }
        }
        let algorithm = upload.algorithm.as_deref().map(Algorithm::parse).transpose()?;
        if let Some(algorithm) = algorithm.filter(|_| !upload.full_object)
            && value_of(listed, algorithm).is_none()
        {
            let name = algorithm.name().to_ascii_lowercase();
            return Err(s3_error!(
                InvalidRequest,
                "The upload was created using a {name} checksum. The complete request must include \
                 the checksum for each part. It was missing for part {number} in the request."
            ));
        }
    }
    Ok(())
}

fn value_of(part: &CompletedPart, algorithm: Algorithm) -> Option<&str> {
    match algorithm {
        Algorithm::Crc32 => part.checksum_crc32.as_deref(),
        Algorithm::Crc32c => part.checksum_crc32c.as_deref(),
        Algorithm::Crc64Nvme => part.checksum_crc64nvme.as_deref(),
        Algorithm::Sha1 => part.checksum_sha1.as_deref(),
        Algorithm::Sha256 => part.checksum_sha256.as_deref(),
    }
}

/// Fails unless the checksum a client gives for the whole object is its checksum.
pub(super) fn check_object(stored: Option<&StoredChecksum>, claimed: &Checksum) -> S3Result<()> {
    for algorithm in Algorithm::ALL {
        let Some(claimed) = algorithm.value(claimed) else { continue };
        let fits = stored.is_some_and(|stored| {
            let sum = stored.value.split_once('-').map_or(stored.value.as_str(), |(sum, _)| sum);
            stored.algorithm == algorithm.name() && (claimed == stored.value || claimed == sum)
        });
        if !fits {
            let name = algorithm.name();
            let message =
                format!("The {name} you specified did not match the calculated checksum.");
            return Err(s3_error!(BadDigest, "{message}"));
        }
    }
    Ok(())
}
