//! How many threads should listen at once, and which jobs take so long that another should listen
//! meanwhile. Knows nothing of threads, loops or clocks.

use std::time::Duration;

use super::sync::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use crate::app::JobName;

/// What the pool has learned of its load.
///
/// Each listener beyond the first makes a request dearer: the kernel wakes it while the first is
/// only busy for some microseconds. So there is one, until it can't keep up.
pub(super) struct Demand {
    listeners: AtomicUsize,
    listeners_max: usize,
    /// Whether a listener couldn't keep up since it was last asked.
    pressed: AtomicBool,
    /// For each job name: for how many more quick runs it counts as slow.
    slow: Vec<AtomicU8>,
}

/// A job that takes longer is worth waking a successor for, which costs some microseconds.
const SLOW: Duration = Duration::from_micros(200);
/// A job name counts as slow until it has been quick so often without a break.
const QUICK_RUNS: u8 = 32;

impl Demand {
    pub(super) fn new(listeners_max: usize, jobs: usize) -> Self {
        Self {
            listeners: AtomicUsize::new(1),
            listeners_max,
            pressed: AtomicBool::new(false),
            slow: (0..jobs).map(|_| AtomicU8::new(0)).collect(),
        }
    }

    /// How many should listen.
    pub(super) fn listeners(&self) -> usize {
        self.listeners.load(Ordering::SeqCst)
    }

    /// A listener can't keep up; true when there should be one more now.
    pub(super) fn press(&self) -> bool {
        self.pressed.store(true, Ordering::Relaxed);
        let more = |listeners| (listeners < self.listeners_max).then_some(listeners + 1);
        self.listeners.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
    }

    /// Asked now and then: true when all kept up, so that there should be one less.
    pub(super) fn relax(&self) -> bool {
        if self.pressed.swap(false, Ordering::Relaxed) {
            return false;
        }
        let fewer = |listeners| (listeners > 1).then(|| listeners - 1);
        self.listeners.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer).is_ok()
    }

    /// Whether jobs of this name have lately taken their time.
    pub(super) fn is_slow(&self, job: JobName) -> bool {
        self.slow[job.0].load(Ordering::Relaxed) > 0
    }

    /// Takes note of how long a job took. Quick jobs of a quick name write nothing, so that no
    /// cache line goes from thread to thread with each of them.
    pub(super) fn learn(&self, job: JobName, took: Duration) {
        let runs = self.slow[job.0].load(Ordering::Relaxed);
        if took >= SLOW {
            if runs != QUICK_RUNS {
                self.slow[job.0].store(QUICK_RUNS, Ordering::Relaxed);
            }
        } else if runs > 0 {
            self.slow[job.0].store(runs - 1, Ordering::Relaxed);
        }
    }
}
