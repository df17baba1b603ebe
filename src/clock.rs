//! The clock of the outermost loops. Everything below them gets the time as an argument.

use std::time::Instant;

/// The time now.
#[allow(clippy::disallowed_methods, reason = "this is where time comes from")]
pub(crate) fn now() -> Instant {
    Instant::now()
}
