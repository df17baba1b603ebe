//! What is told of the schedule: what became of each entry's ticks, and when the next is due. Knows
//! nothing of what they do.

use serde::Serialize;

use super::super::Snapshot;
use super::super::snapshot::Entry;
use super::seconds;
use crate::pool::Counts;

#[derive(Serialize)]
pub(super) struct Scheduled<'s> {
    name: &'s str,
    runs: u64,
    coalesced: u64,
    skipped: u64,
    missed: u64,
    late: u64,
    /// Seconds until it is due.
    next: Option<f64>,
    /// Seconds since it last ran.
    last: Option<f64>,
}

impl<'s> Scheduled<'s> {
    pub(super) fn of(snapshot: &Snapshot<'_>, entry: &'s Entry<'_>) -> Self {
        let Counts { runs, coalesced, skipped, missed, late } = entry.counts;
        let last = snapshot.jobs.get(entry.job).and_then(|job| job.sum.last);
        Self {
            name: entry.name,
            runs,
            coalesced,
            skipped,
            missed,
            late,
            next: entry.next.map(seconds),
            last: last.map(seconds),
        }
    }
}
