//! Prose of the document as doc comments: harmless to rustdoc, to its tests and to its links.

use proc_macro2::TokenStream;
use quote::quote;

/// `#[doc]` attributes: the paragraphs that are not empty, with an empty line between.
pub(crate) fn attributes<T: AsRef<str>>(paragraphs: impl IntoIterator<Item = T>) -> TokenStream {
    let mut all: Vec<String> = Vec::new();
    for paragraph in paragraphs {
        let lines = lines(paragraph.as_ref());
        if !all.is_empty() && !lines.is_empty() {
            all.push(String::new());
        }
        all.extend(lines);
    }
    let lines = all.iter().map(|line| format!(" {line}").trim_end().to_owned());
    quote!(#(#[doc = #lines])*)
}

/// The whole prose.
#[cfg(feature = "client")]
pub(crate) fn documentation(text: &str) -> String {
    lines(text).join("\n")
}

/// The first line of `text`, or nothing.
#[cfg(feature = "client")]
pub(crate) fn line(text: &str) -> String {
    documentation(text.trim().lines().next().unwrap_or_default())
}

/// Lines that rustdoc shows as they are: no code block becomes a test, no bracket a link, no
/// angle bracket HTML.
fn lines(text: &str) -> Vec<String> {
    let mut fenced = false;
    let mut lines = Vec::new();
    for line in text.trim().lines() {
        let line = line.trim_end();
        let start = line.trim_start();
        if start.starts_with("```") || start.starts_with("~~~") {
            fenced = !fenced;
            lines.push(if fenced { "```text".to_owned() } else { "```".to_owned() });
        } else if fenced {
            lines.push(line.to_owned());
        } else {
            // Four spaces of indent would make a code block.
            let indent = (line.len() - start.len()).min(2);
            lines.push(format!("{}{}", " ".repeat(indent), escape(start)));
        }
    }
    if fenced {
        lines.push("```".to_owned());
    }
    lines
}

fn escape(line: &str) -> String {
    let mut in_code = false;
    let balanced = line.matches('`').count().is_multiple_of(2);
    let mut out = String::with_capacity(line.len());
    for c in line.chars() {
        in_code ^= c == '`' && balanced;
        if !in_code && matches!(c, '[' | ']' | '<' | '>') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_code_block_becomes_a_test() {
        let text = "Use it:\n```\nlet x = 1;\n```\n    indented()\n~~~rust\nopen";
        let expected =
            ["Use it:", "```text", "let x = 1;", "```", "  indented()", "```text", "open", "```"];
        assert_eq!(lines(text), expected);
    }

    #[test]
    fn brackets_are_no_links_and_no_html() {
        assert_eq!(escape("a [b] <c> `[d]`"), r"a \[b\] \<c\> `[d]`");
    }

    #[test]
    fn empty_paragraphs_leave_no_gap() {
        let tokens = attributes(["", "a\nb", " ", "c"]).to_string();
        assert_eq!(
            tokens,
            quote!(#[doc = " a"] #[doc = " b"] #[doc = ""] #[doc = " c"]).to_string()
        );
    }
}
