//! Collecting faults, without drowning who reads them.

use std::collections::HashMap;

use super::super::Fault;

/// How many faults are told of one part of a request; of the rest, the number.
const TOLD: usize = 20;

/// The faults so far.
#[derive(Debug, Default)]
pub(super) struct Faults {
    told: Vec<Fault>,
    count: HashMap<String, usize>,
}

impl Faults {
    /// Adds a fault of what the pointer points to.
    pub(super) fn add(&mut self, pointer: &str, detail: impl Into<String>) {
        let count = self.count.entry(pointer.to_owned()).or_default();
        *count += 1;
        if *count <= TOLD {
            self.told.push(Fault::new(pointer, detail));
        }
    }

    /// That there is none, or all of them.
    pub(super) fn none(mut self) -> Result<(), Vec<Fault>> {
        if self.told.is_empty() {
            return Ok(());
        }
        let mut more: Vec<_> = self.count.into_iter().filter(|(_, count)| *count > TOLD).collect();
        more.sort();
        for (pointer, count) in more {
            self.told.push(Fault::new(pointer, format!("and {} more like these", count - TOLD)));
        }
        Err(self.told)
    }
}
