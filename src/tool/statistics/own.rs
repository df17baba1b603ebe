//! What our servers tell beside uWSGI's fields. Times are seconds, sizes bytes. What is missing is
//! nothing, what is unknown is left out. It must not know uWSGI's.

use serde::Deserialize;

/// Of the whole server.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Own {
    pub(crate) application: String,
    /// Since 1970.
    pub(crate) started: f64,
    pub(crate) uptime: f64,
    /// Not told by servers that are older than this.
    pub(crate) master: Option<bool>,
    pub(crate) memory: Memory,
    pub(crate) threads: Threads,
    pub(crate) queue: Queue,
    pub(crate) connections: u64,
    pub(crate) open_descriptors: u64,
    pub(crate) limits: Option<Limits>,
    pub(crate) traffic: Traffic,
    pub(crate) vars: Vars,
    pub(crate) running: Vec<Running>,
    pub(crate) lost: Vec<Lost>,
    pub(crate) jobs: Vec<Job>,
    pub(crate) schedule: Vec<Scheduled>,
    pub(crate) left_behind: Vec<LeftBehind>,
    pub(crate) heap_is_counted: Option<bool>,
    pub(crate) leaks: Vec<Leak>,
    pub(crate) descriptors: Vec<Descriptor>,
    pub(crate) database: Option<Database>,
    pub(crate) log: Log,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Memory {
    pub(crate) resident: u64,
    pub(crate) address_space_grown: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Threads {
    pub(crate) all: u64,
    pub(crate) busy: u64,
    pub(crate) lost: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Queue {
    pub(crate) requests: u64,
    pub(crate) requests_max: u64,
    pub(crate) signals: u64,
    pub(crate) signals_max: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Limits {
    pub(crate) listen: u64,
    pub(crate) somaxconn: Option<u64>,
    pub(crate) connections: u64,
    pub(crate) descriptors: Option<u64>,
    pub(crate) harakiri: Option<f64>,
    pub(crate) reload_on_rss: Option<u64>,
    pub(crate) reload_on_as: Option<u64>,
    pub(crate) lost_threads: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Traffic {
    pub(crate) bad: u64,
    pub(crate) stalled: u64,
    pub(crate) unread: u64,
    pub(crate) expired: u64,
    pub(crate) shed: u64,
    pub(crate) left: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Vars {
    pub(crate) looked: u64,
    pub(crate) missing: Vec<Var>,
    pub(crate) doubled: Vec<Var>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Var {
    pub(crate) name: String,
    pub(crate) count: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Running {
    pub(crate) worker: u64,
    pub(crate) thread: u64,
    pub(crate) job: String,
    pub(crate) took: f64,
    pub(crate) expired: bool,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Lost {
    pub(crate) job: String,
    pub(crate) took: f64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Job {
    pub(crate) name: String,
    pub(crate) runs: u64,
    pub(crate) failures: u64,
    pub(crate) panics: u64,
    pub(crate) deadlines: u64,
    pub(crate) whole: Times,
    pub(crate) held: Option<i64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Times {
    pub(crate) p50: Option<f64>,
    pub(crate) p99: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Scheduled {
    pub(crate) name: String,
    pub(crate) runs: u64,
    pub(crate) coalesced: u64,
    pub(crate) skipped: u64,
    pub(crate) missed: u64,
    pub(crate) late: u64,
    /// Until it is due, and since it last ran.
    pub(crate) next: Option<f64>,
    pub(crate) last: Option<f64>,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct LeftBehind {
    pub(crate) job: String,
    pub(crate) reason: String,
    pub(crate) count: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Leak {
    pub(crate) job: String,
    pub(crate) resource: String,
    pub(crate) per_run: f64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Descriptor {
    pub(crate) target: String,
    pub(crate) more: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Database {
    pub(crate) size: u64,
    pub(crate) wal_size: u64,
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct Log {
    pub(crate) dropped: u64,
}

impl Own {
    pub(crate) fn job(&self, name: &str) -> Option<&Job> {
        self.jobs.iter().find(|job| job.name == name)
    }

    pub(crate) fn scheduled(&self, name: &str) -> Option<&Scheduled> {
        self.schedule.iter().find(|entry| entry.name == name)
    }
}
