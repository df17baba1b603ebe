//! Opening a connection: its pragmas, its limits and the hooks through which it hears of its job's
//! deadline. The authorizer comes last, so that our own pragmas leave no marks. It knows no reset.

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Instant;

use rusqlite::config::DbConfig;
use rusqlite::hooks::Authorization;
use rusqlite::{Connection, ErrorCode, Result};

use super::handle::Handle;
use super::marks::Marks;
use super::stopwatch::Stopwatch;
use super::{Db, DbSettings, busy, interrupt};
use crate::clock::now;
use crate::context::deadline::Deadline;

impl Db {
    /// Opens the database for the jobs of the thread that `deadline` belongs to, making the file if
    /// it is missing. Waits for locks as long as `settings` and the deadline allow.
    pub(crate) fn open(settings: &DbSettings, deadline: Arc<Deadline>) -> Result<Self> {
        if deadline.expired() {
            return Err(interrupt::error());
        }
        let (started, stopwatch) = (now(), Stopwatch::default());
        busy::attend(&deadline, settings.busy_timeout);
        let connection = Handle::new(Connection::open(&settings.path)?);
        prepare(&connection).map_err(interrupt::explain)?;
        let marks = Arc::new(Marks::default());
        watch(&connection, &deadline, &marks)?;
        stopwatch.add(now().saturating_duration_since(started));
        Ok(Self {
            changes_before: connection.total_changes(),
            connection,
            deadline,
            marks,
            busy_timeout: settings.busy_timeout,
            reset: settings.reset,
            stopwatch,
            interrupted: RefCell::new(None),
        })
    }
}

/// Brings a fresh connection into the state that each job finds.
fn prepare(connection: &Connection) -> Result<()> {
    // First, as all that follows may meet a lock.
    connection.busy_handler(Some(busy::wait))?;
    // SQL must not be able to damage the file (writable_schema and its like).
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_prepared_statement_cache_capacity(CACHED_STATEMENTS);
    use_wal(connection)?;
    connection.execute_batch(PRAGMAS)
}

/// Readers and a writer go on beside each other in WAL mode, which is kept in the file.
fn use_wal(connection: &Connection) -> Result<()> {
    let mut tries = 0;
    let mode: String = loop {
        // When several threads open a new file at once, those that lose are told that it is busy
        // without a call of the busy handler, as waiting with the lock they hold would be a
        // deadlock. So wait here, without it.
        match connection.query_row("PRAGMA journal_mode = WAL", [], |row| row.get(0)) {
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && busy::wait(tries) =>
            {
                tries += 1;
            }
            other => break other?,
        }
    };
    if mode != "wal" && mode != "memory" {
        tracing::warn!(path = connection.path(), mode, "the database can't use a write-ahead log");
    }
    Ok(())
}

/// Sets the hooks. A handler can't reach them, and SQL can't change them.
#[allow(
    clippy::disallowed_methods,
    reason = "SQLite asks in the middle of a query, where no caller has the time"
)]
fn watch(connection: &Connection, deadline: &Arc<Deadline>, marks: &Arc<Marks>) -> Result<()> {
    let of_query = Arc::clone(deadline);
    connection
        .progress_handler(STEPS_BETWEEN_LOOKS, Some(move || of_query.over(Instant::now())))?;
    // The handler may still win the answer while its time is only past, hence `expired`.
    let of_commit = Arc::clone(deadline);
    connection.commit_hook(Some(move || of_commit.expired()))?;
    let marks = Arc::clone(marks);
    connection.authorizer(Some(move |context: rusqlite::hooks::AuthContext<'_>| {
        marks.note(&context);
        Authorization::Allow
    }))
}

/// More than most applications have different statements; each takes a few kilobytes.
const CACHED_STATEMENTS: usize = 64;

/// About 10 to 50 microseconds of work, beside which a look at the clock doesn't show.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

/// In WAL mode, NORMAL loses at most the last commits in a power failure and never damages the
/// file. The limit cuts a WAL that a long reader made grow back to 64 MiB.
const PRAGMAS: &str = "
    PRAGMA synchronous = NORMAL;
    PRAGMA foreign_keys = ON;
    PRAGMA trusted_schema = OFF;
    PRAGMA journal_size_limit = 67108864;
";
