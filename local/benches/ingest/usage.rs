//! Peak resident sets (Linux).

use std::path::Path;

/// Of this process, in MiB. NaN where the system does not tell.
pub(crate) fn own() -> f64 {
    peak(Path::new("/proc/self")).unwrap_or(f64::NAN)
}

/// Of the largest process of a function of the cloud with this endpoint of S3, in MiB.
pub(crate) fn of_function(endpoint: &str, function: &str) -> f64 {
    let wanted = [
        format!("AWS_ENDPOINT_URL_S3={endpoint}"),
        format!("AWS_LAMBDA_FUNCTION_NAME=local-{function}"),
    ];
    let processes = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let own = processes.map(|process| process.path()).filter(|process| {
        let environment = std::fs::read(process.join("environ")).unwrap_or_default();
        let has =
            |it: &String| environment.split(|byte| *byte == 0).any(|own| own == it.as_bytes());
        wanted.iter().all(has)
    });
    own.filter_map(|process| peak(&process)).fold(0.0, f64::max)
}

fn peak(process: &Path) -> Option<f64> {
    let status = std::fs::read_to_string(process.join("status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    Some(peak.trim().trim_end_matches(" kB").parse::<f64>().ok()? / 1024.0)
}
