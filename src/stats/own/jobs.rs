//! What is told of jobs: what each name has done, what runs now, what was left or is held. Knows
//! nothing of the process.

use serde::Serialize;

use super::super::Snapshot;
use super::super::snapshot::{Job as Seen, Thread};
use super::seconds;
use crate::ledger::{Distribution, Resource};

/// A thread that is inside a job. Workers and threads are counted from 1, as in the log.
#[derive(Serialize)]
pub(super) struct Running<'s> {
    worker: usize,
    thread: usize,
    job: &'s str,
    took: f64,
    /// Whether its deadline has come.
    expired: bool,
}

/// A job that didn't return at its deadline, so that its thread was given up.
#[derive(Serialize)]
pub(super) struct Lost<'s> {
    job: &'s str,
    took: f64,
}

#[derive(Serialize)]
pub(super) struct Job<'s> {
    name: &'s str,
    runs: u64,
    failures: u64,
    panics: u64,
    deadlines: u64,
    bytes_in: u64,
    bytes_out: u64,
    queued: Times,
    handled: Times,
    database: Times,
    written: Times,
    whole: Times,
    /// Bytes of the heap.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<i64>,
}

/// Of the runs that had such a phase: how many, all together, and what half, nine of ten and 99 of 100
/// didn't exceed.
#[derive(Serialize)]
struct Times {
    count: u64,
    sum: f64,
    p50: Option<f64>,
    p90: Option<f64>,
    p99: Option<f64>,
}

#[derive(Serialize)]
pub(super) struct LeftBehind<'s> {
    pub(super) job: &'s str,
    pub(super) reason: &'s str,
    pub(super) count: u64,
}

#[derive(Serialize)]
pub(super) struct Leak<'s> {
    job: &'s str,
    /// `heap` in bytes, `descriptors` or `threads`.
    resource: &'static str,
    per_run: f64,
}

pub(super) fn running<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Running<'s>> {
    let workers = snapshot.workers.iter().enumerate();
    let threads = workers.flat_map(|(worker, seen)| {
        seen.threads.iter().enumerate().map(move |(number, thread)| (worker, number, thread))
    });
    let running = |(worker, number, thread): (usize, usize, &'s Thread<'_>)| {
        let job = thread.job.as_ref()?;
        let (worker, thread, took) = (worker + 1, number + 1, seconds(job.took));
        Some(Running { worker, thread, job: job.name, took, expired: job.is_expired })
    };
    threads.filter_map(running).collect()
}

pub(super) fn lost<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Lost<'s>> {
    let lost = snapshot.lost.iter();
    lost.map(|job| Lost { job: job.name, took: seconds(job.took) }).collect()
}

pub(super) fn leaks<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Leak<'s>> {
    let leaks = snapshot.findings.leaks.iter();
    leaks
        .filter_map(|leak| {
            let job = snapshot.jobs.get(leak.job.0)?.name;
            Some(Leak { job, resource: word(leak.resource), per_run: leak.per_run })
        })
        .collect()
}

/// The word for a resource where machines read.
pub(in crate::stats) fn word(resource: Resource) -> &'static str {
    match resource {
        Resource::Heap => "heap",
        Resource::Descriptors => "descriptors",
        Resource::Threads => "threads",
    }
}

impl<'s> Job<'s> {
    pub(super) fn of(Seen { name, sum, deadlines }: &'s Seen<'_>, held: Option<i64>) -> Self {
        Self {
            name,
            runs: sum.runs,
            failures: sum.failures,
            panics: sum.panics,
            deadlines: *deadlines,
            bytes_in: sum.bytes_in,
            bytes_out: sum.bytes_out,
            queued: Times::of(&sum.queued),
            handled: Times::of(&sum.handled),
            database: Times::of(&sum.database),
            written: Times::of(&sum.written),
            whole: Times::of(&sum.whole),
            held,
        }
    }
}

impl Times {
    fn of(all: &Distribution) -> Self {
        let [p50, p90, p99] = all.quantiles([0.5, 0.9, 0.99]).map(|time| time.map(seconds));
        Self { count: all.count(), sum: seconds(all.sum), p50, p90, p99 }
    }
}
