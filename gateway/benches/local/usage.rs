//! What a process and all it started take: memory and processor time.

use std::collections::HashMap;

/// Clock ticks per second in `/proc`: the same on every Linux for decades.
const TICKS: f64 = 100.0;

/// Proportional set size in MiB: what processes share counts once. NaN where the system does not tell.
pub(crate) fn memory(root: u32) -> f64 {
    let kilobytes: f64 = family(root).iter().filter_map(|(id, _)| pss(*id)).sum();
    if kilobytes > 0.0 { kilobytes / 1024.0 } else { f64::NAN }
}

/// Seconds of processor time so far, those that have ended not counted. NaN where the system does not
/// tell.
pub(crate) fn processor(root: u32) -> f64 {
    let family = family(root);
    if family.is_empty() {
        return f64::NAN;
    }
    // Fields 14 and 15 of a line that begins with field 3 here: in user mode and in the kernel.
    let ticks = |stat: &String| -> f64 {
        stat.split(' ').skip(11).take(2).filter_map(|ticks| ticks.parse::<f64>().ok()).sum()
    };
    family.iter().map(|(_, stat)| ticks(stat)).sum::<f64>() / TICKS
}

/// The processes, each with what `/proc/PROCESS/stat` says behind the program's name.
fn family(root: u32) -> Vec<(u32, String)> {
    let mut stats = HashMap::new();
    for entry in std::fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(process) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        // One that has ended meanwhile has none.
        let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
        if let Some((_, stat)) = stat.rsplit_once(") ") {
            stats.insert(process, stat.to_owned());
        }
    }
    let parent = |process: u32| stats.get(&process)?.split(' ').nth(1)?.parse().ok();
    let belongs = |process: u32| {
        let mut ancestors = std::iter::successors(Some(process), |&process| parent(process));
        ancestors.any(|ancestor| ancestor == root)
    };
    let family = stats.iter().filter(|(process, _)| belongs(**process));
    family.map(|(process, stat)| (*process, stat.clone())).collect()
}

fn pss(process: u32) -> Option<f64> {
    let rollup = std::fs::read_to_string(format!("/proc/{process}/smaps_rollup")).ok()?;
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}
