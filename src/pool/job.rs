//! What a job is: a whole request, or a timer's tick. Knows nothing of where it waits.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Instant;

use super::Peer;
use crate::app::Packet;

/// Work for a pool thread, run exactly once.
#[allow(clippy::large_enum_variant, reason = "nearly all are requests: a box each would cost more")]
pub(crate) enum Job {
    Request(RequestJob),
    Tick(Tick),
}

/// A request that is whole, and the socket its answer goes to.
pub(crate) struct RequestJob {
    pub(crate) peer: Peer,
    pub(crate) packet: Packet,
    /// Its deadline and its wait count from here.
    pub(crate) whole_at: Instant,
}

/// One tick of a timer.
pub(crate) struct Tick {
    /// The timer's place in the application's list.
    pub(crate) timer: usize,
    pub(crate) due_at: Instant,
    pub(crate) state: Arc<TickState>,
}

/// What is known of a timer's ticks: at most one waits, and at most one runs.
///
/// A tick that finds another waiting or running is counted, never lost in silence.
#[derive(Default)]
pub(crate) struct TickState {
    waiting: AtomicBool,
    running: AtomicBool,
    pub(crate) runs: AtomicU64,
    /// Ticks that found one of the same timer still waiting for a thread.
    pub(crate) coalesced: AtomicU64,
    /// Ticks that found one of the same timer still running.
    pub(crate) skipped: AtomicU64,
    /// Ticks that were due while the process was stalled, beyond the one that made up for them.
    pub(crate) missed: AtomicU64,
    /// Ticks that ran more than `schedule::LATE` after they were due.
    pub(crate) late: AtomicU64,
}

/// What became of a tick when it was due.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Due {
    Queue,
    Coalesced,
    Skipped,
}

impl TickState {
    /// Decides what a due tick does; after [`Due::Queue`] it counts as waiting.
    pub(crate) fn come_due(&self) -> Due {
        // In this order: whoever sees that none waits any more also sees that it runs.
        if self.waiting.swap(true, Ordering::AcqRel) {
            self.coalesced.fetch_add(1, Ordering::Relaxed);
            return Due::Coalesced;
        }
        if self.running.load(Ordering::Acquire) {
            self.waiting.store(false, Ordering::Release);
            self.skipped.fetch_add(1, Ordering::Relaxed);
            return Due::Skipped;
        }
        Due::Queue
    }

    pub(crate) fn miss(&self, ticks: u64) {
        self.missed.fetch_add(ticks, Ordering::Relaxed);
    }

    /// Counts a late tick; how many of its timer have been coalesced so far.
    pub(crate) fn note_late(&self) -> u64 {
        self.late.fetch_add(1, Ordering::Relaxed);
        self.coalesced.load(Ordering::Relaxed)
    }

    pub(crate) fn start(&self) {
        self.running.store(true, Ordering::Release);
        self.waiting.store(false, Ordering::Release);
        self.runs.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn end(&self) {
        self.running.store(false, Ordering::Release);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_waits_one_runs_and_the_rest_is_counted() {
        let state = TickState::default();
        assert_eq!(state.come_due(), Due::Queue);
        assert_eq!(state.come_due(), Due::Coalesced);
        state.start();
        assert_eq!(state.come_due(), Due::Skipped);
        state.end();
        assert_eq!(state.come_due(), Due::Queue);
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        assert_eq!((count(&state.runs), count(&state.coalesced), count(&state.skipped)), (1, 1, 1));
    }
}
