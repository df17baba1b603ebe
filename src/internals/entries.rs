//! A ledger for itself. Knows nothing of how it is measured.

use std::time::{Duration, Instant};

use crate::app::JobName;
use crate::ledger::{Entry, Ledger};

/// A ledger of some job names on one thread.
pub struct Entries {
    ledger: Ledger,
    names: usize,
    start: Instant,
    entry: Entry,
    noted: usize,
}

impl Entries {
    /// Without any entry.
    pub fn new(names: usize, start: Instant) -> Self {
        let entry = Entry {
            bytes_in: 640,
            bytes_out: 120,
            queued: Duration::from_micros(3),
            handled: Duration::from_micros(20),
            database: Some(Duration::from_micros(11)),
            written: Duration::from_micros(5),
            ..Entry::default()
        };
        Self { ledger: Ledger::new(names, 1, start), names, start, entry, noted: 0 }
    }

    /// Enters a run; the names come in turns.
    pub fn note(&mut self) {
        self.noted += 1;
        let job = JobName(self.noted % self.names);
        let now = self.start + Duration::from_micros(self.noted as u64);
        self.ledger.note(0, job, &self.entry, now);
    }

    /// Adds up what all names have done, as who reads the statistics does; how many runs that is.
    pub fn sum(&self) -> u64 {
        self.ledger.sums(self.start).map(|(sum, _)| sum.runs).sum()
    }
}
