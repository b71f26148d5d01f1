//! Runs a parsed template against a [`Scope`].

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::ast::{Block, Expression, Link, Node, Parsed, Reference, Step, StepKind};
use super::input::Input;
use super::limits::{Budget, DEFINE_DEPTH, EVALUATION_DEPTH, FOREACH_ROUNDS, TEXT_BYTES};
use super::methods;
use super::operators;
use super::print;
use super::scope::Scope;
use super::value::{Fault, Heap, Value};

/// A [`Fault`] and where it happened.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) offset: usize,
    pub(super) message: String,
}

impl Fault {
    fn at(self, offset: usize) -> Failure {
        Failure { offset, message: self.0 }
    }
}

/// How a block ended.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Flow {
    Next,
    Break,
    Stop,
}

/// Renders `parsed`, and writes the overrides back on success.
pub(super) fn render(parsed: &Parsed, scope: &mut Scope) -> Result<String, Failure> {
    scope.prepare_overrides();
    let mut evaluator = Evaluator::new(parsed, scope).map_err(|fault| fault.at(0))?;
    let mut out = String::new();
    evaluator.block(&parsed.block, &mut out)?;
    let overrides = evaluator.overrides().map_err(|fault| fault.at(0))?;
    for (name, value) in overrides {
        scope.context.insert(name.to_owned(), value);
    }
    Ok(out)
}

