//! What is built: contents, names, attributes, parts.

use std::io::Cursor;

use bytes::Bytes;
use handlers::assembly::{Budget, BuildError, Content, Folder, Plan, Selection, build, survey};
use handlers::objects::{InMemory, ObjectAddress, ObjectError};

use super::input::{Item, modified, noise, one_empty_folder, streamed, text, zip};
use super::reader::{contents, tools_agree};
use super::{Progress, assemble, destination, everything, place, plan, select};

const MIB: usize = 1 << 20;

fn folder(name: &str, entries: Vec<Selection>) -> Folder {
    Folder { name: name.to_owned(), entries, folders: Vec::new() }
}

#[tokio::test]
async fn a_hierarchy_is_built_as_asked() {
    let crm = zip(&[
        Item::new("reports/q1.pdf", "first"),
        Item::new("reports/deep/q2.pdf", "second"),
        Item::new("readme.txt", "crm"),
    ]);
    let erp = zip(&[Item::new("readme.txt", "erp"), Item::new("q1.pdf", "other")]);
    let flat = Selection { keep_folders: false, ..select("crm", "**/*.pdf") };
    let renamed = Selection { rename: Some("erp.txt".to_owned()), ..select("erp", "readme.txt") };
    let inner = Folder { folders: vec![folder("empty", Vec::new())], ..folder("all", vec![flat]) };
    let content = Content {
        entries: vec![select("crm", "readme.txt"), renamed],
        folders: vec![inner, folder("erp", vec![select("erp", "*.pdf")])],
    };
    let (result, _) = assemble(&[("crm", crm), ("erp", erp)], &content, false).await;
    let expected = [
        ("all/empty/", ""),
        ("all/q1.pdf", "first"),
        ("all/q2.pdf", "second"),
        ("erp.txt", "erp"),
        ("erp/q1.pdf", "other"),
        ("readme.txt", "crm"),
    ];
    let expected = expected.map(|(name, data)| (name.to_owned(), data.into()));
    assert_eq!(contents(&result), expected.into());
    tools_agree(&result);
}

#[tokio::test]
async fn every_kind_of_entry_reads_back_in_every_tool() {
    let kinds = [
        Item { mode: Some(0o755), comment: "Größe", ..Item::new("bin/tool", text(70_000)) },
        Item::stored("ü/日本語.bin", noise(50_000, 1)),
        Item { zip64: true, ..Item::new("large sizes", text(1000)) },
        Item::new("empty", ""),
        Item::new("folder/", ""),
        Item { stored: true, ..Item::new("stored empty", "") },
    ];
    let zips = [("a", zip(&kinds)), ("b", streamed(&kinds))];
    let content = Content {
        entries: vec![select("a", "**")],
        folders: vec![folder("b", vec![select("b", "**")])],
    };
    for verify in [false, true] {
        let (result, report) = assemble(&zips, &content, verify).await;
        assert_eq!(report.verified, verify);
        let contents = contents(&result);
        for item in &kinds {
            assert_eq!(contents[&item.name], item.data, "{}", item.name);
            assert_eq!(contents[&format!("b/{}", item.name)], item.data, "{}", item.name);
        }
        tools_agree(&result);
    }
}

#[tokio::test]
async fn times_modes_and_comments_are_kept() {
    let item = Item { mode: Some(0o640), comment: "Größe", ..Item::new("a", "b") };
    let (result, _) = assemble(&[("a", zip(&[item]))], &everything(&["a"]), false).await;
    let mut archive = zip::ZipArchive::new(Cursor::new(result)).unwrap();
    let file = archive.by_index(0).unwrap();
    assert_eq!(file.unix_mode().map(|mode| mode & 0o777), Some(0o640));
    assert_eq!(file.last_modified(), Some(modified()));
    assert_eq!(file.comment(), "Größe");
}

#[tokio::test]
async fn a_small_result_is_put_at_once() {
    let store = InMemory::default();
    let plan = Plan::new(&one_empty_folder(), Vec::new(), false).unwrap();
    let progress = Progress::default();
    build(&store, &plan, &destination(), Budget::default(), &progress).await.unwrap();
    assert_eq!((progress.uploads(), progress.last()), (0, plan.size()));
    let result = store.body(&destination()).unwrap().to_vec();
    assert_eq!(contents(&result), [("empty/".to_owned(), Vec::new())].into());
}

/// Entries of all sizes that parts treat differently, around their limits.
fn sizes() -> Vec<Item> {
    let sizes = [12 * MIB, 100, 3 * MIB, 2 * MIB, 6 * MIB, 9 * MIB, 0, 2 * MIB + 1, 5 * MIB, 7];
    let items = sizes.into_iter().enumerate();
    items.map(|(index, size)| Item::stored(&format!("{index}.bin"), noise(size, 3))).collect()
}

