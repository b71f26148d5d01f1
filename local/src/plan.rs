//! What a document asks to be here: its functions and stores under their local names.

use indexmap::IndexSet;
use openapi::model::Function;
use openapi::{Api, Diagnostic, Source, names};

use crate::dynamodb::TableSpec;

/// What is to run.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The document's text, for findings that turn up later.
    pub source: Source,
    /// The document.
    pub api: Api,
    /// Its functions.
    pub functions: Vec<FunctionPlan>,
    /// Its tables.
    pub tables: Vec<TableSpec>,
    /// What is doubtful about the document but stops nothing.
    pub warnings: Vec<Diagnostic>,
}

impl Plan {
    /// The plan of a document; `value` knows what its placeholders stand for.
    pub(crate) fn new(
        source: Source,
        api: Api,
        warnings: Vec<Diagnostic>,
        value: impl Fn(&str) -> String,
    ) -> Self {
        let lychgate = &api.lychgate;
        let functions = lychgate.functions.iter().map(|(key, function)| FunctionPlan {
            key: key.clone(),
            name: value(&names::function_placeholder(key)),
            function: function.clone(),
        });
        let tables = lychgate.tables.iter().map(|(key, table)| TableSpec {
            key: key.clone(),
            name: value(&names::table_placeholder(key)),
            table: table.clone(),
        });
        Self { functions: functions.collect(), tables: tables.collect(), source, api, warnings }
    }

    /// Names of the programs to build, each once.
    pub fn programs(&self) -> Vec<String> {
        let programs = self.functions.iter().map(|plan| plan.function.binary.clone());
        programs.collect::<IndexSet<_>>().into_iter().collect()
    }
}

/// A function of the document under its local name.
#[derive(Clone, Debug)]
pub struct FunctionPlan {
    /// Key in `x-lychgate.functions`.
    pub key: String,
    /// Its name here.
    pub name: String,
    /// What the document says.
    pub function: Function,
}
