//! How much a template may do: a local gateway must survive every template it is given.

use super::value::Fault;

/// Longest template that API Gateway takes (quotas of REST APIs).
pub(super) const TEMPLATE_BYTES: usize = 300 * 1024;
/// `#foreach` ends silently after this many rounds (quotas of REST APIs).
pub(super) const FOREACH_ROUNDS: usize = 1000;
/// Longest single text: the largest payload of API Gateway.
pub(super) const TEXT_BYTES: usize = 10 * 1024 * 1024;
/// How deep values may nest when they are printed or converted.
pub(super) const VALUE_DEPTH: usize = 128;
/// How deep `#define`d blocks may print each other.
pub(super) const DEFINE_DEPTH: usize = 8;

/// How deep blocks may be rendered inside each other, through `#define`s, too.
pub(super) const EVALUATION_DEPTH: usize = 96;

/// Bytes that count as one step when a text is searched or compared.
const BYTES_PER_STEP: usize = 256;

const STEPS: usize = 1_000_000;
/// A payload of 10 MB has five million elements at most, and may be converted a few times.
const ELEMENTS: usize = 20_000_000;
const NEW_ELEMENT: usize = 20;
const BYTES: usize = 16 * TEXT_BYTES;

/// What is left of a rendering's allowance.
#[derive(Debug)]
pub(super) struct Budget {
    steps: usize,
    elements: usize,
    bytes: usize,
}

impl Default for Budget {
    fn default() -> Self {
        Self { steps: STEPS, elements: ELEMENTS, bytes: BYTES }
    }
}

impl Budget {
    /// Pays for `count` evaluated nodes.
    pub(super) fn steps(&mut self, count: usize) -> Result<(), Fault> {
        self.steps = self.steps.checked_sub(count).ok_or_else(|| {
            Fault(format!("the template takes more than {STEPS} steps; does it loop in loops?"))
        })?;
        Ok(())
    }

    /// Pays for `count` new elements of lists and maps that the template itself makes: they cost
    /// more than those of a payload, whose size is limited already.
    pub(super) fn new_elements(&mut self, count: usize) -> Result<(), Fault> {
        self.elements(count.saturating_mul(NEW_ELEMENT))
    }

    /// Pays for `count` elements of values that are visited.
    pub(super) fn elements(&mut self, count: usize) -> Result<(), Fault> {
        self.elements = self.elements.checked_sub(count).ok_or_else(|| {
            Fault(format!(
                "the template visits more than {ELEMENTS} elements; does it loop in loops?"
            ))
        })?;
        Ok(())
    }

    /// Pays for looking through `text`.
    pub(super) fn search(&mut self, text: &str) -> Result<(), Fault> {
        self.steps(text.len() / BYTES_PER_STEP)
    }

    /// Pays for `count` bytes of new text.
    pub(super) fn bytes(&mut self, count: usize) -> Result<(), Fault> {
        if count > TEXT_BYTES {
            return Err(Fault(format!("a text is longer than {TEXT_BYTES} bytes")));
        }
        self.bytes = self.bytes.checked_sub(count).ok_or_else(|| {
            Fault(format!("the template makes more than {BYTES} bytes of text on its way"))
        })?;
        Ok(())
    }
}
