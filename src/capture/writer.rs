//! The thread that writes files, so that no thread of the pool waits for a disk. Knows nothing of why
//! a request is kept.

use std::io;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::Builder;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};

use super::Counts;
use super::record::Record;
use super::ring::Ring;
use crate::clock::now;

/// What the thread is told.
pub(super) enum Order {
    Keep(Box<Record>),
    /// To end, and to say so.
    End(Sender<()>),
}

/// The thread.
pub(super) struct Writer {
    ring: Ring,
    application: String,
    counts: Arc<Counts>,
    trouble: Trouble,
}

/// Failures, of which one in a while is told.
#[derive(Default)]
struct Trouble {
    told: Option<Instant>,
}

const STACK: usize = 512 << 10;
/// How often it is told that nothing can be written.
const TELL: Duration = Duration::from_secs(60);

impl Writer {
    /// Starts it.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn start(
        ring: Ring,
        application: String,
        orders: Receiver<Order>,
        counts: Arc<Counts>,
    ) -> io::Result<()> {
        let writer = Self { ring, application, counts, trouble: Trouble::default() };
        let life = move || writer.live(&orders);
        Builder::new().name("capture".to_owned()).stack_size(STACK).spawn(life).map(drop)
    }

    fn live(mut self, orders: &Receiver<Order>) {
        for order in orders {
            match order {
                Order::Keep(record) => self.write(&record),
                Order::End(done) => {
                    // Whoever asked may have no more patience.
                    let _ = done.send(());
                    return;
                }
            }
        }
    }

    fn write(&mut self, record: &Record) {
        let bytes = record.encode(&self.application);
        let Err(error) = self.ring.write(&record.name(), &bytes) else {
            self.counts.written.fetch_add(1, Ordering::Relaxed);
            return;
        };
        let lost = self.counts.lost.fetch_add(1, Ordering::Relaxed) + 1;
        if self.trouble.is_to_be_told(now()) {
            tracing::warn!(%error, lost, "a captured request can't be written");
        }
    }
}

impl Trouble {
    fn is_to_be_told(&mut self, now: Instant) -> bool {
        let is_due = self.told.is_none_or(|at| now.saturating_duration_since(at) >= TELL);
        if is_due {
            self.told = Some(now);
        }
        is_due
    }
}
