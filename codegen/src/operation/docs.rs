//! Doc comments from the document's prose.

use proc_macro2::TokenStream;
use quote::quote;

/// Doc attributes, one for each line of each paragraph that is not empty.
pub(super) fn emit<T: AsRef<str>>(paragraphs: impl IntoIterator<Item = T>) -> TokenStream {
    let texts: Vec<String> = paragraphs
        .into_iter()
        .map(|text| text.as_ref().trim().to_owned())
        .filter(|text| !text.is_empty())
        .collect();
    let lines: Vec<String> = tame(&texts.join("\n\n"));
    quote!(#(#[doc = #lines])*)
}

/// The lines, kept from becoming Rust: rustdoc compiles code blocks that name no language and
/// indented text as tests.
fn tame(text: &str) -> Vec<String> {
    let mut fenced = false;
    text.lines()
        .map(|line| {
            let content = line.trim_start();
            let indent = if fenced { line.len() - content.len() } else { 0 };
            let mut line = content.trim_end().to_owned();
            if let Some(language) = content.strip_prefix("```") {
                fenced = !fenced;
                if fenced && language.trim().is_empty() {
                    line.push_str("text");
                } else if fenced {
                    line = format!("```text,{}", language.trim());
                }
            }
            if line.is_empty() { line } else { format!(" {}{line}", " ".repeat(indent)) }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prose_never_becomes_a_doc_test() {
        let lines = tame("Use:\n\n    curl x\n```\nfn main() {\n  1\n}\n```\n```rust\n```");
        assert_eq!(
            lines,
            [
                " Use:",
                "",
                " curl x",
                " ```text",
                " fn main() {",
                "   1",
                " }",
                " ```",
                " ```text,rust",
                " ```",
            ]
        );
    }
}
