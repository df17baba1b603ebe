//! The clock of the tool, and its only pause. It must not know what is timed.

use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// The time now.
#[expect(clippy::disallowed_methods, reason = "this is where the tool's time comes from")]
pub(super) fn now() -> Instant {
    Instant::now()
}

/// By the clock on the wall, as servers say when something began.
pub(super) fn since_1970() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// What is left until then; nothing if that is past.
pub(super) fn left(until: Instant) -> Duration {
    until.saturating_duration_since(now())
}

/// Lets all of the time until then pass.
pub(super) fn pause_until(until: Instant) {
    while !left(until).is_zero() {
        pause(left(until));
    }
}

/// Lets this time pass, give or take.
pub(super) fn pause(time: Duration) {
    // No thread unparks another here; one that returns early costs a case nothing but its cut.
    thread::park_timeout(time);
}
