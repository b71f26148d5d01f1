//! What all pages have, and how they write times and sizes.

use jiff::Timestamp;

use super::Web;

/// What all pages have.
pub(super) struct Frame {
    pub(super) title: String,
    pub(super) version: String,
    pub(super) token: String,
    /// The page of the menu that this one belongs to.
    pub(super) here: &'static str,
}

impl Frame {
    pub(super) fn new(web: &Web, here: &'static str) -> Self {
        let plan = web.plan();
        Self {
            title: plan.api.title.clone(),
            version: plan.api.version.clone(),
            token: web.guard.token().to_owned(),
            here,
        }
    }
}

/// Milliseconds since 1970 as a date and a time of day.
pub(super) fn time(milliseconds: i64) -> String {
    match Timestamp::from_millisecond(milliseconds) {
        Ok(time) => format!("{time:.0}").replace('T', " "),
        Err(_) => milliseconds.to_string(),
    }
}

/// Bytes as people read them.
pub(super) fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes} bytes");
    }
    #[allow(clippy::cast_precision_loss, reason = "one digit behind the point is shown")]
    let mut size = bytes as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1024.0 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS.get(unit).copied().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_times_are_legible() {
        let sizes = [0, 1023, 1536, 5 << 20, 3 << 40].map(size);
        assert_eq!(sizes, ["0 bytes", "1023 bytes", "1.5 KiB", "5.0 MiB", "3.0 TiB"]);
        assert_eq!(time(1_767_225_600_123), "2026-01-01 00:00:00Z");
    }
}
