//! Template text to [`Parsed`]: blocks and directives. Expressions are in [`super::expression`].

use super::ast::{Block, Expression, Node, Parsed, Reference};
use super::lexer::{self, Keyword, Lexer, Piece, SyntaxError};
use super::token::Token;

/// How deep blocks and expressions may nest; keeps parser and evaluator within a thread's stack.
const MAX_DEPTH: usize = 48;

/// Why a [`Parser::block`] ended.
#[derive(Debug)]
enum BlockEnd {
    EndOfText,
    Directive { keyword: Keyword, offset: usize },
}

/// Recursive descent over the lexer's pieces and tokens.
pub(super) struct Parser<'s> {
    pub(super) lexer: Lexer<'s>,
    depth: usize,
    /// Methods whose arguments are being read, one inside the other.
    pub(super) calls: usize,
    definitions: Vec<Block>,
    cautions: Vec<SyntaxError>,
}

/// Parses a whole template.
pub(super) fn parse(source: &str) -> Result<Parsed, SyntaxError> {
    let mut parser = Parser {
        lexer: Lexer::new(source),
        depth: 0,
        calls: 0,
        definitions: Vec::new(),
        cautions: Vec::new(),
    };
    let block = parser.whole()?;
    parser.check_end(source, &block);
    Ok(Parsed { block, definitions: parser.definitions, cautions: parser.cautions })
}

impl<'s> Parser<'s> {
    /// A block that ends with the text: the template, or the inside of a double-quoted string.
    fn whole(&mut self) -> Result<Block, SyntaxError> {
        let (block, end) = self.block()?;
        match end {
            BlockEnd::EndOfText => Ok(block),
            BlockEnd::Directive { offset, .. } => Err(self
                .lexer
                .error(offset, "this directive belongs to no `#if`, `#foreach` or `#define`")),
        }
    }

    /// Notes what Velocity 1.7 would not read.
    pub(super) fn caution(&mut self, offset: usize, message: impl Into<String>) {
        let caution = self.lexer.error(offset, message);
        self.cautions.push(caution);
    }

    fn check_end(&mut self, source: &str, block: &Block) {
        if let Some(Node::Text(text)) = block.last()
            && let Some(mark) = ["$", "#", "$!"].into_iter().find(|mark| text.ends_with(mark))
            && source.ends_with(mark)
        {
            let offset = source.len() - mark.len();
            self.caution(offset, format!("a template cannot end with `{mark}`"));
        }
    }

    /// The inside of a double-quoted string: a template of its own.
    pub(super) fn interpolated(&mut self, start: usize, end: usize) -> Result<Block, SyntaxError> {
        let inside = self.lexer.inside_string(start, end);
        let outside = std::mem::replace(&mut self.lexer, inside);
        let block = self.whole();
        self.lexer = outside;
        block
    }

