//! Sources that cannot be used are all named.

use handlers::assembly::{SurveyError, pin, survey};
use handlers::objects::{InMemory, ObjectAddress};

use super::input::{Item, zip};
use super::place;

#[tokio::test]
async fn all_that_is_missing_or_denied_is_named() {
    let store = InMemory::default();
    let good = ObjectAddress::new("sources", "good");
    store.place(&good, zip(&[]));
    let addresses =
        [good, ObjectAddress::new("sources", "missing"), ObjectAddress::new("secret", "a")];
    store.deny("secret");
    let Err(SurveyError::Faults(faults)) = pin(&store, &addresses).await else { panic!() };
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "/sources/1: s3://sources/missing does not exist",
        "/sources/2: access to s3://secret/a is denied",
    ];
    assert_eq!(faults, expected);
}

#[tokio::test]
async fn what_changed_or_is_no_zip_is_named() {
    let store = InMemory::default();
    let good = zip(&[Item::new("a", "b")]);
    let zips = [("a", good.clone()), ("b", "no zip".into()), ("c", good.clone())];
    let sources = place(&store, &zips).await;
    store.place(&sources[2].version.address, good);
    let Err(SurveyError::Faults(faults)) = survey(&store, sources).await else { panic!() };
    let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let expected = [
        "/sources/1: s3://sources/in/1.zip is not a zip",
        "/sources/2: s3://sources/in/2.zip has changed since it was checked",
    ];
    assert_eq!(faults, expected);
}
