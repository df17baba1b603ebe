//! The clock of the outermost loops. Everything below them gets the time as an argument.

use std::cell::Cell;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;

use crate::schedule::{Moment, Now};

/// The time now.
#[allow(clippy::disallowed_methods, reason = "this is where time comes from")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// The time now by both clocks.
pub(crate) fn both() -> Now {
    Now { monotonic: now(), wall: Timestamp::now() }
}

/// The time now as other processes know it too.
pub(crate) fn moment() -> Moment {
    let since_boot = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    let seconds = u64::try_from(since_boot.tv_sec).unwrap_or_default();
    let nanos = u64::try_from(since_boot.tv_nsec).unwrap_or_default();
    Moment { now: both(), nanos: seconds.saturating_mul(1_000_000_000).saturating_add(nanos) }
}

/// A number that differs from start to start.
pub(crate) fn seed() -> u64 {
    u64::from(Timestamp::now().subsec_nanosecond().unsigned_abs()) << 16
        | u64::from(std::process::id())
}

/// The date now, as HTTP writes it (RFC 9110, 5.6.7): made once a second by each thread.
pub(crate) fn http_date() -> [u8; 29] {
    thread_local! {
        static LAST: Cell<(u64, [u8; 29])> = const { Cell::new((u64::MAX, [0; 29])) };
    }
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let (second, date) = LAST.get();
    if second == since.as_secs() {
        return date;
    }
    let text = httpdate::fmt_http_date(UNIX_EPOCH + since);
    // It has this size until the year 10000.
    let date = text.as_bytes().try_into().unwrap_or([b' '; 29]);
    LAST.set((since.as_secs(), date));
    date
}
