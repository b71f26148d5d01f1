//! Text to [`Path`].

use serde_json::Value;

use super::filter::{Comparison, Condition, Operand};
use super::{Function, Path, Segment, Selector};

/// How deep filters and their parentheses may nest.
const MAX_DEPTH: usize = 24;

/// Reads a whole expression; the error says what is wrong.
pub(super) fn parse(text: &str) -> Result<Path, String> {
    let text = text.trim();
    let prefixed = if text.starts_with(['$', '@']) { text.to_owned() } else { format!("$.{text}") };
    let mut parser = Parser { rest: &prefixed, depth: 0 };
    let path = parser.path()?;
    if !parser.rest.is_empty() {
        return Err(parser.unexpected());
    }
    Ok(Path { text: text.to_owned(), ..path })
}

struct Parser<'s> {
    rest: &'s str,
    depth: usize,
}

impl<'s> Parser<'s> {
    fn path(&mut self) -> Result<Path, String> {
        let from_root = self.eat("$");
        if !from_root && !self.eat("@") {
            return Err("a path starts with `$`".to_owned());
        }
        let mut segments = Vec::new();
        loop {
            let deep = self.eat("..");
            if self.rest.starts_with('[') {
                segments.push(Segment { deep, selector: self.bracket()? });
            } else if deep || self.eat(".") {
                if self.eat("*") {
                    segments.push(Segment { deep, selector: Selector::Wildcard });
                    continue;
                }
                let name = self.name()?;
                if self.eat("()") {
                    let function = Some(function(name)?);
                    return Ok(Path { text: String::new(), from_root, segments, function });
                }
                segments.push(Segment { deep, selector: Selector::Names(vec![name.to_owned()]) });
            } else {
                return Ok(Path { text: String::new(), from_root, segments, function: None });
            }
        }
    }

