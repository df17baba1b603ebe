//! What we tell beside uWSGI's fields: job by job what was done, how long it took, what it holds. All
//! times are seconds, all sizes bytes. Knows nothing of uWSGI's fields.

mod jobs;
mod process;
mod schedule;

use std::time::{Duration, UNIX_EPOCH};

use serde::Serialize;

pub(super) use self::jobs::word;
use self::jobs::{Job, Leak, LeftBehind, Lost, Running};
use self::process::{Database, Descriptor, Limits, Log, Memory, Queue, Threads, Traffic, Vars};
use self::schedule::Scheduled;
use super::Snapshot;
use crate::capture::Captured;

#[derive(Serialize)]
pub(super) struct Own<'s> {
    application: &'s str,
    /// Since 1970.
    started: f64,
    uptime: f64,
    /// Whether another process supervises this one.
    master: bool,
    memory: Memory,
    threads: Threads,
    queue: Queue,
    /// Connections that wait in event loops.
    connections: usize,
    /// Files, sockets and the like that are open.
    open_descriptors: u64,
    limits: Limits,
    traffic: Traffic,
    #[serde(skip_serializing_if = "Option::is_none")]
    capture: Option<Captured>,
    vars: Vars<'s>,
    running: Vec<Running<'s>>,
    /// What threads that were given up are still in.
    lost: Vec<Lost<'s>>,
    jobs: Vec<Job<'s>>,
    schedule: Vec<Scheduled<'s>>,
    left_behind: Vec<LeftBehind<'s>>,
    /// Whether the program's allocator counts (`cleanslate::count_heap!`).
    heap_is_counted: bool,
    leaks: Vec<Leak<'s>>,
    /// What there are more descriptors of than at the start.
    descriptors: Vec<Descriptor<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    database: Option<Database>,
    log: Log,
}

impl<'s> Own<'s> {
    pub(super) fn of(snapshot: &'s Snapshot<'_>) -> Self {
        let held = snapshot.findings.held.as_deref();
        let jobs = snapshot.jobs.iter().enumerate();
        let left_behind = snapshot.left_behind.iter();
        let descriptors = snapshot.findings.descriptors.iter();
        let schedule = snapshot.schedule.iter();
        Self {
            application: snapshot.application,
            started: seconds(snapshot.started_at.duration_since(UNIX_EPOCH).unwrap_or_default()),
            uptime: seconds(snapshot.uptime),
            master: snapshot.limits.has_master,
            memory: Memory::of(snapshot),
            threads: Threads::of(&snapshot.threads),
            queue: Queue::of(&snapshot.queue),
            connections: snapshot.connections,
            open_descriptors: snapshot.usage.descriptors,
            limits: Limits::of(snapshot),
            traffic: Traffic::of(&snapshot.traffic),
            capture: snapshot.capture,
            vars: Vars::of(&snapshot.vars),
            running: jobs::running(snapshot),
            lost: jobs::lost(snapshot),
            jobs: jobs
                .map(|(place, job)| Job::of(job, held.and_then(|held| held.get(place).copied())))
                .collect(),
            schedule: schedule.map(|entry| Scheduled::of(snapshot, entry)).collect(),
            left_behind: left_behind
                .map(|(job, reason, count)| LeftBehind { job, reason, count: *count })
                .collect(),
            heap_is_counted: held.is_some(),
            leaks: jobs::leaks(snapshot),
            descriptors: descriptors
                .map(|(target, more)| Descriptor { target, more: *more })
                .collect(),
            database: snapshot.usage.database.as_ref().map(Database::of),
            log: Log { dropped: snapshot.usage.log_dropped },
        }
    }
}

fn seconds(time: Duration) -> f64 {
    time.as_secs_f64()
}
