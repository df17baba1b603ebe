//! The place that a connection keeps in its event loop while its request is at work. Knows nothing of
//! loops.

use std::sync::Arc;

/// Who has the places.
pub(crate) trait Home: Send + Sync {
    /// A connection is gone and won't come back to its place.
    fn free(&self, key: usize);
}

/// A connection's place. Whoever drops the connection elsewhere gives its place back with it.
pub(crate) struct Place {
    /// While it is away from there.
    key: Option<usize>,
    home: Arc<dyn Home>,
}

impl Place {
    /// For a connection of this loop, which is there.
    pub(crate) fn at(home: &Arc<dyn Home>) -> Self {
        Self { key: None, home: Arc::clone(home) }
    }

    /// The connection leaves this place, to come back to it.
    pub(crate) fn leave(&mut self, key: usize) {
        self.key = Some(key);
    }

    /// The connection is back; where its place is.
    pub(crate) fn come_back(&mut self) -> Option<usize> {
        self.key.take()
    }

    /// Whether the connection is away from it.
    pub(crate) fn is_left(&self) -> bool {
        self.key.is_some()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(key) = self.key.take() {
            self.home.free(key);
        }
    }
}
