//! Whatever is in the sources, however it is laid out: it comes out as it went in.

use std::collections::BTreeMap;

use handlers::assembly::{Content, Folder};
use proptest::prelude::*;

use super::input::{Item, noise, streamed, text, zip};
use super::reader::contents;
use super::{assemble, select};

/// A source, and how it was made.
#[derive(Clone, Debug)]
struct Made {
    items: BTreeMap<String, Item>,
    streamed: bool,
    prefix: usize,
}

fn item() -> impl Strategy<Value = (String, Item)> {
    let name = "[a-cü]{1,3}(/[a-c日 ]{1,3}){0,3}/?";
    let length = prop_oneof![4 => 0..300_usize, 2 => 0..100_000_usize, 1 => 0..7_000_000_usize];
    (name, length, any::<[bool; 3]>(), any::<u64>()).prop_map(
        |(name, length, [stored, zip64, noisy], seed)| {
            let data = if noisy { noise(length, seed) } else { text(length) };
            let data = if name.ends_with('/') { Vec::new() } else { data };
            (name.clone(), Item { stored, zip64, ..Item::new(&name, data) })
        },
    )
}

fn made() -> impl Strategy<Value = Made> {
    let items = prop::collection::vec(item(), 1..12);
    let prefix = prop_oneof![3 => Just(0), 1 => 1..300_000_usize];
    (items, any::<bool>(), prefix).prop_map(|(items, streamed, prefix)| {
        let mut kept: BTreeMap<String, Item> = BTreeMap::new();
        for (name, item) in items {
            // No file where there is a folder, in whatever order they come.
            let bare = name.trim_end_matches('/');
            let clash = kept.keys().any(|other| {
                let other = other.trim_end_matches('/');
                let within =
                    |a: &str, b: &str| a.strip_prefix(b).is_some_and(|rest| rest.starts_with('/'));
                other == bare || within(other, bare) || within(bare, other)
            });
            if !clash {
                kept.insert(name, item);
            }
        }
        Made { items: kept, streamed, prefix }
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn what_goes_in_comes_out(sources in prop::collection::vec(made(), 1..4), verify in any::<bool>()) {
        let zips: Vec<_> = sources.iter().enumerate().map(|(index, made)| {
            let items: Vec<_> = made.items.values().cloned().collect();
            let zip = if made.streamed { streamed(&items) } else { zip(&items) };
            let prefixed = [noise(made.prefix, 7), zip.to_vec()].concat();
            (format!("s{index}"), prefixed.into())
        }).collect();
        let zips: Vec<_> = zips.iter().map(|(system, zip): &(String, bytes::Bytes)| (&**system, zip.clone())).collect();
        let folders = zips.iter().map(|(system, _)| Folder {
            name: format!("in {system}"), entries: vec![select(system, "**")], folders: Vec::new(),
        });
        let content = Content { entries: Vec::new(), folders: folders.collect() };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (result, _) = runtime.block_on(assemble(&zips, &content, verify));

        let mut expected = BTreeMap::new();
        for (index, made) in sources.iter().enumerate() {
            for (name, item) in &made.items {
                expected.insert(format!("in s{index}/{name}"), item.data.clone());
            }
        }
        prop_assert!(contents(&result) == expected);
        let archive = rawzip::ZipArchive::from_slice(&result).unwrap();
        prop_assert_eq!(archive.entries_hint(), expected.len() as u64);
    }
}
