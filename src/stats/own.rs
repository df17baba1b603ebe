//! What we tell beside uWSGI's fields: job by job what was done, how long it took, what it holds. All
//! times are seconds, all sizes bytes. Knows nothing of uWSGI's fields.

use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;

use super::Snapshot;
use super::snapshot::{Entry, Job as Seen, Thread};
use crate::ledger::{Distribution, Resource};
use crate::pool::Counts;

#[derive(Serialize)]
pub(super) struct Own<'s> {
    application: &'s str,
    /// Since 1970.
    started: f64,
    uptime: f64,
    memory: Memory,
    threads: Threads,
    queue: Queue,
    /// Connections that wait in event loops.
    connections: usize,
    traffic: Traffic,
    running: Vec<Running<'s>>,
    jobs: Vec<Job<'s>>,
    schedule: Vec<Scheduled<'s>>,
    left_behind: Vec<LeftBehind<'s>>,
    /// Whether the program's allocator counts (`cleanslate::count_heap!`).
    heap_is_counted: bool,
    leaks: Vec<Leak<'s>>,
    /// What there are more descriptors of than at the start.
    descriptors: Vec<Descriptor<'s>>,
}

#[derive(Serialize)]
struct Memory {
    resident: u64,
    address_space: u64,
}

#[derive(Serialize)]
struct Threads {
    all: usize,
    busy: usize,
    lost: usize,
}

#[derive(Serialize)]
struct Queue {
    requests: usize,
    requests_max: usize,
    signals: usize,
    signals_max: usize,
}

#[derive(Serialize)]
struct Traffic {
    bad: u64,
    stalled: u64,
    unread: u64,
    expired: u64,
    shed: u64,
    left: u64,
}

/// A thread that is inside a job. Workers and threads are counted from 1, as in the log.
#[derive(Serialize)]
struct Running<'s> {
    worker: usize,
    thread: usize,
    job: &'s str,
    took: f64,
}

#[derive(Serialize)]
struct Job<'s> {
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
struct Scheduled<'s> {
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

#[derive(Serialize)]
struct LeftBehind<'s> {
    job: &'s str,
    reason: &'s str,
    count: u64,
}

#[derive(Serialize)]
struct Leak<'s> {
    job: &'s str,
    /// `heap` in bytes, `descriptors` or `threads`.
    resource: &'static str,
    per_run: f64,
}

#[derive(Serialize)]
struct Descriptor<'s> {
    target: &'s str,
    more: usize,
}

impl<'s> Own<'s> {
    pub(super) fn of(snapshot: &'s Snapshot<'_>) -> Self {
        let held = snapshot.findings.held.as_deref();
        let jobs = snapshot.jobs.iter().enumerate();
        let left_behind = snapshot.left_behind.iter();
        Self {
            application: snapshot.application,
            started: seconds(snapshot.started_at.duration_since(UNIX_EPOCH).unwrap_or_default()),
            uptime: seconds(snapshot.uptime),
            memory: Memory {
                resident: snapshot.memory.resident,
                address_space: snapshot.memory.address_space,
            },
            threads: Threads {
                all: snapshot.threads.all,
                busy: snapshot.threads.busy,
                lost: snapshot.threads.lost,
            },
            queue: Queue {
                requests: snapshot.queue.requests,
                requests_max: snapshot.queue.requests_max,
                signals: snapshot.queue.signals,
                signals_max: snapshot.queue.signals_max,
            },
            connections: snapshot.connections,
            traffic: traffic(snapshot),
            running: running(snapshot),
            jobs: jobs
                .map(|(place, job)| Job::of(job, held.and_then(|held| held.get(place).copied())))
                .collect(),
            schedule: snapshot
                .schedule
                .iter()
                .map(|entry| Scheduled::of(snapshot, entry))
                .collect(),
            left_behind: left_behind
                .map(|(job, reason, count)| LeftBehind { job, reason, count: *count })
                .collect(),
            heap_is_counted: held.is_some(),
            leaks: leaks(snapshot),
            descriptors: snapshot
                .findings
                .descriptors
                .iter()
                .map(|(target, more)| Descriptor { target, more: *more })
                .collect(),
        }
    }
}

fn traffic(snapshot: &Snapshot<'_>) -> Traffic {
    let traffic = &snapshot.traffic;
    Traffic {
        bad: traffic.bad,
        stalled: traffic.stalled,
        unread: traffic.unread,
        expired: traffic.expired,
        shed: traffic.shed,
        left: traffic.left,
    }
}

fn running<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Running<'s>> {
    let workers = snapshot.workers.iter().enumerate();
    let threads = workers.flat_map(|(worker, seen)| {
        seen.threads.iter().enumerate().map(move |(number, thread)| (worker, number, thread))
    });
    let running = |(worker, number, thread): (usize, usize, &'s Thread<'_>)| {
        let job = thread.job.as_ref()?;
        let (worker, thread) = (worker + 1, number + 1);
        Some(Running { worker, thread, job: job.name, took: seconds(job.took) })
    };
    threads.filter_map(running).collect()
}

fn leaks<'s>(snapshot: &'s Snapshot<'_>) -> Vec<Leak<'s>> {
    let leaks = snapshot.findings.leaks.iter();
    leaks
        .filter_map(|leak| {
            let job = snapshot.jobs.get(leak.job.0)?.name;
            Some(Leak { job, resource: word(leak.resource), per_run: leak.per_run })
        })
        .collect()
}

/// The word for a resource where machines read.
pub(super) fn word(resource: Resource) -> &'static str {
    match resource {
        Resource::Heap => "heap",
        Resource::Descriptors => "descriptors",
        Resource::Threads => "threads",
    }
}

impl<'s> Job<'s> {
    fn of(Seen { name, sum, deadlines }: &'s Seen<'_>, held: Option<i64>) -> Self {
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
        let at = |share| all.quantile(share).map(seconds);
        Self {
            count: all.count(),
            sum: seconds(all.sum),
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
        }
    }
}

impl<'s> Scheduled<'s> {
    fn of(snapshot: &Snapshot<'_>, entry: &'s Entry<'_>) -> Self {
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

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
