//! Every fault of a content has its pointer.

use bytes::Bytes;
use handlers::assembly::{Content, DEEPEST_NESTING, Fault, Folder, Plan, Selection, survey};
use handlers::objects::InMemory;

use super::input::{Item, zip};
use super::{place, select};

/// The sources by system, each in a folder of its name.
pub(super) fn in_folders(systems: &[&str]) -> Content {
    let folders = systems.iter().map(|system| folder(system, vec![select(system, "**")], vec![]));
    Content { entries: Vec::new(), folders: folders.collect() }
}

fn folder(name: &str, entries: Vec<Selection>, folders: Vec<Folder>) -> Folder {
    Folder { name: name.to_owned(), entries, folders }
}

fn flat(system: &str, pattern: &str) -> Selection {
    Selection { keep_folders: false, ..select(system, pattern) }
}

fn renamed(system: &str, pattern: &str, name: &str) -> Selection {
    Selection { rename: Some(name.to_owned()), ..select(system, pattern) }
}

fn names(names: &[&str]) -> Bytes {
    let items: Vec<_> = names.iter().map(|name| Item::new(name, "")).collect();
    zip(&items)
}

async fn arrange(zips: &[(&str, Bytes)], content: &Content) -> Result<Vec<String>, Vec<Fault>> {
    let store = InMemory::default();
    let sources = place(&store, zips).await;
    let directories = survey(&store, sources).await.unwrap();
    let plan = Plan::new(content, directories, false)?;
    Ok(plan.names().map(str::to_owned).collect())
}

async fn faults(zips: &[(&str, Bytes)], content: &Content) -> Vec<(String, String)> {
    let faults = arrange(zips, content).await.unwrap_err();
    faults.into_iter().map(|fault| (fault.pointer, fault.detail)).collect()
}

#[tokio::test]
async fn selections_place_entries() {
    let zips = [
        ("a", names(&["x.txt", "d/y.txt", "d/", "d/z.bin"])),
        ("a", names(&["second.txt"])),
        ("b", names(&["[x].txt", "x.txt"])),
    ];
    for (selection, expected) in [
        (select("a", "**"), &["x.txt", "d/y.txt", "d/", "d/z.bin", "second.txt"][..]),
        (select("a", "*.txt"), &["x.txt", "second.txt"]),
        (select("a", "**/*.txt"), &["x.txt", "d/y.txt", "second.txt"]),
        (select("a", "d/y.txt"), &["d/y.txt"]),
        (flat("a", "d/**"), &["y.txt", "z.bin"]),
        (renamed("a", "d/y.*", "new"), &["d/new"]),
        (Selection { keep_folders: false, ..renamed("a", "d/y.*", "new") }, &["new"]),
        (select("b", "[x].txt"), &["[x].txt"]),
        (select("b", "{x,y}.txt"), &["x.txt"]),
    ] {
        let content = Content { entries: vec![selection.clone()], folders: Vec::new() };
        assert_eq!(arrange(&zips, &content).await.unwrap(), expected, "{selection:?}");
    }
}

#[tokio::test]
async fn all_faults_are_found_each_by_its_pointer() {
    let zips = [("a", names(&["x", "y", "Z"])), ("b", names(&["x", "z"]))];
    let content = Content {
        entries: vec![
            select("a", "**"),
            select("none", "x"),
            select("a", "missing"),
            select("a", "[x"),
            renamed("a", "?", "q"),
            renamed("a", "x", "a/b"),
            select("b", "**"),
        ],
        folders: vec![
            folder("..", Vec::new(), Vec::new()),
            folder("ok", vec![select("b", "nope*")], vec![folder("", Vec::new(), Vec::new())]),
        ],
    };
    let expected = [
        ("/content/entries/1/system", "no source is of the system \"none\""),
        ("/content/entries/2/match", "no entry of the system \"a\" matches \"missing\""),
        ("/content/entries/3/match", "is not a glob"),
        ("/content/entries/4/rename", "3 entries match"),
        ("/content/entries/5/rename", "has a slash"),
        (
            "/content/entries/6",
            "\"x\", which is also the name of \"x\", made by /content/entries/0",
        ),
        ("/content/entries/6", "\"z\", which differs only by case from \"Z\""),
        ("/content/folders/0/name", "\"..\""),
        ("/content/folders/1/entries/0/match", "nope*"),
        ("/content/folders/1/folders/0/name", "empty"),
    ];
    let found = faults(&zips, &content).await;
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for ((pointer, detail), (expected, part)) in found.iter().zip(expected) {
        assert_eq!(pointer, expected);
        assert!(detail.contains(part), "{pointer}: {detail}");
    }
}

