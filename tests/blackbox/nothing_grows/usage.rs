//! What a server holds, and whether that is more than it may. Knows nothing of what it has done.

use std::time::Duration;

use crate::harness::{Server, let_pass};

/// What a server holds at one time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Usage {
    open: Open,
    memory_kib: u64,
}

/// Its descriptors, all from one look.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Open {
    /// How often its database is open.
    databases: usize,
    /// All else but what SQLite opens beside a database.
    others: usize,
}

/// Of the pool, as every server here has it.
const THREADS: usize = 8;
/// Descriptors that come and go with ticks that run on, or that are opened once and late.
const OTHERS_MORE: usize = 6;
/// So many looks in a row that find the same are rest, and so many at most are waited for.
const SAME: usize = 20;
const LOOKS: usize = 1_000;
const BETWEEN: Duration = Duration::from_millis(4);
/// What the allocator may spread over its arenas while few jobs run at a time.
const MEMORY_MORE_KIB: u64 = 1_024;
/// The same under load, where it takes some 200,000 requests until every thread has had its worst
/// moment; after that nothing is added.
const MEMORY_UNDER_LOAD_KIB: u64 = 3 * 1_024;
/// What a database takes that a thread has opened since, with its cache and its statements.
const DATABASE_KIB: u64 = 500;

impl Usage {
    /// Looks once what has ended is closed: a server on a busy machine answers faster than it hears
    /// of connections that their peers have closed.
    pub(crate) fn of(server: &Server) -> Self {
        let open = Open::at_rest(server);
        Self { open, memory_kib: server.process().memory_kib() }
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
        let opened = self.open.databases.saturating_sub(before.open.databases);
        let memory_kib = before.memory_kib + more_kib + DATABASE_KIB * opened as u64;
        let grown = if self.open.databases > THREADS {
            "more open databases than threads"
        } else if self.open.others > before.open.others + OTHERS_MORE {
            "descriptors are left open"
        } else if self.memory_kib > memory_kib {
            "memory grows"
        } else {
            return Ok(());
        };
        Err(format!("{grown}: {before:?}, then {self:?}"))
    }
}

impl Open {
    /// What stays open; of a server whose ticks go on, what was open last.
    fn at_rest(server: &Server) -> Self {
        let mut found = Self::of(server);
        let mut same = 0;
        for _ in 0..LOOKS {
            if same == SAME {
                break;
            }
            let_pass(BETWEEN);
            let next = Self::of(server);
            same = if next == found { same + 1 } else { 0 };
            found = next;
        }
        found
    }

    fn of(server: &Server) -> Self {
        let database = server.database();
        let links = server.process().links();
        let databases = links.iter().filter(|link| **link == database).count();
        let name = database.as_os_str().as_encoded_bytes();
        let is_beside = |link: &&std::path::PathBuf| {
            let rest = link.as_os_str().as_encoded_bytes().strip_prefix(name);
            rest.is_some_and(|rest| !rest.is_empty())
        };
        let beside = links.iter().filter(is_beside).count();
        Self { databases, others: links.len() - databases - beside }
    }
}
