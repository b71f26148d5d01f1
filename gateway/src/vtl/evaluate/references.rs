//! References: what `$root.step[step]` leads to, and how it is printed and assigned to.

use std::rc::Rc;

use super::{Evaluator, Failure};
use crate::vtl::ast::{Reference, Step, StepKind};
use crate::vtl::limits::DEFINE_DEPTH;
use crate::vtl::methods;
use crate::vtl::print;
use crate::vtl::value::{Fault, Value};

impl Evaluator<'_> {
    /// Prints a reference. Backslashes before it escape it, and each other.
    pub(super) fn print(
        &mut self,
        reference: &Reference,
        backslashes: usize,
        out: &mut String,
    ) -> Result<(), Failure> {
        let value = self.reference(reference)?;
        let escaped = backslashes % 2 == 1;
        if matches!(value, Value::Null) {
            // Undefined, so there is nothing to escape: Velocity keeps the backslash, too.
            out.extend(std::iter::repeat_n('\\', backslashes.div_ceil(2)));
            if escaped {
                out.push_str(&reference.written);
            }
            return Ok(());
        }
        out.extend(std::iter::repeat_n('\\', backslashes / 2));
        if escaped {
            out.push_str(&reference.written);
        } else {
            out.push_str(&self.text(&value, reference.offset)?);
        }
        Ok(())
    }

    pub(super) fn assign(&mut self, target: &Reference, value: Value) -> Result<(), Failure> {
        let Some((last, steps)) = target.steps.split_last() else {
            self.variables.insert(target.root.clone(), value);
            return Ok(());
        };
        let parent = self.walk(&target.root, steps)?;
        let key = match &last.kind {
            StepKind::Property(name) => Value::text(name),
            StepKind::Index(index) => self.expression(index)?,
            // The parser refuses it.
            StepKind::Method(..) => return Ok(()),
        };
        match parent {
            Value::Map(id) => {
                let key = self.text(&key, last.offset)?;
                self.heap.put(id, Rc::from(key), value).map_err(|fault| fault.at(last.offset))?;
            }
            Value::List(_) => {
                let key = self.resolve_negative(&parent, key);
                methods::call(&mut self.heap, &mut self.budget, &parent, "set", &[key, value])
                    .map_err(|fault| fault.at(last.offset))?;
            }
            // Velocity writes a line to its log and goes on.
            _ => {}
        }
        Ok(())
    }

    pub(super) fn reference(&mut self, reference: &Reference) -> Result<Value, Failure> {
        self.walk(&reference.root, &reference.steps)
    }

    fn walk(&mut self, root: &str, steps: &[Step]) -> Result<Value, Failure> {
        let mut value = self.variables.get(root).cloned().unwrap_or(Value::Null);
        for step in steps {
            if matches!(value, Value::Null) {
                return Ok(Value::Null);
            }
            value = self.step(&value, step)?;
        }
        match (&value, self.claims) {
            (Value::Map(id), Some(claims)) if *id == claims => Ok(Value::Null),
            _ => Ok(value),
        }
    }

    fn step(&mut self, value: &Value, step: &Step) -> Result<Value, Failure> {
        self.budget.steps(1).map_err(|fault| fault.at(step.offset))?;
        let result = match &step.kind {
            StepKind::Property(name) => match value {
                Value::Input => Ok(self.input.property(name)),
                _ => Ok(methods::property(&self.heap, value, name)),
            },
            StepKind::Index(index) => {
                let index = self.expression(index)?;
                let index = self.resolve_negative(value, index);
                methods::call(&mut self.heap, &mut self.budget, value, "get", &[index])
            }
            StepKind::Method(name, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let value = self.expression(argument)?;
                    values.push(self.settled(value, step.offset)?);
                }
                match value {
                    Value::Input => {
                        self.input.call(&mut self.heap, &mut self.budget, name, &values)
                    }
                    Value::Definition(_) if name == "toString" => self
                        .settled(value.clone(), step.offset)
                        .map_err(|failure| Fault(failure.message)),
                    _ => methods::call(&mut self.heap, &mut self.budget, value, name, &values),
                }
            }
        };
        result.map_err(|fault| fault.at(step.offset))
    }

    /// `$list[-1]` counts from the end; `$list.get(-1)` does not.
    fn resolve_negative(&self, value: &Value, index: Value) -> Value {
        match (value, &index) {
            (Value::List(id), Value::Integer(back)) if *back < 0 => {
                let length = self.heap.list(*id).items.len();
                i128::try_from(length)
                    .map_or(Value::Null, |length| Value::Integer(length.saturating_add(*back)))
            }
            _ => index,
        }
    }

    /// A `#define`d block as its text; every other value as it is.
    pub(super) fn settled(&mut self, value: Value, offset: usize) -> Result<Value, Failure> {
        match value {
            Value::Definition(_) => Ok(Value::text(self.text(&value, offset)?)),
            other => Ok(other),
        }
    }

    pub(super) fn text(&mut self, value: &Value, offset: usize) -> Result<String, Failure> {
        let Value::Definition(definition) = value else {
            return print::to_text(&self.heap, &mut self.budget, value)
                .map_err(|fault| fault.at(offset));
        };
        if self.definitions_open >= DEFINE_DEPTH {
            let message =
                format!("`#define`d blocks print each other more than {DEFINE_DEPTH} deep");
            return Err(Fault(message).at(offset));
        }
        let mut out = String::new();
        let parsed = self.parsed;
        if let Some(block) = parsed.definitions.get(*definition) {
            self.definitions_open += 1;
            self.block(block, &mut out)?;
            self.definitions_open -= 1;
        }
        self.budget.bytes(out.len()).map_err(|fault| fault.at(offset))?;
        Ok(out)
    }
}