    /// A name after a full stop, up to what cannot belong to it.
    fn name(&mut self) -> Result<&'s str, String> {
        let filter = self.depth > 0;
        let ends = |c: char| {
            matches!(c, '.' | '[' | '(' | ')')
                || c.is_whitespace()
                || (filter && matches!(c, ']' | ',' | '=' | '!' | '<' | '>' | '&' | '|' | '~'))
        };
        let length = self.rest.find(ends).unwrap_or(self.rest.len());
        let (name, rest) = self.rest.split_at(length);
        if name.is_empty() {
            return Err("a name is missing after `.`".to_owned());
        }
        self.rest = rest;
        Ok(name)
    }

    fn bracket(&mut self) -> Result<Selector, String> {
        self.expect("[")?;
        self.blanks();
        let selector = if self.eat("*") {
            Selector::Wildcard
        } else if self.eat("?") {
            self.blanks();
            self.expect("(")?;
            let condition = self.nested(Self::any)?;
            self.blanks();
            self.expect(")")?;
            Selector::Filter(condition)
        } else if self.rest.starts_with(['\'', '"']) {
            let mut names = vec![self.string()?];
            while self.comma() {
                names.push(self.string()?);
            }
            Selector::Names(names)
        } else {
            self.numbers()?
        };
        self.blanks();
        self.expect("]")?;
        Ok(selector)
    }

    fn numbers(&mut self) -> Result<Selector, String> {
        let first = self.integer()?;
        self.blanks();
        if self.eat(":") {
            self.blanks();
            return Ok(Selector::Slice(first, self.integer()?));
        }
        let mut indexes = vec![first.ok_or_else(|| self.unexpected())?];
        while self.comma() {
            indexes.push(self.integer()?.ok_or_else(|| self.unexpected())?);
        }
        Ok(Selector::Indexes(indexes))
    }

    fn integer(&mut self) -> Result<Option<i64>, String> {
        let length = self.rest.find(|c: char| !c.is_ascii_digit() && c != '-');
        let (digits, rest) = self.rest.split_at(length.unwrap_or(self.rest.len()));
        if digits.is_empty() {
            return Ok(None);
        }
        self.rest = rest;
        digits.parse().map(Some).map_err(|_| format!("`{digits}` is no index"))
    }

    fn string(&mut self) -> Result<String, String> {
        let quote = self.rest.chars().next().filter(|c| matches!(c, '\'' | '"'));
        let quote = quote.ok_or_else(|| self.unexpected())?;
        let mut text = String::new();
        let mut characters = self.rest.char_indices().skip(1);
        while let Some((index, character)) = characters.next() {
            if character == quote {
                self.rest = &self.rest[index + 1..];
                return Ok(text);
            }
            match character {
                '\\' => text.extend(characters.next().map(|(_, escaped)| escaped)),
                other => text.push(other),
            }
        }
        Err("a string is not closed".to_owned())
    }

    // ---- filters

    fn any(&mut self) -> Result<Condition, String> {
        let mut conditions = vec![self.all()?];
        while self.symbol("||") {
            conditions.push(self.all()?);
        }
        Ok(Condition::Any(conditions))
    }

    fn all(&mut self) -> Result<Condition, String> {
        let mut conditions = vec![self.term()?];
        while self.symbol("&&") {
            conditions.push(self.term()?);
        }
        Ok(Condition::All(conditions))
    }

    fn term(&mut self) -> Result<Condition, String> {
        self.blanks();
        if self.eat("!") {
            return self.nested(|parser| Ok(Condition::Not(Box::new(parser.term()?))));
        }
        if self.eat("(") {
            let inner = self.nested(Self::any)?;
            self.blanks();
            self.expect(")")?;
            return Ok(inner);
        }
        let left = self.operand()?;
        if self.symbol("=~") {
            self.blanks();
            return self.pattern(left);
        }
        for (symbol, comparison) in COMPARISONS {
            if self.symbol(symbol) {
                return Ok(Condition::Compare(left, *comparison, self.operand()?));
            }
        }
        Ok(Condition::Exists(left))
    }

    fn operand(&mut self) -> Result<Operand, String> {
        self.blanks();
        if self.rest.starts_with(['$', '@']) {
            return self.path().map(Operand::Path);
        }
        if self.rest.starts_with(['\'', '"']) {
            return self.string().map(|text| Operand::Literal(Value::String(text)));
        }
        if self.eat("[") {
            let mut items = Vec::new();
            while !self.symbol("]") {
                match self.nested(Self::operand)? {
                    Operand::Literal(item) => items.push(item),
                    Operand::Path(_) => return Err("a list holds literals only".to_owned()),
                }
                self.comma();
            }
            return Ok(Operand::Literal(Value::Array(items)));
        }
        let ends = |c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '-' | '+');
        let (word, rest) = self.rest.split_at(self.rest.find(ends).unwrap_or(self.rest.len()));
        let literal = serde_json::from_str(word).map_err(|_| self.unexpected())?;
        self.rest = rest;
        Ok(Operand::Literal(literal))
    }

    /// `/pattern/` or `/pattern/i`
    fn pattern(&mut self, left: Operand) -> Result<Condition, String> {
        self.expect("/")?;
        let end = self.rest.find('/').ok_or("a pattern is not closed by `/`")?;
        let pattern = &self.rest[..end];
        self.rest = &self.rest[end + 1..];
        let flags = if self.eat("i") { "(?i)" } else { "" };
        let regex = fancy_regex::RegexBuilder::new(&format!(r"{flags}\A(?:{pattern})\z"))
            .backtrack_limit(100_000)
            .build()
            .map_err(|error| format!("`{pattern}` is no regular expression: {error}"))?;
        Ok(Condition::Matches(left, Box::new(regex)))
    }

    // ---- the cursor

    fn nested<T>(
        &mut self,
        parse: impl FnOnce(&mut Self) -> Result<T, String>,
    ) -> Result<T, String> {
        if self.depth >= MAX_DEPTH {
            return Err(format!("filters nest more than {MAX_DEPTH} levels deep"));
        }
        self.depth += 1;
        let parsed = parse(self);
        self.depth -= 1;
        parsed
    }

    fn eat(&mut self, text: &str) -> bool {
        match self.rest.strip_prefix(text) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn symbol(&mut self, text: &str) -> bool {
        self.blanks();
        self.eat(text)
    }

    fn comma(&mut self) -> bool {
        let found = self.symbol(",");
        self.blanks();
        found
    }

    fn expect(&mut self, text: &str) -> Result<(), String> {
        if self.eat(text) {
            Ok(())
        } else {
            Err(format!("expected `{text}`, {}", self.unexpected()))
        }
    }

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn unexpected(&self) -> String {
        match self.rest {
            "" => "the path ends too early".to_owned(),
            rest => format!("`{rest}` is not expected"),
        }
    }
}

const COMPARISONS: &[(&str, Comparison)] = &[
    ("==", Comparison::Equal),
    ("!=", Comparison::NotEqual),
    ("<=", Comparison::LessOrEqual),
    (">=", Comparison::GreaterOrEqual),
    ("<", Comparison::Less),
    (">", Comparison::Greater),
    ("in ", Comparison::In),
    ("nin ", Comparison::NotIn),
];

fn function(name: &str) -> Result<Function, String> {
    Ok(match name {
        "length" | "size" => Function::Length,
        "keys" => Function::Keys,
        "min" => Function::Min,
        "max" => Function::Max,
        "sum" => Function::Sum,
        "avg" => Function::Average,
        "first" => Function::First,
        "last" => Function::Last,
        other => return Err(format!("there is no function `{other}()`")),
    })
}
