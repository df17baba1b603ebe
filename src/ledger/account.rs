//! What one thread has done under one job name. Knows nothing of jobs but their numbers.

use std::ops::AddAssign;
use std::time::Duration;

use super::count::Count;
use super::times::{Distribution, Times};

/// The runs of one job name on one thread: written by that thread alone, read by whoever asks.
#[derive(Default)]
#[repr(align(128))]
pub(crate) struct Account {
    runs: Count,
    failures: Count,
    panics: Count,
    bytes_in: Count,
    bytes_out: Count,
    queued: Times,
    handled: Times,
    database: Times,
    written: Times,
    whole: Times,
    /// When it ran last: nanoseconds after the ledger's start.
    last: Count,
}

/// One run.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Entry {
    pub(crate) failed: bool,
    pub(crate) panicked: bool,
    /// Of vars and body; of the head and the body of the answer.
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    /// From the moment at which it was whole, or due, until its handler began.
    pub(crate) queued: Duration,
    /// In the handler.
    pub(crate) handled: Duration,
    /// Of that in the database; none if it wasn't asked.
    pub(crate) database: Option<Duration>,
    /// From there until the thread was free for another job: the answer is out, the context clean.
    pub(crate) written: Duration,
}

/// What several accounts come to.
#[derive(Clone, Debug, Default)]
pub(crate) struct Sum {
    pub(crate) runs: u64,
    pub(crate) failures: u64,
    pub(crate) panics: u64,
    pub(crate) bytes_in: u64,
    pub(crate) bytes_out: u64,
    pub(crate) queued: Distribution,
    pub(crate) handled: Distribution,
    pub(crate) database: Distribution,
    pub(crate) written: Distribution,
    /// From whole, or due, to the end.
    pub(crate) whole: Distribution,
    /// How long ago it ran last.
    pub(crate) last: Option<Duration>,
}

/// What all names come to in one seat.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct SeatSum {
    pub(crate) runs: u64,
    /// Time inside jobs.
    pub(crate) inside: Duration,
    pub(crate) bytes_out: u64,
}

impl Account {
    pub(super) fn note(&self, entry: &Entry, since_start: Duration) {
        self.failures.add(u64::from(entry.failed));
        self.panics.add(u64::from(entry.panicked));
        self.bytes_in.add(entry.bytes_in);
        self.bytes_out.add(entry.bytes_out);
        self.queued.note(entry.queued);
        self.handled.note(entry.handled);
        if let Some(database) = entry.database {
            self.database.note(database);
        }
        self.written.note(entry.written);
        self.whole.note(entry.queued + entry.handled + entry.written);
        self.last.set(u64::try_from(since_start.as_nanos()).unwrap_or(u64::MAX));
        self.runs.add(1);
    }

    pub(super) fn runs(&self) -> u64 {
        self.runs.read()
    }

    /// Adds what it has; the ledger is so old.
    pub(super) fn add_to(&self, sum: &mut Sum, age: Duration) {
        sum.runs += self.runs.read();
        sum.failures += self.failures.read();
        sum.panics += self.panics.read();
        sum.bytes_in += self.bytes_in.read();
        sum.bytes_out += self.bytes_out.read();
        self.queued.add_to(&mut sum.queued);
        self.handled.add_to(&mut sum.handled);
        self.database.add_to(&mut sum.database);
        self.written.add_to(&mut sum.written);
        self.whole.add_to(&mut sum.whole);
        let last = age.saturating_sub(Duration::from_nanos(self.last.read()));
        sum.last = Some(sum.last.map_or(last, |other| other.min(last)));
    }

    pub(super) fn seat_sum(&self) -> SeatSum {
        SeatSum {
            runs: self.runs.read(),
            inside: self.handled.sum() + self.written.sum(),
            bytes_out: self.bytes_out.read(),
        }
    }
}

impl AddAssign for SeatSum {
    fn add_assign(&mut self, other: Self) {
        self.runs += other.runs;
        self.inside += other.inside;
        self.bytes_out += other.bytes_out;
    }
}
