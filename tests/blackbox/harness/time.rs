//! Time: conditions with a deadline, never a sleep in the hope that something has happened by then.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The time.
#[allow(clippy::disallowed_methods, reason = "the one place where tests read the clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Waits until `look` finds what it looks for; the test has failed if that takes longer than
/// `limit`.
pub(crate) fn wait_for<T>(what: &str, limit: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let until = now() + limit;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(now() < until, "waited {limit:?} in vain for {what}");
        std::thread::park_timeout(Duration::from_millis(2));
    }
}

/// Lets a time pass over which something is measured.
pub(crate) fn let_pass(time: Duration) {
    let until = now() + time;
    while let Some(left) = until.checked_duration_since(now()).filter(|left| !left.is_zero()) {
        std::thread::park_timeout(left);
    }
}

/// Held by tests that use all cores, and by those that would be wrong about times beside them.
pub(crate) fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether long tests run at their full size: `cargo xtask test --full` says so.
pub(crate) fn full() -> bool {
    std::env::var_os("CLEANSLATE_FULL").is_some_and(|value| value == "1")
}
