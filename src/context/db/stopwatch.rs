//! How long a job has been in its database. Knows nothing of what it did there.

use std::cell::Cell;
use std::time::Duration;

use crate::clock::now;

/// The time of all calls since it was last read.
#[derive(Default)]
pub(super) struct Stopwatch {
    spent: Cell<Duration>,
    runs: Cell<bool>,
}

impl Stopwatch {
    /// Does something in the database; a call inside another is part of it.
    pub(super) fn time<T>(&self, work: impl FnOnce() -> T) -> T {
        if self.runs.replace(true) {
            return work();
        }
        let started = now();
        let outcome = work();
        self.add(now().saturating_duration_since(started));
        self.runs.set(false);
        outcome
    }

    pub(super) fn add(&self, time: Duration) {
        self.spent.set(self.spent.get() + time);
    }

    /// What it has come to, and begins anew.
    pub(super) fn take(&self) -> Duration {
        self.spent.take()
    }
}
