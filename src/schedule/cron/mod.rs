//! Crons: times by the clock on the wall. Knows no clock: the time is an argument.
//!
//! `croner` reads a rule and finds its next time on a wall clock that is never set. What daylight
//! saving makes of that time is decided here:
//!
//! - **Spring.** Times that are left out run at the first moment after the gap, once for all of them
//!   and for one that is due then anyway. Of a rule that runs in all 24 hours they are just left out.
//! - **Autumn.** Times that come twice run the first time. A rule with `*` or a step of it in its
//!   minutes or hours, or for all 24 hours, goes by the clock as it passes, and runs both times.
//!   Lists and ranges are no wildcards, nor is a step that comes to one value, as `*/24`.
//! - A day that a zone has left out has no runs.

mod error;
mod fields;
mod passage;
mod rule;
mod uwsgi;
mod zone;

pub(crate) use rule::CronRule;
pub(crate) use zone::Zone;

#[cfg(test)]
mod tests;