#[tokio::test]
async fn names_that_leave_the_folder_are_refused_even_without_their_folders() {
    for name in ["../x", "a/../../x", "/x", "a\\x", "C:\\x", "C:x", "a//x", "a/\u{1}/x"] {
        for selection in [select("a", "**"), flat("a", "**")] {
            let content = Content { entries: vec![selection], folders: Vec::new() };
            let found = faults(&[("a", names(&[name]))], &content).await;
            assert_eq!(found[0].0, "/content/entries/0/match", "{name}");
        }
    }
}

#[tokio::test]
async fn folders_and_files_do_not_share_a_name() {
    let zips = [("a", names(&["x", "d/y"]))];
    let content = Content {
        entries: vec![select("a", "x")],
        folders: vec![folder("x", vec![select("a", "d/y")], Vec::new())],
    };
    let found = faults(&zips, &content).await;
    assert_eq!(found[0].0, "/content/folders/0/entries/0");
    assert!(found[0].1.contains("needs a folder where there is the file \"x\""), "{found:?}");
}

#[tokio::test]
async fn sources_may_share_folders() {
    let zips = [("a", names(&["d/", "d/x"])), ("b", names(&["d/", "d/y"]))];
    let content =
        Content { entries: vec![select("a", "**"), select("b", "**")], folders: Vec::new() };
    assert_eq!(arrange(&zips, &content).await.unwrap(), ["d/", "d/x", "d/y"]);
}

#[tokio::test]
async fn nesting_ends_at_32() {
    let nested = |depth: usize| {
        let mut content = Content::default();
        for _ in 0..depth {
            let Content { entries, folders } = content;
            content = Content { entries: vec![], folders: vec![folder("f", entries, folders)] };
        }
        content
    };
    let names = arrange(&[], &nested(DEEPEST_NESTING)).await.unwrap();
    assert_eq!(names, ["f/".repeat(DEEPEST_NESTING)]);
    let found = faults(&[], &nested(100)).await;
    let pointer = format!("/content{}", "/folders/0".repeat(DEEPEST_NESTING + 1));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].0, pointer);
}

#[tokio::test]
async fn many_faults_of_one_kind_are_counted() {
    let all: Vec<_> = (0..1000).map(|n| n.to_string()).collect();
    let zip = names(&all.iter().map(String::as_str).collect::<Vec<_>>());
    let content = Content { entries: vec![select("a", "**"); 2], folders: Vec::new() };
    let found = faults(&[("a", zip)], &content).await;
    assert_eq!(found.len(), 21);
    assert_eq!(found[20].1, "and 980 more like these");
}

#[tokio::test]
async fn nothing_at_all_is_a_fault() {
    let found = faults(&[("a", names(&["x"]))], &Content::default()).await;
    assert_eq!(found[0].0, "/content");
    let content = Content { entries: vec![select("a", "**")], folders: Vec::new() };
    assert_eq!(faults(&[("a", names(&[]))], &content).await[0].0, "/content/entries/0/match");
}

#[tokio::test]
async fn names_may_not_grow_too_long() {
    let zips = [("a", names(&["x"]))];
    let long = renamed("a", "x", &"n".repeat(256));
    let content = Content { entries: vec![long], folders: Vec::new() };
    assert_eq!(faults(&zips, &content).await[0].0, "/content/entries/0/rename");
    let mut content = Content { entries: vec![select("a", "x")], folders: Vec::new() };
    for _ in 0..20 {
        let Content { entries, folders } = content;
        let name = "n".repeat(250);
        content = Content { entries: vec![], folders: vec![folder(&name, entries, folders)] };
    }
    let found = faults(&zips, &content).await;
    assert!(found[0].0.ends_with("/entries/0/match") && found[0].1.contains("4,095"), "{found:?}");
}
