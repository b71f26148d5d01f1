//! The lexer's expression mode: what stands inside parentheses and brackets.

use super::ast::Operator;
use super::lexer::{Lexer, SyntaxError};

/// A token of expression mode.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Token {
    /// The lexer stands at the `$`.
    Dollar,
    /// A string without its quotes: `source[start..end]`.
    Text {
        start: usize,
        end: usize,
        double: bool,
    },
    Integer(i128),
    Float(f64),
    True,
    False,
    Null,
    In,
    Not,
    Operator(Operator),
    Assign,
    Open,
    Close,
    OpenBracket,
    CloseBracket,
    OpenBrace,
    CloseBrace,
    Comma,
    Colon,
    DotDot,
    End,
}

impl Lexer<'_> {
    /// The next token without consuming it.
    pub(super) fn peek_token(&mut self) -> Result<Token, SyntaxError> {
        let position = self.position();
        let token = self.next_token();
        self.move_to(position);
        token
    }

    /// The next token of expression mode; white space between tokens means nothing.
    pub(super) fn next_token(&mut self) -> Result<Token, SyntaxError> {
        self.skip_blanks();
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(Token::End) };
        if first == '$' {
            return Ok(Token::Dollar);
        }
        if first == '"' || first == '\'' {
            return self.string(first);
        }
        if starts_number(rest) {
            return self.number();
        }
        let symbol = SYMBOLS.iter().find(|(text, _)| rest.starts_with(text));
        if let Some((text, token)) = symbol {
            self.advance(text.len());
            return Ok(*token);
        }
        let offset = self.position();
        let Some(word) = self.identifier() else {
            return Err(self.error(offset, format!("`{first}` is not expected here")));
        };
        WORDS
            .iter()
            .find_map(|(text, token)| (*text == word).then_some(*token))
            .ok_or_else(|| self.error(offset, format!("`{word}` is not expected here; a variable starts with `$`, a string with a quote")))
    }

    /// Moves to the next token and says where it starts.
    pub(super) fn skip_blanks(&mut self) -> usize {
        let rest = self.rest();
        self.advance(rest.len() - rest.trim_start().len());
        self.position()
    }

    /// A string up to its closing quote. Inside a double-quoted string a double quote is written
    /// twice, also the ones that delimit.
    fn string(&mut self, quote: char) -> Result<Token, SyntaxError> {
        let open = self.position();
        let delimiter = match quote {
            '"' if self.is_quoted() => "\"\"",
            '"' => "\"",
            _ => "'",
        };
        let start = open + delimiter.len();
        let mut at = start;
        loop {
            let rest = self.rest_from(at);
            let Some(index) = rest.find(delimiter) else {
                return Err(self.error(open, "string is not closed"));
            };
            at += index + delimiter.len();
            // A doubled quote stands for one quote.
            if self.rest_from(at).starts_with(delimiter) {
                at += delimiter.len();
                continue;
            }
            self.move_to(at);
            return Ok(Token::Text { start, end: at - delimiter.len(), double: quote == '"' });
        }
    }

    /// `7`, `-7`, `1.5`, `.5`, `5.`, `1e3`; in `1..5` the full stops belong to the range.
    fn number(&mut self) -> Result<Token, SyntaxError> {
        let (offset, rest) = (self.position(), self.rest());
        let digits = |from: usize| rest[from..].bytes().take_while(u8::is_ascii_digit).count();
        let mut length = usize::from(rest.starts_with('-'));
        length += digits(length);
        let fraction = rest[length..].starts_with('.') && !rest[length..].starts_with("..");
        if fraction {
            length += 1 + digits(length + 1);
        }
        let exponent = rest[length..].strip_prefix(['e', 'E']).map_or(0, |exponent| {
            let sign = usize::from(exponent.starts_with(['+', '-']));
            match digits(length + 1 + sign) {
                0 => 0,
                count => 1 + sign + count,
            }
        });
        length += exponent;
        self.advance(length);
        let text = &rest[..length];
        let token = if fraction || exponent > 0 {
            text.parse().ok().map(Token::Float)
        } else {
            text.parse().ok().map(Token::Integer)
        };
        token.ok_or_else(|| self.error(offset, format!("`{text}` is too large a number")))
    }
}

/// A digit, or `-` and `.` right before one: Velocity reads `-2` as one word everywhere.
fn starts_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    unsigned.strip_prefix('.').unwrap_or(unsigned).starts_with(|c: char| c.is_ascii_digit())
}

const SYMBOLS: &[(&str, Token)] = &[
    ("&&", Token::Operator(Operator::And)),
    ("||", Token::Operator(Operator::Or)),
    ("==", Token::Operator(Operator::Equal)),
    ("!=", Token::Operator(Operator::NotEqual)),
    ("<=", Token::Operator(Operator::LessOrEqual)),
    (">=", Token::Operator(Operator::GreaterOrEqual)),
    ("..", Token::DotDot),
    ("<", Token::Operator(Operator::Less)),
    (">", Token::Operator(Operator::Greater)),
    ("+", Token::Operator(Operator::Add)),
    ("-", Token::Operator(Operator::Subtract)),
    ("*", Token::Operator(Operator::Multiply)),
    ("/", Token::Operator(Operator::Divide)),
    ("%", Token::Operator(Operator::Remainder)),
    ("!", Token::Not),
    ("=", Token::Assign),
    ("(", Token::Open),
    (")", Token::Close),
    ("[", Token::OpenBracket),
    ("]", Token::CloseBracket),
    ("{", Token::OpenBrace),
    ("}", Token::CloseBrace),
    (",", Token::Comma),
    (":", Token::Colon),
];

const WORDS: &[(&str, Token)] = &[
    ("true", Token::True),
    ("false", Token::False),
    ("null", Token::Null),
    ("in", Token::In),
    ("not", Token::Not),
    ("and", Token::Operator(Operator::And)),
    ("or", Token::Operator(Operator::Or)),
    ("eq", Token::Operator(Operator::Equal)),
    ("ne", Token::Operator(Operator::NotEqual)),
    ("lt", Token::Operator(Operator::Less)),
    ("le", Token::Operator(Operator::LessOrEqual)),
    ("gt", Token::Operator(Operator::Greater)),
    ("ge", Token::Operator(Operator::GreaterOrEqual)),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_dots_make_a_range_and_hyphens_belong_to_names() {
        let mut lexer = Lexer::new("1..5 1.5e3 7 -2 .5 5. 1E-1 - 2");
        let mut next = || lexer.next_token().unwrap();
        assert_eq!(next(), Token::Integer(1));
        assert_eq!(next(), Token::DotDot);
        assert_eq!(next(), Token::Integer(5));
        assert_eq!(next(), Token::Float(1500.0));
        assert_eq!(next(), Token::Integer(7));
        assert_eq!(next(), Token::Integer(-2));
        assert_eq!(next(), Token::Float(0.5));
        assert_eq!(next(), Token::Float(5.0));
        assert_eq!(next(), Token::Float(0.1));
        assert_eq!(next(), Token::Operator(Operator::Subtract));
        assert_eq!(Lexer::new("Content-Type x").identifier(), Some("Content-Type"));
    }
}
