//! When jobs that nobody asked for are due. Makes jobs of ticks; knows nothing of threads that run
//! them.

mod timers;

pub(crate) use timers::Timers;

/// A tick that starts later than this after it was due is counted and logged as late.
pub(crate) const LATE: std::time::Duration = std::time::Duration::from_millis(500);
