//! Where in a JSON text the string `document.content` begins.
//!
//! The text is taken for JSON: of text that is none, nothing is said here.

/// The members on the way.
const PATH: [&str; 2] = ["document", "content"];

/// The place that has been reached.
#[derive(Debug, Default)]
pub(super) struct Place {
    /// How many arrays and objects are open.
    depth: usize,
    /// What is known of the outermost ones.
    levels: [Level; PATH.len()],
    text: Text,
}

#[derive(Debug, Default)]
struct Level {
    is_object: bool,
    /// Whether the next string is the name of a member.
    expects_name: bool,
    /// Whether the member under way is the one on the path.
    is_on_path: bool,
}

/// Whether the place is in a string.
#[derive(Debug, Default)]
enum Text {
    #[default]
    Outside,
    Inside {
        start: usize,
        is_escaped: bool,
    },
}

impl Place {
    /// Follows one byte; `read` is everything up to it. Answers whether it is the quote that opens
    /// the content; what follows then is not for here, up to the quote that ends it, which is not
    /// either.
    pub(super) fn follow(&mut self, byte: u8, read: &[u8]) -> bool {
        if let Text::Inside { start, is_escaped } = &mut self.text {
            match byte {
                _ if *is_escaped => *is_escaped = false,
                b'\\' => *is_escaped = true,
                b'"' => {
                    let text = read.get(*start..).unwrap_or_default();
                    self.text = Text::Outside;
                    self.name(text);
                }
                _ => {}
            }
            return false;
        }
        match byte {
            b'"' if self.is_at_content() => return true,
            b'"' => {
                self.text = Text::Inside { start: read.len() - 1, is_escaped: false };
            }
            b'{' | b'[' => {
                self.depth += 1;
                let is_object = byte == b'{';
                let opened = Level { is_object, expects_name: is_object, is_on_path: false };
                if let Some(level) = self.level() {
                    *level = opened;
                }
            }
            b'}' | b']' => self.depth = self.depth.saturating_sub(1),
            b',' => {
                if let Some(level) = self.level() {
                    level.expects_name = level.is_object;
                    level.is_on_path = false;
                }
            }
            b':' => {
                if let Some(level) = self.level() {
                    level.expects_name = false;
                }
            }
            _ => {}
        }
        false
    }

    /// The innermost level, if it is one of those on the way.
    fn level(&mut self) -> Option<&mut Level> {
        self.levels.get_mut(self.depth.checked_sub(1)?)
    }

    /// A string has ended, quotes included: it may be a name, written with escapes even.
    fn name(&mut self, text: &[u8]) {
        let expected = self.depth.checked_sub(1).and_then(|index| PATH.get(index));
        let Some(level) = self.level().filter(|level| level.expects_name) else { return };
        let name = serde_json::from_slice::<String>(text).ok();
        level.is_on_path = name.as_deref() == expected.copied();
    }

    fn is_at_content(&self) -> bool {
        self.depth == PATH.len()
            && self.levels.iter().all(|it| it.is_object && it.is_on_path && !it.expects_name)
    }
}
