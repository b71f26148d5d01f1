//! YAML to tree.
//!
//! Works on the parser's events and not on a loaded tree, so that every duplicate key is found
//! (a loader stops at the first), keys keep their places, and neither nesting nor aliases can
//! exhaust stack or memory.

use std::borrow::Cow;
use std::collections::HashMap;

use indexmap::IndexMap;
use saphyr_parser::{Event, Marker, ScalarStyle, ScanError, Span, Tag};

use super::indentation::{Indentation, events};
use super::{Content, Entry, MAX_ALIASED, MAX_DEPTH, Node, builder, escape};
use crate::diagnostic::Diagnostic;
use crate::placeholder::Placeholders;
use crate::position::{Origin, Position};

pub(super) fn parse(
    text: &str,
    placeholders: &Placeholders,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Node> {
    let before = diagnostics.len();
    let error = match read(&Indentation::as_written(text), placeholders, diagnostics) {
        Ok(root) => return root,
        Err(error) => error,
    };
    let Some(indentation) = Indentation::pushed(text, &error) else {
        diagnostics.push(syntax(text, &error));
        return None;
    };
    diagnostics.truncate(before);
    diagnostics.extend(indentation.lines().map(too_far_left));
    read(&indentation, placeholders, diagnostics).unwrap_or_else(|error| {
        diagnostics.push(syntax(text, &error));
        None
    })
}

/// One attempt. `None` if reading could not go on for a reason that is found already.
fn read(
    indentation: &Indentation<'_>,
    placeholders: &Placeholders,
    diagnostics: &mut Vec<Diagnostic>,
) -> Result<Option<Node>, ScanError> {
    let mut reader = Reader {
        indentation,
        placeholders,
        diagnostics,
        open: Vec::new(),
        root: None,
        anchors: HashMap::new(),
        aliased: 0,
    };
    for event in events(indentation.text()) {
        let (event, span) = event?;
        if !reader.take(event, span) {
            return Ok(None);
        }
    }
    Ok(reader.root)
}

fn too_far_left(position: Position) -> Diagnostic {
    let origin = Origin { pointer: String::new(), position };
    let message = "the line stands in brackets, but no deeper than the key they belong to";
    Diagnostic::warning("bracket-indentation", &origin, message)
        .with_help("indent it deeper: YAML asks for it, though not every reader does")
}

/// A collection whose end has not come yet.
struct Open {
    content: Collection,
    position: Position,
    pointer: String,
    anchor: usize,
}

enum Collection {
    Array(Vec<Node>),
    Object { entries: IndexMap<String, Entry>, key: Option<(String, Position)> },
}

struct Reader<'r> {
    indentation: &'r Indentation<'r>,
    placeholders: &'r Placeholders,
    diagnostics: &'r mut Vec<Diagnostic>,
    open: Vec<Open>,
    root: Option<Node>,
    anchors: HashMap<usize, Anchored>,
    aliased: usize,
}

struct Anchored {
    node: Node,
    size: usize,
    height: usize,
}

