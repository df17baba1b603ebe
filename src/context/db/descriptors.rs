//! What open connections hold: the descriptors, for whoever looks for others, and memory. Knows nothing of
//! SQL.

use std::collections::BTreeMap;

use super::handle::Handle;
use super::{Db, DbSettings, ffi};

impl Db {
    /// Bytes that SQLite holds for this connection.
    pub(crate) fn memory(&self) -> u64 {
        ffi::memory(&self.connection)
    }

    /// How many descriptors the contexts' own connections have, by what they point to: each has the file
    /// and its write-ahead log, and all share the index of that.
    pub(crate) fn descriptors(settings: Option<&DbSettings>) -> BTreeMap<String, usize> {
        let path = settings.and_then(|settings| settings.path.canonicalize().ok());
        let Some(path) = path.as_ref().and_then(|path| path.to_str()) else {
            return BTreeMap::new();
        };
        let open = Handle::count();
        BTreeMap::from([
            (path.to_owned(), open),
            (format!("{path}-wal"), open),
            (format!("{path}-shm"), open.min(1)),
        ])
    }
}
