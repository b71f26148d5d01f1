//! HTTP/1.1 as bare as it gets: for the server, and for the floor.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;

use anyhow::Context as _;

/// The buffer of a connection: large, so that calls of the system do not count.
pub(crate) const BUFFER: usize = 256 << 10;

/// The head of a request or an answer.
#[derive(Debug)]
pub(crate) struct Head {
    /// The first line in its three parts.
    pub(crate) first: [String; 3],
    headers: Vec<(String, String)>,
}

impl Head {
    /// Reads a head; `None` at the end of the connection.
    pub(crate) fn read(stream: &mut impl BufRead) -> anyhow::Result<Option<Self>> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut parts = line.trim_end().splitn(3, ' ').map(str::to_owned);
        let mut next = || parts.next().unwrap_or_default();
        let first = [next(), next(), next()];
        let mut headers = Vec::new();
        loop {
            line.clear();
            stream.read_line(&mut line)?;
            let Some((name, value)) = line.trim_end().split_once(':') else { break };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Ok(Some(Self { first, headers }))
    }

    /// A header by its name in lower case.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(other, _)| other == name).map(|(_, value)| &**value)
    }

    /// The length of what follows.
    pub(crate) fn length(&self) -> anyhow::Result<u64> {
        anyhow::ensure!(self.header("transfer-encoding").is_none(), "only bodies of known length");
        self.header("content-length").map_or(Ok(0), |length| Ok(length.parse()?))
    }
}

/// A client's connection.
pub(crate) struct Connection(BufReader<TcpStream>);

impl Connection {
    /// Connects to `http://HOST:PORT`.
    pub(crate) fn open(endpoint: &str) -> anyhow::Result<Self> {
        let address =
            endpoint.strip_prefix("http://").context("an endpoint begins with http://")?;
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        Ok(Self(BufReader::with_capacity(BUFFER, stream)))
    }

    /// Sends a head, with a body of this length to follow.
    pub(crate) fn ask(&mut self, line: &str, headers: &str, length: u64) -> anyhow::Result<()> {
        let head =
            format!("{line} HTTP/1.1\r\nhost: s3\r\n{headers}content-length: {length}\r\n\r\n");
        Ok(self.0.get_mut().write_all(head.as_bytes())?)
    }

    /// The head of the answer; its body is next in [`Connection::body`].
    pub(crate) fn answer(&mut self) -> anyhow::Result<Head> {
        let head = Head::read(&mut self.0)?.context("the server closed the connection")?;
        let [_, status, _] = &head.first;
        anyhow::ensure!(status.starts_with('2'), "status {status}");
        Ok(head)
    }

    /// The whole answer as text.
    pub(crate) fn text(&mut self) -> anyhow::Result<String> {
        let length = self.answer()?.length()?;
        let mut text = String::new();
        self.body().take(length).read_to_string(&mut text)?;
        Ok(text)
    }

    /// What the server sends.
    pub(crate) fn body(&mut self) -> &mut BufReader<TcpStream> {
        &mut self.0
    }

    /// Where what is sent goes.
    pub(crate) fn out(&mut self) -> &mut TcpStream {
        self.0.get_mut()
    }
}
