//! Creates, reads, lists and deletes against a running API:
//!
//! ```text
//! cargo run -p client --example users_and_items -- http://127.0.0.1:3000/dev
//! ```

use std::error::Error as StdError;
use std::io::Write;

use client::{Client, Error, Settings, models};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn StdError>> {
    let base_url = std::env::args().nth(1).ok_or("usage: users_and_items BASE_URL")?;
    let client = Settings::new(base_url).build()?;
    let mut out = std::io::stdout().lock();
    users(&client, &mut out).await?;
    items(&client, &mut out).await
}

async fn users(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn StdError>> {
    // Every part checks itself: an invalid user cannot be made.
    let user = models::User {
        uid: "ada".parse()?,
        username: "Ada".parse()?,
        email: "ada@example.com".parse()?,
    };
    match client.create_user().body(user).send().await {
        Ok(created) => writeln!(out, "{}", created.message)?,
        // A second run finds the user of the first.
        Err(Error::Problem { status, problem, .. }) if status == 409 => {
            writeln!(out, "{}", problem.detail.as_deref().unwrap_or(&problem.title))?;
        }
        Err(error) => return Err(error.into()),
    }
    let user = client.get_user().uid("ada").send().await?;
    writeln!(out, "{:?}", *user)?;
    Ok(())
}

async fn items(client: &Client, out: &mut impl Write) -> Result<(), Box<dyn StdError>> {
    let item = models::NewItem {
        name: "lamp".parse()?,
        quantity: 3.try_into()?,
        tags: Some(vec!["brass".parse()?].try_into()?),
    };
    // With a key of its own the request may be sent again, should the answer be lost.
    let key = format!("example-{}", std::process::id());
    let created = client.create_item().idempotency_key(key).body(item).send().await?.into_inner();
    writeln!(out, "{created:?}")?;
    writeln!(out, "{} items", count(client).await?)?;
    client.delete_item().item_id(created.item_id).send().await?;
    let gone = client.get_item().item_id(created.item_id).send().await;
    let is_gone = gone.is_err_and(|error| error.status().is_some_and(|status| status == 404));
    writeln!(out, "deleted: {is_gone}")?;
    Ok(())
}

/// Asks for page after page.
async fn count(client: &Client) -> Result<usize, Error> {
    let mut request = client.list_items().limit(10);
    let mut count = 0;
    loop {
        let page = request.send().await?.into_inner();
        count += page.items.len();
        match page.next_token {
            Some(token) => request = client.list_items().limit(10).next_token(token),
            None => return Ok(count),
        }
    }
}
