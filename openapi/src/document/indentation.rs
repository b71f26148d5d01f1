//! Lines of `{...}` and `[...]` that are indented less than the key they belong to.
//!
//! YAML 1.2 forbids them and the parser here insists, while most others, Java's SnakeYAML among
//! them, pay no heed to indentation inside brackets. Examples pasted as JSON often end so. Such
//! lines are pushed to the right before the parser sees them; positions are those of the text as
//! written.

use std::borrow::Cow;
use std::collections::BTreeMap;

use saphyr_parser::{Event, Marker, Parser, ScanError, Span};

use crate::position::Position;

/// Most lines that are pushed: each costs one more look at the text before it.
const MAX_PUSHED: usize = 100;

/// A text whose brackets the parser takes.
pub(super) struct Indentation<'t> {
    text: Cow<'t, str>,
    /// By how many columns a line was pushed.
    pushed: BTreeMap<usize, usize>,
}

impl<'t> Indentation<'t> {
    /// The text as it is.
    pub(super) fn as_written(text: &'t str) -> Self {
        Self { text: Cow::Borrowed(text), pushed: BTreeMap::new() }
    }

    /// The text with lines pushed, if that is all the parser objects to at `error`.
    pub(super) fn pushed(text: &'t str, error: &ScanError) -> Option<Self> {
        let mut this = Self::as_written(text);
        let mut line = objected(error)?;
        let deepest = text.lines().map(indent).max().unwrap_or_default();
        loop {
            if this.pushed.len() >= MAX_PUSHED || this.pushed.contains_key(&line) {
                return None;
            }
            if !this.push(line, deepest + 1) {
                return None;
            }
            match first_error(&this.text).as_ref().map(objected) {
                None => return Some(this),
                Some(None) => return None,
                Some(Some(next)) => line = next,
            }
        }
    }

    /// What the parser reads.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where the lines that were pushed begin.
    pub(super) fn lines(&self) -> impl Iterator<Item = Position> + '_ {
        let text = |line: usize| self.text.lines().nth(line - 1).unwrap_or_default();
        self.pushed
            .iter()
            .map(move |(&line, by)| Position { line, column: indent(text(line)) + 1 - by })
    }

    /// The place in the text as written.
    pub(super) fn position(&self, marker: Marker) -> Position {
        let line = marker.line().max(1);
        let by = self.pushed.get(&line).copied().unwrap_or_default();
        Position { line, column: marker.col().saturating_sub(by) + 1 }
    }

    /// False if there is no such line: the parser counts lone carriage returns as line ends, too.
    fn push(&mut self, line: usize, column: usize) -> bool {
        let mut text = String::with_capacity(self.text.len() + column);
        for (index, content) in self.text.split_inclusive('\n').enumerate() {
            if index + 1 == line {
                let by = column.saturating_sub(indent(content));
                text.push_str(&" ".repeat(by));
                self.pushed.insert(line, by);
            }
            text.push_str(content);
        }
        self.text = Cow::Owned(text);
        self.pushed.contains_key(&line)
    }
}

/// The line that the parser finds indented too little inside brackets.
fn objected(error: &ScanError) -> Option<usize> {
    let info = error.info();
    let is_indentation =
        info == "invalid indentation" || info == "invalid indentation in flow construct";
    is_indentation.then(|| error.marker().line().max(1))
}

/// The first thing the parser objects to in the first document, which is all that is read.
fn first_error(text: &str) -> Option<ScanError> {
    let is_end = |event: &Result<_, _>| matches!(event, Ok((Event::DocumentEnd, _)));
    events(text).take_while(|event| !is_end(event)).find_map(Result::err)
}

/// The parser's events. On some broken texts it never ends: no text has more events than this.
pub(super) fn events(text: &str) -> impl Iterator<Item = Result<(Event<'_>, Span), ScanError>> {
    let mut parser = Parser::new_from_str(text);
    std::iter::from_fn(move || parser.next_event()).take(4 * text.len() + 64)
}

fn indent(line: &str) -> usize {
    line.len() - line.trim_start_matches(' ').len()
}
