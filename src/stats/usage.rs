//! What a server may have, as its settings say, and what it has of that, as the system says. Knows
//! nothing of how it is told.

use std::path::Path;
use std::time::Duration;

use rustix::process::{Resource, getrlimit};
use tracing_appender::non_blocking::ErrorCounter;

use crate::config::Settings;
use crate::process;
use crate::worker::Pool;

/// The limits in effect; none where there is no limit.
pub(crate) struct Limits {
    pub(super) has_master: bool,
    /// Connections that may wait in the kernel, and the most that it allows.
    pub(super) listen: u64,
    pub(super) somaxconn: Option<u64>,
    pub(super) connections: usize,
    pub(super) descriptors: Option<u64>,
    pub(super) harakiri: Option<Duration>,
    /// Bytes of resident memory, and by which the address space may grow.
    pub(super) resident: Option<u64>,
    pub(super) address_space: Option<u64>,
    pub(super) lost_threads: usize,
    pub(super) log_dropped: ErrorCounter,
}

/// What it has of that now.
pub(super) struct Usage {
    pub(super) descriptors: u64,
    pub(super) address_space_grown: u64,
    pub(super) database: Option<DatabaseFiles>,
    pub(super) log_dropped: usize,
}

/// The bytes of a database's files.
pub(super) struct DatabaseFiles {
    pub(super) size: u64,
    pub(super) wal_size: u64,
}

impl Limits {
    /// Once the process's own are set. Memory is limited by a master alone.
    pub(crate) fn of(settings: &Settings, has_master: bool, log_dropped: ErrorCounter) -> Self {
        Self {
            has_master,
            listen: u64::try_from(settings.backlog).unwrap_or(0),
            somaxconn: process::somaxconn(),
            connections: settings.connections_max,
            descriptors: getrlimit(Resource::Nofile).current,
            harakiri: settings.harakiri,
            resident: settings.recycle.resident.filter(|_| has_master),
            address_space: settings.recycle.address_space.filter(|_| has_master),
            lost_threads: settings.lost_threads_max,
            log_dropped,
        }
    }
}

impl Usage {
    /// `settled` is the address space once all threads had started.
    pub(super) fn of(pool: &Pool, limits: &Limits, settled: u64) -> Self {
        let database = pool.surroundings.database.as_ref();
        Self {
            descriptors: process::open_descriptors(),
            address_space_grown: process::Memory::now().address_space.saturating_sub(settled),
            database: database.map(|database| DatabaseFiles::of(&database.path)),
            log_dropped: limits.log_dropped.dropped_lines(),
        }
    }
}

impl DatabaseFiles {
    fn of(path: &Path) -> Self {
        let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
        let mut log = path.as_os_str().to_owned();
        log.push("-wal");
        Self { size: size(path), wal_size: size(Path::new(&log)) }
    }
}
