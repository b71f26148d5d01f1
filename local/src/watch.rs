//! Noticing edits of the document and of what the functions are built from.
//!
//! Folders are watched, not files: many editors replace a file by renaming another over it, and a
//! watch on the file would follow the old one into the bin.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use notify::event::{EventKind, MetadataKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use crate::workspace::Workspace;

/// Editors and `git checkout` write several times; this long a silence ends one edit.
const SILENCE: Duration = Duration::from_millis(150);

/// Why edits cannot be noticed.
#[derive(Debug, thiserror::Error)]
#[error("cannot watch {} for edits (start with --no-reload to do without)", path.display())]
pub struct WatchError {
    /// The folder.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub source: notify::Error,
}

/// A watch on the document and on sources; dropping it ends it.
#[derive(Debug)]
pub struct Watch {
    _watcher: RecommendedWatcher,
    edited: UnboundedReceiver<PathBuf>,
    relevance: Relevance,
}

impl Watch {
    /// Watches the document, and everything the programs are built from.
    pub fn start(
        document: &Path,
        workspace: &Workspace,
        programs: &[String],
    ) -> Result<Self, WatchError> {
        let output = [workspace.target_directory().to_owned(), workspace.root().join(".lychgate")];
        Self::on(document, workspace.root(), &workspace.sources(programs), &output)
    }

    /// Watches the document's folder and manifests of the workspace as they are, and the folders
    /// of `sources` with everything in them, except for what is in `output`.
    fn on(
        document: &Path,
        workspace: &Path,
        sources: &BTreeSet<PathBuf>,
        output: &[PathBuf],
    ) -> Result<Self, WatchError> {
        let (edits, edited) = unbounded_channel();
        let mut watcher =
            notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
                // An error is an overflow of the system's queue at worst: the next edit is seen again.
                if let Ok(event) = event
                    && is_edit(event.kind)
                {
                    for path in event.paths {
                        // The receiver is gone only while everything stops.
                        let _ = edits.send(path);
                    }
                }
            })
            .map_err(|source| WatchError { path: workspace.to_owned(), source })?;
        // The system reports paths below the watched folder as it was named: resolve links first.
        let document = resolved(document);
        let roots: BTreeSet<PathBuf> = sources.iter().map(|path| resolved(path)).collect();
        let flat = [document.parent().unwrap_or(Path::new("/")).to_owned(), resolved(workspace)];
        for folder in &roots {
            watch(&mut watcher, folder, RecursiveMode::Recursive)?;
        }
        for folder in
            flat.iter().filter(|folder| !roots.iter().any(|root| folder.starts_with(root)))
        {
            watch(&mut watcher, folder, RecursiveMode::NonRecursive)?;
        }
        let relevance = Relevance {
            document,
            sources: roots,
            workspace: resolved(workspace),
            output: output.iter().map(|path| resolved(path)).collect(),
        };
        Ok(Self { _watcher: watcher, edited, relevance })
    }

    /// Waits for an edit that matters, and then for silence.
    pub async fn next(&mut self) {
        loop {
            match self.edited.recv().await {
                Some(path) if self.relevance.of(&path) => break,
                Some(_) => {}
                // The watcher died; there is nothing to wait for any more.
                None => std::future::pending().await,
            }
        }
        while let Ok(Some(_)) = tokio::time::timeout(SILENCE, self.edited.recv()).await {}
    }
}

fn watch(
    watcher: &mut RecommendedWatcher,
    folder: &Path,
    mode: RecursiveMode,
) -> Result<(), WatchError> {
    watcher.watch(folder, mode).map_err(|source| WatchError { path: folder.to_owned(), source })
}

fn resolved(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Opening and reading (compilers do a lot of it) changes nothing.
fn is_edit(kind: EventKind) -> bool {
    !matches!(
        kind,
        EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime))
    )
}

