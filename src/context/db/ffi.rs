//! The calls into SQLite that rusqlite has no safe name for. All `unsafe` code of the database part is
//! here, and nothing else is.

use rusqlite::{Connection, ffi};

/// Sets the rowid of the last INSERT back to what a fresh connection says.
#[allow(unsafe_code, reason = "rusqlite can read it but not set it")]
pub(super) fn forget_last_insert_rowid(connection: &Connection) {
    // SAFETY: the handle is open as long as `connection` is borrowed, and used by this thread only.
    unsafe { ffi::sqlite3_set_last_insert_rowid(connection.handle(), 0) }
}

/// Bytes that SQLite holds for a connection: its pages, what it knows of the schema, its statements.
#[allow(unsafe_code, reason = "rusqlite has no name for it")]
pub(super) fn memory(connection: &Connection) -> u64 {
    let parts = [
        ffi::SQLITE_DBSTATUS_CACHE_USED,
        ffi::SQLITE_DBSTATUS_SCHEMA_USED,
        ffi::SQLITE_DBSTATUS_STMT_USED,
    ];
    let bytes = parts.map(|part| {
        let (mut now, mut most) = (0, 0);
        // SAFETY: the handle is open as long as `connection` is borrowed, and used by this thread only;
        // both numbers outlive the call.
        unsafe {
            ffi::sqlite3_db_status(connection.handle(), part, &raw mut now, &raw mut most, 0)
        };
        u64::try_from(now).unwrap_or(0)
    });
    bytes.iter().sum()
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Makes SQLite refuse to close a connection, by a backup that never ends.
    #[allow(unsafe_code, reason = "rusqlite's own backups can't be left behind")]
    pub(in super::super) fn hinder_close(connection: &Connection) {
        let target = Box::leak(Box::new(Connection::open_in_memory().unwrap()));
        let main = c"main".as_ptr();
        // SAFETY: both connections are open, neither is used by another thread, and neither will
        // ever be closed: this one as it is hindered, the other as it is leaked.
        let backup =
            unsafe { ffi::sqlite3_backup_init(target.handle(), main, connection.handle(), main) };
        assert!(!backup.is_null());
    }
}
