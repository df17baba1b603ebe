//! uWSGI's fields, as far as they are used. What is missing is nothing, what is unknown is left out. It
//! must not know ours.

use serde::Deserialize;

use super::Own;

/// What a server tells of itself.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Statistics {
    pub(crate) version: String,
    /// Requests that wait.
    pub(crate) listen_queue: u64,
    pub(crate) listen_queue_errors: u64,
    pub(crate) pid: u64,
    pub(crate) sockets: Vec<Socket>,
    pub(crate) workers: Vec<Worker>,
    /// What only our servers tell.
    pub(crate) cleanslate: Option<Own>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Socket {
    pub(crate) name: String,
    pub(crate) proto: String,
    /// Connections in the kernel's backlog, where that is known.
    pub(crate) queue: u64,
    pub(crate) max_queue: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Worker {
    pub(crate) id: u64,
    pub(crate) pid: u64,
    pub(crate) requests: u64,
    pub(crate) exceptions: u64,
    pub(crate) harakiri_count: u64,
    pub(crate) signals: u64,
    pub(crate) status: String,
    /// Bytes.
    pub(crate) rss: u64,
    pub(crate) vsz: u64,
    pub(crate) tx: u64,
    /// Microseconds.
    pub(crate) running_time: u64,
    pub(crate) avg_rt: u64,
    /// Seconds since 1970.
    pub(crate) last_spawn: u64,
    pub(crate) respawn_count: u64,
    pub(crate) cores: Vec<Core>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Core {
    pub(crate) id: u64,
    pub(crate) requests: u64,
    pub(crate) in_request: u64,
    /// `NAME=value`, while a request runs.
    pub(crate) vars: Vec<String>,
    pub(crate) req_info: RequestInfo,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct RequestInfo {
    /// Seconds since 1970.
    pub(crate) request_start: u64,
}

impl Statistics {
    /// Of all workers together.
    pub(crate) fn sum(&self, field: fn(&Worker) -> u64) -> u64 {
        self.workers.iter().map(field).sum()
    }

    pub(crate) fn requests(&self) -> u64 {
        self.sum(|worker| worker.requests)
    }

    /// Bytes.
    pub(crate) fn resident(&self) -> u64 {
        match &self.cleanslate {
            Some(own) => own.memory.resident,
            None => self.sum(|worker| worker.rss),
        }
    }

    /// Threads that are inside a job, and all.
    pub(crate) fn busy(&self) -> (u64, u64) {
        if let Some(own) = &self.cleanslate {
            return (own.threads.busy, own.threads.all);
        }
        let cores = || self.workers.iter().flat_map(|worker| &worker.cores);
        let busy = cores().filter(|core| core.in_request > 0).count();
        (busy as u64, cores().count() as u64)
    }

    /// Whether this is still the server that told that, and not one that took its place.
    pub(crate) fn is_same_as(&self, other: &Self) -> bool {
        match (&self.cleanslate, &other.cleanslate) {
            (Some(own), Some(before)) => {
                self.pid == other.pid && (own.started - before.started).abs() < 0.5
            }
            _ => self.pid == other.pid && self.requests() >= other.requests(),
        }
    }

    /// What an application is called, if it is told.
    pub(crate) fn name(&self) -> &str {
        self.cleanslate.as_ref().map_or("uWSGI", |own| own.application.as_str())
    }
}

impl Core {
    /// The value of a var of the request that it is in.
    pub(crate) fn var(&self, name: &str) -> Option<&str> {
        let mut values = self.vars.iter().filter_map(|var| var.split_once('='));
        values.find(|(key, _)| *key == name).map(|(_, value)| value)
    }
}
