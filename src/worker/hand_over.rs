//! For the benches alone: a thread that sleeps until a job is handed to it. Knows nothing of what a job
//! is.

use std::sync::Arc;
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use super::roster::{Roster, Wake};
use super::sync::{AtomicBool, AtomicU64, Ordering};
use crate::pool::{Lanes, Tick};

/// A pool of one thread, which does nothing but take jobs.
pub struct HandOver {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
    due_at: Instant,
}

struct Shared {
    lanes: Lanes,
    roster: Roster<NoLoop>,
    taken: AtomicU64,
    stops: AtomicBool,
}

/// From a thread's word that it sleeps until it does, many times over.
const MOMENT: Duration = Duration::from_micros(50);

/// Nobody waits in a loop here.
struct NoLoop;

impl HandOver {
    /// Starts the thread.
    pub fn new(now: Instant) -> Self {
        let shared = Arc::new(Shared {
            lanes: Lanes::new(100, 1, 1, 1),
            roster: Roster::new(vec![NoLoop], 1),
            taken: AtomicU64::new(0),
            stops: AtomicBool::new(false),
        });
        let own = Arc::clone(&shared);
        Self { shared, thread: Some(spawn(move || own.live())), due_at: now }
    }

    /// Queues a job and wakes the thread for it, and waits until it has it.
    pub fn hand_over(&self) {
        let before = self.shared.taken.load(Ordering::Acquire);
        self.shared.lanes.push_tick(self.job());
        self.shared.roster.wake_one();
        while self.shared.taken.load(Ordering::Acquire) == before {
            std::hint::spin_loop();
        }
    }

    /// Queues a job and takes it at once, as where the same thread is free again first.
    pub fn queue_and_take(&self) -> bool {
        self.shared.lanes.push_tick(self.job());
        let taken = self.shared.lanes.take(0).is_some();
        self.shared.lanes.background_done();
        taken
    }

    /// Waits until the thread sleeps, which it does a moment after it has said so.
    #[allow(clippy::disallowed_methods, reason = "no event tells that it has gone to sleep")]
    pub fn settle(&self) {
        while self.shared.roster.parked() == 0 {
            std::hint::spin_loop();
        }
        std::thread::sleep(MOMENT);
    }

    fn job(&self) -> Tick {
        Tick { signal: 0, worker: None, due_at: self.due_at, ticks: None }
    }
}

impl Shared {
    fn live(&self) {
        self.roster.enrol(0);
        while !self.stops.load(Ordering::SeqCst) {
            while self.lanes.take(0).is_some() {
                self.lanes.background_done();
                self.taken.fetch_add(1, Ordering::AcqRel);
            }
            self.roster.park(0, || self.lanes.has_work(0) || self.stops.load(Ordering::SeqCst));
        }
    }
}

impl Drop for HandOver {
    fn drop(&mut self) {
        self.shared.stops.store(true, Ordering::SeqCst);
        self.shared.roster.wake_one();
        if let Some(thread) = self.thread.take() {
            // It has nothing that could fail.
            let _ = thread.join();
        }
    }
}

impl Wake for NoLoop {
    fn wake(&self) {}
}
