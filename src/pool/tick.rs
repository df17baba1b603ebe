//! A run of a background job, and what is known of the runs of one timer, cron or file monitor:
//! which wait, which run, and what became of those that could do neither. Knows no clock.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::app::{Overlap, Policy};

/// One run of a signal's handler.
pub(crate) struct Tick {
    /// The signal's place in the application's list.
    pub(crate) signal: usize,
    /// The worker it must run on, if not any.
    pub(crate) worker: Option<usize>,
    pub(crate) due_at: Instant,
    /// What it ticks for; none for a signal that was raised, of which each is run.
    pub(crate) ticks: Option<Arc<Ticks>>,
}

/// The runs of one timer, cron or file monitor.
#[derive(Default)]
pub(crate) struct Ticks {
    overlap: Overlap,
    /// How long a run may take.
    pub(crate) deadline: Option<Duration>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Runs that are queued.
    waiting: usize,
    running: usize,
    /// Ticks to be run when those that run have ended.
    owed: u64,
    counts: Counts,
}

/// What became of the ticks.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Counts {
    pub(crate) runs: u64,
    /// Found one that waited, and are counted with it.
    pub(crate) coalesced: u64,
    /// Found one that ran, and were left out.
    pub(crate) skipped: u64,
    /// Were due while the process was stalled or the clock was set, and are not made up for.
    pub(crate) missed: u64,
    /// Started more than `schedule::LATE` after they were due.
    pub(crate) late: u64,
}

impl Ticks {
    pub(crate) fn new(policy: &Policy) -> Self {
        Self { overlap: policy.overlap, deadline: policy.deadline, state: Mutex::default() }
    }

    /// Decides what becomes of `ticks` that are due at once; true when a run is to be queued, on
    /// `copies` workers.
    pub(crate) fn come_due(&self, ticks: u64, copies: usize) -> bool {
        let mut state = self.lock();
        if state.waiting > 0 {
            state.counts.coalesced += ticks;
            return false;
        }
        let is_free = match self.overlap {
            Overlap::Skip | Overlap::QueueOne => state.running == 0,
            Overlap::Allow(most) => state.running < most.max(1),
        };
        if is_free {
            state.waiting = copies;
            state.owed += ticks.saturating_sub(1);
            return true;
        }
        match self.overlap {
            Overlap::Skip => state.counts.skipped += ticks,
            Overlap::QueueOne | Overlap::Allow(_) if state.owed == 0 => {
                state.owed = 1;
                state.counts.coalesced += ticks - 1;
            }
            Overlap::QueueOne | Overlap::Allow(_) => state.counts.coalesced += ticks,
        }
        false
    }

    /// A queued run starts.
    pub(crate) fn start(&self) {
        let mut state = self.lock();
        state.waiting = state.waiting.saturating_sub(1);
        state.running += 1;
        state.counts.runs += 1;
    }

    /// A run has ended; true when another is owed and to be queued, on `copies` workers.
    pub(crate) fn end(&self, copies: usize) -> bool {
        let mut state = self.lock();
        state.running = state.running.saturating_sub(1);
        let is_free = state.waiting == 0
            && match self.overlap {
                Overlap::Skip | Overlap::QueueOne => state.running == 0,
                Overlap::Allow(most) => state.running < most.max(1),
            };
        let owes = is_free && state.owed > 0;
        if owes {
            state.owed -= 1;
            state.waiting = copies;
        }
        owes
    }

    /// What is owed will not be run any more.
    pub(crate) fn forget_owed(&self) {
        let mut state = self.lock();
        state.counts.missed += std::mem::take(&mut state.owed);
    }

    pub(crate) fn miss(&self, ticks: u64) {
        self.lock().counts.missed += ticks;
    }

    /// Counts a late run; how many ticks of its timer have been coalesced so far.
    pub(crate) fn note_late(&self) -> u64 {
        let mut state = self.lock();
        state.counts.late += 1;
        state.counts.coalesced
    }

    pub(crate) fn counts(&self) -> Counts {
        self.lock().counts
    }

    /// Nothing is called while it is held, so that nobody waits for long.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Ticks `d`ue, runs that `s`tart and `e`nd, as they come; what is queued and counted.
    fn check(overlap: Overlap, events: &str, queued: usize, counts: [u64; 3]) {
        let ticks = Ticks::new(&Policy { overlap, ..Policy::default() });
        let mut seen = 0;
        for event in events.chars() {
            seen += usize::from(match event {
                'd' => ticks.come_due(1, 1),
                '3' => ticks.come_due(3, 1),
                'e' => ticks.end(1),
                _ => {
                    ticks.start();
                    false
                }
            });
        }
        let Counts { runs, coalesced, skipped, .. } = ticks.counts();
        assert_eq!((seen, [runs, coalesced, skipped]), (queued, counts), "{overlap:?} {events}");
    }

    #[test]
    fn every_tick_is_run_or_counted() {
        check(Overlap::Skip, "dddsdde", 1, [1, 2, 2]);
        check(Overlap::Skip, "dsedse", 2, [2, 0, 0]);
        check(Overlap::QueueOne, "dsddde", 2, [1, 2, 0]);
        check(Overlap::QueueOne, "dsddese", 2, [2, 1, 0]);
        check(Overlap::Allow(2), "dsdsdde", 3, [2, 1, 0]);
        check(Overlap::Allow(2), "ddsds", 2, [2, 1, 0]);
        // Three that are to be made up for run one after the other.
        check(Overlap::Skip, "3sesese", 3, [3, 0, 0]);
    }

    #[test]
    fn what_is_owed_and_not_run_is_missed() {
        let ticks = Ticks::new(&Policy::default());
        assert!(ticks.come_due(5, 1));
        ticks.start();
        ticks.forget_owed();
        assert!(!ticks.end(1));
        let Counts { runs, missed, .. } = ticks.counts();
        assert_eq!((runs, missed), (1, 4));
    }

    #[test]
    fn a_tick_for_all_workers_has_ended_when_all_have() {
        let ticks = Ticks::new(&Policy { overlap: Overlap::QueueOne, ..Policy::default() });
        assert!(ticks.come_due(1, 4));
        (0..4).for_each(|_| ticks.start());
        assert!(!ticks.come_due(1, 4), "it is owed");
        assert!((0..3).all(|_| !ticks.end(4)));
        assert!(ticks.end(4), "and queued when the last has ended");
    }
}
