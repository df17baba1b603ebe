//! How long a job waits for another connection's lock: in short pauses, until the busy timeout or
//! the job's deadline, whichever is first. It knows no connection.

use std::cell::RefCell;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use super::Deadline;

thread_local! {
    /// SQLite's busy handler is a plain function here, so this is how it learns of its job.
    static PATIENCE: RefCell<Option<Patience>> = const { RefCell::new(None) };
}

/// What the busy handler has to know of the job that runs on its thread.
struct Patience {
    deadline: Arc<Deadline>,
    timeout: Duration,
    /// When the wait began that is under way.
    since: Option<Instant>,
    /// Whether the deadline ended the last wait.
    cut_short: bool,
}

/// From here on, waits on this thread are for this job. Each use of a connection says so, since it
/// may have come to another thread meanwhile, or another connection may have been used on this one.
pub(super) fn attend(deadline: &Arc<Deadline>, timeout: Duration) {
    PATIENCE.with_borrow_mut(|patience| match patience {
        Some(known) if Arc::ptr_eq(&known.deadline, deadline) && known.timeout == timeout => {
            known.cut_short = false;
        }
        _ => *patience = Some(Patience::new(deadline, timeout)),
    });
}

/// The busy handler: pauses and asks SQLite to try again, or gives up. `tries` counts from zero for
/// each lock.
#[allow(
    clippy::disallowed_methods,
    reason = "SQLite calls this in the middle of a query: no caller has the time, no event ends a lock"
)]
pub(super) fn wait(tries: i32) -> bool {
    let now = Instant::now();
    let pause = PATIENCE
        .with_borrow_mut(|patience| patience.as_mut().and_then(|p| p.next_pause(tries, now)));
    pause.map(thread::sleep).is_some()
}

/// Whether the last wait on this thread was ended by the deadline rather than by the busy timeout.
pub(super) fn was_cut_short() -> bool {
    PATIENCE.with_borrow(|patience| patience.as_ref().is_some_and(|p| p.cut_short))
}

impl Patience {
    fn new(deadline: &Arc<Deadline>, timeout: Duration) -> Self {
        Self { deadline: Arc::clone(deadline), timeout, since: None, cut_short: false }
    }

    /// How long to pause before the next try; `None` to give up.
    fn next_pause(&mut self, tries: i32, now: Instant) -> Option<Duration> {
        if self.deadline.over(now) {
            self.cut_short = true;
            return None;
        }
        if tries == 0 {
            self.since = Some(now);
        }
        let waited = now.saturating_duration_since(self.since.unwrap_or(now));
        let left = self.timeout.saturating_sub(waited);
        if left.is_zero() {
            return None;
        }
        let tries = usize::try_from(tries).unwrap_or(usize::MAX);
        let pause = Duration::from_millis(*PAUSES_MS.get(tries).unwrap_or(&LONGEST_PAUSE_MS));
        let until_deadline = self.deadline.left(now).unwrap_or(left);
        Some(pause.min(left).min(until_deadline))
    }
}

/// Most writers are done within a millisecond, so the first tries come quickly.
const PAUSES_MS: [u64; 5] = [1, 1, 2, 5, 10];

/// Also the longest time by which a wait outlives a deadline that comes early.
const LONGEST_PAUSE_MS: u64 = 20;

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs one wait in simulated time and says how long it took.
    #[allow(clippy::disallowed_methods, reason = "a point to start the simulated time from")]
    fn check(timeout_ms: u64, deadline_ms: Option<u64>) -> (Duration, bool) {
        let start = Instant::now();
        let deadline = Arc::new(Deadline::new());
        deadline.start(deadline_ms.map(|ms| start + Duration::from_millis(ms)));
        let mut patience = Patience::new(&deadline, Duration::from_millis(timeout_ms));
        let mut now = start;
        for tries in 0.. {
            let Some(pause) = patience.next_pause(tries, now) else {
                break;
            };
            assert!(pause <= Duration::from_millis(LONGEST_PAUSE_MS));
            now += pause;
        }
        (now - start, patience.cut_short)
    }

    #[test]
    fn waits_until_whichever_is_first() {
        let ms = Duration::from_millis;
        assert_eq!(check(5_000, None), (ms(5_000), false));
        assert_eq!(check(5_000, Some(333)), (ms(333), true));
        assert_eq!(check(333, Some(5_000)), (ms(333), false));
        assert_eq!(check(5_000, Some(0)), (ms(0), true));
        assert_eq!(check(0, None), (ms(0), false));
    }
}
