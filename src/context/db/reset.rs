//! Proving a connection clean after a job, or closing it. It knows nothing of what the job was.

use super::handle::NotClosed;
use super::reason::{Reason, Reasons};
use super::stopwatch::Stopwatch;
use super::{Db, DbReset, ffi};

/// What became of a connection after its job.
#[must_use]
pub(crate) enum Verdict {
    /// It was clean.
    Clean(Db),
    /// A transaction was left open. It was rolled back, and the connection proved clean then.
    RolledBack(Db),
    /// It is closed, for these reasons; for none when [`DbReset::Close`] asks for it.
    Closed(Reasons),
    /// It should have been closed and could not be: a leak, and already logged as an error.
    Lost(Reasons, NotClosed),
}

impl Db {
    /// Looks before the job's answer goes out: a transaction that was left open is rolled back now,
    /// so that the answer can say so, and is not told again by [`reset`](Self::reset).
    pub(crate) fn inspect(&self) -> Option<Reason> {
        if self.is_autocommit() {
            return None;
        }
        self.roll_back();
        Some(Reason::Transaction)
    }

    /// Ends a job: gives the connection back only if it is proved to be as the job found it. Runs no
    /// SQL unless there is something to roll back.
    pub(crate) fn reset(mut self) -> Verdict {
        let reasons = self.left_behind();
        match self.reset {
            DbReset::Recycle if reasons.is_empty() => {
                self.begin_again();
                Verdict::Clean(self)
            }
            DbReset::Recycle if reasons == Reasons::of(Reason::Transaction) => {
                self.roll_back();
                if !self.left_behind().is_empty() {
                    return self.discard(reasons);
                }
                self.begin_again();
                Verdict::RolledBack(self)
            }
            DbReset::Recycle | DbReset::Close => self.discard(reasons),
        }
    }

    /// Ends a job whose connection is closed in any case, for `reasons` and those found besides.
    pub(crate) fn discard(self, reasons: Reasons) -> Verdict {
        let reasons = reasons.and(self.left_behind());
        match self.close() {
            Ok(()) => Verdict::Closed(reasons),
            Err(error) => Verdict::Lost(reasons, error),
        }
    }

    /// Closes the connection, as at the end of a thread. An open transaction is rolled back; a
    /// failure is logged as well.
    pub(crate) fn close(self) -> Result<(), NotClosed> {
        self.connection.close()
    }

    /// What the job has left on the connection so far.
    fn left_behind(&self) -> Reasons {
        // A new field must say here what of it could outlive a job.
        let Self {
            connection,
            marks,
            deadline: _,
            busy_timeout: _,
            reset: _,
            stopwatch: _,
            interrupted: _,
            changes_before: _,
        } = self;
        let mut reasons = marks.seen();
        let mut found = |is_so: bool, reason| {
            if is_so {
                reasons = reasons.and(Reasons::of(reason));
            }
        };
        found(!connection.is_autocommit(), Reason::Transaction);
        found(connection.is_busy(), Reason::BusyStatement);
        reasons
    }

    /// Sets back what is no dirt but would tell the next job about this one. The bindings of cached
    /// statements are cleared by rusqlite as they go back to the cache.
    fn begin_again(&mut self) {
        ffi::forget_last_insert_rowid(&self.connection);
        self.changes_before = self.connection.total_changes();
        // What is left on it is of this job, which was asked before.
        self.stopwatch = Stopwatch::default();
        self.interrupted.take();
    }
}
