//! Tables and their items.

use askama::Template;
use serde_json::Value;

use super::{look, settled};
use crate::curl::percent_encoded;
use crate::web::Web;
use crate::web::answer::{self, Answer};
use crate::web::fields::Fields;
use crate::web::frame::Frame;
use crate::web::problem;

/// How many items a page shows.
const MOST: usize = 50;

#[derive(Template)]
#[template(path = "tables.html")]
struct Page {
    frame: Frame,
    tables: Vec<Table>,
}

struct Table {
    key: String,
    attributes: String,
    items: u64,
}

#[derive(Template)]
#[template(path = "items.html")]
struct Items {
    frame: Frame,
    table: String,
    items: Vec<Item>,
    /// The query string of the next page.
    next: Option<String>,
}

struct Item {
    /// What identifies it.
    key: Vec<(String, String)>,
    json: String,
}

/// All tables.
pub(in crate::web) async fn list(web: &Web) -> Answer {
    let frame = Frame::new(web, "tables");
    let specs = web.plan().tables.clone();
    let counted = look(web, move |stores| {
        let tables = specs.iter().map(|spec| {
            let items = stores.tables.count(&spec.name)?;
            let attributes = key_attributes(&spec.table).join(", ");
            Ok(Table { key: spec.key.clone(), attributes, items })
        });
        tables.collect::<Result<Vec<_>, String>>()
    });
    settled(counted.await.map(|tables| answer::page(&Page { frame, tables })))
}

/// Some items of a table.
pub(in crate::web) async fn items(web: &Web, key: &str, query: &Fields) -> Answer {
    let plan = web.plan();
    let Some(spec) = plan.tables.iter().find(|spec| spec.key == key).cloned() else {
        return problem::not_found(web);
    };
    let after = query.get("after").and_then(|after| serde_json::from_str::<Value>(after).ok());
    let (name, frame) = (spec.name.clone(), Frame::new(web, "tables"));
    let looked = look(web, move |stores| stores.tables.page(&name, after, MOST));
    settled(looked.await.map(|page| {
        let identifying = key_attributes(&spec.table);
        let items = page.items.into_iter().map(|item| {
            let key = identifying
                .iter()
                .filter_map(|name| Some((name.clone(), crate::curl::text_of(item.get(name)?))));
            Item { key: key.collect(), json: format!("{:#}", Value::from(item.clone())) }
        });
        let next = page.next.map(|key| format!("after={}", percent_encoded(&key.to_string())));
        answer::page(&Items { frame, table: spec.key.clone(), items: items.collect(), next })
    }))
}

fn key_attributes(table: &openapi::model::Table) -> Vec<String> {
    let keys = std::iter::once(&table.partition_key).chain(&table.sort_key);
    keys.map(|key| key.name.clone()).collect()
}
