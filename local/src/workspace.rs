//! The Cargo workspace whose functions run here, as `cargo metadata` describes it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::Deserialize;

/// Why the workspace is unknown.
#[derive(Debug, thiserror::Error)]
pub enum WorkspaceError {
    /// Cargo itself did not run.
    #[error("cannot run `{cargo}`; is Rust installed?")]
    Cargo {
        /// The command.
        cargo: String,
        /// What the system says.
        source: std::io::Error,
    },
    /// There is no workspace, or its manifests are broken.
    #[error("{} is not in a Cargo workspace that could be read:\n{message}", directory.display())]
    Unreadable {
        /// Where it was looked for.
        directory: PathBuf,
        /// Cargo's own words.
        message: String,
    },
    /// Cargo answered something unexpected.
    #[error("cannot understand `cargo metadata`")]
    Metadata(#[source] serde_json::Error),
}

/// A Cargo workspace.
#[derive(Clone, Debug, Deserialize)]
pub struct Workspace {
    #[serde(rename = "workspace_root")]
    root: PathBuf,
    target_directory: PathBuf,
    /// Cargo tells it since 1.91.
    build_directory: Option<PathBuf>,
    packages: Vec<Package>,
}

#[derive(Clone, Debug, Deserialize)]
struct Package {
    name: String,
    manifest_path: PathBuf,
    targets: Vec<Target>,
    dependencies: Vec<Dependency>,
}

#[derive(Clone, Debug, Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Dependency {
    name: String,
    kind: Option<String>,
    path: Option<PathBuf>,
}

impl Workspace {
    /// The workspace that `directory` is in.
    pub fn find(directory: &Path) -> Result<Self, WorkspaceError> {
        let mut command = cargo();
        command.args(["metadata", "--no-deps", "--format-version", "1"]).current_dir(directory);
        let output = command.stdin(Stdio::null()).output().map_err(|source| {
            WorkspaceError::Cargo { cargo: command.get_program().display().to_string(), source }
        })?;
        if output.status.success() {
            serde_json::from_slice(&output.stdout).map_err(WorkspaceError::Metadata)
        } else {
            let message = String::from_utf8_lossy(&output.stderr).trim().to_owned();
            Err(WorkspaceError::Unreadable { directory: directory.to_owned(), message })
        }
    }

    /// Its root folder.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Where Cargo puts what it builds.
    pub fn target_directory(&self) -> &Path {
        &self.target_directory
    }

    /// Where Cargo puts intermediate files.
    pub fn build_directory(&self) -> &Path {
        self.build_directory.as_deref().unwrap_or(&self.target_directory)
    }

    /// Whether some member has a bin of this name.
    pub fn has_program(&self, name: &str) -> bool {
        self.packages.iter().any(|package| package.has_program(name))
    }

    /// Folders of the members these programs are made from: their own, and those of members they
    /// depend on when built.
    pub fn sources(&self, programs: &[String]) -> BTreeSet<PathBuf> {
        let owners = self
            .packages
            .iter()
            .filter(|package| programs.iter().any(|name| package.has_program(name)));
        let mut pending: Vec<&Package> = owners.collect();
        let mut sources = BTreeSet::new();
        while let Some(package) = pending.pop() {
            if sources.insert(package.directory().to_owned()) {
                pending.extend(package.dependencies.iter().filter_map(|one| self.member(one)));
            }
        }
        sources
    }

    fn member(&self, dependency: &Dependency) -> Option<&Package> {
        let directory = dependency.path.as_ref()?;
        // Editing what only tests need rebuilds no function.
        let built = dependency.kind.as_deref() != Some("dev");
        self.packages.iter().find(|package| {
            built && package.name == dependency.name && package.directory() == directory
        })
    }
}

impl Package {
    fn directory(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(&self.manifest_path)
    }

    fn has_program(&self, name: &str) -> bool {
        self.targets.iter().any(|target| target.name == name && target.is_program())
    }
}

impl Target {
    fn is_program(&self) -> bool {
        self.kind.iter().any(|kind| kind == "bin")
    }
}

/// Cargo, the very one that runs us where one does, and in the environment a shell would give it:
/// what `cargo run` and `cargo test` add for the process they start would look to some build
/// scripts like a change, and rebuild their crates every time.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_set_by_cargo) {
            command.env_remove(name);
        }
    }
    command
}

/// Cargo book, "Environment variables Cargo sets for crates" and "... for build scripts".
fn is_set_by_cargo(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "CARGO_BIN_NAME",
        "CARGO_CRATE_NAME",
        "CARGO_MANIFEST_DIR",
        "CARGO_MANIFEST_PATH",
        "CARGO_PRIMARY_PACKAGE",
        "OUT_DIR",
    ];
    NAMES.contains(&name)
        || ["CARGO_PKG_", "CARGO_BIN_EXE_", "CARGO_TARGET_TMPDIR"]
            .iter()
            .any(|prefix| name.starts_with(prefix))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn this() -> Workspace {
        Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap()
    }

    #[test]
    fn the_root_is_found_from_a_member() {
        assert_eq!(this().root(), Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap());
    }

    #[test]
    fn functions_are_programs_of_the_workspace() {
        assert!(this().has_program("users"));
        assert!(!this().has_program("nobody"));
    }

    #[test]
    fn sources_of_the_functions_are_members_they_are_built_from() {
        let workspace = this();
        let sources = workspace.sources(&["users".to_owned(), "items".to_owned()]);
        assert!(sources.contains(&workspace.root().join("handlers")));
        assert!(!sources.contains(&workspace.root().join("local")), "{sources:?}");
        assert!(!sources.contains(&workspace.root().join("client")), "{sources:?}");
    }

    #[test]
    fn a_folder_without_a_workspace_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let message = Workspace::find(directory.path()).unwrap_err().to_string();
        assert!(message.contains(&directory.path().display().to_string()), "{message}");
    }

    #[test]
    fn variables_of_the_user_reach_cargo() {
        assert!(is_set_by_cargo("CARGO_PKG_NAME"));
        assert!(!is_set_by_cargo("CARGO_TARGET_DIR"));
        assert!(!is_set_by_cargo("CARGO_HOME"));
    }
}
