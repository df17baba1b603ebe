//! Tests of the database part, through its own interface and a second connection. This file is
//! what they share; it knows no case.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tempfile::TempDir;

use super::{Db, DbSettings, Verdict};
use crate::context::deadline::{Deadline, Run};

mod deadline;
mod dirt;
mod opening;
mod write;

/// A thread's view: its deadline and a database of its own with one table of one row.
struct Scene {
    _folder: TempDir,
    settings: DbSettings,
    deadline: Arc<Deadline>,
    /// Another connection, which must never be hindered by what a job left behind.
    rival: Connection,
}

impl Scene {
    fn new() -> Self {
        // Memory: hundreds of checkpoints wait for a disk rather long.
        let folder = TempDir::new_in("/dev/shm").unwrap();
        let path = folder.path().join("scene.db");
        let rival = Connection::open(&path).unwrap();
        rival.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF").unwrap();
        rival.busy_timeout(Duration::ZERO).unwrap();
        rival.execute_batch("CREATE TABLE visits(id INTEGER PRIMARY KEY, page TEXT)").unwrap();
        rival.execute_batch("INSERT INTO visits(page) VALUES ('first'), ('second')").unwrap();
        let deadline = Arc::new(Deadline::new());
        Self { settings: DbSettings::new(&path), _folder: folder, deadline, rival }
    }

    fn open(&self) -> Db {
        Db::open(&self.settings, Arc::clone(&self.deadline)).unwrap()
    }

    /// Starts a job that must be over that soon.
    fn start_for(&self, time: Duration) -> Run {
        self.deadline.start(Some(now() + time))
    }

    fn visits(&self) -> u32 {
        self.rival.query_row("SELECT count(*) FROM visits", [], |row| row.get(0)).unwrap()
    }

    /// How many descriptors of this process lead to the database, its WAL or its index. SQLite
    /// closes a connection's descriptor of the database itself only when no other connection of the
    /// process has the file locked (closing it would lose those locks), and gives it to the next
    /// connection until then: one more than expected, but never more than one.
    fn descriptors(&self) -> usize {
        let is_ours = |target: &Path| {
            target.to_string_lossy().starts_with(&*self.settings.path.to_string_lossy())
        };
        std::fs::read_dir("/proc/self/fd")
            .unwrap()
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
            .filter(|target| is_ours(target))
            .count()
    }
}

/// What became of a connection, in a form to compare.
fn outcome(verdict: Verdict) -> (String, Option<Db>) {
    match verdict {
        Verdict::Clean(db) => ("clean".into(), Some(db)),
        Verdict::RolledBack(db) => ("rolled back".into(), Some(db)),
        Verdict::Closed(reasons) => (format!("closed {reasons:?}"), None),
        Verdict::Lost(reasons, error) => (format!("lost {reasons:?}: {error}"), None),
    }
}

fn count(db: &Db) -> u32 {
    db.query_row("SELECT count(*) FROM visits", [], |row| row.get(0)).unwrap()
}

#[allow(clippy::disallowed_methods, reason = "SQLite's callbacks measure against the real clock")]
fn now() -> Instant {
    Instant::now()
}

/// A deadline or a timeout that is waited for.
const SHORT: Duration = Duration::from_millis(50);

/// Far more than anything here takes, far less than the busy timeout of five seconds.
const SOON: Duration = Duration::from_secs(3);

const INSERT: &str = "INSERT INTO visits(page) VALUES ('new')";

const ENDLESS: &str =
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
