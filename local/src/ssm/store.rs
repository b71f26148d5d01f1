//! Parameters: those of the document with their `local` values, and over them those that somebody
//! put. Only the latter are kept in a file, which none but its owner can read.

use std::collections::BTreeMap;
use std::fmt;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// A value that is shown to nobody but who asks for it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ParameterValue(String);

impl ParameterValue {
    /// Keeps a value.
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// The value itself.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ParameterValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ParameterValue")
    }
}

/// A parameter as the document declares it, under its local name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParameterSpec {
    /// Its name here.
    pub name: String,
    /// One line.
    pub description: Option<String>,
    /// Whether it is a SecureString.
    pub secure: bool,
    /// Its value until somebody puts another; without one it does not exist until then.
    pub value: Option<ParameterValue>,
}

/// What kind of value a parameter has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Kind {
    String,
    StringList,
    SecureString,
}

/// A parameter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Parameter {
    pub(super) value: ParameterValue,
    pub(super) kind: Kind,
    pub(super) description: Option<String>,
    pub(super) version: u64,
    /// Seconds since 1970.
    pub(super) modified_at: u64,
    /// It comes from the document.
    #[serde(skip)]
    pub(super) is_declared: bool,
}

/// Why parameters cannot be kept: the file is another one's, or cannot be read or written.
#[derive(Debug, thiserror::Error)]
#[error(
    "cannot use the file of parameters {}: {reason}\n\
     move the file away to start without it, or choose --data-dir DIR or --ephemeral",
    path.display()
)]
pub struct StoreError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong.
    pub reason: String,
}

/// All parameters by name.
#[derive(Debug)]
pub(super) struct Store {
    file: Option<PathBuf>,
    parameters: Mutex<BTreeMap<String, Parameter>>,
}

impl Store {
    /// What this file holds; in memory without one.
    pub(super) fn open(file: Option<&Path>) -> Result<Self, StoreError> {
        let parameters = match file {
            Some(path) => read(path).map_err(|reason| refused(path, reason))?,
            None => BTreeMap::new(),
        };
        Ok(Self { file: file.map(Path::to_owned), parameters: Mutex::new(parameters) })
    }

    /// Has the declared values, except where somebody put another.
    pub(super) fn ensure(&self, specs: &[ParameterSpec]) {
        let mut parameters = self.lock();
        parameters.retain(|_, parameter| !parameter.is_declared);
        for spec in specs {
            let Some(value) = &spec.value else { continue };
            parameters.entry(spec.name.clone()).or_insert_with(|| Parameter {
                value: value.clone(),
                kind: if spec.secure { Kind::SecureString } else { Kind::String },
                description: spec.description.clone(),
                version: 1,
                modified_at: now(),
                is_declared: true,
            });
        }
    }

    pub(super) fn get(&self, name: &str) -> Option<Parameter> {
        self.lock().get(name).cloned()
    }

    /// All of them, by name.
    pub(super) fn all(&self) -> Vec<(String, Parameter)> {
        let parameters = self.lock();
        parameters.iter().map(|(name, parameter)| (name.clone(), parameter.clone())).collect()
    }

    /// Puts a value in place of the one before, if there was one; answers its version.
    pub(super) fn put(
        &self,
        name: &str,
        value: ParameterValue,
        kind: Kind,
        description: Option<String>,
    ) -> Result<u64, StoreError> {
        let mut parameters = self.lock();
        let before = parameters.get(name);
        let version = before.map_or(1, |before| before.version + 1);
        let description = description.or_else(|| before?.description.clone());
        let modified_at = now();
        let parameter =
            Parameter { value, kind, description, version, modified_at, is_declared: false };
        let before = parameters.insert(name.to_owned(), parameter);
        let written = self.write(&parameters);
        if written.is_err() {
            // Nothing is said to be kept that is not.
            match before {
                Some(before) => _ = parameters.insert(name.to_owned(), before),
                None => _ = parameters.remove(name),
            }
        }
        written.map(|()| version)
    }

