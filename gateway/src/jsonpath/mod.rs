//! JSONPath in the Java (Jayway) dialect, which mapping templates and parameter mappings use.
//!
//! Crates for RFC 9535 refuse what is common here (`$.user-id`, `$.items.length()`, `=~ /…/i`, paths
//! without `$`), hence this one. A path that can only lead to one place gives that value or nothing;
//! any other gives the list of what it found.

mod filter;
mod parse;
mod select;

use serde_json::Value;

use filter::Condition;

/// A JSONPath expression.
#[derive(Clone, Debug)]
pub struct Path {
    /// As written.
    text: String,
    /// Starts at the whole value (`$`), not at the current element (`@`) of a filter.
    from_root: bool,
    segments: Vec<Segment>,
    function: Option<Function>,
}

/// An expression that is not well-formed, or finds too much.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("JSONPath `{path}`: {message}")]
pub struct JsonPathError {
    /// The expression.
    pub path: String,
    /// What is wrong with it.
    pub message: String,
}

#[derive(Clone, Debug)]
struct Segment {
    /// After `..`: at any depth.
    deep: bool,
    selector: Selector,
}

#[derive(Clone, Debug)]
enum Selector {
    Names(Vec<String>),
    Wildcard,
    Indexes(Vec<i64>),
    Slice(Option<i64>, Option<i64>),
    Filter(Condition),
}

/// What may be called at the end of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Function {
    Length,
    Keys,
    Min,
    Max,
    Sum,
    Average,
    First,
    Last,
}

impl Path {
    /// Reads an expression; `$.` may be left out.
    ///
    /// # Errors
    /// If the expression is not well-formed.
    pub fn parse(text: &str) -> Result<Self, JsonPathError> {
        parse::parse(text).map_err(|message| JsonPathError { path: text.to_owned(), message })
    }

    /// What the path finds in `json`; `None` if it leads nowhere.
    ///
    /// # Errors
    /// If the search takes more than ten million steps.
    pub fn select(&self, json: &Value) -> Result<Option<Value>, JsonPathError> {
        self.search(json).map(|(found, _)| found)
    }

    /// Like [`Self::select`], and how many values were visited.
    pub(crate) fn search(&self, json: &Value) -> Result<(Option<Value>, usize), JsonPathError> {
        let mut search = select::Search::new(json);
        match search.run(self, json) {
            Ok(found) => Ok((found, search.visits())),
            Err(message) => Err(JsonPathError { path: self.text.clone(), message }),
        }
    }

