//! The database part of a job's context: our own type around a rusqlite connection, handed to
//! handlers and proved clean after each job. It knows nothing of requests, answers or pools.
//!
//! `open` makes one, the methods here and `transaction` are what a handler sees, `reset` proves it
//! clean or closes it. `marks` (the authorizer), `busy` and the hooks of `open` are how SQLite
//! tells us what a job does and hears of its deadline; `ffi` holds all `unsafe` code.

use std::cell::RefCell;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;
use std::time::Duration;

use rusqlite::{Connection, Params, Result, Row, Statement};

use self::handle::Handle;
use self::marks::Marks;
pub(crate) use self::reason::Reason;
pub(crate) use self::reason::Reasons;
pub(crate) use self::reset::Verdict;
use self::stopwatch::Stopwatch;
use super::deadline::Deadline;

mod busy;
mod descriptors;
mod ffi;
mod handle;
mod interrupt;
mod marks;
mod open;
mod reason;
mod reset;
mod stopwatch;
#[cfg(test)]
mod tests;
mod transaction;

pub use self::interrupt::is_interrupted;

/// A job's connection to the database, open from its first use in a context until a job leaves it
/// in a state that can't be proved clean.
///
/// It is not rusqlite's `Connection` and doesn't lead to one, since a handler that could take off
/// the hooks would take the proof with them. Once the job was answered by its deadline, every
/// method that talks to the database fails with an error that [`is_interrupted`] recognises, and a
/// query that runs, or waits for a lock, ends with one when the deadline comes.
pub struct Db {
    connection: Handle,
    deadline: Arc<Deadline>,
    marks: Arc<Marks>,
    busy_timeout: Duration,
    reset: DbReset,
    stopwatch: Stopwatch,
    /// What the deadline has ended, if it did.
    interrupted: RefCell<Option<String>>,
    /// The connection's count of changes when the job got it.
    changes_before: u64,
}

/// How to open the database.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct DbSettings {
    /// The file, which is created if it is missing. With `:memory:` each thread has a database of
    /// its own, which is gone with the connection: good for a test, for little else.
    pub(crate) path: PathBuf,
    /// How long to wait for another connection's lock, at most; a job's deadline may be earlier.
    pub(crate) busy_timeout: Duration,
    /// What becomes of the connection after a job.
    pub(crate) reset: DbReset,
}

impl DbSettings {
    /// The file at `path`, 5 seconds of patience for a lock, connections kept from job to job.
    pub(crate) fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), busy_timeout: BUSY_TIMEOUT, reset: DbReset::default() }
    }
}

/// What becomes of a connection after its job: the option `db-reset`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) enum DbReset {
    /// Proved clean and kept, or closed: `recycle`.
    #[default]
    Recycle,
    /// Closed after each job and opened again on next use, for those who trust only that: `close`.
    Close,
}

impl FromStr for DbReset {
    type Err = UnknownReset;

    fn from_str(word: &str) -> Result<Self, UnknownReset> {
        match word {
            "recycle" => Ok(Self::Recycle),
            "close" => Ok(Self::Close),
            _ => Err(UnknownReset(word.into())),
        }
    }
}

/// The option `db-reset` has a value that it can't have.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected `recycle` or `close`, found `{0}`")]
pub(crate) struct UnknownReset(String);

/// Each statement goes through a cache of 64 prepared statements, found by their text.
impl Db {
    /// Runs one statement that returns no rows and says how many rows it inserted, changed or
    /// deleted.
    pub fn execute<P: Params>(&self, sql: &str, params: P) -> Result<usize> {
        self.run(sql, |connection| connection.prepare_cached(sql)?.execute(params))
    }

    /// Runs statements separated by semicolons, without parameters, each a transaction of its own
    /// unless there is a `BEGIN` among them. Rows are dropped, and so is the cache's help.
    pub fn execute_batch(&self, sql: &str) -> Result<()> {
        self.run(sql, |connection| connection.execute_batch(sql))
    }

