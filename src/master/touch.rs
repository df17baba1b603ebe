//! `touch-reload`: files whose change asks for a reload. Knows nothing of what a reload is.

use std::path::{Path, PathBuf};
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

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
        let (sender, places) = unbounded();
        // Fails only after the master's end.
        let changed = move |place: usize| {
            let _ = sender.send(place);
        };
        let files = Files::watch(&names, changed)?;
        let life = move || tell(&places, &paths, &events);
        let started = std::thread::Builder::new().name("touch".to_owned()).spawn(life);
        started.map_err(|error| WatchError::Name(PathBuf::from("touch-reload"), error))?;
        Ok(Self { _files: Some(files) })
    }
}

/// Tells of each file that has changed, once it is left alone: who writes one changes it more than once.
fn tell(places: &Receiver<usize>, paths: &[PathBuf], events: &Sender<Event>) {
    const ALONE: Duration = Duration::from_millis(50);
    while let Ok(place) = places.recv() {
        while places.recv_timeout(ALONE).is_ok() {}
        // Which of several it was makes no difference to a reload.
        if events.send(Event::Touched(paths[place].clone())).is_err() {
            return;
        }
    }
}
