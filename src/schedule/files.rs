//! Watches files and folders, and tells which has changed. Knows nothing of what is done about it.

use std::path::{Path, PathBuf};

use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher, recommended_watcher};

use crate::process::is_exhausted;

/// The watches. They end when it is dropped.
pub(crate) struct Files {
    /// Held, as it watches only as long as it lives.
    _watcher: RecommendedWatcher,
}

/// Why a file can't be watched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WatchError {
    #[error("files can't be watched: {0}")]
    System(notify::Error),
    #[error("{0} can't be watched: {1}")]
    Path(PathBuf, notify::Error),
    #[error("{0} can't be watched: {1}")]
    Name(PathBuf, std::io::Error),
}

impl WatchError {
    /// Whether it isn't the file that is wrong: something has run out.
    pub(crate) fn is_exhausted(&self) -> bool {
        match self {
            Self::System(error) | Self::Path(_, error) => match &error.kind {
                notify::ErrorKind::Io(error) => is_exhausted(error),
                notify::ErrorKind::MaxFilesWatch => true,
                _ => false,
            },
            Self::Name(_, error) => is_exhausted(error),
        }
    }
}

/// A file, by its folder and name, since an editor that saves it puts another in its place; or a
/// folder.
struct Watched {
    folder: PathBuf,
    file: Option<PathBuf>,
}

impl Files {
    /// Watches these; `changed` is called with the place of each that has changed, on a thread of
    /// its own.
    ///
    /// # Errors
    /// A folder that isn't there, or that the system has no watches left.
    pub(crate) fn watch(
        paths: &[&Path],
        changed: impl Fn(usize) + Send + 'static,
    ) -> Result<Self, WatchError> {
        let watched: Vec<Watched> =
            paths.iter().map(|path| Watched::of(path)).collect::<Result<_, _>>()?;
        let folders: Vec<PathBuf> = watched.iter().map(|watched| watched.folder.clone()).collect();
        let tell = move |outcome: notify::Result<Event>| {
            for (place, watched) in watched.iter().enumerate() {
                if outcome.as_ref().map_or(true, |event| watched.is_in(event)) {
                    changed(place);
                }
            }
        };
        let mut watcher = recommended_watcher(tell).map_err(WatchError::System)?;
        for folder in folders {
            watcher
                .watch(&folder, RecursiveMode::NonRecursive)
                .map_err(|error| WatchError::Path(folder, error))?;
        }
        Ok(Self { _watcher: watcher })
    }
}

impl Watched {
    fn of(path: &Path) -> Result<Self, WatchError> {
        let path =
            std::path::absolute(path).map_err(|error| WatchError::Name(path.to_owned(), error))?;
        let folder = path.parent().filter(|_| !path.is_dir()).map(Path::to_owned);
        Ok(match folder {
            Some(folder) => Self { folder, file: Some(path) },
            None => Self { folder: path, file: None },
        })
    }

    /// Whether an event is about it. What was only looked at has not changed; after events were
    /// lost, anything may have.
    fn is_in(&self, event: &Event) -> bool {
        if event.need_rescan() {
            return true;
        }
        let is_mine = |path: &PathBuf| match &self.file {
            Some(file) => path == file,
            None => *path == self.folder || path.parent() == Some(&self.folder),
        };
        !matches!(event.kind, EventKind::Access(_)) && event.paths.iter().any(is_mine)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use crossbeam_channel::{Receiver, unbounded};

    use super::*;

    /// The place that is told first; everything else that is told is taken along.
    fn told(changes: &Receiver<usize>) -> Option<usize> {
        let first = changes.recv_timeout(Duration::from_secs(10)).ok()?;
        while changes.recv_timeout(Duration::from_millis(50)).is_ok() {}
        Some(first)
    }

    #[test]
    fn changes_are_told_and_looks_are_not() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("watched");
        let inner = folder.path().join("inner");
        fs::create_dir(&inner).unwrap();
        let (sender, changes) = unbounded();
        let _files =
            Files::watch(&[&file, &inner], move |place| sender.send(place).unwrap()).unwrap();
        fs::write(&file, "made").unwrap();
        assert_eq!(told(&changes), Some(0), "made");
        fs::write(&file, "changed").unwrap();
        assert_eq!(told(&changes), Some(0), "changed");
        // As editors save: beside it, then in its place.
        fs::write(folder.path().join("other"), "replaced").unwrap();
        fs::rename(folder.path().join("other"), &file).unwrap();
        assert_eq!(told(&changes), Some(0), "replaced");
        fs::remove_file(&file).unwrap();
        assert_eq!(told(&changes), Some(0), "removed");
        fs::write(inner.join("any"), "made").unwrap();
        assert_eq!(told(&changes), Some(1), "in the folder");
        fs::read(inner.join("any")).unwrap();
        fs::write(folder.path().join("other"), "nobody's").unwrap();
        assert!(changes.recv_timeout(Duration::from_millis(200)).is_err(), "neither is a change");
    }

    #[test]
    fn what_is_not_there_is_an_error() {
        let refused = Files::watch(&[Path::new("/nowhere/at/all")], |_| ()).err().unwrap();
        assert!(refused.to_string().starts_with("/nowhere/at can't be watched"), "{refused}");
    }
}