    /// Runs `parse` one level deeper.
    pub(super) fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, SyntaxError>,
    ) -> Result<T, SyntaxError> {
        if self.depth >= MAX_DEPTH {
            let offset = self.lexer.position();
            return Err(self.lexer.error(
                offset,
                format!("blocks and expressions may nest {MAX_DEPTH} levels deep, this is deeper"),
            ));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn block(&mut self) -> Result<(Block, BlockEnd), SyntaxError> {
        let mut block = Block::new();
        loop {
            match self.lexer.next_piece()? {
                Piece::End => return Ok((block, BlockEnd::EndOfText)),
                Piece::Text(text) => push_text(&mut block, text),
                Piece::Reference { backslashes } => {
                    let reference = self.reference()?;
                    block.push(Node::Print { reference, backslashes });
                }
                Piece::MacroCall => {
                    let text = self.macro_call();
                    push_text(&mut block, text);
                }
                Piece::Directive {
                    keyword: keyword @ (Keyword::End | Keyword::Else | Keyword::ElseIf),
                    offset,
                } => return Ok((block, BlockEnd::Directive { keyword, offset })),
                Piece::Directive { keyword, offset } => {
                    let node = self.nested(|parser| parser.directive(keyword, offset))?;
                    block.push(node);
                }
            }
        }
    }

    /// `#name(…)`, which stays as it is: no macro can be defined. Velocity reads its arguments all
    /// the same.
    fn macro_call(&mut self) -> String {
        let offset = self.lexer.position();
        let (name, length) = lexer::macro_call(self.lexer.rest()).unwrap_or_default();
        self.lexer.advance(length);
        if let Err(error) = self.nested(Self::macro_arguments) {
            self.caution(offset, format!("`#{name}(` calls a macro, but {}", error.message));
            self.lexer.move_to(offset + length);
        }
        self.lexer.slice(offset, self.lexer.position()).to_owned()
    }

    fn macro_arguments(&mut self) -> Result<(), SyntaxError> {
        while self.lexer.peek_token()? != Token::Close {
            self.parameter()?;
            if self.lexer.peek_token()? == Token::Comma {
                self.lexer.next_token()?;
            }
        }
        self.lexer.next_token()?;
        Ok(())
    }

    fn directive(&mut self, keyword: Keyword, offset: usize) -> Result<Node, SyntaxError> {
        match keyword {
            Keyword::Set => self.set(),
            Keyword::If => self.conditional(offset),
            Keyword::ForEach => self.for_each(offset),
            Keyword::Define => self.define(offset),
            Keyword::Break => {
                self.ignored_argument()?;
                Ok(Node::Break)
            }
            Keyword::Stop => {
                self.ignored_argument()?;
                Ok(Node::Stop)
            }
            Keyword::Refused(name) => Err(self.lexer.error(
                offset,
                format!("`{name}` is not available in mapping templates of API Gateway"),
            )),
            // `block` ends at these.
            Keyword::Else | Keyword::ElseIf | Keyword::End => {
                Err(self.lexer.error(offset, "this directive starts nothing"))
            }
        }
    }

    fn set(&mut self) -> Result<Node, SyntaxError> {
        self.expect(Token::Open, "`(`")?;
        let target = self.variable()?;
        if let Some(step) = target.steps.last()
            && let super::ast::StepKind::Method(name, _) = &step.kind
        {
            return Err(self
                .lexer
                .error(step.offset, format!("`.{name}(…)` cannot be assigned to")));
        }
        self.expect(Token::Assign, "`=`")?;
        let value = self.expression()?;
        self.close()?;
        Ok(Node::Set { target, value })
    }

    fn conditional(&mut self, offset: usize) -> Result<Node, SyntaxError> {
        let mut branches = Vec::new();
        loop {
            let condition = self.condition()?;
            let (block, end) = self.block()?;
            branches.push((condition, block));
            match end {
                BlockEnd::Directive { keyword: Keyword::ElseIf, .. } => {}
                BlockEnd::Directive { keyword: Keyword::Else, .. } => {
                    self.lexer.eat_line_end();
                    let otherwise = self.body(offset, "#if")?;
                    return Ok(Node::If { branches, otherwise });
                }
                BlockEnd::Directive { .. } => {
                    self.lexer.eat_line_end();
                    return Ok(Node::If { branches, otherwise: Block::new() });
                }
                BlockEnd::EndOfText => return Err(self.not_closed(offset, "#if")),
            }
        }
    }

    fn condition(&mut self) -> Result<Expression, SyntaxError> {
        self.expect(Token::Open, "`(`")?;
        let condition = self.expression()?;
        self.close()?;
        Ok(condition)
    }

    fn for_each(&mut self, offset: usize) -> Result<Node, SyntaxError> {
        self.expect(Token::Open, "`(`")?;
        let variable = self.plain_variable()?;
        self.expect(Token::In, "`in`")?;
        let source = self.parameter()?;
        self.close()?;
        let body = self.body(offset, "#foreach")?;
        Ok(Node::ForEach { offset, variable, source, body })
    }

    fn define(&mut self, offset: usize) -> Result<Node, SyntaxError> {
        self.expect(Token::Open, "`(`")?;
        let name = self.plain_variable()?;
        self.close()?;
        let body = self.body(offset, "#define")?;
        self.definitions.push(body);
        Ok(Node::Define { name, definition: self.definitions.len() - 1 })
    }

    /// A block up to its `#end`.
    fn body(&mut self, offset: usize, name: &str) -> Result<Block, SyntaxError> {
        let (block, end) = self.block()?;
        match end {
            BlockEnd::Directive { keyword: Keyword::End, .. } => {
                self.lexer.eat_line_end();
                Ok(block)
            }
            BlockEnd::Directive { offset, .. } => {
                Err(self.lexer.error(offset, format!("expected the `#end` of `{name}` first")))
            }
            BlockEnd::EndOfText => Err(self.not_closed(offset, name)),
        }
    }

    fn not_closed(&self, offset: usize, name: &str) -> SyntaxError {
        self.lexer.error(offset, format!("`{name}` is not closed by `#end`"))
    }

    /// `#break($foreach)` and `#stop('why')`: the argument changes nothing.
    fn ignored_argument(&mut self) -> Result<(), SyntaxError> {
        if self.lexer.eat("(") {
            if self.lexer.peek_token()? != Token::Close {
                self.expression()?;
            }
            self.expect(Token::Close, "`)`")?;
        }
        Ok(())
    }

    fn variable(&mut self) -> Result<Reference, SyntaxError> {
        let offset = self.lexer.skip_blanks();
        if !self.lexer.comes("$") {
            return Err(self.lexer.error(offset, "expected a variable such as `$name`"));
        }
        self.reference()
    }

    fn plain_variable(&mut self) -> Result<String, SyntaxError> {
        let reference = self.variable()?;
        match reference.steps.first() {
            None => Ok(reference.root),
            Some(step) => {
                Err(self.lexer.error(step.offset, "expected a plain variable such as `$name`"))
            }
        }
    }

    /// The parenthesis that ends a directive, with the line end after it.
    fn close(&mut self) -> Result<(), SyntaxError> {
        self.expect(Token::Close, "`)`")?;
        self.lexer.eat_line_end();
        Ok(())
    }

    pub(super) fn expect(&mut self, token: Token, name: &str) -> Result<(), SyntaxError> {
        let offset = self.lexer.skip_blanks();
        if self.lexer.next_token()? == token {
            return Ok(());
        }
        Err(self.lexer.error(offset, format!("expected {name} here")))
    }
}

fn push_text(block: &mut Block, text: String) {
    match block.last_mut() {
        Some(Node::Text(last)) => last.push_str(&text),
        _ => block.push(Node::Text(text)),
    }
}
