//! The console in a real browser: Debian's chromium, driven by chromedriver over the WebDriver protocol.
//! Skipped where they are not installed, unless LYCHGATE_REQUIRE_BROWSER is set.

mod webdriver;

use local::{Cloud, Console, Options, Records};
use std::path::Path;

use webdriver::Browser;

use crate::images;
use crate::service::Service;
use crate::user_pools::{ADA, PASSWORD};
use crate::web::Started;

/// Calls an operation by its form and finds the request among the traces.
#[tokio::test(flavor = "multi_thread")]
async fn an_operation_is_called_by_its_form_and_its_trace_appears() {
    let Some(browser) = Browser::start().await else { return };
    let started = Started::new().await;
    browser.open(&started.url).await;
    browser.click("#op-echo > summary").await;
    browser.write("#op-echo input[name=word]", "<b>spoken</b>").await;
    browser.click("#op-echo form.try button.main").await;
    assert_eq!(browser.text("#op-echo .outcome .status").await, "200");
    let answer = browser.text("#op-echo .answer pre.body").await;
    assert!(answer.contains("<b>spoken</b>"), "{answer}");
    let trace = browser.text("#traces li:first-child .path").await;
    assert!(trace.starts_with("/local/echo/"), "{trace}");
    browser.click("#traces li:first-child summary").await;
    let log = "//ol[@id='traces']//pre[contains(., 'Method completed with status: 200')]";
    browser.find("xpath", log).await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.end().await;
    started.cloud.stop().await;
}

/// The queue of the document gives up what was received once and not deleted.
#[tokio::test(flavor = "multi_thread")]
async fn dead_letters_are_read_and_sent_back() {
    let Some(browser) = Browser::start().await else { return };
    let started = Started::new().await;
    let sqs = crate::queues::client(&started.cloud.endpoints.sqs);
    let queue = format!("{}/000000000000/local-jobs", started.cloud.endpoints.sqs);
    sqs.send_message().queue_url(&queue).message_body("<i>dead</i>").send().await.unwrap();
    for _ in 0..2 {
        sqs.receive_message().queue_url(&queue).visibility_timeout(0).send().await.unwrap();
    }
    browser.open(&format!("{}/queues", started.url)).await;
    browser.click("tbody tr td:last-child a").await;
    assert_eq!(browser.text("article pre").await, "<i>dead</i>");
    browser.click("button.main").await;
    assert_eq!(browser.text("tbody tr td:last-child a").await, "0");
    assert_eq!(browser.text("tbody tr td:nth-child(2)").await, "1");
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.end().await;
    started.cloud.stop().await;
}

/// Tokens of a user are sent with calls, for as long as the user is signed in.
#[tokio::test(flavor = "multi_thread")]
async fn a_user_signs_in_and_out() {
    let Some(browser) = Browser::start().await else { return };
    let started = Started::new().await;
    browser.open(&started.url).await;
    browser.click("#user > summary").await;
    browser.write("#sign-in input[name=email]", ADA).await;
    browser.write("#sign-in input[name=password]", PASSWORD).await;
    browser.click("#sign-in button[value=up]").await;
    let said = "//p[@id='sign-in-said'][contains(., 'UserNotConfirmedException')]";
    browser.find("xpath", said).await;
    started.confirm(ADA).await;
    browser.click("#sign-in button[value=in]").await;
    let name = format!("//summary[contains(., 'Signed in as {ADA}')]");
    browser.find("xpath", &name).await;
    browser.click("#op-getMe > summary").await;
    browser.click("#op-getMe form.try button.main").await;
    let answer = browser.text("#op-getMe .answer pre.body").await;
    assert!(answer.contains(ADA), "{answer}");
    browser.click("#user > summary").await;
    browser.click("#sign-out").await;
    browser.click("#op-getMe form.try button.main").await;
    browser.find("xpath", "//*[@id='op-getMe']//*[@class='outcome'][contains(., '401')]").await;
    browser.end().await;
    started.cloud.stop().await;
}

