//! When crons and long timers ran last, kept over restarts in a SQLite file of its own. Knows nothing
//! of when they are due.

use std::collections::HashMap;
use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::Connection;

/// Timers whose interval is shorter are not kept: a restart costs them less than an interval anyway.
pub(crate) const LONG: Duration = Duration::from_secs(60);

/// The file.
pub(crate) struct Store {
    connection: Connection,
}

/// What is known from before.
pub(crate) type Ran = HashMap<String, Timestamp>;

impl Store {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn open(path: &Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.busy_timeout(Duration::from_secs(5))?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL;
             PRAGMA synchronous = NORMAL;
             CREATE TABLE IF NOT EXISTS ran (job TEXT PRIMARY KEY, at INTEGER NOT NULL) STRICT",
        )?;
        Ok(Self { connection })
    }

    /// When each ran last.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn ran(&self) -> rusqlite::Result<Ran> {
        let mut statement = self.connection.prepare("SELECT job, at FROM ran")?;
        let rows = statement.query_map([], |row| {
            let at: i64 = row.get(1)?;
            // A time that none can be is as good as none.
            Ok((row.get(0)?, Timestamp::from_second(at).unwrap_or(Timestamp::UNIX_EPOCH)))
        })?;
        rows.collect()
    }

    /// Takes note of a run.
    ///
    /// # Errors
    /// SQLite's.
    pub(crate) fn note(&self, job: &str, at: Timestamp) -> rusqlite::Result<()> {
        let note = "INSERT INTO ran VALUES (?1, ?2) ON CONFLICT (job) DO UPDATE SET at = ?2";
        self.connection.prepare_cached(note)?.execute((job, at.as_second()))?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_noted_is_there_after_a_restart() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("schedule.db");
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let store = Store::open(&path).unwrap();
        assert!(store.ran().unwrap().is_empty());
        store.note("cron nightly", at("2026-03-28T03:00:00Z")).unwrap();
        store.note("cron nightly", at("2026-03-29T03:00:00Z")).unwrap();
        drop(store);
        let ran = Store::open(&path).unwrap().ran().unwrap();
        assert_eq!(ran.get("cron nightly"), Some(&at("2026-03-29T03:00:00Z")));
    }
}
