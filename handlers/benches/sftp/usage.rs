//! Processor time and memory of a process and its children, looked at while they live (Linux).

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

const INTERVAL: Duration = Duration::from_millis(10);
/// Of `/proc/PID/stat`, which Linux fixes at 100 a second.
const TICKS: f64 = 100.0;

pub(crate) struct Watch {
    ended: Arc<AtomicBool>,
    thread: JoinHandle<HashMap<u32, Used>>,
}

#[derive(Clone, Copy)]
struct Used {
    cpu: f64,
    peak: f64,
}

impl Watch {
    pub(crate) fn start(process: u32) -> Self {
        let ended = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&ended);
        let thread = std::thread::spawn(move || {
            let mut used = HashMap::new();
            while !flag.load(Ordering::Relaxed) {
                look(process, &mut used);
                std::thread::sleep(INTERVAL);
            }
            used
        });
        Self { ended, thread }
    }

    /// Seconds and MiB, both added up over the processes; the last moments of each go unseen.
    pub(crate) fn stop(self) -> (f64, f64) {
        self.ended.store(true, Ordering::Relaxed);
        let used = self.thread.join().unwrap();
        used.values().fold((0.0, 0.0), |(cpu, peak), used| (cpu + used.cpu, peak + used.peak))
    }
}

fn look(process: u32, used: &mut HashMap<u32, Used>) {
    if let Some(now) = of(process) {
        used.insert(process, now);
    }
    let children = std::fs::read_to_string(format!("/proc/{process}/task/{process}/children"));
    for child in children.unwrap_or_default().split_whitespace().filter_map(|id| id.parse().ok()) {
        look(child, used);
    }
}

fn of(process: u32) -> Option<Used> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // Behind the name, which may have spaces: state is field 3, utime and stime are 14 and 15.
    let fields: Vec<&str> = stat.rsplit_once(')')?.1.split_whitespace().collect();
    let ticks = |field: usize| fields.get(field - 3)?.parse::<f64>().ok();
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let peak: f64 = peak.trim().trim_end_matches(" kB").parse().ok()?;
    Some(Used { cpu: (ticks(14)? + ticks(15)?) / TICKS, peak: peak / 1024.0 })
}
