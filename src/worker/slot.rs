//! What a thread is doing now, as the warden may see and end it. Knows nothing of how a job runs
//! or what an answer says.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::app::{JobName, Packet};
use crate::context::{Deadline, Run};
use crate::pool::Peer;

/// A thread's job and the socket of its answer.
///
/// Whoever takes the socket out has claimed the answer: the thread when the handler is done, or
/// the warden at the deadline. The other finds nothing and writes nothing.
///
/// A line of cache of its own: its thread writes it several times a request.
#[repr(align(128))]
pub(super) struct Slot {
    running: Mutex<Option<Running>>,
    pub(super) deadline: Arc<Deadline>,
    /// How many jobs were ended here by their deadlines.
    pub(super) expired: AtomicU64,
    /// Bytes that the database's library held for its thread when that looked last.
    pub(super) database: AtomicU64,
    /// The kernel's number of the thread that sits here.
    pub(super) thread: AtomicU32,
}

struct Running {
    job: JobName,
    peer: Option<Peer>,
    run: Run,
    at: Option<Instant>,
    since: Instant,
    /// When its handler began.
    begun: Instant,
    /// What is asked for; none of a background job.
    packet: Option<Arc<Packet>>,
    /// Whether another thread has taken this one's place.
    is_lost: bool,
}

/// How long after its deadline a thread is waited for: most handlers are told, and return at once.
const GRACE: Duration = Duration::from_millis(250);

/// A job that does not return.
pub(super) struct Lost {
    pub(super) job: JobName,
    pub(super) is_request: bool,
    pub(super) took: Duration,
}

/// What a job left when it ended.
pub(super) struct Closed {
    /// A socket that was never answered.
    pub(super) peer: Option<Peer>,
    /// Whether another thread has taken this one's place.
    pub(super) is_lost: bool,
    /// Whether its deadline was enforced.
    pub(super) is_expired: bool,
}

/// A job whose deadline has come.
pub(super) struct Expired {
    pub(super) job: JobName,
    /// None when its answer is out, or when it has none.
    pub(super) peer: Option<Peer>,
    pub(super) limit: Duration,
    pub(super) took: Duration,
    /// Of that, before its handler began.
    pub(super) queued: Duration,
    /// What was asked for; none of a background job.
    pub(super) packet: Option<Arc<Packet>>,
}

impl Slot {
    pub(super) fn new() -> Self {
        let deadline = Arc::new(Deadline::new());
        Self {
            running: Mutex::new(None),
            deadline,
            expired: AtomicU64::new(0),
            database: AtomicU64::new(0),
            thread: AtomicU32::new(0),
        }
    }

    /// A job starts, that was whole, or due, at one time and whose handler begins at another. A request
    /// has a socket to answer on, and what is asked for.
    pub(super) fn open(
        &self,
        job: JobName,
        request: Option<(Peer, Arc<Packet>)>,
        since: Instant,
        begun: Instant,
        at: Option<Instant>,
    ) {
        let mut running = self.lock();
        let run = self.deadline.start(at);
        let (peer, packet) = request.unzip();
        *running = Some(Running { job, peer, run, at, since, begun, packet, is_lost: false });
    }

    /// Takes the socket, and with it the right and the duty to answer.
    pub(super) fn claim(&self) -> Option<Peer> {
        self.lock().as_mut()?.peer.take()
    }

    /// The job has ended.
    pub(super) fn close(&self) -> Closed {
        let mut running = self.lock();
        let is_expired = self.deadline.expired();
        self.deadline.clear();
        let (peer, is_lost) =
            running.take().map_or((None, false), |Running { peer, is_lost, .. }| (peer, is_lost));
        Closed { peer, is_lost, is_expired }
    }

    /// Gives up a thread whose job goes on after its deadline, once.
    pub(super) fn lose(&self, now: Instant) -> Option<Lost> {
        let mut running = self.lock();
        let running = running.as_mut().filter(|running| !running.is_lost)?;
        let at = running.at.filter(|_| self.deadline.expired())?;
        if now < at + GRACE {
            return None;
        }
        running.is_lost = true;
        let took = now.saturating_duration_since(running.since);
        Some(Lost { job: running.job, is_request: running.packet.is_some(), took })
    }

    /// Ends the job if its deadline has come, once.
    pub(super) fn expire(&self, now: Instant) -> Option<Expired> {
        // Without the lock first: nearly always there is nothing to do.
        if self.deadline.expired() || !self.deadline.over(now) {
            return None;
        }
        let mut running = self.lock();
        let running = running.as_mut()?;
        let at = running.at.filter(|at| *at <= now)?;
        if !self.deadline.expire(running.run) {
            return None;
        }
        self.expired.fetch_add(1, Ordering::Relaxed);
        let limit = at.saturating_duration_since(running.since);
        let took = now.saturating_duration_since(running.since);
        let queued = running.begun.saturating_duration_since(running.since);
        let (peer, packet) = (running.peer.take(), running.packet.clone());
        Some(Expired { job: running.job, peer, limit, took, queued, packet })
    }

    /// The job that runs, and since when.
    pub(super) fn running(&self) -> Option<(JobName, Instant)> {
        self.lock().as_ref().map(|running| (running.job, running.since))
    }

    /// What is asked for by the request that runs.
    pub(super) fn packet(&self) -> Option<Arc<Packet>> {
        self.lock().as_ref()?.packet.clone()
    }

    /// When the job that runs must be over; or, if it should be, until when its thread is waited for.
    pub(super) fn due(&self) -> Option<Instant> {
        let running = self.lock();
        let running = running.as_ref().filter(|running| !running.is_lost)?;
        let grace = if self.deadline.expired() { GRACE } else { Duration::ZERO };
        running.at.map(|at| at + grace)
    }

    fn lock(&self) -> MutexGuard<'_, Option<Running>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
