//! The error that a job sees when its deadline ends a query. It knows no job and no clock.

use rusqlite::{Error, ErrorCode, ffi};

use super::busy;

/// Whether an error came of the job's deadline: a query that took too long, a lock that wasn't free
/// in time, a commit that came after the job had been answered without it. What the job wanted to
/// write is rolled back then.
pub fn is_interrupted(error: &Error) -> bool {
    error.sqlite_error_code() == Some(ErrorCode::OperationInterrupted) || is_refused_commit(error)
}

/// What SQLite would say when interrupted, in our words.
pub(super) fn error() -> Error {
    let code = ffi::Error::new(ffi::SQLITE_INTERRUPT);
    Error::SqliteFailure(code, Some("the job's deadline has passed".into()))
}

/// One error for all that the deadline does, where SQLite has several.
pub(super) fn explain(error: Error) -> Error {
    let is_busy = error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
    let by_deadline = is_busy && busy::was_cut_short() || is_interrupted(&error);
    if by_deadline { self::error() } else { error }
}

/// No hook but ours refuses commits, and it does so for expired jobs only.
fn is_refused_commit(error: &Error) -> bool {
    error.sqlite_error().is_some_and(|error| error.extended_code == COMMIT_REFUSED)
}

const COMMIT_REFUSED: i32 = ffi::SQLITE_CONSTRAINT_COMMITHOOK;
