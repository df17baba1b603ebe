//! In which worker's loop a connection waits that is kept: all in one while jobs are quick and one thread is enough
//! for them, and else apart. Knows nothing of loops, threads or connections.

use std::time::Duration;

use super::demand::SLOW;
use super::sync::{AtomicU8, AtomicUsize, Ordering};

/// Where kept connections belong.
///
/// Several loops that have some wake several threads, for a request or two each: that costs a quarter more.
pub(super) struct Gathering {
    /// The worker whose loop they are gathered in.
    center: AtomicUsize,
    workers: usize,
    /// How often it must be asked to settle until it gathers again.
    unrest: AtomicU8,
}

/// A job begins that takes its time: connections stay where they are for 50 to 100 ms. Not longer, as a job that waited
/// for a processor looks so as well.
pub(super) const SLOW_JOB: u8 = 2;
/// One thread isn't enough for them: a second.
pub(super) const TOO_MANY: u8 = 20;

impl Gathering {
    pub(super) fn new(workers: usize) -> Self {
        Self { center: AtomicUsize::new(0), workers, unrest: AtomicU8::new(0) }
    }

    /// Where a connection belongs whose job took so long on a thread of this worker; `None` where it is.
    /// One that has had no answer before may well be asked nothing else.
    pub(super) fn place(&self, worker: usize, took: Duration, kept: bool) -> Option<usize> {
        if took >= SLOW {
            return Some(worker);
        }
        if !kept {
            return None;
        }
        let is_calm = self.unrest.load(Ordering::Relaxed) == 0;
        is_calm.then(|| self.center.load(Ordering::Relaxed))
    }

    /// Gathers none for so many times that it is asked to settle.
    pub(super) fn disturb(&self, times: u8) {
        // Only read while it lasts, so that no cache line goes from thread to thread.
        if self.unrest.load(Ordering::Relaxed) < times {
            self.unrest.store(times, Ordering::Relaxed);
        }
    }

    /// To be called every 50 ms.
    pub(super) fn settle(&self) {
        let unrest = self.unrest.load(Ordering::Relaxed);
        if unrest > 0 {
            self.unrest.store(unrest - 1, Ordering::Relaxed);
        }
    }

    /// The threads of this worker are all inside jobs that take their time: what is gathered there would wait.
    pub(super) fn avoid(&self, worker: usize) {
        let next = (worker + 1) % self.workers;
        let center = &self.center;
        if center.compare_exchange(worker, next, Ordering::Relaxed, Ordering::Relaxed).is_ok() {
            self.disturb(TOO_MANY);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_micros(10);

    fn settle(gathering: &Gathering, times: u8) {
        (0..times).for_each(|_| gathering.settle());
    }

    #[test]
    fn connections_gather_when_nothing_has_disturbed_for_a_while() {
        let check = || {
            let gathering = Gathering::new(4);
            assert_eq!(gathering.place(2, QUICK, true), Some(0));
            assert_eq!(gathering.place(2, QUICK, false), None, "it may be its only one");
            assert_eq!(gathering.place(2, SLOW, true), Some(2), "its next job may take as long");
            gathering.disturb(SLOW_JOB);
            assert_eq!(gathering.place(2, QUICK, true), None);
            assert_eq!(gathering.place(3, SLOW, true), Some(3));
            settle(&gathering, SLOW_JOB - 1);
            gathering.disturb(TOO_MANY);
            gathering.disturb(SLOW_JOB);
            settle(&gathering, TOO_MANY - 1);
            assert_eq!(gathering.place(2, QUICK, true), None, "the longer of both counts");
            settle(&gathering, 1);
            assert_eq!(gathering.place(2, QUICK, true), Some(0));
        };
        shuttle::check_random(check, 1);
    }

    #[test]
    fn a_worker_whose_threads_are_busy_is_no_center() {
        let check = || {
            let gathering = Gathering::new(2);
            gathering.avoid(1);
            assert_eq!(gathering.place(1, QUICK, true), Some(0), "it is another");
            gathering.avoid(0);
            assert_eq!(gathering.place(0, QUICK, true), None, "that takes its time as well");
            settle(&gathering, TOO_MANY);
            assert_eq!(gathering.place(0, QUICK, true), Some(1));
        };
        shuttle::check_random(check, 1);
    }
}
