//! The repository's own document, started for a test, with clients of its stores: they put there
//! what other systems would, and look at what nobody else sees.

use std::io::{Cursor, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use aws_sdk_s3::Client as S3;
use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use aws_sdk_s3::operation::get_object::GetObjectError;
use aws_sdk_sqs::types::QueueAttributeName;
use client::{Client, Error, Settings, models};
use local::{Captured, Cloud, Console, Options, Records};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

use crate::queues;

/// Longest a job may take before a test gives up on it.
const PATIENCE: Duration = Duration::from_secs(300);

/// The laptop cloud of this workspace on a free port.
pub(crate) struct Service {
    pub(crate) cloud: Cloud,
    pub(crate) client: Client,
    pub(crate) s3: S3,
    pub(crate) sqs: aws_sdk_sqs::Client,
    said: Captured,
    folder: tempfile::TempDir,
}

impl Service {
    pub(crate) async fn start() -> Self {
        Self::edited(&[], &[]).await
    }

    /// With an edited copy of the document: each text is there, and becomes the other. `set` is for
    /// placeholders.
    pub(crate) async fn edited(edits: &[(&str, &str)], set: &[(&str, &str)]) -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
        let mut text = std::fs::read_to_string(root.join("openapi/api.yaml")).unwrap();
        for (old, new) in edits {
            assert!(text.contains(old), "{old}");
            text = text.replace(old, new);
        }
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("api.yaml");
        std::fs::write(&path, text).unwrap();

        let (console, said) = Console::captured();
        let mut options = Options::new(root);
        options.document = Some(path);
        options.listen.set_port(0);
        options.records = Records::Directory(folder.path().join("data"));
        options.reload = false;
        options.console = console;
        options.set =
            set.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let cloud = Cloud::start(options).await.unwrap();
        let client = Settings::new(cloud.base_url.clone()).build().unwrap();
        let s3 = s3(&cloud.endpoints.s3);
        let sqs = queues::client(&cloud.endpoints.sqs);
        Self { cloud, client, s3, sqs, said, folder }
    }

    pub(crate) async fn put(&self, bucket: &str, key: &str, body: Vec<u8>) {
        let put = self.s3.put_object().bucket(bucket).key(key).body(body.into());
        put.send().await.unwrap();
    }

    /// What an object holds, if it is there.
    pub(crate) async fn object(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        let answer = self.s3.get_object().bucket(bucket).key(key).send().await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(error) if error.as_service_error().is_some_and(GetObjectError::is_no_such_key) => {
                return None;
            }
            Err(error) => panic!("{error:?}"),
        };
        Some(answer.body.collect().await.unwrap().to_vec())
    }

    pub(crate) async fn text(&self, bucket: &str, key: &str) -> Option<String> {
        Some(String::from_utf8(self.object(bucket, key).await?).unwrap())
    }

    pub(crate) async fn uploads(&self, bucket: &str) -> usize {
        let uploads = self.s3.list_multipart_uploads().bucket(bucket).send().await.unwrap();
        uploads.uploads().len()
    }

    pub(crate) async fn send(&self, queue: &str, body: &str) {
        self.sqs
            .send_message()
            .queue_url(self.queue(queue))
            .message_body(body)
            .send()
            .await
            .unwrap();
    }

    /// Waits until so many messages are in a queue, visible or not.
    pub(crate) async fn messages(&self, queue: &str, count: u32) {
        let names = [
            QueueAttributeName::ApproximateNumberOfMessages,
            QueueAttributeName::ApproximateNumberOfMessagesNotVisible,
        ];
        let ask = async || {
            let asked = self.sqs.get_queue_attributes().queue_url(self.queue(queue));
            let asked = asked.set_attribute_names(Some(names.to_vec())).send().await.unwrap();
            let attributes = asked.attributes.unwrap();
            names.iter().map(|name| attributes[name].parse::<u32>().unwrap()).sum::<u32>()
        };
        self.wait(&format!("{count} messages in {queue}"), async || {
            (ask().await == count).then_some(())
        })
        .await;
    }

    /// What was written to the console so far.
    pub(crate) fn said(&self) -> String {
        self.said.text()
    }

    fn queue(&self, queue: &str) -> String {
        format!("{}/000000000000/local-{queue}", self.cloud.endpoints.sqs)
    }

    /// Waits for what comes by itself.
    pub(crate) async fn wait<T>(&self, what: &str, look: impl AsyncFn() -> Option<T>) -> T {
        let started = Instant::now();
        loop {
            if let Some(found) = look().await {
                return found;
            }
            assert!(started.elapsed() < PATIENCE, "{what}, but:\n{}", self.said.text());
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// The folder that clients of the SFTP server see as `/`.
    pub(crate) fn sftp_files(&self) -> PathBuf {
        self.folder.path().join("data/sftp/files")
    }

    /// The file of the user pools, with their keys.
    pub(crate) fn user_pools(&self) -> PathBuf {
        self.folder.path().join("data/user-pools.sqlite")
    }

    pub(crate) async fn stop(self) {
        self.cloud.stop().await;
    }
}

/// A client of the embedded S3.
pub(crate) fn s3(endpoint: &str) -> S3 {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(Credentials::new("local", "local", None, None, "test"))
        .endpoint_url(endpoint)
        .force_path_style(true);
    S3::from_conf(config.build())
}

/// A value of a generated type.
pub(crate) fn value<T: serde::de::DeserializeOwned>(json: Value) -> T {
    serde_json::from_value(json).unwrap()
}

/// Status, and `pointer detail` of every violation, of a call that must fail.
pub(crate) fn refusal<T>(answer: Result<T, Error>) -> (u16, Vec<String>) {
    match answer {
        Ok(_) => panic!("it succeeded"),
        Err(Error::Problem { status, problem, .. }) => {
            let violations = problem.errors.unwrap_or_default();
            let text = |it: &models::Violation| format!("{} {}", it.pointer, it.detail);
            (status.as_u16(), violations.iter().map(text).collect())
        }
        Err(error) => panic!("{error}"),
    }
}

/// A zip of stored entries.
pub(crate) fn zip(entries: &[(&str, &[u8])]) -> Vec<u8> {
    let mut writer = zip::ZipWriter::new(Cursor::new(Vec::new()));
    let options =
        zip::write::SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored);
    for (name, content) in entries {
        writer.start_file(*name, options).unwrap();
        writer.write_all(content).unwrap();
    }
    writer.finish().unwrap().into_inner()
}

/// Kills the processes of a function that has this endpoint of S3: those of one cloud, and of no
/// other that runs here.
pub(crate) fn kill(endpoint: &str, function: &str) {
    for process in processes(endpoint, function) {
        // One that ended by itself meanwhile is as good.
        let _ = kill_process(process, Signal::KILL);
    }
}

fn processes(endpoint: &str, function: &str) -> Vec<Pid> {
    let wanted = [
        format!("AWS_ENDPOINT_URL_S3={endpoint}"),
        format!("AWS_LAMBDA_FUNCTION_NAME=local-{function}"),
    ];
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap() {
        let entry = entry.unwrap();
        let pid = entry.file_name().to_str().and_then(|name| name.parse().ok());
        // Processes end while one looks.
        let Ok(environment) = std::fs::read(entry.path().join("environ")) else { continue };
        let holds = |variable: &String| {
            environment.split(|&byte| byte == 0).any(|it| it == variable.as_bytes())
        };
        if wanted.iter().all(holds) {
            found.extend(pid.and_then(Pid::from_raw));
        }
    }
    found
}
