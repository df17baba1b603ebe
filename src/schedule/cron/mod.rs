//! Crons: times by the clock on the wall. Pure: the time is an argument.
//!
//! A rule is read and searched by `croner`. What daylight saving makes of it:
//!
//! - A rule with a fixed time of day runs once a day. Where the time is left out in spring, it runs at
//!   the first moment after the gap; where it comes twice in autumn, the first time. A whole day
//!   that a zone has left out has no run.
//! - A rule with `*` or a step in its hours or minutes goes by the clock as it passes: it runs in both
//!   of autumn's hours, and not in the one that spring leaves out.

mod rule;
mod uwsgi;
mod zone;

pub(crate) use rule::{CronError, CronRule};
pub(crate) use zone::Zone;

#[cfg(test)]
mod tests;
