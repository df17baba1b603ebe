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
    /// For each job name its slow runs of late, less its quick ones.
    slow: Vec<AtomicU8>,
}

/// A job that takes longer is worth waking a successor for, which costs some microseconds.
pub(super) const SLOW: Duration = Duration::from_micros(200);
/// A slow run counts as much as so many quick ones.
const WEIGHT: u8 = 4;
/// More than this makes a name slow: one run alone doesn't, since a quick job that had to wait for a processor
/// looks slow as well. On a busy machine that is one run in a hundred, and many others would wake somebody for it.
const BALANCE: u8 = WEIGHT;
const BALANCE_MAX: u8 = 2 * WEIGHT;

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
        self.slow[job.0].load(Ordering::Relaxed) > BALANCE
    }

    /// Takes note of how long a job took. Quick jobs of a quick name write nothing, so that no
    /// cache line goes from thread to thread with each of them.
    pub(super) fn learn(&self, job: JobName, took: Duration) {
        let before = self.slow[job.0].load(Ordering::Relaxed);
        let after = match took >= SLOW {
            true => (before + WEIGHT).min(BALANCE_MAX),
            false => before.saturating_sub(1),
        };
        if after != before {
            self.slow[job.0].store(after, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How often a job counts as slow of those that begin after its first ten runs.
    fn slow_runs(is_slow: impl Fn(usize) -> bool) -> usize {
        let demand = Demand::new(1, 1);
        let job = JobName(0);
        let counted = (0..1_010).filter(|run| {
            let counts = *run >= 10 && demand.is_slow(job);
            demand.learn(job, if is_slow(*run) { SLOW } else { SLOW / 2 });
            counts
        });
        counted.count()
    }

    #[test]
    fn a_name_is_slow_if_its_runs_mostly_are_and_not_for_one_that_waited() {
        // Its counts are the scheduler's stand-ins, which live there alone.
        let check = || {
            assert_eq!(slow_runs(|_| true), 1_000);
            assert_eq!(slow_runs(|_| false), 0);
            assert_eq!(slow_runs(|run| run % 100 == 50), 0, "one in a hundred");
            assert!(slow_runs(|run| run % 2 == 0) > 900, "every second");
            assert!(slow_runs(|run| run % 100 < 10) < 150, "ten in a row, and then none");
        };
        shuttle::check_random(check, 1);
    }
}
