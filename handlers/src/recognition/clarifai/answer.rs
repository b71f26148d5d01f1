//! What Clarifai's answer means: by the HTTP status, and by the codes inside.
//!
//! Codes: <https://docs.clarifai.com/resources/api-overview/status-codes>.

use std::fmt;
use std::time::Duration;

use models::value::Secret;
use serde::Deserialize;

use super::ClarifaiError;
use super::exchange::Reply;
use crate::recognition::Tag;

/// What is less likely is left out.
const LIKELY: f64 = 0.9;
/// How much of Clarifai's own words is passed on, in characters.
const WORDS: usize = 200;

/// What an answer means.
#[derive(Debug)]
pub(super) enum Verdict {
    /// The picture was recognised.
    Tags(Vec<Tag>),
    /// The key is the trouble.
    KeyRefused,
    /// The same may succeed in a moment.
    Again { error: ClarifaiError, asked: Option<Duration> },
}

/// `MultiOutputResponse` of the API, as far as it is needed.
#[derive(Deserialize)]
struct Answer {
    status: Status,
    #[serde(default)]
    outputs: Vec<Output>,
}

#[derive(Deserialize)]
struct Output {
    status: Option<Status>,
    data: Option<Data>,
}

#[derive(Deserialize)]
struct Status {
    code: Code,
    #[serde(default)]
    description: String,
    #[serde(default)]
    details: String,
}

/// A number; the documentation of the API has names, too.
#[derive(Deserialize)]
#[serde(untagged)]
enum Code {
    Number(u32),
    Name(String),
}

/// An input has one, empty if nothing was found.
#[derive(Deserialize)]
struct Data {
    #[serde(default)]
    concepts: Vec<Concept>,
}

/// Zero and empty values are left out, as JSON of Protocol Buffers has it.
#[derive(Deserialize)]
struct Concept {
    #[serde(default)]
    name: String,
    #[serde(default)]
    value: f64,
}

/// What the answer means.
///
/// # Errors
/// If it means that trying again at once is useless: for good with this picture, or for now.
pub(super) fn judge(reply: &Reply, key: &Secret) -> Result<Verdict, ClarifaiError> {
    let status = reply.status;
    let answer: Result<Answer, serde_json::Error> = serde_json::from_slice(&reply.body);
    let telling = answer.as_ref().ok().map(Answer::telling);
    let words = telling.map_or_else(String::new, |status| status.words(key));
    let failed = |words| ClarifaiError::Status { status, words };
    match (status, telling.map_or(0, |status| status.code.number())) {
        (401 | 403, _) | (_, 11001 | 11002 | 11007 | 11008 | 11009) => Ok(Verdict::KeyRefused),
        (408 | 429 | 500.., _) | (_, 10020 | 10030 | 11005 | 40030..=40032) => {
            Ok(Verdict::Again { error: failed(words), asked: reply.asked })
        }
        // Not 30105: pictures are within the limits of Clarifai, so that would be the account's.
        (413 | 415 | 422, _) | (_, 30002 | 30101 | 30104 | 30300 | 46003 | 47103 | 47104) => {
            Err(ClarifaiError::Picture(words))
        }
        (200..=299, _) => match answer {
            Ok(answer) if answer.is_success() => Ok(Verdict::Tags(answer.tags())),
            Ok(_) => Err(failed(words)),
            Err(error) => Err(malformed(status, &error)),
        },
        _ => Err(failed(words)),
    }
}

/// Only the place: what stands there may be anything.
fn malformed(status: u16, error: &serde_json::Error) -> ClarifaiError {
    let (line, column) = (error.line(), error.column());
    let kind = match error.classify() {
        serde_json::error::Category::Data => "something else is expected",
        serde_json::error::Category::Eof => "it ends",
        _ => "it is no JSON",
    };
    ClarifaiError::Malformed { status, place: format!("{kind} at line {line}, column {column}") }
}

impl Answer {
    /// The status that says most: that of the picture, unless it is well.
    fn telling(&self) -> &Status {
        let mut of_picture = self.outputs.iter().filter_map(|output| output.status.as_ref());
        of_picture.find(|status| !status.code.is_success()).unwrap_or(&self.status)
    }

    /// All of it went well, and there is something to tell.
    fn is_success(&self) -> bool {
        self.telling().code.is_success() && !self.outputs.is_empty()
    }

    fn tags(self) -> Vec<Tag> {
        let data = self.outputs.into_iter().filter_map(|output| output.data);
        let likely = data.flat_map(|data| data.concepts).filter(|concept| concept.value > LIKELY);
        Tag::surest(likely.filter_map(|concept| Tag::new(&concept.name, concept.value as f32)))
    }
}

impl Status {
    /// `: words (code)` in Clarifai's words, fit for one line, without the key.
    fn words(&self, key: &Secret) -> String {
        let said = if self.details.is_empty() { &self.description } else { &self.details };
        let said = format!(": {said} ({})", self.code);
        let key = key.expose().trim();
        let said = if key.is_empty() { said } else { said.replace(key, "***") };
        said.chars().map(|c| if c.is_control() { ' ' } else { c }).take(WORDS).collect()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

impl Code {
    fn number(&self) -> u32 {
        match self {
            Self::Number(number) => *number,
            Self::Name(name) => match name.as_str() {
                "SUCCESS" => 10000,
                "CONN_THROTTLED" => 11005,
                _ => 0,
            },
        }
    }

    /// With or without a warning that the API grows old.
    fn is_success(&self) -> bool {
        matches!(self.number(), 10000..=10002)
    }
}
