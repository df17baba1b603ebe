//! When jobs that nobody asked for are due. Knows nothing of threads that run them.

mod carry;
mod cron;
mod dice;
mod files;
mod fill;
mod passed;
mod plan;
mod simulate;
mod store;
#[cfg(test)]
mod tests;
mod timetable;

pub(crate) use carry::{Carried, HandOver, Moment};
pub(crate) use cron::{CronRule, Zone};
pub(crate) use files::{Files, WatchError};
pub(crate) use plan::{EntryKey, Firing, Now, Plan, When};
pub(crate) use simulate::{Span, simulate};
pub(crate) use store::{Ran, Store};
pub(crate) use timetable::Schedule;

/// A tick that starts later than this after it was due is counted and logged as late.
pub(crate) const LATE: std::time::Duration = std::time::Duration::from_millis(500);
