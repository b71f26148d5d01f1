//! The README's "Add an operation", step by step, on a copy of this repository.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use local::workspace::Workspace;
use rustix::process::Signal;
use serde_json::Value;

use crate::scratch::{Local, get};

const PATH: &str = include_str!("add_operation/path.yaml");
const SCHEMA: &str = include_str!("add_operation/schema.yaml");

/// A copy of the workspace with a target folder of its own. It stands at the same place every
/// time and shares the intermediate files of the original, so that only members are built again.
struct Copy {
    root: PathBuf,
    build_directory: PathBuf,
}

impl Copy {
    fn new(original: &Workspace) -> Self {
        let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("add-operation");
        fs::create_dir_all(&root).unwrap();
        for entry in fs::read_dir(&root).unwrap().map(Result::unwrap) {
            // What was built stays.
            match entry.file_type().unwrap().is_dir() {
                true if entry.file_name() != "target" => fs::remove_dir_all(entry.path()).unwrap(),
                false => fs::remove_file(entry.path()).unwrap(),
                true => {}
            }
        }
        copy_sources(original.root(), &root);
        let copy = Self { root, build_directory: original.build_directory().to_owned() };
        // Cargo knows members by version and place in the workspace, not by where that is: with
        // the same version, copy and original would overwrite each other's intermediate files.
        copy.edit("Cargo.toml", |text| {
            let (before, after) = text.split_once("\nversion = \"").unwrap();
            let (version, after) = after.split_once('"').unwrap();
            format!("{before}\nversion = \"{version}-copy\"{after}")
        });
        copy
    }

    /// A command in the copy, whose builds go to the copy.
    fn command(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        command
            .current_dir(&self.root)
            .env("CARGO_TARGET_DIR", self.root.join("target"))
            .env("CARGO_BUILD_BUILD_DIR", &self.build_directory)
            .stdin(Stdio::null());
        command
    }

    /// Builds the functions as `local` does; whether that worked, and what the compiler said.
    fn build(&self) -> (bool, String) {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = self.command(cargo);
        let output = command.args(["build", "--bin", "users", "--bin", "items"]).output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    fn edit(&self, file: &str, change: impl FnOnce(String) -> String) {
        let path = self.root.join(file);
        let text = fs::read_to_string(&path).unwrap();
        let changed = change(text.clone());
        assert_ne!(changed, text, "{file} does not hold what is to be changed");
        fs::write(path, changed).unwrap();
    }
}

/// Copies everything but what was built or recorded.
fn copy_sources(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let (name, target) = (entry.file_name(), to.join(entry.file_name()));
        if entry.file_type().unwrap().is_dir() {
            if ![".git", ".lychgate", "target"].iter().any(|left_out| name == *left_out) {
                fs::create_dir_all(&target).unwrap();
                copy_sources(&entry.path(), &target);
            }
        } else if entry.file_type().unwrap().is_file() && name != ".git" {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// The program `lychgate` of the original; its sources are those of the copy.
fn build_lychgate(original: &Workspace) -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .args(["build", "--bin", "lychgate", "--message-format=json-render-diagnostics"])
        .current_dir(original.root())
        .stderr(Stdio::inherit())
        .output()
        .unwrap();
    let messages = String::from_utf8(output.stdout).unwrap();
    let executable =
        messages.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).find(|message| {
            message["target"]["name"] == "lychgate" && !message["executable"].is_null()
        });
    PathBuf::from(executable.unwrap()["executable"].as_str().unwrap())
}

fn succeeded(output: &Output) -> String {
    let text = [output.stdout.as_slice(), &output.stderr].concat();
    let text = String::from_utf8(text).unwrap();
    assert!(output.status.success(), "{text}");
    text
}

#[test]
fn the_readmes_steps_add_an_operation() {
    let original = Workspace::find(Path::new(env!("CARGO_MANIFEST_DIR"))).unwrap();
    let lychgate_program = build_lychgate(&original);
    let copy = Copy::new(&original);
    let lychgate =
        |command: &str| succeeded(&copy.command(&lychgate_program).arg(command).output().unwrap());

    // 1. Describe it.
    copy.edit("openapi/api.yaml", |text| {
        let text = text.replacen("\ncomponents:\n", &format!("\n{PATH}\ncomponents:\n"), 1);
        format!("{}\n{SCHEMA}", text.trim_end())
    });
    lychgate("check");
    // 2. Types and client method.
    lychgate("generate");
    assert!(lychgate("routes").contains("getHealth"));
    // 3. The build names what is missing.
    let (built, said) = copy.build();
    assert!(!built);
    assert!(said.contains("missing: `get_health`"), "{said}");
    // 4. A first handler, once.
    assert!(lychgate("stub").contains("get_health.rs"));
    let handler = fs::read(copy.root.join("handlers/src/items/get_health.rs")).unwrap();
    assert!(lychgate("stub").contains("every operation has its handler"));
    assert_eq!(fs::read(copy.root.join("handlers/src/items/get_health.rs")).unwrap(), handler);
    let (built, said) = copy.build();
    assert!(built, "{said}");
    // 5. Fill it in; it answers.
    copy.edit("handlers/src/items/get_health.rs", |text| {
        text.replace(
            r#"Err(Failure::not_implemented("getHealth"))"#,
            r#"Ok(GetHealthResponse::Ok200(::models::Health { status: "up".to_owned() }))"#,
        )
    });
    let mut command = copy.command(env!("CARGO_BIN_EXE_local"));
    command.args(["--listen", "127.0.0.1:0", "--ephemeral", "--no-reload"]);
    let local = Local::start(command);
    let base_url = local.ready();
    assert_eq!(get(&base_url, "/health"), (200, r#"{"status":"up"}"#.to_owned()));
    local.signal(Signal::INT);
    assert_eq!(local.end(), Some(0));
}
