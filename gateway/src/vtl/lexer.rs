//! Cuts a template into pieces; [`super::token`] cuts expressions into tokens.
//!
//! Velocity's words mean different things in different places: in text only `$name`, known directives
//! and comments are special, inside parentheses everything is. The parser therefore says which it
//! wants: [`Lexer::next_piece`] or [`Lexer::next_token`].

/// A template that is not well-formed.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct SyntaxError {
    pub(super) offset: usize,
    pub(super) message: String,
}

/// A piece of text mode.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// The lexer stands at the `$`.
    Reference {
        backslashes: usize,
    },
    /// The keyword is consumed, its parenthesis is not.
    Directive {
        keyword: Keyword,
        offset: usize,
    },
    /// `#name(`: the call of a macro, if its arguments can be read. The lexer stands at the `#`.
    MacroCall,
    End,
}

/// The directives of Velocity that mean something here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Set,
    If,
    ElseIf,
    Else,
    End,
    ForEach,
    Define,
    Break,
    Stop,
    /// Known to Velocity, refused by API Gateway.
    Refused(&'static str),
}

/// A cursor over `source[..end]`.
pub(super) struct Lexer<'s> {
    source: &'s str,
    position: usize,
    end: usize,
    /// Inside a double-quoted string, where `""` stands for one quote.
    quoted: bool,
}

impl<'s> Lexer<'s> {
    pub(super) fn new(source: &'s str) -> Self {
        Self { source, position: 0, end: source.len(), quoted: false }
    }

    /// The inside of a double-quoted string of the same source.
    pub(super) fn inside_string(&self, start: usize, end: usize) -> Self {
        Self { source: self.source, position: start, end, quoted: true }
    }

    pub(super) fn is_quoted(&self) -> bool {
        self.quoted
    }

    pub(super) fn position(&self) -> usize {
        self.position
    }

    pub(super) fn slice(&self, start: usize, end: usize) -> &'s str {
        self.source.get(start..end).unwrap_or_default()
    }

    pub(super) fn move_to(&mut self, position: usize) {
        self.position = position;
    }

    pub(super) fn advance(&mut self, length: usize) {
        self.position += length;
    }

    pub(super) fn rest(&self) -> &'s str {
        self.rest_from(self.position)
    }

    pub(super) fn rest_from(&self, position: usize) -> &'s str {
        self.slice(position, self.end)
    }

    pub(super) fn error(&self, offset: usize, message: impl Into<String>) -> SyntaxError {
        SyntaxError { offset, message: message.into() }
    }

    /// Consumes `text` if it comes next.
    pub(super) fn eat(&mut self, text: &str) -> bool {
        let found = self.rest().starts_with(text);
        if found {
            self.position += text.len();
        }
        found
    }

    pub(super) fn comes(&self, text: &str) -> bool {
        self.rest().starts_with(text)
    }

    /// An identifier; hyphens belong to it (`$context.responseOverride.header.Content-Type`).
    pub(super) fn identifier(&mut self) -> Option<&'s str> {
        let rest = self.rest();
        if !rest.starts_with(is_identifier_start) {
            return None;
        }
        let length = rest.find(|c| !is_identifier_part(c)).unwrap_or(rest.len());
        self.position += length;
        rest.get(..length)
    }

    /// Whether `.name` comes next; a full stop that ends a sentence is text.
    pub(super) fn comes_property(&self) -> bool {
        self.rest().strip_prefix('.').is_some_and(|rest| rest.starts_with(is_identifier_start))
    }

    /// Eats blanks and one line end, or nothing: the newline after a directive is not output.
    pub(super) fn eat_line_end(&mut self) {
        let rest = self.rest();
        let trimmed = rest.trim_start_matches([' ', '\t']);
        let line_end = ["\r\n", "\n", "\r"].into_iter().find(|end| trimmed.starts_with(end));
        if let Some(line_end) = line_end {
            self.position += rest.len() - trimmed.len() + line_end.len();
        }
    }

    /// The next piece of text mode.
    pub(super) fn next_piece(&mut self) -> Result<Piece, SyntaxError> {
        let mut text = String::new();
        // Where the text after the last comment starts.
        let mut run = 0;
        loop {
            let rest = self.rest();
            let plain = rest.find(['$', '#', '\\', '"']).unwrap_or(rest.len());
            text.push_str(&rest[..plain]);
            self.position += plain;
            let special = match self.rest().chars().next() {
                None if text.is_empty() => return Ok(Piece::End),
                None => return Ok(Piece::Text(text)),
                Some('$') => self.dollar(&mut text),
                Some('#') => self.hash(&mut text, &mut run)?,
                Some('\\') => self.backslashes(&mut text),
                Some(other) => {
                    self.position += other.len_utf8();
                    if self.quoted && other == '"' {
                        self.eat("\"");
                    }
                    text.push(other);
                    None
                }
            };
            if let Some(Piece::Directive { keyword: Keyword::Set, .. }) = special
                && text[run..].trim_end_matches([' ', '\t']).is_empty()
            {
                // `#set` eats the blanks before it, unless other text stands before those.
                text.truncate(run);
            }
            match special {
                None => {}
                Some(piece) if text.is_empty() => {
                    self.consume(&piece);
                    return Ok(piece);
                }
                // The text goes first; the special piece is found again by the next call.
                Some(_) => return Ok(Piece::Text(text)),
            }
        }
    }

    fn consume(&mut self, piece: &Piece) {
        match piece {
            Piece::Reference { backslashes } => self.position += backslashes,
            Piece::Directive { .. } => {
                if let Some((_, length)) = directive(self.rest()) {
                    self.position += length;
                }
            }
            Piece::Text(_) | Piece::MacroCall | Piece::End => {}
        }
    }

    fn dollar(&mut self, text: &mut String) -> Option<Piece> {
        if starts_reference(self.rest()) {
            return Some(Piece::Reference { backslashes: 0 });
        }
        self.position += 1;
        text.push('$');
        None
    }

    fn hash(&mut self, text: &mut String, run: &mut usize) -> Result<Option<Piece>, SyntaxError> {
        let (start, rest) = (self.position, self.rest());
        if rest.starts_with("##") {
            let length = rest.find('\n').map_or(rest.len(), |index| index + 1);
            self.position += length;
            *run = text.len();
        } else if let Some(comment) = rest.strip_prefix("#*") {
            // One that is not closed reaches to the end.
            self.position += comment.find("*#").map_or(rest.len(), |length| length + 4);
            *run = text.len();
        } else if let Some(literal) = rest.strip_prefix("#[[") {
            let length = literal
                .find("]]#")
                .ok_or_else(|| self.error(start, "literal text `#[[` is not closed by `]]#`"))?;
            text.push_str(&literal[..length]);
            self.position += length + 6;
        } else if let Some((keyword, _)) = directive(rest) {
            return Ok(Some(Piece::Directive { keyword, offset: start }));
        } else if macro_call(rest).is_some() {
            return Ok(Some(Piece::MacroCall));
        } else {
            self.position += 1;
            text.push('#');
        }
        Ok(None)
    }

    /// Backslashes count only before a reference or a directive; elsewhere they are text.
    fn backslashes(&mut self, text: &mut String) -> Option<Piece> {
        let rest = self.rest();
        let after = rest.trim_start_matches('\\');
        let count = rest.len() - after.len();
        if starts_reference(after) {
            return Some(Piece::Reference { backslashes: count });
        }
        self.position += count;
        let Some((_, length)) = directive(after) else {
            text.push_str(&rest[..count]);
            return None;
        };
        text.push_str(&rest[..count / 2]);
        if count % 2 == 1 {
            text.push_str(&after[..length]);
            self.position += length;
        }
        None
    }
}

