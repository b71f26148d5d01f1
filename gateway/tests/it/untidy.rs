//! Documents as real projects write them: not quite OpenAPI, and deployed all the same.
//!
//! Each document of `openapi/tests/it/testdata/untidy` says in comments what its stage answers:
//! `# POST /dev/cats {"age":1} answers 400`. What reading warns about stands beside it.

use std::fs;
use std::path::{Path, PathBuf};

use gateway::{Account, Gateway, Headers, Request, Stage};
use openapi::{Api, Placeholders};

use crate::harness::echo;

fn documents() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../openapi/tests/it/testdata/untidy");
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

fn deploy(path: &Path) -> Gateway {
    let reading = openapi::read(path, &Placeholders::none());
    let api: Api =
        reading.api.unwrap_or_else(|| panic!("{}: {:?}", path.display(), reading.diagnostics));
    let stage = Stage { name: "dev".into(), ..Stage::default() };
    let gateway = Gateway::new(api, stage, Account::new(echo()))
        .unwrap_or_else(|found| panic!("{}: {found:#?}", path.display()));
    let found = gateway.diagnostics().iter().chain(&reading.diagnostics);
    assert!(found.clone().all(|found| found.origin.is_some()), "every warning has its place");
    assert!(found.count() > 0 || path.ends_with("exported.yaml"), "{}", path.display());
    gateway
}

/// Method, target, body and status of a comment.
fn expectation(line: &str) -> Option<(&str, &str, &str, u16)> {
    let (request, status) = line.strip_prefix("# ")?.split_once(" answers ")?;
    let mut words = request.splitn(3, ' ');
    let (method, target) = (words.next()?, words.next()?);
    target.starts_with('/').then_some((
        method,
        target,
        words.next().unwrap_or_default(),
        status.parse().ok()?,
    ))
}

#[tokio::test]
async fn untidy_documents_start_and_serve() {
    let documents = documents();
    assert!(documents.len() >= 10, "{documents:?}");
    for path in documents {
        let gateway = deploy(&path);
        let text = fs::read_to_string(&path).unwrap();
        let expectations: Vec<_> = text.lines().filter_map(expectation).collect();
        assert!(!expectations.is_empty(), "{} says what it answers", path.display());
        for (method, target, body, status) in expectations {
            let headers = [("Content-Type", "application/json")].into_iter().collect::<Headers>();
            let request = Request::new(method, target, headers, body.to_owned());
            let answer = gateway.answer(&request).await;
            let place = path.display();
            assert_eq!(answer.status, status, "{place}: {method} {target} {body}");
        }
    }
}
