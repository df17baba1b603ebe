//! A job's deadline, as its thread, SQLite's callbacks and whoever enforces it see it. It knows
//! nothing of sockets, answers or queues.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// When the job that runs on a thread must be over, and whether it was answered without it.
///
/// There is one for each pool thread, shared with the enforcer and used for job after job. An
/// enforcer that comes late must not hit the next job on that thread, so each job is a [`Run`] and
/// [`expire`](Self::expire) names the one it means.
///
/// A line of cache of its own: its thread writes it with every job.
#[derive(Debug)]
#[repr(align(128))]
pub(crate) struct Deadline {
    zero: Instant,
    /// Nanoseconds after `zero`, or `NEVER`.
    at: AtomicU64,
    /// The number of the run times two, plus one once it has expired: one word, so that an
    /// enforcer checks and marks in one step.
    run: AtomicU64,
}

/// One job's turn on a thread, to name it to [`Deadline::expire`].
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Run(u64);

impl Deadline {
    /// No job runs and nothing is ever over.
    #[allow(
        clippy::disallowed_methods,
        reason = "only a zero point, against which no time is measured"
    )]
    pub(crate) fn new() -> Self {
        Self { zero: Instant::now(), at: AtomicU64::new(NEVER), run: AtomicU64::new(0) }
    }

    /// A new job begins, which must be over `at` that time, or whenever it likes for `None`. Only
    /// the thread that runs the jobs may call this and [`clear`](Self::clear).
    pub(crate) fn start(&self, at: Option<Instant>) -> Run {
        let nanos = at.map_or(NEVER, |at| {
            let after_zero = at.saturating_duration_since(self.zero).as_nanos();
            u64::try_from(after_zero).unwrap_or(NEVER)
        });
        // A reader that sees the new run must see its time as well, hence in this order.
        self.at.store(nanos, Ordering::Release);
        let run = (self.run.load(Ordering::Relaxed) >> 1).wrapping_add(1);
        self.run.store(run << 1, Ordering::Release);
        Run(run)
    }

    /// Someone else has answered for the job: what it still does is for nothing and must not be
    /// committed. Call it before that answer is written. False when the run is over already.
    pub(crate) fn expire(&self, run: Run) -> bool {
        let alive = run.0 << 1;
        self.run.compare_exchange(alive, alive | 1, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Whether [`expire`](Self::expire) was called for the job that runs; reads no clock.
    pub(crate) fn expired(&self) -> bool {
        self.run.load(Ordering::Acquire) & 1 == 1
    }

    /// Whether the job has expired or its time is past.
    pub(crate) fn over(&self, now: Instant) -> bool {
        self.expired() || self.left(now).is_some_and(|left| left.is_zero())
    }

    /// The time the job has left, zero when it is past; `None` without a deadline.
    pub(crate) fn left(&self, now: Instant) -> Option<Duration> {
        let at = self.at.load(Ordering::Acquire);
        let at = (at != NEVER).then(|| Duration::from_nanos(at))?;
        Some(at.saturating_sub(now.saturating_duration_since(self.zero)))
    }

    /// The job is over: no deadline, nothing expired, and its [`Run`] is worth nothing any more.
    pub(crate) fn clear(&self) {
        self.start(None);
    }
}

/// 584 years after the start of the process.
const NEVER: u64 = u64::MAX;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_runs_out() {
        let deadline = Deadline::new();
        let zero = deadline.zero;
        let second = Duration::from_secs(1);

        assert_eq!(deadline.left(zero), None);
        assert!(!deadline.over(zero + 1000 * second));

        deadline.start(Some(zero + 2 * second));
        assert_eq!(deadline.left(zero + second), Some(second));
        assert!(!deadline.over(zero + second));
        assert!(deadline.over(zero + 2 * second));
        assert_eq!(deadline.left(zero + 3 * second), Some(Duration::ZERO));
        assert!(!deadline.expired(), "only the enforcer sets the flag");

        deadline.clear();
        assert!(!deadline.over(zero + 3 * second));
    }

    #[test]
    fn a_deadline_before_the_zero_point_is_past() {
        let deadline = Deadline::new();
        let Some(before) = deadline.zero.checked_sub(Duration::from_secs(1)) else {
            return;
        };
        deadline.start(Some(before));
        assert!(deadline.over(deadline.zero));
    }

    #[test]
    fn a_late_enforcer_does_not_hit_the_next_job() {
        let deadline = Deadline::new();
        let first = deadline.start(None);
        assert!(deadline.expire(first));
        assert!(!deadline.expire(first), "once");
        assert!(deadline.expired());

        let second = deadline.start(None);
        assert!(!deadline.expired());
        assert!(!deadline.expire(first));
        assert!(!deadline.expired());
        deadline.clear();
        assert!(!deadline.expire(second));
        assert!(!deadline.expired());
    }
}