    /// Deletes a parameter; whether it was there.
    pub(super) fn delete(&self, name: &str) -> Result<bool, StoreError> {
        let mut parameters = self.lock();
        let was_there = parameters.remove(name).is_some();
        if was_there {
            self.write(&parameters)?;
        }
        Ok(was_there)
    }

    /// Beside the file, then over it: whenever the process ends, one of them is whole.
    fn write(&self, parameters: &BTreeMap<String, Parameter>) -> Result<(), StoreError> {
        let Some(path) = &self.file else { return Ok(()) };
        let put: BTreeMap<_, _> =
            parameters.iter().filter(|(_, parameter)| !parameter.is_declared).collect();
        let beside = path.with_extension("new");
        let written =
            serde_json::to_vec_pretty(&put).map_err(std::io::Error::other).and_then(|text| {
                // Of an attempt that did not get to its end; its mode may be any.
                let _ = std::fs::remove_file(&beside);
                let mut options = std::fs::OpenOptions::new();
                let mut file = options.write(true).create_new(true).mode(0o600).open(&beside)?;
                file.write_all(&text)?;
                file.sync_all()?;
                std::fs::rename(&beside, path)
            });
        written.map_err(|error| refused(path, error.to_string()))
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Parameter>> {
        self.parameters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(path: &Path, reason: String) -> StoreError {
    StoreError { path: path.to_owned(), reason }
}

fn read(path: &Path) -> Result<BTreeMap<String, Parameter>, String> {
    match std::fs::read(path) {
        // Not what the parser says: it may quote a value.
        Ok(text) => serde_json::from_slice(&text)
            .map_err(|error| format!("line {} is damaged", error.line())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeMap::new()),
        Err(error) => Err(error.to_string()),
    }
}

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    const SECRET: &str = "correct horse";

    fn spec(value: Option<&str>) -> ParameterSpec {
        let value = value.map(ParameterValue::new);
        ParameterSpec { name: "/local/key".to_owned(), description: None, secure: true, value }
    }

    fn put(store: &Store, value: &str) -> u64 {
        let value = ParameterValue::new(value);
        store.put("/local/key", value, Kind::SecureString, None).unwrap()
    }

    #[test]
    fn what_somebody_put_wins_over_the_document_and_survives_for_its_owner_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("parameters.json");
        let store = Store::open(Some(&path)).unwrap();
        store.ensure(&[spec(Some("declared"))]);
        assert_eq!(store.get("/local/key").unwrap().value.expose(), "declared");
        assert!(!path.exists(), "what the document says is kept there");
        assert_eq!(put(&store, SECRET), 2);
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);

        let again = Store::open(Some(&path)).unwrap();
        again.ensure(&[spec(Some("declared"))]);
        let parameter = again.get("/local/key").unwrap();
        assert_eq!((parameter.value.expose(), parameter.version), (SECRET, 2));
        assert!(again.delete("/local/key").unwrap());
        assert!(Store::open(Some(&path)).unwrap().get("/local/key").is_none());
    }

    #[test]
    fn a_declared_parameter_without_a_value_is_missing_and_one_declared_no_more_goes() {
        let store = Store::open(None).unwrap();
        store.ensure(&[spec(None)]);
        assert!(store.get("/local/key").is_none());
        store.ensure(&[spec(Some("x"))]);
        assert!(store.get("/local/key").is_some());
        store.ensure(&[]);
        assert!(store.get("/local/key").is_none());
    }

    #[test]
    fn values_are_neither_in_debug_output_nor_in_errors() {
        let store = Store::open(None).unwrap();
        store.ensure(&[spec(Some(SECRET))]);
        assert!(!format!("{store:?} {:?}", spec(Some(SECRET))).contains(SECRET));

        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), format!("{{ \"/local/key\": \"{SECRET}\" }}")).unwrap();
        let message = Store::open(Some(file.path())).unwrap_err().to_string();
        assert!(message.contains("line 1 is damaged"), "{message}");
        assert!(!message.contains(SECRET), "{message}");
    }
}
