//! Jobs by name: how often each runs, how long it takes, how it fails, what it holds. It must not know
//! where it is shown.

use super::super::format;
use super::super::seen::Seen;
use super::{Cell, Column, Group, Row, Tone};
use crate::tool::statistics::{Job, Statistics};

pub(super) const COLUMNS: &[Column] = &[
    Column::rest("JOB"),
    Column::number("RUNS", 6),
    Column::number("RUNS/S", 6),
    Column::number("P50", 6),
    Column::number("P99", 6),
    Column::number("FAIL", 5),
    Column::number("LATE", 5),
    Column::number("HELD", 7),
    Column::text("LEAK", 7),
];
/// The column that it is sorted by at first.
pub(super) const RATE: usize = 2;

pub(super) fn groups(seen: &Seen) -> Option<Vec<Group>> {
    let own = seen.last()?.cleanslate.as_ref()?;
    let groups = own.jobs.iter().map(|job| {
        let leak = own.leaks.iter().find(|leak| leak.job == job.name);
        let leak = leak.map(|leak| leak.resource.as_str());
        vec![row(seen, job, leak)]
    });
    Some(groups.collect())
}

fn row(seen: &Seen, job: &Job, leak: Option<&str>) -> Row {
    let runs = |reading: &Statistics| Some(reading.cleanslate.as_ref()?.job(&job.name)?.runs);
    let rate = seen.rate(runs);
    let leak = match leak {
        Some("descriptors") => "files",
        Some(resource) => resource,
        None => "",
    };
    // What is freed in another job's run than it was made in may make less than nothing for a moment.
    let held = job.held.map(|held| u64::try_from(held).unwrap_or(0));
    let cells = vec![
        Cell::text(job.name.as_str()),
        Cell::count(job.runs),
        Cell::rate(rate),
        Cell::number(job.whole.p50, format::duration(job.whole.p50)),
        Cell::number(job.whole.p99, format::duration(job.whole.p99)),
        Cell::count(job.failures + job.panics),
        Cell::count(job.deadlines),
        Cell::number(held.map(format::float), held.map_or_else(|| "-".to_owned(), format::bytes)),
        Cell::text(leak),
    ];
    let tone = match (leak, rate) {
        ("", Some(rate)) if rate > 0.0 => Tone::Busy,
        ("", _) => Tone::Plain,
        _ => Tone::Bad,
    };
    Row { cells, tone }
}
