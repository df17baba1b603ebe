//! What a server holds, and whether that is more than it may. Knows nothing of what it has done.

use crate::harness::Server;

/// What a server holds at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    /// How often its database is open.
    databases: usize,
    descriptors: usize,
    memory_kib: u64,
}

/// Of the pool, as every server here has it.
const THREADS: usize = 8;
/// Descriptors that come and go: connections that are being closed.
const DESCRIPTORS_MORE: usize = 12;
/// What the allocator may spread over its arenas while few jobs run at a time.
const MEMORY_MORE_KIB: u64 = 1_024;
/// The same under load, where it takes some 200,000 requests until every thread has had its worst
/// moment; after that nothing is added.
const MEMORY_UNDER_LOAD_KIB: u64 = 3 * 1_024;
/// What a database takes that a thread has opened since, with its cache and its statements.
const DATABASE_KIB: u64 = 500;

impl Usage {
    pub(crate) fn of(server: &Server) -> Self {
        let process = server.process();
        Self {
            databases: process.opened(&server.database()),
            descriptors: process.descriptors(),
            memory_kib: process.memory_kib(),
        }
    }

    /// Whether this is what a server may hold that held `before` after its first jobs.
    pub(crate) fn check(&self, before: &Self) -> Result<(), String> {
        self.check_memory(before, MEMORY_MORE_KIB)
    }

    /// The same after tens of thousands of requests from many clients.
    pub(crate) fn check_after_load(&self, before: &Self) -> Result<(), String> {
        self.check_memory(before, MEMORY_UNDER_LOAD_KIB)
    }

    fn check_memory(&self, before: &Self, more_kib: u64) -> Result<(), String> {
        let opened = self.databases.saturating_sub(before.databases);
        let memory_kib = before.memory_kib + more_kib + DATABASE_KIB * opened as u64;
        let grown = if self.databases > THREADS {
            "more open databases than threads"
        } else if self.descriptors > before.descriptors + DESCRIPTORS_MORE + 3 * opened {
            "descriptors are left open"
        } else if self.memory_kib > memory_kib {
            "memory grows"
        } else {
            return Ok(());
        };
        Err(format!("{grown}: {before:?}, then {self:?}"))
    }
}
