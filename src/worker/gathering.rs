//! In which worker's loop a connection waits that is kept: all in one while jobs are quick, so that one thread serves
//! them, and else with whoever ran their job. Knows nothing of loops, threads or connections.

use std::time::Duration;

use super::demand::SLOW;
use super::sync::{AtomicBool, AtomicUsize, Ordering};

/// Where kept connections belong.
///
/// Several loops that have some wake several threads, for a request or two each: that costs a quarter more.
pub(super) struct Gathering {
    /// The worker whose loop they are gathered in.
    center: AtomicUsize,
    workers: usize,
    /// Whether nothing has disturbed it lately.
    calm: AtomicBool,
    /// Whether something has, since it was last asked.
    disturbed: AtomicBool,
}

impl Gathering {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            center: AtomicUsize::new(0),
            workers,
            calm: AtomicBool::new(true),
            disturbed: AtomicBool::new(false),
        }
    }

    /// Where a connection belongs whose job took so long on a thread of this worker; `None` where it is.
    pub(super) fn place(&self, worker: usize, took: Duration) -> Option<usize> {
        if took >= SLOW {
            return Some(worker);
        }
        self.calm.load(Ordering::Relaxed).then(|| self.center.load(Ordering::Relaxed))
    }

    /// One thread isn't enough: a job begins that takes its time, or a listener can't keep up.
    pub(super) fn disturb(&self) {
        // Only read while it lasts, so that no cache line goes from thread to thread.
        if !self.disturbed.load(Ordering::Relaxed) {
            self.disturbed.store(true, Ordering::Relaxed);
            self.calm.store(false, Ordering::Relaxed);
        }
    }

    /// Asked now and then: gathers again if nothing disturbed it since.
    pub(super) fn settle(&self) {
        let disturbed = self.disturbed.swap(false, Ordering::Relaxed);
        if self.calm.load(Ordering::Relaxed) == disturbed {
            self.calm.store(!disturbed, Ordering::Relaxed);
        }
    }

    /// The threads of this worker are all inside jobs that take their time: what is gathered there would wait.
    pub(super) fn avoid(&self, worker: usize) {
        let next = (worker + 1) % self.workers;
        let center = &self.center;
        let _ = center.compare_exchange(worker, next, Ordering::Relaxed, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(10);

    #[test]
    fn connections_are_gathered_while_nothing_disturbs() {
        let check = || {
            let gathering = Gathering::new(4);
            assert_eq!(gathering.place(2, QUICK), Some(0));
            assert_eq!(
                gathering.place(2, SLOW),
                Some(2),
                "its thread is busy: others are elsewhere"
            );
            gathering.disturb();
            assert_eq!(gathering.place(2, QUICK), None);
            assert_eq!(gathering.place(3, SLOW), Some(3));
            gathering.settle();
            assert_eq!(gathering.place(2, QUICK), None, "it was disturbed a moment ago");
            gathering.disturb();
            gathering.settle();
            assert_eq!(gathering.place(2, QUICK), None, "and again");
            gathering.settle();
            assert_eq!(gathering.place(2, QUICK), Some(0));
        };
        shuttle::check_random(check, 1);
    }

    #[test]
    fn a_worker_whose_threads_are_busy_is_no_center() {
        let check = || {
            let gathering = Gathering::new(2);
            gathering.avoid(1);
            assert_eq!(gathering.place(1, QUICK), Some(0), "it is another");
            gathering.avoid(0);
            assert_eq!(gathering.place(0, QUICK), Some(1));
            gathering.avoid(1);
            assert_eq!(gathering.place(1, QUICK), Some(0));
        };
        shuttle::check_random(check, 1);
    }
}
