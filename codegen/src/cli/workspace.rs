//! Where the document is, and where generated files go.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

/// The document of a workspace, from its root.
const DOCUMENT: &str = "openapi/api.yaml";

/// The Cargo workspace around the current folder, if there is one.
#[derive(Debug)]
pub(super) struct Workspace {
    root: Option<PathBuf>,
}

impl Workspace {
    pub(super) fn of_current_folder() -> Result<Self> {
        let current = env::current_dir().context("cannot tell the current folder")?;
        let root = current.ancestors().find(|folder| is_root(folder));
        // In the root itself paths stay short, in messages, too.
        let root = root.map(|root| if root == current { PathBuf::new() } else { root.to_owned() });
        Ok(Self { root })
    }

    /// A path from the root; for what is written.
    pub(super) fn path(&self, path: &str) -> Result<PathBuf> {
        match &self.root {
            Some(root) => Ok(root.join(path)),
            None => bail!("no Cargo workspace here or above: {path} has no place"),
        }
    }

    /// The document that was asked for, or else the workspace's.
    pub(super) fn document(&self, asked: Option<&Path>) -> Result<PathBuf> {
        let path = match (asked, &self.root) {
            (Some(path), _) => path.to_owned(),
            (None, Some(root)) => root.join(DOCUMENT),
            (None, None) => bail!(
                "no Cargo workspace here or above, so no {DOCUMENT}; name the document: lychgate <COMMAND> DOCUMENT"
            ),
        };
        match fs::metadata(&path) {
            Ok(metadata) if metadata.is_file() => Ok(path),
            Ok(_) => bail!("{} is not a file", path.display()),
            Err(error) => {
                Err(error).with_context(|| format!("cannot read the document {}", path.display()))
            }
        }
    }
}

fn is_root(folder: &Path) -> bool {
    fs::read_to_string(folder.join("Cargo.toml"))
        .is_ok_and(|manifest| manifest.lines().any(|line| line.trim() == "[workspace]"))
}
