//! Runs a parsed template against a [`Scope`].

mod expressions;
mod references;

use std::collections::HashMap;
use std::rc::Rc;

use indexmap::IndexMap;

use super::ast::{Block, Node, Parsed};
use super::input::Input;
use super::limits::{Budget, EVALUATION_DEPTH, FOREACH_ROUNDS, TEXT_BYTES};
use super::scope::Scope;
use super::value::{Fault, Heap, MapId, Value};

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
    /// `$context.authorizer.claims`, of which only the members can be read.
    claims: Option<MapId>,
    /// Blocks that are being rendered, one inside the other.
    depth: usize,
    definitions_open: usize,
    /// `#stop` was met, perhaps inside the text of a `#define`d block.
    stopped: bool,
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
        let claims = match heap.get(context, "authorizer") {
            Value::Map(authorizer) => match heap.get(authorizer, "claims") {
                Value::Map(claims) => Some(claims),
                _ => None,
            },
            _ => None,
        };
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
            claims,
            depth: 0,
            definitions_open: 0,
            stopped: false,
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
            if self.stopped {
                flow = Flow::Stop;
            }
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
                    if self.condition(condition)? {
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
            Node::Stop => {
                self.stopped = true;
                return Ok(Flow::Stop);
            }
        }
        if out.len() > TEXT_BYTES {
            return Err(Fault(format!("the output is longer than {TEXT_BYTES} bytes")).at(0));
        }
        Ok(Flow::Next)
    }

    /// What `#foreach` goes through; nothing for what is no collection.
    fn items(&self, value: &Value) -> Vec<Value> {
        match value {
            Value::List(id) | Value::Iterator(id) => {
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
}
