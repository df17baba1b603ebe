//! The file with the process's number. It is locked while the process lives, which a number alone
//! doesn't tell. Knows nothing of the process.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

/// The file. It is removed with this.
pub(crate) struct PidFile {
    path: PathBuf,
    /// Held, as the lock ends with it.
    file: File,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PidFileError {
    #[error("pidfile {0}: process {1} runs and holds it")]
    Held(PathBuf, String),
    #[error("pidfile {0}: {1}")]
    System(PathBuf, io::Error),
}

impl PidFile {
    /// Writes this process's number; what a dead process left is overwritten.
    ///
    /// # Errors
    /// A living process holds it, or it can't be written.
    pub(crate) fn write(path: &Path) -> Result<Self, PidFileError> {
        let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
        let system = |error| PidFileError::System(path.clone(), error);
        let mut file = loop {
            // What is there is another's until the lock says otherwise.
            let opened =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = opened.map_err(system)?;
            if flock(&file, FlockOperation::NonBlockingLockExclusive).is_err() {
                let mut held = String::new();
                file.read_to_string(&mut held).map_err(system)?;
                return Err(PidFileError::Held(path, held.trim().to_owned()));
            }
            // Whoever held it may have removed it between the two.
            if is_there(&file, &path) {
                break file;
            }
        };
        file.set_len(0).map_err(system)?;
        writeln!(file, "{}", std::process::id()).map_err(system)?;
        Ok(Self { path, file })
    }
}

/// Whether that is the file of this name.
fn is_there(file: &File, path: &Path) -> bool {
    let own = file.metadata().map(|own| (own.dev(), own.ino())).ok();
    own.is_some() && own == std::fs::metadata(path).map(|there| (there.dev(), there.ino())).ok()
}

impl Drop for PidFile {
    /// Removes it, unless there is another's of that name by now.
    fn drop(&mut self) {
        if is_there(&self.file, &self.path)
            && let Err(error) = std::fs::remove_file(&self.path)
            && error.kind() != io::ErrorKind::NotFound
        {
            tracing::warn!(path = %self.path.display(), %error, "the pidfile can't be removed");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_dead_left_is_overwritten_and_the_living_keep_theirs() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pid");
        std::fs::write(&path, "4194305 and more\n").unwrap();
        let held = PidFile::write(&path).unwrap();
        let own = format!("{}\n", std::process::id());
        assert_eq!(std::fs::read_to_string(&path).unwrap(), own);
        let second = PidFile::write(&path).err().unwrap().to_string();
        assert!(second.contains(&format!("process {} runs", own.trim())), "{second}");
        drop(held);
        assert!(!path.exists());
        let nowhere = PidFile::write(&folder.path().join("none/pid")).err().unwrap();
        assert!(matches!(nowhere, PidFileError::System(..)));
    }
}
