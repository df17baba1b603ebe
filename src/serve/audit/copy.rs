//! A copy of a database to work on: handlers that are audited do real work. Knows nothing of handlers.

use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};
use tempfile::TempDir;

/// The copy, which is gone with this.
pub(super) struct Copy {
    path: PathBuf,
    folder: TempDir,
}

impl Copy {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Where it is, as the kernel names it.
    pub(super) fn folder(&self) -> String {
        let folder = self.folder.path().canonicalize();
        folder.map(|folder| folder.to_string_lossy().into_owned()).unwrap_or_default()
    }
}

/// Copies a database under its own name into a folder of its own; where there is none yet, the copy
/// is made by whoever opens it.
///
/// # Errors
/// What keeps it from being copied, in words.
pub(super) fn copy(path: &Path) -> Result<Option<Copy>, String> {
    let told = |error: &dyn std::fmt::Display| format!("{}: no copy: {error}", path.display());
    let Some(name) = path.file_name() else { return Ok(None) };
    let folder = tempfile::tempdir().map_err(|error| told(&error))?;
    let copied = folder.path().join(name);
    if path.exists() {
        let source = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE);
        let source = source.map_err(|error| told(&error))?;
        let to = copied.to_string_lossy();
        source.execute("VACUUM INTO ?1", [&to]).map_err(|error| told(&error))?;
    }
    Ok(Some(Copy { path: copied, folder }))
}
