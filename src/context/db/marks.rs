//! What SQLite's authorizer sees of a job's statements as they are prepared: whatever could outlive
//! the job on its connection leaves a mark. It knows no connection and decides nothing.

use std::sync::atomic::{AtomicU8, Ordering};

use rusqlite::ffi;
use rusqlite::hooks::{AuthAction, AuthContext};

use super::reason::{Reason, Reasons};

/// The marks of one connection, shared with its authorizer.
///
/// A statement marks when it is prepared, whether or not it runs or succeeds. One that came from
/// the statement cache marked the connection when it got there, so it can't be in the cache of a
/// connection that was found clean.
#[derive(Default)]
pub(super) struct Marks(AtomicU8);

impl Marks {
    /// Looks at one thing that a statement is going to do.
    pub(super) fn note(&self, context: &AuthContext<'_>) {
        let in_temp = context.database_name == Some("temp");
        if let Some(reason) = reason_of(&context.action, in_temp) {
            self.0.fetch_or(Reasons::of(reason).bits(), Ordering::Relaxed);
        }
    }

    /// What has been marked so far.
    pub(super) fn seen(&self) -> Reasons {
        Reasons::from_bits(self.0.load(Ordering::Relaxed))
    }
}

/// What an action leaves on the connection, if anything.
fn reason_of(action: &AuthAction<'_>, in_temp: bool) -> Option<Reason> {
    use AuthAction as A;
    match *action {
        A::Pragma { pragma_name, pragma_value } => {
            (pragma_value.is_some() && !is_harmless(pragma_name)).then_some(Reason::Pragma)
        }
        // The file's name is missing when it is a parameter or an expression.
        A::Attach { .. }
        | A::Detach { .. }
        | A::Unknown { code: ffi::SQLITE_ATTACH | ffi::SQLITE_DETACH, .. } => {
            Some(Reason::Attached)
        }
        A::CreateTempIndex { .. }
        | A::CreateTempTable { .. }
        | A::CreateTempTrigger { .. }
        | A::CreateTempView { .. }
        | A::DropTempIndex { .. }
        | A::DropTempTable { .. }
        | A::DropTempTrigger { .. }
        | A::DropTempView { .. } => Some(Reason::TempObject),
        // `CREATE TABLE temp.t` is no CreateTempTable for SQLite, only a table in that database.
        A::CreateIndex { .. }
        | A::CreateTable { .. }
        | A::CreateTrigger { .. }
        | A::CreateView { .. }
        | A::CreateVtable { .. }
        | A::Insert { .. } => in_temp.then_some(Reason::TempObject),
        // What is in the file is no state of the connection, transactions are asked for later, and
        // what changes a temporary object (or looks for one, as ALTER TABLE does) didn't make it.
        A::AlterTable { .. }
        | A::Analyze { .. }
        | A::Delete { .. }
        | A::DropIndex { .. }
        | A::DropTable { .. }
        | A::DropTrigger { .. }
        | A::DropView { .. }
        | A::DropVtable { .. }
        | A::Function { .. }
        | A::Read { .. }
        | A::Recursive
        | A::Reindex { .. }
        | A::Savepoint { .. }
        | A::Select
        | A::Transaction { .. }
        | A::Update { .. } => None,
        _ => Some(Reason::Unknown),
    }
}

/// Whether a pragma leaves the connection as it was though it has a value. Without one, all of
/// them do.
fn is_harmless(pragma: &str) -> bool {
    HARMLESS_PRAGMAS.iter().any(|harmless| harmless.eq_ignore_ascii_case(pragma))
}

/// Their value is a name or a limit for a report, an effort, or a number kept in the file.
const HARMLESS_PRAGMAS: [&str; 15] = [
    "application_id",
    "foreign_key_check",
    "foreign_key_list",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "optimize",
    "quick_check",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
    "wal_checkpoint",
];
