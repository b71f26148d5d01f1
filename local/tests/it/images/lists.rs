//! Lists of images: by tag, page by page, and what no list has.

use std::collections::BTreeSet;

use client::models::value::Uuid;
use client::models::{ImagePage, ListImagesTags};
use serde_json::{Value, json};

use super::{Member, coloured, picture};
use crate::service::{Service, value};

impl Member {
    /// A page of images with a tag.
    async fn page(&self, tag: &str, limit: i64, next: Option<String>) -> ImagePage {
        let list = self.client.list_images().limit(limit);
        let list = list.tags(value::<ListImagesTags>(json!([tag])));
        let list = match next {
            Some(token) => list.next_token(token),
            None => list,
        };
        list.send().await.unwrap().into_inner()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_with_a_tag_have_each_image_once_whatever_happens_between_them() {
    let service = Service::start().await;
    let (ada, bob) =
        (service.member("ada@example.com").await, service.member("bob@example.com").await);
    let mut blue = BTreeSet::new();
    for index in 0..8 {
        let bytes = if index % 2 == 0 { picture(8, 8) } else { coloured(8, 8, [200, 20, 20]) };
        let image = ada.upload(&service, "image/png", &bytes).await;
        if image.tags.iter().any(|tag| tag.as_str() == "blue") {
            blue.insert(image.image_id);
        }
    }
    assert_eq!(blue.len(), 4);
    let bobs = bob.upload(&service, "image/png", &picture(8, 8)).await.image_id;

    let mut pages = Vec::new();
    let mut page = ada.page("blue", 1, None).await;
    let first = page.images[0].image_id;
    let token = page.next_token.clone();
    // What the token stands for goes; the rest comes all the same.
    ada.client.delete_image().image_id(first).send().await.unwrap();
    loop {
        pages.extend(page.images.iter().map(|image| image.image_id));
        let Some(next) = page.next_token else { break };
        page = ada.page("BLUE", 1, Some(next)).await;
        assert!(page.images.len() <= 1);
    }
    assert_eq!(pages.len(), blue.len(), "something comes twice, or is missing");
    assert_eq!(BTreeSet::from_iter(pages), blue);

    // A token is a place, and no right: it shows nobody more than is theirs.
    let shown = bob.page("blue", 100, token).await;
    assert!(shown.images.iter().all(|image| image.image_id == bobs), "{shown:?}");
    service.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn tags_are_asked_for_as_people_write_them_and_nonsense_is_refused() {
    let service = Service::start().await;
    let ada = service.member("ada@example.com").await;
    let id = ada.upload(&service, "image/png", &picture(8, 8)).await.image_id;
    let get = async |path: &str| {
        let get = reqwest::Client::new().get(format!("{}/{path}", service.cloud.base_url));
        let get = get.header("Authorization", ada.tokens.id_token.expose());
        let answer = get.send().await.unwrap();
        (answer.status().as_u16(), answer.text().await.unwrap())
    };
    let found = async |query: &str| {
        let (status, page) = get(&format!("images?{query}")).await;
        assert_eq!(status, 200, "{query} {page}");
        let page: Value = serde_json::from_str(&page).unwrap();
        let ids = page["images"].as_array().unwrap().iter();
        ids.map(|image| image["imageId"].as_str().unwrap().parse().unwrap()).collect::<Vec<Uuid>>()
    };
    // API Gateway decodes a query before anybody cuts it: no tag has a comma, so these are two.
    for query in
        ["tags=blue", "tags=BLUE", "tags=%20Blue%20,png", "tags=blue%2Cpng", "tags=blue,blue"]
    {
        assert_eq!(found(query).await, [id], "{query}");
    }
    for query in ["tags=blue%2Cred", "tags=%20", "tags=bl", "tags=%25"] {
        assert!(found(query).await.is_empty(), "{query}");
    }
    let (long, many) = ("x".repeat(65), vec!["a"; 10_000].join(","));
    for (path, told) in [
        ("images?tags=a,b,c,d,e,f,g,h,i,j,k".to_owned(), "10"),
        (format!("images?tags={long}"), "64"),
        ("images?tags=".to_owned(), "tags"),
        ("images?tags=,,".to_owned(), "tags"),
        ("images?tags=a,,b".to_owned(), "tags"),
        ("images?nextToken=bm9wZQ".to_owned(), "nextToken"),
        ("images?limit=0".to_owned(), "limit"),
        ("images/..%2F..%2Fbob%2F1".to_owned(), "imageId"),
    ] {
        let (status, problem) = get(&path).await;
        assert!(status == 422 && problem.contains(told), "{told}: {status} {problem}");
    }
    // API Gateway reads no line that long.
    let (status, said) = get(&format!("images?tags={many}")).await;
    assert_eq!((status, said.as_str()), (414, "Request URI too long"));
    service.stop().await;
}
