//! All that is known of a server at one moment. Knows nothing of how it is shown.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant, SystemTime};

use super::backlog::{Backlog, Backlogs};
use super::usage::{Limits, Usage};
use crate::capture::{Capture, Captured};
use crate::clock::now;
use crate::ledger::{Findings, SeatSum, Sum};
use crate::pool::Counts;
use crate::process::Memory;
use crate::worker::{Pool, RunningJob, VarCounts};

/// What is known of a server beside its pool.
pub(super) struct Known {
    pub(super) started: Instant,
    pub(super) started_at: SystemTime,
    pub(super) limits: Limits,
    /// The address space once its threads had started, in bytes.
    pub(super) settled: u64,
}

/// A server at one moment.
pub(super) struct Snapshot<'p> {
    pub(super) application: &'p str,
    pub(super) started_at: SystemTime,
    pub(super) uptime: Duration,
    pub(super) memory: Memory,
    /// Bytes that the database's library holds.
    pub(super) database_memory: u64,
    pub(super) limits: &'p Limits,
    pub(super) usage: Usage,
    pub(super) threads: Threads,
    pub(super) queue: Queue,
    pub(super) connections: usize,
    pub(super) traffic: Traffic,
    pub(super) vars: VarCounts,
    /// None where no requests are kept.
    pub(super) capture: Option<Captured>,
    pub(super) sockets: Vec<Socket<'p>>,
    pub(super) workers: Vec<Worker<'p>>,
    /// What threads that were given up are in.
    pub(super) lost: Vec<RunningJob<'p>>,
    /// By job name, in the order in which they were registered.
    pub(super) jobs: Vec<Job<'p>>,
    pub(super) schedule: Vec<Entry<'p>>,
    /// What jobs left on their contexts: the name, why that was cleaned up, how often.
    pub(super) left_behind: Vec<(&'p str, String, u64)>,
    pub(super) findings: Arc<Findings>,
}

pub(super) struct Threads {
    pub(super) all: usize,
    pub(super) busy: usize,
    /// To handlers that don't return.
    pub(super) lost: usize,
}

/// What waits for a thread, and how much may.
pub(super) struct Queue {
    pub(super) requests: usize,
    pub(super) requests_max: usize,
    pub(super) signals: usize,
    pub(super) signals_max: usize,
}

/// What happened to requests and connections that no handler saw to the end.
pub(super) struct Traffic {
    pub(super) bad: u64,
    pub(super) stalled: u64,
    pub(super) unread: u64,
    pub(super) expired: u64,
    pub(super) shed: u64,
    pub(super) left: u64,
}

pub(super) struct Socket<'p> {
    pub(super) name: &'p str,
    pub(super) protocol: String,
    pub(super) backlog: Backlog,
}

/// One worker: its threads, and what those that sat there have done.
pub(super) struct Worker<'p> {
    pub(super) sum: SeatSum,
    pub(super) requests: u64,
    pub(super) ticks: u64,
    pub(super) failures: u64,
    pub(super) expired: u64,
    pub(super) threads: Vec<Thread<'p>>,
}

pub(super) struct Thread<'p> {
    pub(super) requests: u64,
    pub(super) job: Option<RunningJob<'p>>,
}

pub(super) struct Job<'p> {
    pub(super) name: &'p str,
    pub(super) sum: Sum,
    pub(super) deadlines: u64,
}

/// A timer, a cron or a file monitor.
pub(super) struct Entry<'p> {
    pub(super) name: &'p str,
    /// The place of its job among all.
    pub(super) job: usize,
    pub(super) counts: Counts,
    /// Until it is due; none for a file, or when it won't be again.
    pub(super) next: Option<Duration>,
}

