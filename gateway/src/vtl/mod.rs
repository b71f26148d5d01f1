//! Mapping templates: the part of Apache Velocity that API Gateway runs.
//!
//! ```text
//! text ──lexer──▶ pieces, tokens ──parser, expression──▶ ast ──evaluate──▶ text
//!                                                              ▲
//!                    scope ($input, $context, $stageVariables) ┘   value, methods, input, util
//! ```
//!
//! Where API Gateway differs from Velocity 1.7, API Gateway wins: an undefined reference prints
//! nothing (recorded for stage variables and for members of bodies), and null equals `""`.
//! `#macro`, `#parse`, `#include` and `#evaluate` are refused when the template is read; `#define`
//! works, widely deployed templates rely on it.

mod ast;
mod evaluate;
mod expression;
mod input;
mod lexer;
mod limits;
mod methods;
mod operators;
mod parser;
mod print;
mod scope;
mod token;
mod util;
mod value;

pub use scope::{Parameters, Scope};

/// A mapping template, ready to be rendered any number of times.
#[derive(Debug)]
pub struct Template {
    source: String,
    parsed: ast::Parsed,
}

/// A template that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template line {line}, column {column}: {message}")]
pub struct TemplateError {
    /// Line in the template, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// A template that failed while it was rendered; API Gateway answers 500.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("template line {line}, column {column}: {message}")]
pub struct RenderError {
    /// Line in the template, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
    /// What failed there.
    pub message: String,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// If it is not well-formed, uses a directive that API Gateway refuses, or is longer than 300 KB.
    pub fn parse(source: &str) -> Result<Self, TemplateError> {
        if source.len() > limits::TEMPLATE_BYTES {
            let message =
                format!("the template is {} bytes long, API Gateway takes 300 KB", source.len());
            return Err(TemplateError { line: 1, column: 1, message });
        }
        match parser::parse(source) {
            Ok(parsed) => Ok(Self { source: source.to_owned(), parsed }),
            Err(error) => {
                let (line, column) = line_and_column(source, error.offset);
                Err(TemplateError { line, column, message: error.message })
            }
        }
    }

    /// What Velocity 1.7 would refuse to read, though this engine does. API Gateway is thought to run
    /// that version, and would answer 500.
    #[must_use]
    pub fn cautions(&self) -> Vec<TemplateError> {
        let position = |caution: &lexer::SyntaxError| {
            let (line, column) = line_and_column(&self.source, caution.offset);
            TemplateError { line, column, message: caution.message.clone() }
        };
        self.parsed.cautions.iter().map(position).collect()
    }

    /// Renders the template; overrides that it sets are in `scope.context` afterwards.
    ///
    /// # Errors
    /// If a method fails (as one that throws in Java), a JSONPath is not well-formed, an override is
    /// set twice, or a limit is reached. `scope` is unchanged then.
    pub fn render(&self, scope: &mut Scope) -> Result<String, RenderError> {
        evaluate::render(&self.parsed, scope).map_err(|failure| {
            let (line, column) = line_and_column(&self.source, failure.offset);
            RenderError { line, column, message: failure.message }
        })
    }
}

fn line_and_column(source: &str, offset: usize) -> (usize, usize) {
    let before = source.get(..offset).unwrap_or(source);
    let line_start = before.rfind('\n').map_or(0, |index| index + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}

#[cfg(test)]
mod tests;