/// A picture goes from the page to S3 itself, and what was seen on it comes back.
#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_uploaded_and_its_tags_appear() {
    let Some(browser) = Browser::start().await else { return };
    let service = Service::start().await;
    service.signed_up(ADA).await;
    browser.open(service.cloud.console_url.as_deref().unwrap()).await;
    browser.click("#user > summary").await;
    browser.write("#sign-in input[name=email]", ADA).await;
    browser.write("#sign-in input[name=password]", images::PASSWORD).await;
    browser.click("#sign-in button[value=in]").await;
    let name = format!("//summary[contains(., 'Signed in as {ADA}')]");
    browser.find("xpath", &name).await;

    browser.click("#op-createImage > summary").await;
    browser.click("#op-createImage form.try button.main").await;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("lake.png");
    std::fs::write(&file, images::picture(640, 480)).unwrap();
    browser.choose("#op-createImage form.upload input[type=file]", &file).await;
    browser.click("#op-createImage form.upload button").await;
    let uploaded = "//*[@id='op-createImage']//form[@class='upload'][contains(., '204 uploaded')]";
    browser.find("xpath", uploaded).await;

    browser.click("#op-createImage .answer .answer button").await;
    let tags = service.wait("the picture has tags", async || {
        let answer = browser.text("#op-getImage .answer pre.body").await;
        if answer.contains("\"blue\"") {
            return Some(answer);
        }
        browser.click("#op-getImage form.try button.main").await;
        None
    });
    let tags = tags.await;
    assert!(tags.contains("\"status\": \"tagged\""), "{tags}");
    let trace = browser.text("#traces li:first-child .path").await;
    assert!(trace.starts_with("/local/images/"), "{trace}");
    browser.resize(1280, 1000).await;
    let upload = "document.querySelector('#op-createImage form.upload').scrollIntoView()";
    browser.run(upload).await;
    keep_screenshot(&browser, "images.png").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.end().await;
    service.stop().await;
}

/// Writes what the window shows for the README, where `LYCHGATE_SCREENSHOTS` names a folder:
/// `LYCHGATE_SCREENSHOTS=docs cargo test --test it browser` renews them all.
async fn keep_screenshot(browser: &Browser, name: &str) {
    if let Some(folder) = std::env::var_os("LYCHGATE_SCREENSHOTS") {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        std::fs::write(root.join(folder).join(name), browser.screenshot().await).unwrap();
    }
}

/// What the repository's own console looks like.
#[tokio::test(flavor = "multi_thread")]
async fn a_screenshot_shows_the_console_of_this_repository() {
    let Some(browser) = Browser::start().await else { return };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut options = Options::new(root);
    options.listen.set_port(0);
    options.records = Records::Ephemeral;
    options.reload = false;
    options.console = Console::captured().0;
    let cloud = Cloud::start(options).await.unwrap();
    let url = cloud.console_url.clone().unwrap();
    browser.open(&url).await;
    let missing = reqwest::get(format!("{}/users/nobody", cloud.base_url)).await.unwrap();
    assert_eq!(missing.status(), 404);
    browser.click("#op-createUser > summary").await;
    browser.click("#op-createUser form.try button.main").await;
    assert_eq!(browser.text("#op-createUser .outcome .status").await, "201");
    browser.find("css selector", "#traces li:nth-child(2)").await;
    // Nothing lies outside of a narrow window either.
    for width in [1280, 400] {
        browser.resize(width, 900).await;
        let overflow =
            browser.run("return document.documentElement.scrollWidth - innerWidth").await;
        assert!(overflow.as_i64().unwrap() <= 0, "{width}: {overflow}");
    }
    browser.resize(1280, 900).await;
    keep_screenshot(&browser, "console.png").await;
    assert_eq!(browser.complaints().await, Vec::<String>::new());
    browser.end().await;
    cloud.stop().await;
}