/// The directive that `text` starts with, and the length of its keyword.
fn directive(text: &str) -> Option<(Keyword, usize)> {
    let after = text.strip_prefix('#')?;
    let (braced, after) = after.strip_prefix('{').map_or((false, after), |inner| (true, inner));
    let length = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    let word = &after[..length.unwrap_or(after.len())];
    let rest = &after[word.len()..];
    let (rest, length) =
        if braced { (rest.strip_prefix('}')?, word.len() + 3) } else { (rest, word.len() + 1) };
    let called = rest.trim_start_matches([' ', '\t']).starts_with('(');
    let keyword = match word {
        "if" => Keyword::If,
        "elseif" => Keyword::ElseIf,
        "else" => Keyword::Else,
        "end" => Keyword::End,
        "foreach" => Keyword::ForEach,
        "break" => Keyword::Break,
        "stop" => Keyword::Stop,
        "set" if called => Keyword::Set,
        "define" if called => Keyword::Define,
        "macro" if called => Keyword::Refused("#macro"),
        "parse" if called => Keyword::Refused("#parse"),
        "include" if called => Keyword::Refused("#include"),
        "evaluate" if called => Keyword::Refused("#evaluate"),
        _ => return None,
    };
    Some((keyword, length))
}

/// The name and the length of `#name(` at the start of `text`.
pub(super) fn macro_call(text: &str) -> Option<(&str, usize)> {
    let after = text.strip_prefix('#').filter(|after| after.starts_with(is_identifier_start))?;
    let name = after.split(|c| !is_identifier_part(c)).next()?;
    let blanks = after.get(name.len()..)?;
    let call = blanks.trim_start_matches([' ', '\t']);
    call.starts_with('(').then(|| (name, text.len() - call.len() + 1))
}

/// Whether `text` starts with `$name`, `$!name`, `${name` or `$!{name`; `$5` and `$.` are text.
fn starts_reference(text: &str) -> bool {
    let Some(name) = text.strip_prefix('$') else { return false };
    let name = name.strip_prefix('!').unwrap_or(name);
    name.strip_prefix('{').unwrap_or(name).starts_with(is_identifier_start)
}

fn is_identifier_start(c: char) -> bool {
    c.is_ascii_alphabetic() || c == '_'
}

fn is_identifier_part(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_' || c == '-'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pieces(source: &str) -> Vec<Piece> {
        let mut lexer = Lexer::new(source);
        let mut pieces = Vec::new();
        loop {
            match lexer.next_piece().unwrap() {
                Piece::End => return pieces,
                Piece::Reference { backslashes } => {
                    pieces.push(Piece::Reference { backslashes });
                    assert!(lexer.eat("$"));
                    lexer.eat("!");
                    lexer.eat("{");
                    lexer.identifier();
                }
                piece => pieces.push(piece),
            }
        }
    }

    fn text(text: &str) -> Piece {
        Piece::Text(text.to_owned())
    }

    #[test]
    fn dollars_without_a_name_are_text() {
        assert_eq!(pieces("$5 $ $. $$ ${} $!"), [text("$5 $ $. $$ ${} $!")]);
    }

    #[test]
    fn unknown_directives_are_text() {
        assert_eq!(pieces("#fff #1 #ends #set x"), [text("#fff #1 #ends #set x")]);
    }

    #[test]
    fn comments_vanish_with_their_line_end() {
        assert_eq!(pieces("a## b\nc#* d\n *#e"), [text("ace")]);
    }

    #[test]
    fn literal_text_is_not_looked_into() {
        assert_eq!(pieces("#[[ $a #if ]]#"), [text(" $a #if ")]);
    }

    #[test]
    fn an_open_comment_reaches_to_the_end() {
        assert_eq!(pieces("ab#* c"), [text("ab")]);
    }
}
