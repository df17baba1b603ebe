//! Timers, crons and file monitors: when each is due, and what became of its ticks. It must not know
//! where it is shown.

use super::super::format;
use super::super::seen::Seen;
use super::{Cell, Column, Group, Row, Tone};
use crate::tool::statistics::{Job, Scheduled};

pub(super) const COLUMNS: &[Column] = &[
    Column::rest("TIMER"),
    Column::number("NEXT", 7),
    Column::number("LAST", 7),
    Column::number("RUNS", 6),
    Column::number("LATE", 5),
    Column::number("SKIP", 5),
    Column::number("COAL", 5),
    Column::number("MISS", 5),
    Column::number("FAIL", 5),
    Column::number("P99", 6),
];

pub(super) fn groups(seen: &Seen) -> Option<Vec<Group>> {
    let own = seen.last()?.cleanslate.as_ref()?;
    let groups = own.schedule.iter().map(|entry| vec![row(entry, own.job(&entry.name))]);
    Some(groups.collect())
}

fn row(entry: &Scheduled, job: Option<&Job>) -> Row {
    let failed = job.map_or(0, |job| job.failures + job.panics);
    let p99 = job.and_then(|job| job.whole.p99);
    // The next is first, though it is a number: as if by what has gone of the wait.
    let next = Cell::number(entry.next.map(|next| -next), format::time(entry.next));
    let last = Cell::number(entry.last.map(|last| -last), format::time(entry.last));
    let cells = vec![
        Cell::text(entry.name.as_str()),
        next,
        last,
        Cell::count(entry.runs),
        Cell::count(entry.late),
        Cell::count(entry.skipped),
        Cell::count(entry.coalesced),
        Cell::count(entry.missed),
        Cell::count(failed),
        Cell::number(p99, format::duration(p99)),
    ];
    let is_bad = entry.missed + failed > 0;
    Row { cells, tone: if is_bad { Tone::Bad } else { Tone::Plain } }
}