/// Which paths matter.
#[derive(Debug)]
struct Relevance {
    document: PathBuf,
    sources: BTreeSet<PathBuf>,
    workspace: PathBuf,
    output: Vec<PathBuf>,
}

impl Relevance {
    fn of(&self, path: &Path) -> bool {
        if path == self.document {
            return true;
        }
        if self.output.iter().any(|folder| path.starts_with(folder)) {
            return false;
        }
        if path.parent() == Some(&self.workspace) && is_manifest(path) {
            return true;
        }
        let below = self.sources.iter().find_map(|root| path.strip_prefix(root).ok());
        below.is_some_and(|below| !below.components().any(is_scratch))
    }
}

fn is_manifest(path: &Path) -> bool {
    ["Cargo.toml", "Cargo.lock", "rust-toolchain.toml"].iter().any(|name| path.ends_with(name))
}

/// Hidden files, backups and swap files of editors, and the file vim probes a folder with.
fn is_scratch(component: Component<'_>) -> bool {
    let Some(name) = component.as_os_str().to_str() else { return true };
    name.starts_with(['.', '#']) || name.ends_with(['~', '#']) || name == "4913" || name == "target"
}

#[cfg(test)]
mod tests {
    use std::fs;

    use notify::event::AccessKind;

    use super::*;

    fn relevance() -> Relevance {
        Relevance {
            document: PathBuf::from("/w/openapi/api.yaml"),
            sources: BTreeSet::from([PathBuf::from("/w/handlers")]),
            workspace: PathBuf::from("/w"),
            output: vec![PathBuf::from("/w/target"), PathBuf::from("/w/.lychgate")],
        }
    }

    #[test]
    fn document_sources_and_manifests_matter() {
        for path in
            ["openapi/api.yaml", "handlers/src/users/mod.rs", "handlers/build.rs", "Cargo.toml"]
        {
            assert!(relevance().of(&Path::new("/w").join(path)), "{path}");
        }
    }

    #[test]
    fn output_other_members_and_editors_scratch_do_not() {
        for path in [
            "target/debug/users",
            ".lychgate/dynamodb.sqlite",
            "local/src/cloud.rs",
            "README.md",
            "handlers/src/.users.rs.swp",
            "handlers/src/users.rs~",
            "handlers/src/4913",
            "handlers/target/debug/users",
        ] {
            assert!(!relevance().of(&Path::new("/w").join(path)), "{path}");
        }
    }

    #[test]
    fn reading_is_no_edit() {
        assert!(!is_edit(EventKind::Access(AccessKind::Any)));
        assert!(is_edit(EventKind::Modify(ModifyKind::Any)));
    }

    /// A watched workspace with a document and one source folder.
    fn watched() -> (tempfile::TempDir, Watch) {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        fs::create_dir_all(root.join("handlers/src")).unwrap();
        fs::create_dir(root.join("openapi")).unwrap();
        fs::write(root.join("openapi/api.yaml"), "openapi: 3.0.3\n").unwrap();
        let sources = BTreeSet::from([root.join("handlers")]);
        let watch = Watch::on(&root.join("openapi/api.yaml"), root, &sources, &[]).unwrap();
        (directory, watch)
    }

    #[tokio::test]
    async fn a_document_replaced_by_rename_is_noticed_again_and_again() {
        let (directory, mut watch) = watched();
        for version in ["3.0.1", "3.0.2"] {
            let scratch = directory.path().join("openapi/.api.yaml.new");
            fs::write(&scratch, format!("openapi: {version}\n")).unwrap();
            fs::rename(&scratch, directory.path().join("openapi/api.yaml")).unwrap();
            watch.next().await;
        }
    }

    #[tokio::test]
    async fn a_file_in_a_new_folder_is_noticed() {
        let (directory, mut watch) = watched();
        fs::create_dir(directory.path().join("handlers/src/orders")).unwrap();
        watch.next().await;
        fs::write(directory.path().join("handlers/src/orders/mod.rs"), "//! Orders.\n").unwrap();
        watch.next().await;
    }
}
