//! The caller that submits.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Instant;

use client::Settings;
use client::proposals::{Metadata, Payload, Source};
use tokio::io::{AsyncRead, ReadBuf};
use tokio::task::JoinSet;

use super::{Task, Took, usage};

/// What a payload has beside the document's content, about.
const BESIDE: u64 = 230;

/// Bytes without end, from a block that is no power of two.
struct Stream {
    block: Arc<[u8]>,
    place: usize,
    left: u64,
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let rest = &this.block[this.place..];
        let left = usize::try_from(this.left).unwrap_or(usize::MAX);
        let count = rest.len().min(buffer.remaining()).min(left);
        buffer.put_slice(&rest[..count]);
        this.place = (this.place + count) % this.block.len();
        this.left -= count as u64;
        Poll::Ready(Ok(()))
    }
}

fn payload(size: u64, block: &Arc<[u8]>) -> anyhow::Result<Payload> {
    let metadata = Metadata {
        client_id: "c-7".try_into()?,
        title: "Pension 2027".try_into()?,
        file_name: "plan.pdf".try_into()?,
        media_type: "application/pdf".try_into()?,
    };
    let size = size.saturating_sub(BESIDE) / 4 * 3;
    let stream = Stream { block: Arc::clone(block), place: 0, left: size };
    Ok(Payload::document(metadata, Source::reader(size, stream)))
}

/// Submits, so many at a time, and then waits for all.
pub(crate) async fn run(task: &Task) -> anyhow::Result<Took> {
    let client = Settings::new(&task.base_url).build()?;
    let block: Arc<[u8]> = (0..65_521_u32).map(|n| (n.wrapping_mul(n) >> 7) as u8).collect();
    let next = Arc::new(AtomicUsize::new(0));
    let mut workers = JoinSet::new();
    let started = Instant::now();
    for _ in 0..task.concurrency {
        let (client, next, block, task) =
            (client.clone(), Arc::clone(&next), Arc::clone(&block), task.clone());
        workers.spawn(async move {
            let mut all = Vec::new();
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                if number >= task.count {
                    return anyhow::Ok(all);
                }
                let id = format!("{}-{number}", task.prefix);
                all.push(client.proposals().submit(id, payload(task.size, &block)?).await?);
            }
        });
    }
    let mut submitted = Vec::new();
    while let Some(worker) = workers.join_next().await {
        submitted.extend(worker??);
    }
    let all_submitted = started.elapsed().as_secs_f64();
    if task.wait {
        for one in submitted {
            one.wait().await?;
        }
    }
    let kept = started.elapsed().as_secs_f64();
    Ok(Took { submitted: all_submitted, kept, memory: usage::own() })
}
