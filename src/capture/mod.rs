//! Requests that were slow or failed are kept in files, to be looked at and replayed. Knows requests
//! and how they ended; nothing of sockets, threads of the pool or handlers.
//!
//! A thread of the pool only asks whether there is a reason. If there is, and not too many like it in
//! this second, it makes a copy without secrets and hands that to a thread which writes files.
//!
//! | module | what |
//! |---|---|
//! | `redact` | what is left out of the copy |
//! | `gate` | how many are kept in a second |
//! | `record` | the copy |
//! | `file` | the format of a file |
//! | `ring` | the folder, which never has more files than it may |
//! | `writer` | the thread |

mod file;
mod gate;
mod record;
mod redact;
mod ring;
mod writer;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crossbeam_channel::{Sender, TrySendError, bounded};
use jiff::Timestamp;
use serde::Serialize;

pub(crate) use self::file::{FileError, Recorded, files};
use self::gate::Gate;
use self::record::Record;
use self::redact::Names;
pub(crate) use self::redact::is_secret;
use self::ring::Ring;
use self::writer::{Order, Writer};
use crate::app::{JobName, Request};
use crate::config::CaptureSettings;
use crate::context::Ended;

/// Keeps requests.
pub(crate) struct Capture {
    slow: Option<Duration>,
    body_max: usize,
    names: Names,
    /// Locked for a request that slow or failed, and for no other.
    gate: Mutex<Gate>,
    orders: Sender<Order>,
    counts: Arc<Counts>,
}

/// How a request went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Went {
    pub(crate) job: JobName,
    pub(crate) ended: Ended,
    /// Of the answer that went out.
    pub(crate) status: u16,
    /// Whether it took longer than it may.
    pub(crate) is_overdue: bool,
    pub(crate) queued: Duration,
    pub(crate) handled: Duration,
    pub(crate) database: Duration,
    pub(crate) written: Duration,
}

/// Why a request is kept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Why {
    Slow,
    Failed,
    Panicked,
    Deadline,
}

/// What became of requests that there was a reason to keep.
#[derive(Default)]
struct Counts {
    written: AtomicU64,
    left_out: AtomicU64,
    dropped: AtomicU64,
    lost: AtomicU64,
}

/// The same at one moment.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Captured {
    /// Files.
    pub(crate) written: u64,
    /// As there were too many like it, or too many in all, in that second.
    pub(crate) left_out: u64,
    /// As too many waited to be written.
    pub(crate) dropped: u64,
    /// As they could not be written.
    pub(crate) lost: u64,
}

/// Copies that may wait to be written.
const WAITING_MAX: usize = 16;
/// How long the end of the server waits for what is to be written.
const PATIENCE: Duration = Duration::from_secs(2);

impl Capture {
    /// Makes the folder if it is missing, and starts the thread.
    ///
    /// # Errors
    /// The system's: the folder can't be made or read.
    pub(crate) fn start(settings: &CaptureSettings, application: &str) -> io::Result<Self> {
        let ring = Ring::open(&settings.folder, settings.files_max)?;
        let (orders, taken) = bounded(WAITING_MAX);
        let counts = Arc::new(Counts::default());
        Writer::start(ring, application.to_owned(), taken, Arc::clone(&counts))?;
        Ok(Self {
            slow: settings.slow,
            body_max: settings.body_max,
            names: Names::with(&settings.redact),
            gate: Mutex::default(),
            orders,
            counts,
        })
    }

    /// Looks at how a request went that has its answer, and keeps it if that was badly; `job` is its
    /// job's name.
    pub(crate) fn look(&self, request: &Request, job: &str, went: &Went, now: Instant) {
        if let Some(why) = self.why(went) {
            self.keep(request, job, went, why, now);
        }
    }

    /// Why a request that went like this is to be kept; none of nearly all.
    fn why(&self, went: &Went) -> Option<Why> {
        if went.ended == Ended::Panicked {
            Some(Why::Panicked)
        } else if went.is_overdue {
            Some(Why::Deadline)
        } else if went.ended == Ended::Failed || went.status >= 500 {
            Some(Why::Failed)
        } else {
            self.slow.filter(|slow| went.took() >= *slow).map(|_| Why::Slow)
        }
    }

    /// Keeps a request, unless there are too many.
    fn keep(&self, request: &Request, job: &str, went: &Went, why: Why, now: Instant) {
        let mut gate = self.gate.lock().unwrap_or_else(PoisonError::into_inner);
        let passes = gate.pass(now, went.job, why);
        drop(gate);
        if !passes {
            self.counts.left_out.fetch_add(1, Ordering::Relaxed);
            return;
        }
        // Whoever has no room is known before anything is copied; nobody else fills it meanwhile but
        // other threads with failures of their own.
        if self.orders.is_full() {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let record = Record::of(request, job, went, why, Timestamp::now(), self);
        if let Err(TrySendError::Full(_) | TrySendError::Disconnected(_)) =
            self.orders.try_send(Order::Keep(Box::new(record)))
        {
            self.counts.dropped.fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn captured(&self) -> Captured {
        let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let Counts { written, left_out, dropped, lost } = &*self.counts;
        Captured {
            written: read(written),
            left_out: read(left_out),
            dropped: read(dropped),
            lost: read(lost),
        }
    }

    /// Has all written that waits, at the end of the server.
    pub(crate) fn finish(&self) {
        let (done, is_done) = bounded(1);
        if self.orders.send_timeout(Order::End(done), PATIENCE).is_ok() {
            // Who can't write in that time won't.
            let _ = is_done.recv_timeout(PATIENCE);
        }
        let Captured { written, left_out, dropped, lost } = self.captured();
        if written + left_out + dropped + lost > 0 {
            tracing::info!(written, left_out, dropped, lost, "captured");
        }
    }
}

impl Went {
    /// From the moment at which it was whole.
    fn took(&self) -> Duration {
        self.queued + self.handled + self.written
    }
}

impl Why {
    /// As files have it.
    fn word(self) -> &'static str {
        match self {
            Self::Slow => "slow",
            Self::Failed => "failed",
            Self::Panicked => "panicked",
            Self::Deadline => "deadline",
        }
    }
}
