//! A thin S3: one thread for each connection, files in a folder, no signature or checksum checked.
//! Objects are lists of files, so completing an upload costs nothing, as in S3.

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context as _;

use super::http::{BUFFER, Head};

/// Where files go.
pub(crate) const FOLDER: &str = "LYCHGATE_BENCH_FOLDER";

type Object = Vec<(PathBuf, u64)>;

struct Server {
    folder: PathBuf,
    objects: Mutex<HashMap<String, Object>>,
    uploads: Mutex<HashMap<String, BTreeMap<u32, Object>>>,
    count: AtomicU64,
}

/// Serves until it is killed; prints the port first.
pub(crate) fn serve() -> anyhow::Result<()> {
    let folder = PathBuf::from(std::env::var(FOLDER)?);
    let mut objects = HashMap::new();
    for source in std::fs::read_dir(&folder)? {
        let source = source?;
        let name = format!("/sources/{}", source.file_name().to_string_lossy());
        objects.insert(name, vec![(source.path(), source.metadata()?.len())]);
    }
    let server = Arc::new(Server {
        folder,
        objects: Mutex::new(objects),
        uploads: Mutex::default(),
        count: AtomicU64::new(0),
    });
    let listener = TcpListener::bind("127.0.0.1:0")?;
    println!("{}", listener.local_addr()?.port());
    loop {
        let (stream, _) = listener.accept()?;
        let server = Arc::clone(&server);
        std::thread::spawn(move || {
            if let Err(error) = server.converse(stream) {
                // Clients close connections when they end.
                let io = error.downcast_ref::<std::io::Error>().is_some();
                assert!(io, "{error:?}");
            }
        });
    }
}

impl Server {
    fn converse(&self, stream: TcpStream) -> anyhow::Result<()> {
        stream.set_nodelay(true)?;
        let mut stream = BufReader::with_capacity(BUFFER, stream);
        while let Some(head) = Head::read(&mut stream)? {
            if head.header("expect").is_some() {
                stream.get_mut().write_all(b"HTTP/1.1 100 Continue\r\n\r\n")?;
            }
            self.answer(&head, &mut stream)?;
        }
        Ok(())
    }

    fn answer(&self, head: &Head, stream: &mut BufReader<TcpStream>) -> anyhow::Result<()> {
        let [method, target, _] = &head.first;
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let query: HashMap<_, _> =
            query.split('&').map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect();
        let part = query.get("partNumber").zip(query.get("uploadId"));
        match (&**method, part) {
            ("GET" | "HEAD", _) => self.read(head, path, stream),
            ("PUT", Some((number, id))) => {
                let file = match head.header("x-amz-copy-source") {
                    Some(source) => self.copy(source, head.header("x-amz-copy-source-range"))?,
                    None => self.write(head, stream)?,
                };
                let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
                let parts = uploads.get_mut(*id).context("an upload")?;
                parts.insert(number.parse()?, vec![file]);
                drop(uploads);
                let text = "<CopyPartResult><ETag>\"1\"</ETag></CopyPartResult>";
                text_answer(
                    stream,
                    if head.header("x-amz-copy-source").is_some() { text } else { "" },
                )
            }
            ("PUT", None) => {
                let file = self.write(head, stream)?;
                self.place(path, vec![file]);
                text_answer(stream, "")
            }
            ("POST", _) if query.contains_key("uploads") => {
                let id = self.count.fetch_add(1, Ordering::Relaxed).to_string();
                let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
                uploads.insert(id.clone(), BTreeMap::new());
                drop(uploads);
                let result = "InitiateMultipartUploadResult";
                text_answer(stream, &format!("<{result}><UploadId>{id}</UploadId></{result}>"))
            }
            ("POST", _) => {
                std::io::copy(&mut stream.take(head.length()?), &mut std::io::sink())?;
                let mut uploads = self.uploads.lock().unwrap_or_else(PoisonError::into_inner);
                let id = *query.get("uploadId").context("an upload id")?;
                let parts = uploads.remove(id).context("an upload")?;
                drop(uploads);
                self.place(path, parts.into_values().flatten().collect());
                let result = "CompleteMultipartUploadResult";
                text_answer(stream, &format!("<{result}><ETag>\"1\"</ETag></{result}>"))
            }
            ("DELETE", _) => {
                self.place(path, Vec::new());
                text_answer(stream, "")
            }
            (method, _) => anyhow::bail!("{method} {target}"),
        }
    }