struct Evaluator<'t> {
    parsed: &'t Parsed,
    heap: Heap,
    budget: Budget,
    input: Input<'t>,
    variables: HashMap<String, Value>,
    overrides: [(&'static str, Value); 2],
    /// Blocks that are being rendered, one inside the other.
    depth: usize,
    definitions_open: usize,
}

impl<'t> Evaluator<'t> {
    fn new(parsed: &'t Parsed, scope: &'t Scope) -> Result<Self, Fault> {
        let mut heap = Heap::default();
        let mut budget = Budget::default();
        let mut entries = IndexMap::new();
        for (name, value) in &scope.context {
            entries.insert(Rc::from(name.as_str()), heap.take_json(value, &mut budget)?);
        }
        let context = heap.new_map(entries);
        let overrides =
            ["requestOverride", "responseOverride"].map(|name| (name, heap.get(context, name)));
        for (_, value) in &overrides {
            heap.guard_overrides(value);
        }
        let stage_variables = heap.text_map(&scope.stage_variables);
        let variables = [
            ("context", Value::Map(context)),
            ("stageVariables", Value::Map(stage_variables)),
            ("input", Value::Input),
            ("util", Value::Util),
        ];
        let variables = variables.map(|(name, value)| (name.to_owned(), value)).into();
        let input = Input::new(&scope.body, &scope.parameters, &mut heap);
        Ok(Self {
            parsed,
            heap,
            budget,
            input,
            variables,
            overrides,
            depth: 0,
            definitions_open: 0,
        })
    }

    fn overrides(&mut self) -> Result<Vec<(&'static str, serde_json::Value)>, Fault> {
        let mut written = Vec::new();
        for (name, value) in &self.overrides {
            written.push((*name, self.heap.give_json(value, &mut self.budget, 0)?));
        }
        Ok(written)
    }

    fn block(&mut self, block: &Block, out: &mut String) -> Result<Flow, Failure> {
        self.depth += 1;
        if self.depth > EVALUATION_DEPTH {
            return Err(Fault("the template nests too deeply".to_owned()).at(0));
        }
        let mut flow = Flow::Next;
        for node in block {
            flow = self.node(node, out)?;
            if flow != Flow::Next {
                break;
            }
        }
        self.depth -= 1;
        Ok(flow)
    }

    fn node(&mut self, node: &Node, out: &mut String) -> Result<Flow, Failure> {
        self.budget.steps(1).map_err(|fault| fault.at(0))?;
        match node {
            Node::Text(text) => out.push_str(text),
            Node::Print { reference, backslashes } => self.print(reference, *backslashes, out)?,
            Node::Set { target, value } => {
                let value = self.expression(value)?;
                self.assign(target, value)?;
            }
            Node::If { branches, otherwise } => {
                for (condition, block) in branches {
                    if self.expression(condition)?.is_true() {
                        return self.block(block, out);
                    }
                }
                return self.block(otherwise, out);
            }
            Node::ForEach { offset, variable, source, body } => {
                let items = self.expression(source)?;
                let items = self.items(&items);
                self.budget.elements(items.len()).map_err(|fault| fault.at(*offset))?;
                return self.for_each(variable, items, body, out);
            }
            Node::Define { name, definition } => {
                self.variables.insert(name.clone(), Value::Definition(*definition));
            }
            Node::Break => return Ok(Flow::Break),
            Node::Stop => return Ok(Flow::Stop),
        }
        if out.len() > TEXT_BYTES {
            return Err(Fault(format!("the output is longer than {TEXT_BYTES} bytes")).at(0));
        }
        Ok(Flow::Next)
    }

    fn print(
        &mut self,
        reference: &Reference,
        backslashes: usize,
        out: &mut String,
    ) -> Result<(), Failure> {
        let value = self.reference(reference)?;
        if matches!(value, Value::Null) {
            if backslashes > 0 {
                out.extend(std::iter::repeat_n('\\', backslashes));
                out.push_str(&reference.written);
            }
            return Ok(());
        }
        out.extend(std::iter::repeat_n('\\', backslashes / 2));
        if backslashes % 2 == 1 {
            out.push_str(&reference.written);
        } else {
            out.push_str(&self.text(&value, reference.offset)?);
        }
        Ok(())
    }

    /// What `#foreach` goes through; nothing for what is no collection.
    fn items(&self, value: &Value) -> Vec<Value> {
        match value {
            Value::List(id) => {
                self.heap.list(*id).items.iter().take(FOREACH_ROUNDS).cloned().collect()
            }
            Value::Map(id) => self.heap.map(*id).values().take(FOREACH_ROUNDS).cloned().collect(),
            _ => Vec::new(),
        }
    }

    fn for_each(
        &mut self,
        variable: &str,
        items: Vec<Value>,
        body: &Block,
        out: &mut String,
    ) -> Result<Flow, Failure> {
        let names = [variable, "foreach", "velocityCount"];
        let before = names.map(|name| self.variables.get(name).cloned());
        let properties = self.heap.new_map(IndexMap::new());
        let parent = before[1].clone().unwrap_or(Value::Null);
        self.heap.map_mut(properties).insert(Rc::from("parent"), parent);
        let last = items.len().saturating_sub(1);
        let mut flow = Flow::Next;
        for (index, item) in items.into_iter().enumerate() {
            let properties_now = [
                ("index", Value::count(index)),
                ("count", Value::count(index + 1)),
                ("hasNext", Value::Boolean(index < last)),
                ("first", Value::Boolean(index == 0)),
                ("last", Value::Boolean(index == last)),
            ];
            for (name, value) in properties_now {
                self.heap.map_mut(properties).insert(Rc::from(name), value);
            }
            self.variables.insert(variable.to_owned(), item);
            self.variables.insert("foreach".to_owned(), Value::Loop(properties));
            self.variables.insert("velocityCount".to_owned(), Value::count(index + 1));
            flow = self.block(body, out)?;
            if flow != Flow::Next {
                break;
            }
        }
        for (name, value) in names.into_iter().zip(before) {
            match value {
                Some(value) => self.variables.insert(name.to_owned(), value),
                None => self.variables.remove(name),
            };
        }
        Ok(if flow == Flow::Stop { Flow::Stop } else { Flow::Next })
    }

    fn assign(&mut self, target: &Reference, value: Value) -> Result<(), Failure> {
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
                methods::call(&mut self.heap, &mut self.budget, &parent, "set", &[key, value])
                    .map_err(|fault| fault.at(last.offset))?;
            }
            // Velocity writes a line to its log and goes on.
            _ => {}
        }
        Ok(())
    }

    fn reference(&mut self, reference: &Reference) -> Result<Value, Failure> {
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
        Ok(value)
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
                methods::call(&mut self.heap, &mut self.budget, value, "get", &[index])
            }
            StepKind::Method(name, arguments) => {
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    let value = self.expression(argument)?;
                    values.push(self.settled(value, step.offset)?);
                }
                let value = self.settled(value.clone(), step.offset)?;
                match value {
                    Value::Input => {
                        self.input.call(&mut self.heap, &mut self.budget, name, &values)
                    }
                    _ => methods::call(&mut self.heap, &mut self.budget, &value, name, &values),
                }
            }
        };
        result.map_err(|fault| fault.at(step.offset))
    }

    /// A `#define`d block as its text; every other value as it is.
    fn settled(&mut self, value: Value, offset: usize) -> Result<Value, Failure> {
        match value {
            Value::Definition(_) => Ok(Value::text(self.text(&value, offset)?)),
            other => Ok(other),
        }
    }

    fn text(&mut self, value: &Value, offset: usize) -> Result<String, Failure> {
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

    fn expression(&mut self, expression: &Expression) -> Result<Value, Failure> {
        Ok(match expression {
            Expression::Null => Value::Null,
            Expression::Boolean(value) => Value::Boolean(*value),
            Expression::Integer(value) => Value::Integer(*value),
            Expression::Float(value) => Value::Float(*value),
            Expression::Text(text) => Value::text(text),
            Expression::Interpolated { offset, block } => {
                let mut out = String::new();
                self.block(block, &mut out)?;
                self.budget.bytes(out.len()).map_err(|fault| fault.at(*offset))?;
                Value::text(out)
            }
            Expression::Reference(reference) => self.reference(reference)?,
            Expression::List(items) => {
                let items: Result<_, _> = items.iter().map(|item| self.expression(item)).collect();
                self.heap.new_list(items?, false)
            }
            Expression::Map(entries) => self.map(entries)?,
            Expression::Range { offset, from, to } => {
                let (from, to) = (self.expression(from)?, self.expression(to)?);
                self.range(&from, &to).map_err(|fault| fault.at(*offset))?
            }
            Expression::Not(inner) => Value::Boolean(!self.expression(inner)?.is_true()),
            Expression::Negative(inner) => operators::negative(&self.expression(inner)?),
            Expression::Chain { first, links } => self.chain(first, links)?,
        })
    }

    fn chain(&mut self, first: &Expression, links: &[Link]) -> Result<Value, Failure> {
        let mut left = self.expression(first)?;
        for Link { offset, operator, right } in links {
            if let Some(decided) = operators::short_circuit(*operator, &left) {
                left = decided;
                continue;
            }
            let right = self.expression(right)?;
            let right = self.settled(right, *offset)?;
            left = self.settled(left, *offset)?;
            left = operators::binary(&self.heap, &mut self.budget, *operator, &left, &right)
                .map_err(|fault| fault.at(*offset))?;
        }
        Ok(left)
    }

    fn map(&mut self, entries: &[(Expression, Expression)]) -> Result<Value, Failure> {
        let mut members = IndexMap::with_capacity(entries.len());
        for (key, value) in entries {
            let key = self.expression(key)?;
            let key = self.text(&key, 0)?;
            members.insert(Rc::from(key), self.expression(value)?);
        }
        Ok(Value::Map(self.heap.new_map(members)))
    }

    fn range(&mut self, from: &Value, to: &Value) -> Result<Value, Fault> {
        let (Value::Integer(from), Value::Integer(to)) = (from, to) else {
            return Ok(Value::Null);
        };
        let length = usize::try_from(from.abs_diff(*to)).unwrap_or(usize::MAX);
        self.budget.new_elements(length)?;
        let items = if from <= to {
            (*from..=*to).map(Value::Integer).collect()
        } else {
            (*to..=*from).rev().map(Value::Integer).collect()
        };
        Ok(self.heap.new_list(items, false))
    }
}
