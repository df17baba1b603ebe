//! A connection that can't be lost in silence: however it goes, a close that fails is told. It knows
//! nothing of jobs.

use std::ops::Deref;
use std::sync::atomic::{AtomicUsize, Ordering};

use rusqlite::Connection;

/// The owner of a connection. SQLite refuses to close one that still has statements, and rusqlite's
/// destructor would then leak it, with its file descriptors, without a word.
///
/// So no statement may be left that the statement cache doesn't own, which is why handlers are lent
/// statements and never own one. Finalizing what `sqlite3_next_stmt` finds would be no way out:
/// virtual tables (FTS5, R-Tree) keep statements of their own there, and finalize them again when
/// the connection closes.
pub(super) struct Handle(Option<Box<Connection>>);

/// SQLite didn't close a connection, so its memory and up to three file descriptors (the database,
/// its WAL and its index) are lost until the process ends.
#[derive(Debug, thiserror::Error)]
#[error("the connection to {path} could not be closed: {cause}")]
pub(crate) struct NotClosed {
    /// The database's file.
    pub(crate) path: String,
    /// What SQLite said.
    #[source]
    pub(crate) cause: rusqlite::Error,
}

/// How many there are in the process.
static OPEN: AtomicUsize = AtomicUsize::new(0);

impl Handle {
    pub(super) fn new(connection: Connection) -> Self {
        OPEN.fetch_add(1, Ordering::Relaxed);
        Self(Some(Box::new(connection)))
    }

    pub(super) fn count() -> usize {
        OPEN.load(Ordering::Relaxed)
    }

    /// Closes the connection. A failure is logged here, so that it can't be overlooked.
    pub(super) fn close(mut self) -> Result<(), NotClosed> {
        self.0.take().map_or(Ok(()), |connection| close(*connection))
    }
}

impl Deref for Handle {
    type Target = Connection;

    fn deref(&self) -> &Connection {
        self.0.as_ref().expect("only `close` and `drop` take it, and both end the handle")
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        OPEN.fetch_sub(1, Ordering::Relaxed);
        if let Some(connection) = self.0.take() {
            // Whoever lets a connection go out of scope has no use for the error; the log has it.
            let _logged = close(*connection);
        }
    }
}

fn close(connection: Connection) -> Result<(), NotClosed> {
    let path = connection.path().unwrap_or_default().to_owned();
    connection.close().map_err(|(_still_open, cause)| {
        tracing::error!(path, %cause, "a database connection could not be closed");
        NotClosed { path, cause }
    })
}