    /// Puts an object in the place of another, whose files go.
    fn place(&self, path: &str, object: Object) {
        let mut objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        for (file, _) in objects.insert(path.to_owned(), object).into_iter().flatten() {
            let _ = std::fs::remove_file(file);
        }
    }

    fn read(
        &self,
        head: &Head,
        path: &str,
        stream: &mut BufReader<TcpStream>,
    ) -> anyhow::Result<()> {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let object = objects.get(path).with_context(|| format!("no object {path}"))?.clone();
        drop(objects);
        let size = object.iter().map(|(_, size)| size).sum();
        let range = head.header("range").map_or(Ok(0..size), range)?;
        let status = if head.header("range").is_some() { "206 Partial Content" } else { "200 OK" };
        let length = range.end - range.start;
        let answer = format!(
            "HTTP/1.1 {status}\r\netag: \"1\"\r\ncontent-length: {length}\r\n\
             content-range: bytes {}-{}/{size}\r\n\r\n",
            range.start,
            range.end.saturating_sub(1)
        );
        stream.get_mut().write_all(answer.as_bytes())?;
        if &*head.first[0] == "HEAD" {
            return Ok(());
        }
        let mut start = 0;
        for (path, size) in object {
            let (from, to) = (range.start.max(start), range.end.min(start + size));
            if from < to {
                let mut file = File::open(path)?;
                file.seek(SeekFrom::Start(from - start))?;
                // The kernel moves the bytes (sendfile).
                std::io::copy(&mut file.take(to - from), stream.get_mut())?;
            }
            start += size;
        }
        Ok(())
    }

    fn file(&self) -> anyhow::Result<(PathBuf, File)> {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        let path = self.folder.join(format!("part-{count}"));
        let file = File::create(&path)?;
        Ok((path, file))
    }

    fn write(
        &self,
        head: &Head,
        stream: &mut BufReader<TcpStream>,
    ) -> anyhow::Result<(PathBuf, u64)> {
        let length = head.length()?;
        let (path, mut file) = self.file()?;
        let mut rest = length;
        let mut buffer = vec![0; BUFFER];
        while rest > 0 {
            let most = rest.min(BUFFER as u64) as usize;
            let chunk = buffer.get_mut(..most).context("a chunk")?;
            let read = stream.read(chunk)?;
            anyhow::ensure!(read > 0, std::io::Error::from(std::io::ErrorKind::UnexpectedEof));
            file.write_all(chunk.get(..read).context("what was read")?)?;
            rest -= read as u64;
        }
        Ok((path, length))
    }

    fn copy(&self, source: &str, only: Option<&str>) -> anyhow::Result<(PathBuf, u64)> {
        let objects = self.objects.lock().unwrap_or_else(PoisonError::into_inner);
        let object = objects.get(&format!("/{source}")).context("a source")?;
        let [(from, size)] = &**object else { anyhow::bail!("sources are single files") };
        let (from, size) = (from.clone(), *size);
        drop(objects);
        let range = only.map_or(Ok(0..size), range)?;
        let mut from = File::open(from)?;
        from.seek(SeekFrom::Start(range.start))?;
        let (path, mut file) = self.file()?;
        // Here too: copy_file_range.
        let length = std::io::copy(&mut from.take(range.end - range.start), &mut file)?;
        Ok((path, length))
    }
}

/// `bytes=FIRST-LAST`.
fn range(text: &str) -> anyhow::Result<std::ops::Range<u64>> {
    let ends = text.strip_prefix("bytes=").and_then(|ends| ends.split_once('-'));
    let (first, last) = ends.context("a range")?;
    Ok(first.parse()?..last.parse::<u64>()? + 1)
}

fn text_answer(stream: &mut BufReader<TcpStream>, text: &str) -> anyhow::Result<()> {
    let length = text.len();
    let answer =
        format!("HTTP/1.1 200 OK\r\netag: \"1\"\r\ncontent-length: {length}\r\n\r\n{text}");
    Ok(stream.get_mut().write_all(answer.as_bytes())?)
}
