//! What a template is after parsing: text, references and directives.
//!
//! Nodes keep byte offsets into the template; [`super::Template`] turns them into lines and columns
//! only when something fails.

use super::lexer::SyntaxError;

/// A sequence of nodes, rendered one after the other.
pub(super) type Block = Vec<Node>;

/// One part of a template.
#[derive(Debug)]
pub(super) enum Node {
    /// Text that is copied.
    Text(String),
    /// A reference whose value is printed; `backslashes` of them stood before it.
    Print { reference: Reference, backslashes: usize },
    /// `#set($target = value)`
    Set { target: Reference, value: Expression },
    /// `#if … #elseif … #else … #end`
    If { branches: Vec<(Expression, Block)>, otherwise: Block },
    /// `#foreach($variable in source) body #end`
    ForEach { offset: usize, variable: String, source: Expression, body: Block },
    /// `#define($name) … #end`; the body is `Parsed::definitions[definition]`.
    Define { name: String, definition: usize },
    /// `#break`
    Break,
    /// `#stop`
    Stop,
}

/// `$root.step.step`, in any of its notations.
#[derive(Debug)]
pub(super) struct Reference {
    /// Where its `$` is.
    pub(super) offset: usize,
    /// As written, for the escaped form.
    pub(super) written: String,
    pub(super) root: String,
    pub(super) steps: Vec<Step>,
}

/// One step from a value to the next.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) offset: usize,
    pub(super) kind: StepKind,
}

/// How a [`Step`] goes on.
#[derive(Debug)]
pub(super) enum StepKind {
    /// `.name`
    Property(String),
    /// `.name(arguments)`
    Method(String, Vec<Expression>),
    /// `[expression]`
    Index(Expression),
}

/// What has a value.
#[derive(Debug)]
pub(super) enum Expression {
    Null,
    Boolean(bool),
    Integer(i128),
    Float(f64),
    Text(String),
    /// A double-quoted string with references or directives inside.
    Interpolated {
        offset: usize,
        block: Block,
    },
    Reference(Reference),
    List(Vec<Expression>),
    Map(Vec<(Expression, Expression)>),
    Range {
        offset: usize,
        from: Box<Expression>,
        to: Box<Expression>,
    },
    Not(Box<Expression>),
    Negative(Box<Expression>),
    /// Operators of one precedence, from left to right.
    Chain {
        first: Box<Expression>,
        links: Vec<Link>,
    },
}

/// One operator of a chain and what stands to its right.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) offset: usize,
    pub(super) operator: Operator,
    pub(super) right: Expression,
}

/// Operators between two expressions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

/// A parsed template: its nodes, and the bodies of its `#define`s.
#[derive(Debug, Default)]
pub(super) struct Parsed {
    pub(super) block: Block,
    pub(super) definitions: Vec<Block>,
    /// What Velocity 1.7 would not read, though this parser does.
    pub(super) cautions: Vec<SyntaxError>,
}
