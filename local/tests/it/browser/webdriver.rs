//! The WebDriver protocol (W3C), as far as the tests need it.

use std::io::{BufRead as _, BufReader};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustix::process::{Pid, Signal, kill_process_group};
use serde_json::{Value, json};

/// How long the browser looks for an element, in milliseconds.
const PATIENCE: u64 = 60_000;

/// The key of an element's id (WebDriver, "web element identifier").
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// What chromium is started with: no window, nothing that it does on its own account.
const ARGUMENTS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-default-browser-check",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
    "--window-size=1280,900",
];

/// A browser of its own.
pub(crate) struct Browser {
    http: reqwest::Client,
    session: String,
    driver: Driver,
}

/// chromedriver, and whatever it started.
struct Driver {
    child: Child,
    _profile: tempfile::TempDir,
}

impl Drop for Driver {
    fn drop(&mut self) {
        let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
        let _ = self.child.wait();
    }
}

impl Browser {
    /// Starts a browser; `None`, with the reason printed, where there is none.
    pub(crate) async fn start() -> Option<Self> {
        let profile = tempfile::tempdir().unwrap();
        let Some((child, port)) = driver() else {
            skipped();
            return None;
        };
        let data = format!("--user-data-dir={}", profile.path().display());
        let arguments: Vec<&str> = ARGUMENTS.into_iter().chain([data.as_str()]).collect();
        let driver = Driver { child, _profile: profile };
        let http = reqwest::Client::builder().timeout(Duration::from_secs(180)).build().unwrap();
        let capabilities = json!({ "capabilities": { "alwaysMatch": {
            "browserName": "chrome",
            "timeouts": { "implicit": PATIENCE },
            "goog:loggingPrefs": { "browser": "ALL" },
            "goog:chromeOptions": { "args": arguments },
        }}});
        let url = format!("http://127.0.0.1:{port}/session");
        let session = request(http.post(&url).json(&capabilities)).await;
        let session = format!("{url}/{}", session["sessionId"].as_str().unwrap());
        Some(Self { http, session, driver })
    }

    /// Closes the browser.
    pub(crate) async fn end(self) {
        request(self.http.delete(&self.session)).await;
        drop(self.driver);
    }

    async fn post(&self, path: &str, value: Value) -> Value {
        request(self.http.post(format!("{}/{path}", self.session)).json(&value)).await
    }

    pub(crate) async fn open(&self, url: &str) {
        self.post("url", json!({ "url": url })).await;
    }

    /// The path of the first element; waits for it.
    pub(crate) async fn find(&self, using: &str, value: &str) -> String {
        let found = self.post("element", json!({ "using": using, "value": value })).await;
        format!("element/{}", found[ELEMENT].as_str().unwrap())
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.find("css selector", selector).await;
        self.post(&format!("{element}/click"), json!({})).await;
    }

    /// Replaces what stands in an input.
    pub(crate) async fn write(&self, selector: &str, text: &str) {
        let element = self.find("css selector", selector).await;
        self.post(&format!("{element}/clear"), json!({})).await;
        self.post(&format!("{element}/value"), json!({ "text": text })).await;
    }

    /// Chooses a file of this machine in an input.
    pub(crate) async fn choose(&self, selector: &str, file: &Path) {
        let element = self.find("css selector", selector).await;
        self.post(&format!("{element}/value"), json!({ "text": file })).await;
    }

    pub(crate) async fn text(&self, selector: &str) -> String {
        let element = self.find("css selector", selector).await;
        let text = request(self.http.get(format!("{}/{element}/text", self.session))).await;
        text.as_str().unwrap().to_owned()
    }

    /// What a script returns.
    pub(crate) async fn run(&self, script: &str) -> Value {
        self.post("execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// Lays pages out for a window of this size; windows themselves cannot be as narrow as phones.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        let size =
            json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        let command = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": size });
        self.post("goog/cdp/execute", command).await;
    }

    /// The window as a PNG.
    pub(crate) async fn screenshot(&self) -> Vec<u8> {
        let encoded = request(self.http.get(format!("{}/screenshot", self.session))).await;
        STANDARD.decode(encoded.as_str().unwrap()).unwrap()
    }

    /// Errors of scripts and breaches of the pages' policy, as the browser's console has them.
    pub(crate) async fn complaints(&self) -> Vec<String> {
        let entries = self.post("se/log", json!({ "type": "browser" })).await;
        let entries = entries.as_array().unwrap().iter();
        let severe = entries.filter(|entry| entry["level"] == "SEVERE");
        severe.map(|entry| entry["message"].to_string()).collect()
    }
}

/// Says that there is no browser, or fails where there must be one.
#[allow(clippy::print_stderr, reason = "who reads the test's output should know")]
fn skipped() {
    let required = std::env::var_os("LYCHGATE_REQUIRE_BROWSER").is_some();
    assert!(!required, "chromedriver does not start, and LYCHGATE_REQUIRE_BROWSER is set");
    eprintln!("skipped: chromedriver does not start (Debian: chromium, chromium-driver)");
}

/// chromedriver and the port it chose.
fn driver() -> Option<(Child, u16)> {
    // A group of its own, so that what it starts can be ended with it.
    let mut command = Command::new("chromedriver");
    command.arg("--port=0").stdin(Stdio::null()).stdout(Stdio::piped()).process_group(0);
    let mut child = command.spawn().ok()?;
    let lines = BufReader::new(child.stdout.take()?).lines().map_while(Result::ok);
    // ChromeDriver was started successfully on port 41234.
    let port = lines.filter_map(|line| {
        let (_, port) = line.split_once("started successfully on port ")?;
        port.trim_end_matches('.').parse().ok()
    });
    let port = { port }.next();
    if port.is_none() {
        let _ = child.kill();
        let _ = child.wait();
    }
    Some((child, port?))
}

/// The value of an answer.
async fn request(request: reqwest::RequestBuilder) -> Value {
    let answer = request.send().await.unwrap();
    let status = answer.status();
    let mut answer: Value = answer.json().await.unwrap();
    assert!(status.is_success(), "{status}: {}", answer["value"]["message"]);
    answer["value"].take()
}
