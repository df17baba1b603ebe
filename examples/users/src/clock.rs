//! The time of day. Everything else is told it.

use std::time::{SystemTime, UNIX_EPOCH};

/// Seconds since 1970, as the database keeps times.
pub(crate) fn now() -> i64 {
    now_ms() / 1_000
}

/// Milliseconds since 1970. A clock that stands before it, or beyond i64, is taken to show it.
pub(crate) fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or_default()
}