    /// The first row of a query; `QueryReturnedNoRows` when there is none.
    pub fn query_row<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        row: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<T> {
        self.run(sql, |connection| connection.prepare_cached(sql)?.query_row(params, row))
    }

    /// The first row of a query, if there is one.
    pub fn query_optional<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        row: impl FnOnce(&Row<'_>) -> Result<T>,
    ) -> Result<Option<T>> {
        self.run(sql, |connection| {
            let mut statement = connection.prepare_cached(sql)?;
            let mut rows = statement.query(params)?;
            rows.next()?.map(row).transpose()
        })
    }

    /// All rows of a query, or the first error.
    pub fn query_all<T, P: Params>(
        &self,
        sql: &str,
        params: P,
        row: impl FnMut(&Row<'_>) -> Result<T>,
    ) -> Result<Vec<T>> {
        self.run(sql, |connection| {
            connection.prepare_cached(sql)?.query_map(params, row)?.collect()
        })
    }

    /// Lends a statement to `work`, to be run many times or to be stepped through row by row. While
    /// it is in the middle of its rows it holds a view of the database, so don't be long.
    ///
    /// A deadline that ends a wait for a lock shows in `work` as `DatabaseBusy`.
    ///
    /// It is lent and not given, since a statement that somebody keeps, were it by `mem::forget`,
    /// keeps the connection from ever being closed.
    pub fn with_statement<T, E: From<rusqlite::Error>>(
        &self,
        sql: &str,
        work: impl FnOnce(&mut Statement<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut outcome = None;
        self.run(sql, |connection| {
            outcome = Some(work(&mut *connection.prepare_cached(sql)?));
            Ok(())
        })?;
        // `run` came back without an error, so that `work` was called.
        outcome.unwrap_or_else(|| Err(rusqlite::Error::InvalidQuery.into()))
    }

    /// The rowid of this job's last INSERT, 0 before the first.
    pub fn last_insert_rowid(&self) -> i64 {
        self.connection.last_insert_rowid()
    }

    /// How many rows the last INSERT, UPDATE or DELETE of this job changed, 0 before the first.
    /// SQL's functions `changes()` and `total_changes()` have no such start: they count for the
    /// connection, across jobs.
    pub fn changes(&self) -> u64 {
        if self.connection.total_changes() == self.changes_before {
            return 0;
        }
        self.connection.changes()
    }

    /// Whether no transaction is open.
    pub fn is_autocommit(&self) -> bool {
        self.connection.is_autocommit()
    }

    /// How long this job has been in it so far, since this was last asked.
    pub(crate) fn take_time(&self) -> Duration {
        self.stopwatch.take()
    }

    /// The one way to the connection for all that a handler asks of it.
    fn run<T>(&self, sql: &str, work: impl FnOnce(&Connection) -> Result<T>) -> Result<T> {
        if self.deadline.expired() {
            return Err(interrupt::error());
        }
        busy::attend(&self.deadline, self.busy_timeout);
        self.stopwatch
            .time(|| work(&self.connection))
            .map_err(interrupt::explain)
            .inspect_err(|error| self.note_interrupted(sql, error))
    }

    /// Keeps the text of a statement that the deadline has ended, for the log: as it was written,
    /// without its parameters.
    fn note_interrupted(&self, sql: &str, error: &rusqlite::Error) {
        if is_interrupted(error) {
            let words: Vec<&str> = sql.split_whitespace().collect();
            let text: String = words.join(" ").chars().take(SQL_SHOWN).collect();
            *self.interrupted.borrow_mut() = Some(text);
        }
    }

    /// What the deadline has ended of this job's.
    pub(crate) fn take_interrupted(&self) -> Option<String> {
        self.interrupted.take()
    }
}

/// More of a statement says no more.
const SQL_SHOWN: usize = 300;
/// Long enough for any transaction that a request should make others wait for.
const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