impl Reader<'_> {
    /// Takes one event; false if reading cannot go on.
    fn take(&mut self, event: Event<'_>, span: Span) -> bool {
        let position = self.indentation.position(span.start);
        match event {
            Event::DocumentStart(_) if self.root.is_some() => {
                self.error("several-documents", position, "a second YAML document starts here")
                    .help = Some("keep one document per file".to_owned());
                return false;
            }
            Event::SequenceStart(anchor, tag) => {
                self.foreign_tag(tag.as_ref(), position);
                return self.begin(Collection::Array(Vec::new()), position, anchor);
            }
            Event::MappingStart(anchor, tag) => {
                self.foreign_tag(tag.as_ref(), position);
                let content = Collection::Object { entries: IndexMap::new(), key: None };
                return self.begin(content, position, anchor);
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Scalar(text, style, anchor, tag) => {
                self.foreign_tag(tag.as_ref(), position);
                let content = self.scalar(&text, style, tag.as_ref());
                let key = self.key_text(&content, position);
                let node = Node { content, position };
                match key {
                    Some(key) => {
                        self.remember(&node, anchor);
                        self.set_key(key, position);
                    }
                    None => self.add(node, anchor),
                }
            }
            Event::Alias(anchor) => return self.alias(anchor, position),
            _ => {}
        }
        true
    }

    fn begin(&mut self, content: Collection, position: Position, anchor: usize) -> bool {
        let pointer = self.pointer();
        if self.open.len() >= MAX_DEPTH {
            self.diagnostics.push(builder::too_deep(&pointer, position));
            return false;
        }
        if self.expects_key() {
            let message = "an array or object cannot be a key";
            self.error("key-not-scalar", position, message);
            return false;
        }
        self.open.push(Open { content, position, pointer, anchor });
        true
    }

    fn end(&mut self) {
        let Some(open) = self.open.pop() else { return };
        let content = match open.content {
            Collection::Array(items) => Content::Array(items),
            Collection::Object { entries, .. } => Content::Object(merge(entries)),
        };
        self.add(Node { content, position: open.position }, open.anchor);
    }

    fn remember(&mut self, node: &Node, anchor: usize) {
        if anchor > 0 {
            let (size, height) = measure(node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), size, height });
        }
    }

    fn add(&mut self, node: Node, anchor: usize) {
        self.remember(&node, anchor);
        match self.open.last_mut() {
            None => self.root = Some(node),
            Some(Open { content: Collection::Array(items), .. }) => items.push(node),
            Some(Open { content: Collection::Object { entries, key }, pointer, .. }) => {
                if let Some(key) = key.take() {
                    builder::insert(entries, key, node, pointer, self.diagnostics);
                }
            }
        }
    }

    fn alias(&mut self, anchor: usize, position: Position) -> bool {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = "the alias stands inside the value it refers to";
            self.error("alias-loop", position, message);
            return false;
        };
        if self.open.len() + anchored.height > MAX_DEPTH {
            let pointer = self.pointer();
            self.diagnostics.push(builder::too_deep(&pointer, position));
            return false;
        }
        self.aliased += anchored.size;
        if self.aliased > MAX_ALIASED {
            let message = format!("aliases stand for more than {MAX_ALIASED} values");
            self.error("too-many-aliases", position, message).help =
                Some("use $ref instead of YAML aliases".to_owned());
            return false;
        }
        // The values keep their own places: that is where they are mended.
        let node = anchored.node.clone();
        if let Some(text) = self.key_text(&node.content, position) {
            self.set_key(text, position);
        } else if self.expects_key() {
            let message = "an array or object cannot be a key";
            self.error("key-not-scalar", position, message);
            return false;
        } else {
            self.add(node, 0);
        }
        true
    }

    /// CloudFormation's `!Sub` and the like: the value counts as written.
    fn foreign_tag(&mut self, tag: Option<&Cow<'_, Tag>>, position: Position) {
        let Some(tag) = tag else { return };
        if tag.is_yaml_core_schema() || tag.suffix.is_empty() || tag.suffix == "!" {
            return;
        }
        let origin = Origin { pointer: self.pointer(), position };
        let message = format!("the tag `{}{}` is not applied", tag.handle, tag.suffix);
        self.diagnostics.push(
            Diagnostic::warning("foreign-tag", &origin, message).with_help(
                "CloudFormation fills it before API Gateway sees it; else use \"${name}\"",
            ),
        );
    }

    fn scalar(&self, text: &str, style: ScalarStyle, tag: Option<&Cow<'_, Tag>>) -> Content {
        let forced = tag.is_some_and(|tag| tag.is_yaml_core_schema() && tag.suffix == "str");
        if style == ScalarStyle::Plain && !forced {
            builder::plain(text, self.placeholders)
        } else {
            builder::text(text, self.placeholders)
        }
    }

    fn expects_key(&self) -> bool {
        matches!(self.open.last(), Some(Open { content: Collection::Object { key: None, .. }, .. }))
    }

    /// The text of a key, if a key is due. A key that is not text is read as it is written:
    /// `200:` is common, and JSON has only text.
    fn key_text(&mut self, content: &Content, position: Position) -> Option<String> {
        if !self.expects_key() {
            return None;
        }
        let text = match content {
            Content::String { text, .. } => return Some(text.clone()),
            Content::Number { text, .. } => text.clone(),
            Content::Boolean(value) => value.to_string(),
            Content::Null => "null".to_owned(),
            Content::Array(_) | Content::Object(_) => return None,
        };
        let pointer = format!("{}/{text}", self.pointer());
        let message = format!("the key `{text}` is not text");
        let origin = Origin { pointer, position };
        self.diagnostics.push(
            Diagnostic::warning("key-not-text", &origin, message)
                .with_help(format!("put it in quotes: \"{text}\"")),
        );
        Some(text)
    }

    fn set_key(&mut self, text: String, position: Position) {
        if let Some(Open { content: Collection::Object { key, .. }, .. }) = self.open.last_mut() {
            *key = Some((text, position));
        }
    }

    /// Pointer of the value that is due.
    fn pointer(&self) -> String {
        match self.open.last() {
            None => String::new(),
            Some(Open { content: Collection::Array(items), pointer, .. }) => {
                format!("{pointer}/{}", items.len())
            }
            Some(Open { content: Collection::Object { key, .. }, pointer, .. }) => match key {
                Some((key, _)) => format!("{pointer}/{}", escape(key)),
                None => pointer.clone(),
            },
        }
    }

    fn error(
        &mut self,
        code: &'static str,
        position: Position,
        message: impl Into<String>,
    ) -> &mut Diagnostic {
        let origin = Origin { pointer: self.pointer(), position };
        self.diagnostics.push(Diagnostic::error(code, &origin, message));
        let last = self.diagnostics.len() - 1;
        &mut self.diagnostics[last]
    }
}