#[tokio::test]
async fn large_data_are_copied_by_the_store_unless_verified() {
    let items = sizes();
    let zips = [("a", zip(&items)), ("b", streamed(&items))];
    let folders =
        ["a", "b"].map(|system| folder(&format!("in {system}"), vec![select(system, "**")]));
    let content = Content { entries: Vec::new(), folders: folders.into() };
    let (copied, report) = assemble(&zips, &content, false).await;
    assert!(report.copied > 20 * MIB as u64, "{}", report.copied);
    let (sent, report) = assemble(&zips, &content, true).await;
    assert_eq!((report.copied, report.verified), (0, true));
    assert!(copied == sent, "how it is written does not matter");
    let contents = contents(&sent);
    assert!(items.iter().all(|item| contents[&format!("in b/{}", item.name)] == item.data));
    tools_agree(&sent);
}

#[tokio::test]
async fn order_and_repetition_do_not_matter() {
    let items = sizes();
    let mut entries: Vec<_> = items.iter().map(|item| select("a", &item.name)).collect();
    entries.reverse();
    let again = folder("again", vec![select("a", "**")]);
    let content = Content { entries, folders: vec![again] };
    let (result, _) = assemble(&[("a", zip(&items))], &content, false).await;
    let contents = contents(&result);
    for item in &items {
        assert!(contents[&item.name] == item.data, "{}", item.name);
        assert!(contents[&format!("again/{}", item.name)] == item.data, "{}", item.name);
    }
}

#[tokio::test]
async fn a_zip_behind_a_program_is_read() {
    let items = [Item::new("a", text(1000)), Item::stored("b", noise(5 * MIB, 9))];
    for prefix in [1, 70_000, 9 * MIB] {
        let mut program = noise(prefix, 5);
        program.extend(zip(&items));
        let (result, _) = assemble(&[("a", program.into())], &everything(&["a"]), false).await;
        assert!(contents(&result)["b"] == items[1].data);
    }
}

#[tokio::test]
async fn a_source_that_changes_ends_the_build_and_leaves_nothing() {
    let store = InMemory::default();
    let items = sizes();
    let sources = place(&store, &[("a", zip(&items))]).await;
    let address = sources[0].version.address.clone();
    let plan = plan(&store, sources, &everything(&["a"])).await;
    store.place(&address, zip(&items));
    let progress = Progress::default();
    let error =
        build(&store, &plan, &destination(), Budget::default(), &progress).await.unwrap_err();
    assert!(matches!(&error, BuildError::Object(ObjectError::Changed(at)) if *at == address));
    assert!(!error.is_passing());
    assert_eq!(store.open_uploads(), 0);
    assert!(store.body(&destination()).is_none());
}

#[tokio::test]
async fn a_destination_without_permission_is_a_lasting_error() {
    let store = InMemory::default();
    let sources = place(&store, &[("a", zip(&sizes()))]).await;
    let plan = plan(&store, sources, &everything(&["a"])).await;
    store.deny("archives");
    let progress = Progress::default();
    let error =
        build(&store, &plan, &destination(), Budget::default(), &progress).await.unwrap_err();
    assert!(matches!(error, BuildError::Object(ObjectError::Denied(_))), "{error:?}");
    assert!(!error.is_passing());
}

#[tokio::test]
async fn ten_thousand_small_entries_need_few_reads() {
    let items: Vec<_> = (0..10_000)
        .map(|index| Item::new(&format!("{}/{index}.txt", index % 100), format!("{index}")))
        .collect();
    let store = super::damage::breaking(0);
    let sources = place(&store.inner, &[("a", zip(&items))]).await;
    let directories = survey(&store, sources).await.unwrap();
    let plan = Plan::new(&everything(&["a"]), directories, true).unwrap();
    let progress = Progress::default();
    build(&store, &plan, &destination(), Budget::default(), &progress).await.unwrap();
    assert!(store.listener.reads() <= 4, "{} reads", store.listener.reads());
    let result = store.inner.body(&destination()).unwrap().to_vec();
    assert_eq!(contents(&result).len(), items.len());
    tools_agree(&result);
}

#[tokio::test]
async fn an_object_that_is_the_destination_too_is_replaced() {
    let store = InMemory::default();
    let address = ObjectAddress::new("archives", "out/final.zip");
    store.place(&address, Bytes::from_static(b"old"));
    let sources = place(&store, &[("a", zip(&[Item::new("a", "b")]))]).await;
    let plan = plan(&store, sources, &everything(&["a"])).await;
    build(&store, &plan, &address, Budget::default(), &Progress::default()).await.unwrap();
    assert_eq!(store.body(&address).unwrap().size(), plan.size());
}
