//! Base path: what an import does with the path of the document's first server.
//!
//! Guide, "Set the OpenAPI basePath property": it is ignored unless the import says otherwise.
//! Resources of the base path itself have no methods, so nothing answers there.

use openapi::Api;
use openapi::model::PathTemplate;

/// The import parameter `basepath`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum BasePath {
    /// Paths are served as the document writes them.
    #[default]
    Ignore,
    /// The whole base path goes in front of every path.
    Prepend,
    /// The base path without its first segment goes in front: the first one is taken for what a
    /// custom domain maps to the stage.
    Split,
}

impl BasePath {
    /// Puts the base path, or what is left of it, in front of every path of the API.
    pub fn apply(self, api: &mut Api) {
        let Some(prefix) = self.prefix(&api.base_path) else { return };
        for operation in &mut api.operations {
            operation.path = PathTemplate::parse(&format!("{prefix}{}", operation.path));
        }
    }

    fn prefix(self, base_path: &str) -> Option<&str> {
        let prefix = match self {
            Self::Ignore => return None,
            Self::Prepend => base_path,
            Self::Split => base_path.get(1..)?.find('/').map(|end| &base_path[end + 1..])?,
        };
        (!prefix.is_empty()).then_some(prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The base paths and what becomes of them are recorded on AWS.
    #[test]
    fn split_drops_the_first_segment() {
        for (base_path, prepended, split) in [
            ("/base-var", Some("/base-var"), None),
            ("/base-url/part", Some("/base-url/part"), Some("/part")),
            ("/a/b/c", Some("/a/b/c"), Some("/b/c")),
            ("", None, None),
        ] {
            assert_eq!(BasePath::Ignore.prefix(base_path), None);
            assert_eq!(BasePath::Prepend.prefix(base_path), prepended);
            assert_eq!(BasePath::Split.prefix(base_path), split);
        }
    }
}