/// Undoes merge keys (`<<: *defaults`), a habit from YAML 1.1 that many documents keep: what the
/// object says itself goes first, then what is merged.
fn merge(mut entries: IndexMap<String, Entry>) -> IndexMap<String, Entry> {
    let Some(merged) = entries.shift_remove("<<") else { return entries };
    let sources = match merged.node.content {
        Content::Array(items) => items.into_iter().map(|item| item.content).collect(),
        content => vec![content],
    };
    for source in sources {
        if let Content::Object(inherited) = source {
            for (key, entry) in inherited {
                entries.entry(key).or_insert(entry);
            }
        }
    }
    entries
}

/// Number of values and nesting of a value.
fn measure(node: &Node) -> (usize, usize) {
    let (mut size, mut height) = (1, 0);
    let mut include = |inner: &Node| {
        let (inner_size, inner_height) = measure(inner);
        size += inner_size;
        height = height.max(inner_height);
    };
    match &node.content {
        Content::Array(items) => items.iter().for_each(&mut include),
        Content::Object(entries) => entries.values().for_each(|entry| include(&entry.node)),
        _ => return (1, 0),
    }
    (size, height + 1)
}

fn position(marker: Marker) -> Position {
    Position { line: marker.line().max(1), column: marker.col() + 1 }
}

fn syntax(text: &str, error: &ScanError) -> Diagnostic {
    let blamed = position(*error.marker());
    // The scanner may blame the value before a tab; the tab is what has to go.
    let tab = indenting_tab(text, blamed.line, error.info().contains("tab"));
    let origin = Origin { pointer: String::new(), position: tab.unwrap_or(blamed) };
    let found = Diagnostic::error("syntax", &origin, format!("not YAML: {}", error.info()));
    if tab.is_some() {
        return found.with_help("indent with spaces, not with tabs");
    }
    if error.info().contains("invalid indentation") {
        return found.with_help("indent brackets and text deeper than the key they belong to");
    }
    found
}

/// The first tab that indents the line, or, if `search` goes on, one of the lines below it.
fn indenting_tab(text: &str, line: usize, search: bool) -> Option<Position> {
    let mut lines =
        text.lines().enumerate().skip(line - 1).take(if search { usize::MAX } else { 1 });
    lines.find_map(|(index, line)| {
        let column = line.chars().take_while(|c| c.is_whitespace()).position(|c| c == '\t')?;
        Some(Position { line: index + 1, column: column + 1 })
    })
}
