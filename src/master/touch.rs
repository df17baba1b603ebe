//! `touch-reload`: files whose change asks for a reload. Knows nothing of what a reload is.

use std::path::{Path, PathBuf};

use crossbeam_channel::Sender;

use super::Event;
use crate::schedule::{Files, WatchError};

/// The watches. They end when it is dropped.
pub(super) struct Touch {
    _files: Option<Files>,
}

impl Touch {
    /// Watches these files.
    ///
    /// # Errors
    /// One that can't be watched.
    pub(super) fn watch(paths: &[PathBuf], events: Sender<Event>) -> Result<Self, WatchError> {
        if paths.is_empty() {
            return Ok(Self { _files: None });
        }
        let names: Vec<&Path> = paths.iter().map(PathBuf::as_path).collect();
        let paths = paths.to_vec();
        let changed = move |place: usize| {
            // Fails only after the master's end.
            let _ = events.send(Event::Touched(paths[place].clone()));
        };
        Ok(Self { _files: Some(Files::watch(&names, changed)?) })
    }
}