    /// Whether the path can lead to one place only.
    fn is_definite(&self) -> bool {
        let last = self.segments.len().saturating_sub(1);
        self.segments.iter().enumerate().all(|(index, segment)| {
            !segment.deep
                && match &segment.selector {
                    // Several names at the end make one object of these members.
                    Selector::Names(names) => names.len() == 1 || index == last,
                    Selector::Indexes(indexes) => indexes.len() == 1,
                    Selector::Wildcard | Selector::Slice(..) | Selector::Filter(_) => false,
                }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn store() -> Value {
        json!({
            "books": [
                {"title": "A", "price": 8.5, "tags": ["x", "y"], "isbn": "1"},
                {"title": "B", "price": 12, "tags": []},
                {"title": "C's", "price": 22.99, "isbn": "3"}
            ],
            "user-id": 7,
            "a b": {"c": null},
            "empty": []
        })
    }

    fn select(path: &str) -> Option<Value> {
        Path::parse(path).unwrap().select(&store()).unwrap()
    }

    #[test]
    fn one_place_gives_its_value() {
        assert_eq!(select("$.books[0].title"), Some(json!("A")));
        assert_eq!(select("$['books'][-1]['title']"), Some(json!("C's")));
        assert_eq!(select("books[1].price"), Some(json!(12)));
        assert_eq!(select("$.user-id"), Some(json!(7)));
        assert_eq!(select("$[\"a b\"].c"), Some(json!(null)));
        assert_eq!(select("$"), Some(store()));
        assert_eq!(select("$.empty"), Some(json!([])));
        assert_eq!(select("$['user-id','empty']"), Some(json!({"user-id": 7, "empty": []})));
    }

    #[test]
    fn a_place_that_is_not_there_gives_nothing() {
        for path in ["$.missing", "$.books.title", "$.books[9]", "$.user-id.x", "$.books[-4]"] {
            assert_eq!(select(path), None, "{path}");
        }
    }

    #[test]
    fn many_places_give_a_list() {
        assert_eq!(select("$.books[*].title"), Some(json!(["A", "B", "C's"])));
        assert_eq!(select("$..isbn"), Some(json!(["1", "3"])));
        assert_eq!(select("$.books[0,2].title"), Some(json!(["A", "C's"])));
        assert_eq!(select("$.books[1:].title"), Some(json!(["B", "C's"])));
        assert_eq!(select("$.books[:-2].title"), Some(json!(["A"])));
        assert_eq!(select("$.missing[*]"), Some(json!([])));
        assert_eq!(select("$..tags[0]"), Some(json!(["x"])));
    }

    #[test]
    fn filters_choose_elements() {
        let cases = [
            ("$.books[?(@.price > 10)].title", json!(["B", "C's"])),
            ("$.books[?(@.isbn)].title", json!(["A", "C's"])),
            ("$.books[?(!@.isbn)].title", json!(["B"])),
            ("$.books[?(@.title == 'A' || @.price >= 22.99)].title", json!(["A", "C's"])),
            ("$.books[?(@.price < 20 && (@.isbn == \"1\"))].title", json!(["A"])),
            ("$.books[?(@.title =~ /[ab]/i)].title", json!(["A", "B"])),
            ("$.books[?(@.title in ['A','C\\'s'])].title", json!(["A", "C's"])),
            ("$.books[?(@.price == $.user-id)]", json!([])),
            ("$.books[?(@.tags.length() == 2)].title", json!(["A"])),
            ("$.books[?(@.title != 'A')].title", json!(["B", "C's"])),
        ];
        for (path, expected) in cases {
            assert_eq!(select(path), Some(expected), "{path}");
        }
    }

    #[test]
    fn functions_end_a_path() {
        assert_eq!(select("$.books.length()"), Some(json!(3)));
        assert_eq!(select("$.books[*].price.max()"), Some(json!(22.99)));
        assert_eq!(select("$.books[0].keys()"), Some(json!(["title", "price", "tags", "isbn"])));
        assert_eq!(select("$.missing.length()"), None);
    }

    #[test]
    fn malformed_expressions_say_why() {
        for path in
            ["", "$.", "$..", "$[", "$['a", "$.a b", "$[?(@.a ==)]", "$.a.nope()", "$[1:2:3]", "$x"]
        {
            let error = Path::parse(path).unwrap_err();
            assert_eq!(error.path, path);
            assert!(!error.message.is_empty(), "{path}");
        }
    }

    /// Well-formed paths, filters within filters.
    fn any_path() -> impl Strategy<Value = String> {
        let leaf =
            prop::sample::select(vec!["@", "$", "@.a", "$.books[0].price", "@['a b'].length()"])
                .prop_map(str::to_owned);
        leaf.prop_recursive(3, 12, 3, |inner| {
            let operator = prop::sample::select(vec!["==", "!=", "<", ">=", "in", "nin"]);
            let literal =
                prop::sample::select(vec!["1", "'a'", "null", "true", "[1, 'a']", "-2.5e1"]);
            let segment = prop::sample::select(vec![
                ".a",
                "..b",
                "[*]",
                ".*",
                "..*",
                "[0,-1]",
                "[1:]",
                "['a','b']",
            ]);
            prop_oneof![
                (inner.clone(), segment).prop_map(|(path, segment)| {
                    format!("{}{segment}", path.trim_end_matches(".length()"))
                }),
                (inner.clone(), inner, operator, literal).prop_map(
                    |(path, left, operator, right)| {
                        let path = path.trim_end_matches(".length()").to_owned();
                        format!("{path}[?({left} {operator} {right} && !{left})]")
                    }
                ),
            ]
        })
    }

    #[test]
    fn what_is_found_again_and_again_is_an_error_in_the_end() {
        let deep = (0..100).fold(json!([1]), |inner, _| json!([inner, [1]]));
        let path = Path::parse("$..*..*..*..*").unwrap();
        assert!(path.select(&deep).unwrap_err().message.contains("visits more than"));
    }

    proptest! {
        #[test]
        fn well_formed_paths_parse_and_never_panic(path in any_path()) {
            let parsed = Path::parse(&path);
            prop_assert!(parsed.is_ok(), "{path}: {parsed:?}");
            let _ = parsed.map(|path| path.select(&store()));
        }

        #[test]
        fn arbitrary_expressions_never_panic(text in "[$@.\\[\\]()?*':!=<>&|~/a-c0-9, \"-]{0,24}") {
            if let Ok(path) = Path::parse(&text) {
                let _ = path.select(&store());
            }
        }

        #[test]
        fn arbitrary_text_never_panics(text in ".{0,24}") {
            let _ = Path::parse(&text);
        }
    }
}
