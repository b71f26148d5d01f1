//! Output that makes nobody wait: a thread of its own writes it.
//!
//! A pager that is not scrolled or a paused terminal would otherwise hold up whoever logs, which is
//! every request, and even the end of the process.

use std::fmt;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::time::{Duration, Instant};

/// Texts kept for a slow reader before further ones are dropped.
const CAPACITY: usize = 8192;

/// Texts are written together up to about this size.
const BATCH: usize = 256 * 1024;

/// How long a text waits for others to be written with: a busy gateway is not to wake a thread for
/// every line.
const GATHERING: Duration = Duration::from_millis(2);

/// How long the end of the process may wait for a reader.
const PATIENCE: Duration = Duration::from_secs(1);

/// A writer whose texts wait in line. If nobody reads them, further ones are dropped and counted.
/// Dropping it waits a moment for those in line.
pub struct Backlog {
    texts: SyncSender<String>,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    waiting: AtomicUsize,
    dropped: AtomicUsize,
}

impl Backlog {
    /// In front of `out`.
    pub fn new(out: impl Write + Send + 'static) -> Self {
        let (texts, received) = sync_channel(CAPACITY);
        let counters = Arc::new(Counters::default());
        let counted = Arc::clone(&counters);
        // Without a thread nothing is received: every text counts as dropped.
        let _ = std::thread::Builder::new()
            .name("output".to_owned())
            .spawn(move || write_all(out, &received, &counted));
        Self { texts, counters }
    }

    /// Adds a text: one or more whole lines.
    pub fn say(&self, text: String) {
        self.counters.waiting.fetch_add(1, Ordering::AcqRel);
        if self.texts.try_send(text).is_err() {
            self.counters.waiting.fetch_sub(1, Ordering::AcqRel);
            self.counters.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Waits until all is written, but a second at most. What keeps a backlog to the end of the
    /// process, as a global logger does, calls it last.
    pub fn settle(&self) {
        let deadline = Instant::now() + PATIENCE;
        while self.counters.waiting.load(Ordering::Acquire) > 0 && Instant::now() < deadline {
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

/// For loggers, which write one whole line at a time.
impl Write for &Backlog {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.say(String::from_utf8_lossy(bytes).into_owned());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Backlog {
    fn drop(&mut self) {
        self.settle();
    }
}

impl fmt::Debug for Backlog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Backlog")
    }
}

fn write_all(mut out: impl Write, texts: &Receiver<String>, counters: &Counters) {
    while let Ok(mut text) = texts.recv() {
        std::thread::sleep(GATHERING);
        let mut taken = 1;
        while text.len() < BATCH
            && let Ok(more) = texts.try_recv()
        {
            text.push_str(&more);
            taken += 1;
        }
        let lost = counters.dropped.swap(0, Ordering::Relaxed);
        if lost > 0 {
            text.push_str(&format!("{lost} lines were dropped: output is read too slowly\n"));
        }
        // Nowhere to tell a broken output to; everything else must go on all the same.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
        counters.waiting.fetch_sub(taken, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::{Sender, channel};

    use super::*;

    /// Writes to memory: each time it says so, and waits to be let.
    struct Slow {
        written: Arc<Mutex<String>>,
        asks: Sender<()>,
        let_through: Receiver<()>,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            // The other ends are gone once everything is let through.
            let _ = self.asks.send(());
            let _ = self.let_through.recv();
            self.written.lock().unwrap().push_str(std::str::from_utf8(bytes).unwrap());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// What is written, what tells of a write, what lets it through, and the backlog.
    fn slow() -> (Arc<Mutex<String>>, Receiver<()>, Sender<()>, Backlog) {
        let written = Arc::default();
        let (asks, asked) = channel();
        let (gate, let_through) = channel();
        let backlog = Backlog::new(Slow { written: Arc::clone(&written), asks, let_through });
        (written, asked, gate, backlog)
    }

    #[test]
    fn texts_nobody_reads_hold_nobody_up_and_are_counted() {
        let (written, asked, gate, backlog) = slow();
        backlog.say("first\n".to_owned());
        asked.recv().unwrap();
        for _ in 0..CAPACITY + 100 {
            backlog.say("x\n".to_owned());
        }
        backlog.settle();
        assert_eq!(*written.lock().unwrap(), "", "it did not wait for the reader");
        drop(gate);
        drop(backlog);
        let text = written.lock().unwrap();
        assert!(text.contains("\n100 lines were dropped"), "{}", text.len());
    }

    #[test]
    fn what_a_logger_writes_is_there_when_the_backlog_is_dropped() {
        let (written, _, gate, backlog) = slow();
        drop(gate);
        writeln!(&backlog, "one").unwrap();
        backlog.say("two\n".to_owned());
        drop(backlog);
        assert_eq!(*written.lock().unwrap(), "one\ntwo\n");
    }
}
