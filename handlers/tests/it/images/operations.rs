//! What owners see of their images, and others do not.

use serde_json::json;

use super::{BUCKET, Says, Scene, picture, to};
use crate::event::posted;

#[tokio::test]
async fn an_upload_may_be_one_picture_at_the_owners_place() {
    let scene = Scene::new(&[]);
    let (id, upload) = scene.create("ada").await;
    assert_eq!(
        upload["fields"],
        json!({
            "key": format!("images/ada/{id}"), "Content-Type": "image/png",
            "policy": "1 to 15728640 bytes",
        })
    );
    assert_eq!(
        (&upload["maxBytes"], &upload["url"]),
        (&json!(15_728_640), &json!("memory:images"))
    );
    let image = scene.get("ada", &id).await;
    assert_eq!((image.status, &image.body["status"]), (200, &json!("awaiting")));
    assert_eq!((image.body.get("link"), &image.body["tags"]), (None, &json!([])));
    for (member, value) in
        [("contentType", "image/svg+xml"), ("contentType", "text/html"), ("fileName", "../../x")]
    {
        let mut new = json!({"contentType": "image/png"});
        new[member] = json!(value);
        assert_eq!(scene.call(posted("/images", &new), "ada").await.status, 422, "{value}");
    }
}

#[tokio::test]
async fn somebody_elses_image_is_not_there() {
    let scene = Scene::new(&[Says::Tags(&["lake"])]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    scene.deliver(&message, 1).await.unwrap();
    let unknown = "00000000-0000-4000-8000-000000000000";
    for (method, id) in [("GET", &*id), ("GET", unknown), ("DELETE", &*id), ("DELETE", unknown)] {
        let answer = scene.call(to(method, "/images/{imageId}", id), "bob").await;
        let detail = json!(format!("Image {id} does not exist."));
        assert_eq!((answer.status, &answer.body["detail"]), (404, &detail));
    }
    assert_eq!(scene.list("bob", &[]).await.body, json!({"images": []}));
    assert_eq!(scene.get("ada", &id).await.status, 200);
    assert_eq!(scene.objects.keys(BUCKET).len(), 1);
}

#[tokio::test]
async fn images_are_found_by_all_of_their_tags_page_by_page() {
    let scene = Scene::new(&[
        Says::Tags(&["lake", "blue"]),
        Says::Tags(&["lake", "green"]),
        Says::Tags(&["blue", "lake", "boat"]),
    ]);
    let mut ids = Vec::new();
    for _ in 0..3 {
        let (id, _) = scene.create("ada").await;
        let message = scene.upload("ada", &id, picture(4, 4));
        scene.deliver(&message, 1).await.unwrap();
        ids.push(id);
    }
    scene.create("ada").await;
    let found = async |tags: &str, limit: &str| {
        let (mut all, mut token) = (Vec::new(), None::<String>);
        loop {
            let mut query = vec![("limit", limit)];
            if !tags.is_empty() {
                query.push(("tags", tags));
            }
            query.extend(token.as_deref().map(|token| ("nextToken", token)));
            let page = scene.list("ada", &query).await;
            assert_eq!(page.status, 200, "{:?}", page.body);
            let images = page.body["images"].as_array().unwrap().clone();
            assert!(images.len() <= limit.parse().unwrap());
            all.extend(images.iter().map(|it| it["imageId"].as_str().unwrap().to_owned()));
            match page.body["nextToken"].as_str() {
                Some(next) => token = Some(next.to_owned()),
                None => break,
            }
        }
        all.sort_unstable();
        all
    };
    let sorted = |which: &[usize]| {
        let mut wanted: Vec<_> = which.iter().map(|&index| ids[index].clone()).collect();
        wanted.sort_unstable();
        wanted
    };
    for limit in ["1", "2", "100"] {
        assert_eq!(found("", limit).await.len(), 4);
        assert_eq!(found("lake", limit).await, sorted(&[0, 1, 2]));
        assert_eq!(found("blue,lake", limit).await, sorted(&[0, 2]));
        assert_eq!(found(" Blue ,LAKE,blue", limit).await, sorted(&[0, 2]));
        assert_eq!(found("blue,green", limit).await, sorted(&[]));
    }
}

#[tokio::test]
async fn what_no_list_has_is_refused() {
    let scene = Scene::new(&[]);
    let many = vec!["a"; 10_000].join(",");
    let long = "x".repeat(65);
    for query in [
        ("tags", many.as_str()),
        ("tags", "a,,b"),
        ("tags", ""),
        ("tags", long.as_str()),
        ("limit", "0"),
        ("limit", "101"),
        ("nextToken", "../../etc/passwd"),
        ("nextToken", "bm9wZQ"),
    ] {
        let answer = scene.list("ada", &[query]).await;
        assert_eq!(answer.status, 422, "{} {:?}", query.0, answer.body);
    }
    for id in ["../../images/bob/1", "7", "%2e%2e"] {
        assert_eq!(scene.get("ada", id).await.status, 422, "{id}");
    }
}

#[tokio::test]
async fn a_deleted_image_leaves_nothing_and_may_be_deleted_once() {
    let scene = Scene::new(&[Says::Tags(&["lake"])]);
    let (id, _) = scene.create("ada").await;
    let message = scene.upload("ada", &id, picture(4, 4));
    scene.deliver(&message, 1).await.unwrap();
    let link = scene.get("ada", &id).await.body["link"].as_str().unwrap().to_owned();
    assert!(link.contains("as image/png, inline; filename=\"lake.png\""), "{link}");
    let delete = || scene.call(to("DELETE", "/images/{imageId}", &id), "ada");
    assert_eq!(delete().await.status, 204);
    assert_eq!(delete().await.status, 404);
    assert_eq!(scene.get("ada", &id).await.status, 404);
    assert!(scene.objects.keys(BUCKET).is_empty());
    // The form may still be sent.
    let message = scene.upload("ada", &id, picture(4, 4));
    scene.deliver(&message, 1).await.unwrap();
    assert!(scene.objects.keys(BUCKET).is_empty());
    assert!(scene.records.get(&id).await.unwrap().is_none());
}
