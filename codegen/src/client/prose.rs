//! Markdown of the document as documentation comments: harmless to rustdoc and to its tests.

/// `text` with code blocks that rustdoc does not run, and without links and tags it would miss.
pub(super) fn documentation(text: &str) -> String {
    let mut fenced = false;
    let lines = text.trim().lines().map(|line| {
        let content = line.trim();
        if content.starts_with("```") || content.starts_with("~~~") {
            fenced = !fenced;
            return if fenced { "```text".to_owned() } else { "```".to_owned() };
        }
        if fenced { line.trim_end().to_owned() } else { escape(content) }
    });
    let mut text = lines.collect::<Vec<_>>().join("\n");
    if fenced {
        text.push_str("\n```");
    }
    text
}

/// The first line of `text`, or nothing.
pub(super) fn line(text: &str) -> String {
    documentation(text.trim().lines().next().unwrap_or_default())
}

/// Escapes what starts a link or a tag. Four spaces, a code block to Markdown, are trimmed before.
fn escape(line: &str) -> String {
    let mut out = String::with_capacity(line.len());
    let mut code = false;
    for c in line.chars() {
        match c {
            '`' => code = !code,
            '[' | ']' | '<' | '>' if !code => out.push('\\'),
            _ => {}
        }
        out.push(c);
    }
    // An unpaired backtick would swallow the rest of the paragraph.
    if code { out.replace('`', "'") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_blocks_are_not_run_by_rustdoc() {
        assert_eq!(documentation("See:\n```\ncurl x\n```"), "See:\n```text\ncurl x\n```");
        assert_eq!(documentation("    curl x"), "curl x");
        assert_eq!(documentation("```json\n{}"), "```text\n{}\n```");
    }

    #[test]
    fn links_and_tags_are_escaped_outside_code() {
        assert_eq!(documentation("[x] <b> `a[0]`"), "\\[x\\] \\<b\\> `a[0]`");
    }
}
