//! Expressions and references: what stands inside the parentheses of directives and methods.

use super::ast::{Expression, Link, Operator, Reference, Step, StepKind};
use super::lexer::SyntaxError;
use super::parser::Parser;
use super::token::Token;

/// Binary operators, weakest first.
const LEVELS: &[&[Operator]] = &[
    &[Operator::Or],
    &[Operator::And],
    &[Operator::Equal, Operator::NotEqual],
    &[Operator::Less, Operator::LessOrEqual, Operator::Greater, Operator::GreaterOrEqual],
    &[Operator::Add, Operator::Subtract],
    &[Operator::Multiply, Operator::Divide, Operator::Remainder],
];

impl Parser<'_> {
    /// `$name`, `$!name`, `${name}`, `$!{name}` with any steps; the lexer stands at the `$`.
    pub(super) fn reference(&mut self) -> Result<Reference, SyntaxError> {
        let offset = self.lexer.position();
        self.lexer.eat("$");
        // The quiet form prints like the plain one: API Gateway prints nothing for what is undefined.
        self.lexer.eat("!");
        let formal = self.lexer.eat("{");
        let Some(root) = self.lexer.identifier() else {
            return Err(self.lexer.error(offset, "`$` is not followed by a name"));
        };
        let root = root.to_owned();
        let steps = self.steps()?;
        if formal && !self.lexer.eat("}") {
            return Err(self.lexer.error(offset, format!("`${{{root}` is not closed by `}}`")));
        }
        let written = self.lexer.slice(offset, self.lexer.position()).to_owned();
        Ok(Reference { offset, written, root, steps })
    }

    fn steps(&mut self) -> Result<Vec<Step>, SyntaxError> {
        let mut steps = Vec::new();
        loop {
            let offset = self.lexer.position();
            let kind = if self.lexer.comes_property() {
                self.lexer.eat(".");
                let name = self.lexer.identifier().unwrap_or_default().to_owned();
                if self.lexer.eat("(") {
                    self.calls += 1;
                    let arguments = self.expressions_until(Token::Close, "`)`");
                    self.calls -= 1;
                    StepKind::Method(name, arguments?)
                } else {
                    StepKind::Property(name)
                }
            } else if self.lexer.eat("[") {
                let index = self.parameter()?;
                self.expect(Token::CloseBracket, "`]`")?;
                StepKind::Index(index)
            } else {
                return Ok(steps);
            };
            steps.push(Step { offset, kind });
        }
    }

    /// An expression with all its operators.
    pub(super) fn expression(&mut self) -> Result<Expression, SyntaxError> {
        self.nested(|parser| parser.level(0))
    }

    /// A value among others: an argument, an index, an element. Velocity 1.7 takes no operators
    /// and no parentheses there.
    pub(super) fn parameter(&mut self) -> Result<Expression, SyntaxError> {
        let offset = self.lexer.skip_blanks();
        let parenthesis = self.lexer.comes("(");
        let value = self.expression()?;
        if parenthesis || matches!(value, Expression::Chain { .. } | Expression::Not(_)) {
            self.caution(
                offset,
                "operators and parentheses are not read here: `#set` a variable to the value first",
            );
        }
        Ok(value)
    }

    fn level(&mut self, level: usize) -> Result<Expression, SyntaxError> {
        let Some(operators) = LEVELS.get(level) else { return self.operand() };
        let first = self.level(level + 1)?;
        let mut links = Vec::new();
        loop {
            let offset = self.lexer.skip_blanks();
            let operator = match self.lexer.peek_token()? {
                Token::Operator(operator) => operator,
                // `5 -2`: the sign belongs to the number, and nothing joins it to the 5.
                Token::Integer(_) | Token::Float(_) if self.lexer.comes("-") => Operator::Subtract,
                _ => break,
            };
            if !operators.contains(&operator) {
                break;
            }
            if !self.lexer.eat("-") {
                self.lexer.next_token()?;
            } else if !self.lexer.rest().starts_with(char::is_whitespace) {
                self.caution_minus(offset);
            }
            links.push(Link { offset, operator, right: self.level(level + 1)? });
        }
        if links.is_empty() {
            return Ok(first);
        }
        Ok(Expression::Chain { first: Box::new(first), links })
    }

    fn operand(&mut self) -> Result<Expression, SyntaxError> {
        let offset = self.lexer.skip_blanks();
        match self.lexer.next_token()? {
            Token::Dollar => Ok(Expression::Reference(self.reference()?)),
            Token::Text { start, end, double } => self.string(offset, start, end, double),
            Token::Integer(value) => Ok(Expression::Integer(value)),
            Token::Float(value) => Ok(Expression::Float(value)),
            Token::True => Ok(Expression::Boolean(true)),
            Token::False => Ok(Expression::Boolean(false)),
            Token::Null => {
                // Any word is read as an argument of a method.
                if self.calls == 0 {
                    let help = "compare with a variable that is never set, such as `$null`";
                    self.caution(offset, format!("`null` is no word here: {help}"));
                }
                Ok(Expression::Null)
            }
            Token::Not => self.nested(|parser| Ok(Expression::Not(Box::new(parser.operand()?)))),
            Token::Operator(Operator::Subtract) => {
                self.caution(offset, "only numbers take a sign: write `0 - $x` for `-$x`");
                self.nested(|parser| Ok(Expression::Negative(Box::new(parser.operand()?))))
            }
            Token::Open => {
                let inside = self.expression()?;
                self.expect(Token::Close, "`)`")?;
                Ok(inside)
            }
            Token::OpenBracket => self.list_or_range(offset),
            Token::OpenBrace => self.map(),
            Token::End => {
                Err(self.lexer.error(offset, "expected a value, but the template ends here"))
            }
            _ => Err(self.lexer.error(offset, "expected a value here")),
        }
    }

    fn caution_minus(&mut self, offset: usize) {
        let rest = self.lexer.rest();
        if rest.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
            self.caution(offset, "this is the sign of a number: write `- ` to subtract");
        }
    }

    fn string(
        &mut self,
        offset: usize,
        start: usize,
        end: usize,
        double: bool,
    ) -> Result<Expression, SyntaxError> {
        let content = self.lexer.slice(start, end);
        if double && content.contains(['$', '#']) {
            let block = self.nested(|parser| parser.interpolated(start, end))?;
            return Ok(Expression::Interpolated { offset, block });
        }
        let (doubled, quote) = if double { ("\"\"", "\"") } else { ("''", "'") };
        Ok(Expression::Text(content.replace(doubled, quote)))
    }

    fn list_or_range(&mut self, offset: usize) -> Result<Expression, SyntaxError> {
        if self.lexer.peek_token()? == Token::CloseBracket {
            self.lexer.next_token()?;
            return Ok(Expression::List(Vec::new()));
        }
        let first = self.parameter()?;
        if self.lexer.peek_token()? == Token::DotDot {
            self.lexer.next_token()?;
            let last = self.parameter()?;
            self.expect(Token::CloseBracket, "`]`")?;
            return Ok(Expression::Range { offset, from: Box::new(first), to: Box::new(last) });
        }
        let mut items = vec![first];
        while self.comma_or(Token::CloseBracket, "`]`")? {
            items.push(self.parameter()?);
        }
        Ok(Expression::List(items))
    }

    fn map(&mut self) -> Result<Expression, SyntaxError> {
        let mut entries = Vec::new();
        if self.lexer.peek_token()? == Token::CloseBrace {
            self.lexer.next_token()?;
            return Ok(Expression::Map(entries));
        }
        loop {
            let key = self.parameter()?;
            self.expect(Token::Colon, "`:`")?;
            entries.push((key, self.parameter()?));
            if !self.comma_or(Token::CloseBrace, "`}`")? {
                return Ok(Expression::Map(entries));
            }
        }
    }

    fn expressions_until(
        &mut self,
        end: Token,
        name: &str,
    ) -> Result<Vec<Expression>, SyntaxError> {
        let mut expressions = Vec::new();
        if self.lexer.peek_token()? == end {
            self.lexer.next_token()?;
            return Ok(expressions);
        }
        loop {
            expressions.push(self.parameter()?);
            if !self.comma_or(end, name)? {
                return Ok(expressions);
            }
        }
    }

    /// Whether a comma comes (consumed), or else `end` (consumed, too).
    fn comma_or(&mut self, end: Token, name: &str) -> Result<bool, SyntaxError> {
        let offset = self.lexer.skip_blanks();
        match self.lexer.next_token()? {
            Token::Comma => Ok(true),
            token if token == end => Ok(false),
            _ => Err(self.lexer.error(offset, format!("expected `,` or {name} here"))),
        }
    }
}