impl<'p> Snapshot<'p> {
    /// What there is to be known of this pool.
    pub(super) fn of(pool: &'p Pool, known: &'p Known) -> Self {
        let Known { started, started_at, ref limits, settled } = *known;
        let application = &pool.surroundings.application;
        let workers = workers(pool);
        let jobs = application.job_names.iter().zip(pool.ledger.sums(now()));
        let left_behind = pool.surroundings.left_behind.counts().into_iter();
        Snapshot {
            application: application.name,
            started_at,
            uptime: now().saturating_duration_since(started),
            memory: Memory::now(),
            database_memory: pool.database_memory(),
            limits,
            usage: Usage::of(pool, limits, settled),
            threads: threads(pool, &workers),
            queue: Queue {
                requests: pool.lanes.requests_waiting(),
                requests_max: pool.lanes.requests_max(),
                signals: pool.raised_waiting(),
                signals_max: pool.raised_max,
            },
            connections: pool.net.traffic.waiting.load(Ordering::Relaxed),
            traffic: traffic(pool),
            vars: pool.vars_seen.counts(),
            lost: pool.lost_jobs().collect(),
            capture: pool.capture.as_ref().map(Capture::captured),
            sockets: sockets(pool),
            jobs: jobs.map(|(name, (sum, deadlines))| Job { name, sum, deadlines }).collect(),
            schedule: schedule(pool),
            left_behind: left_behind
                .map(|(job, reason, count)| (application.job_name(job), reason.to_string(), count))
                .collect(),
            findings: pool.ledger.findings(),
            workers,
        }
    }
}

fn threads(pool: &Pool, workers: &[Worker<'_>]) -> Threads {
    let all = workers.iter().map(|worker| worker.threads.len()).sum();
    let threads = workers.iter().flat_map(|worker| &worker.threads);
    let busy = threads.filter(|thread| thread.job.is_some()).count();
    Threads { all, busy, lost: pool.lost_threads() }
}

fn traffic(pool: &Pool) -> Traffic {
    let traffic = &pool.net.traffic;
    let read = |count: &AtomicU64| count.load(Ordering::Relaxed);
    Traffic {
        bad: read(&traffic.bad),
        stalled: read(&traffic.stalled),
        unread: read(&traffic.unread),
        expired: read(&traffic.expired),
        shed: read(&traffic.shed),
        left: read(&traffic.left),
    }
}

fn sockets(pool: &Pool) -> Vec<Socket<'_>> {
    let backlogs = Backlogs::now(&pool.net.listeners).unwrap_or_else(|error| {
        tracing::debug!(%error, "the kernel doesn't tell how many connections wait");
        Backlogs::default()
    });
    let listeners = pool.net.listeners.iter();
    listeners
        .map(|listener| Socket {
            name: &listener.name,
            protocol: listener.protocol.to_string(),
            backlog: backlogs.of(listener).unwrap_or_default(),
        })
        .collect()
}

/// What was done in a spare seat counts for the worker whose thread sits there, or for the first.
fn workers(pool: &Pool) -> Vec<Worker<'_>> {
    let seats: Vec<usize> = pool.seats().collect();
    let per_worker = pool.threads_per_worker;
    let worker_of = |seat: usize| {
        let thread = seats.iter().position(|taken| *taken == seat);
        thread
            .or_else(|| (seat < seats.len()).then_some(seat))
            .map_or(0, |thread| thread / per_worker)
    };
    let thread =
        |seat: &usize| Thread { requests: pool.seat(*seat).requests, job: pool.job_in(*seat) };
    let mut workers: Vec<Worker<'_>> = seats
        .chunks(per_worker)
        .map(|seats| Worker {
            sum: SeatSum::default(),
            requests: 0,
            ticks: 0,
            failures: 0,
            expired: 0,
            threads: seats.iter().map(thread).collect(),
        })
        .collect();
    for (seat, sum) in pool.ledger.seats().enumerate() {
        let worker = &mut workers[worker_of(seat)];
        let totals = pool.seat(seat);
        worker.sum += sum;
        worker.requests += totals.requests;
        worker.ticks += totals.ticks;
        worker.failures += totals.failures + totals.panics;
        worker.expired += pool.expired_in(seat);
    }
    workers
}

fn schedule(pool: &Pool) -> Vec<Entry<'_>> {
    let application = &pool.surroundings.application;
    let upcoming = pool.upcoming();
    pool.triggers()
        .map(|(signal, ticks, counts)| {
            let next = upcoming.iter().find(|(own, _)| Arc::ptr_eq(own, ticks));
            Entry {
                name: application.signal_name(signal),
                job: application.signals[signal].job.0,
                counts,
                next: next.map(|(_, next)| *next),
            }
        })
        .collect()
}
