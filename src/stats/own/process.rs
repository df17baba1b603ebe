//! What is told of the process: what it has, what it may have, and what became of its connections.
//! Knows nothing of jobs.

use serde::Serialize;

use super::super::Snapshot;
use super::super::snapshot::{Queue as SeenQueue, Threads as SeenThreads, Traffic as SeenTraffic};
use super::super::usage::DatabaseFiles;
use super::seconds;
use crate::worker::VarCounts;

#[derive(Serialize)]
pub(super) struct Memory {
    resident: u64,
    /// Of that what the database's library holds for its connections.
    database: u64,
    address_space: u64,
    /// By how much the address space has grown since its threads have started.
    address_space_grown: u64,
}

#[derive(Serialize)]
pub(super) struct Threads {
    all: usize,
    busy: usize,
    lost: usize,
}

#[derive(Serialize)]
pub(super) struct Queue {
    requests: usize,
    requests_max: usize,
    signals: usize,
    signals_max: usize,
}

#[derive(Serialize)]
pub(super) struct Traffic {
    bad: u64,
    stalled: u64,
    unread: u64,
    expired: u64,
    shed: u64,
    left: u64,
}

/// The limits in effect that are not told beside what they limit; none where there is no limit.
#[derive(Serialize)]
pub(super) struct Limits {
    /// Of the kernel's backlog: as the settings have it, and the most that the kernel allows.
    listen: u64,
    somaxconn: Option<u64>,
    connections: usize,
    descriptors: Option<u64>,
    harakiri: Option<f64>,
    /// Of resident memory, and of what the address space may grow by.
    reload_on_rss: Option<u64>,
    reload_on_as: Option<u64>,
    lost_threads: usize,
}

/// Of the requests that were looked at, how many lacked a var that nginx sends, or had one twice.
#[derive(Serialize)]
pub(super) struct Vars<'s> {
    looked: u64,
    missing: Vec<Var<'s>>,
    doubled: Vec<Var<'s>>,
}

#[derive(Serialize)]
struct Var<'s> {
    name: &'s str,
    count: u64,
}

/// The files of a database; a write-ahead log that isn't there has no bytes.
#[derive(Serialize)]
pub(super) struct Database {
    size: u64,
    wal_size: u64,
}

#[derive(Serialize)]
pub(super) struct Log {
    /// Lines that were not written, as too many waited.
    pub(super) dropped: usize,
}

#[derive(Serialize)]
pub(super) struct Descriptor<'s> {
    pub(super) target: &'s str,
    pub(super) more: usize,
}

impl Memory {
    pub(super) fn of(snapshot: &Snapshot<'_>) -> Self {
        Self {
            resident: snapshot.memory.resident,
            database: snapshot.database_memory,
            address_space: snapshot.memory.address_space,
            address_space_grown: snapshot.usage.address_space_grown,
        }
    }
}

impl Threads {
    pub(super) fn of(threads: &SeenThreads) -> Self {
        Self { all: threads.all, busy: threads.busy, lost: threads.lost }
    }
}

impl Queue {
    pub(super) fn of(queue: &SeenQueue) -> Self {
        Self {
            requests: queue.requests,
            requests_max: queue.requests_max,
            signals: queue.signals,
            signals_max: queue.signals_max,
        }
    }
}

impl Traffic {
    pub(super) fn of(traffic: &SeenTraffic) -> Self {
        Self {
            bad: traffic.bad,
            stalled: traffic.stalled,
            unread: traffic.unread,
            expired: traffic.expired,
            shed: traffic.shed,
            left: traffic.left,
        }
    }
}

impl Limits {
    pub(super) fn of(snapshot: &Snapshot<'_>) -> Self {
        let limits = snapshot.limits;
        Self {
            listen: limits.listen,
            somaxconn: limits.somaxconn,
            connections: limits.connections,
            descriptors: limits.descriptors,
            harakiri: limits.harakiri.map(seconds),
            reload_on_rss: limits.resident,
            reload_on_as: limits.address_space,
            lost_threads: limits.lost_threads,
        }
    }
}

impl<'s> Vars<'s> {
    pub(super) fn of(counts: &'s VarCounts) -> Self {
        let some = |all: &'s [(&'static str, u64)]| {
            let some = all.iter().filter(|(_, count)| *count > 0);
            some.map(|(name, count)| Var { name, count: *count }).collect()
        };
        let VarCounts { looked, missing, doubled } = counts;
        Self { looked: *looked, missing: some(missing), doubled: some(doubled) }
    }
}

impl Database {
    pub(super) fn of(files: &DatabaseFiles) -> Self {
        Self { size: files.size, wal_size: files.wal_size }
    }
}
