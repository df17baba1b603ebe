//! What each job name has done, how long it took, and what it holds and leaks. Knows jobs by name
//! alone: nothing of requests, ticks or who asks.
//!
//! Each thread writes an [`Account`] of its own for each name, without a lock. Once a second an
//! [`Observer`] looks at what names hold, and tells a leak from a cache by how it grows run by run.

mod account;
mod blame;
mod count;
mod descriptors;
pub(crate) mod heap;
mod observer;
mod sockets;
mod times;
mod trend;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Instant;

use self::account::Account;
pub(crate) use self::account::{Entry, SeatSum, Sum};
pub(crate) use self::count::Count;
pub(crate) use self::descriptors::Descriptors;
pub(crate) use self::observer::{Findings, Leak, Observer, Resource, Seen};
pub(crate) use self::times::Distribution;
use crate::app::JobName;

/// What all job names have done on all threads.
pub(crate) struct Ledger {
    /// By seat, then by job name; both have memory only once they are used.
    accounts: Vec<OnceLock<Names>>,
    /// By job name. Counted where it is enforced, beside the thread that runs the job.
    deadlines: Vec<AtomicU64>,
    start: Instant,
    findings: Mutex<Arc<Findings>>,
}

type Names = Box<[OnceLock<Box<Account>>]>;

impl Ledger {
    /// For so many job names, on threads in so many seats, from now on.
    pub(crate) fn new(jobs: usize, seats: usize, now: Instant) -> Self {
        Self {
            accounts: (0..seats).map(|_| OnceLock::new()).collect(),
            deadlines: (0..jobs).map(|_| AtomicU64::new(0)).collect(),
            start: now,
            findings: Mutex::default(),
        }
    }

    /// Enters a run that is over now; only the thread that sits there may do so.
    pub(crate) fn note(&self, seat: usize, job: JobName, entry: &Entry, now: Instant) {
        let names = self.accounts[seat]
            .get_or_init(|| self.deadlines.iter().map(|_| OnceLock::new()).collect());
        let since_start = now.saturating_duration_since(self.start);
        names[job.0].get_or_init(Box::default).note(entry, since_start);
    }

    /// A job's deadline has come.
    pub(crate) fn note_deadline(&self, job: JobName) {
        self.deadlines[job.0].fetch_add(1, Ordering::Relaxed);
    }

    /// How often each name ran.
    pub(crate) fn runs(&self) -> Vec<u64> {
        let jobs = 0..self.deadlines.len();
        jobs.map(|job| self.of(job).map(Account::runs).sum()).collect()
    }

    /// What each name has done until now, and how often its deadline came.
    pub(crate) fn sums(&self, now: Instant) -> impl Iterator<Item = (Sum, u64)> {
        let age = now.saturating_duration_since(self.start);
        self.deadlines.iter().enumerate().map(move |(job, deadlines)| {
            let mut sum = Sum::default();
            self.of(job).for_each(|account| account.add_to(&mut sum, age));
            (sum, deadlines.load(Ordering::Relaxed))
        })
    }

    /// What was done in each seat.
    pub(crate) fn seats(&self) -> impl Iterator<Item = SeatSum> {
        self.accounts.iter().map(|names| {
            let accounts = names.get().into_iter().flatten().filter_map(OnceLock::get);
            accounts.fold(SeatSum::default(), |mut sum, account| {
                sum += account.seat_sum();
                sum
            })
        })
    }

    fn of(&self, job: usize) -> impl Iterator<Item = &Account> {
        let seats = self.accounts.iter().filter_map(OnceLock::get);
        seats.filter_map(move |names| names[job].get().map(Box::as_ref))
    }

    /// What was found at the last look.
    pub(crate) fn findings(&self) -> Arc<Findings> {
        Arc::clone(&self.findings.lock().unwrap_or_else(PoisonError::into_inner))
    }

    pub(crate) fn publish(&self, findings: Findings) {
        *self.findings.lock().unwrap_or_else(PoisonError::into_inner) = Arc::new(findings);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn what_threads_have_noted_adds_up_by_name() {
        let start = crate::clock::now();
        let ledger = Ledger::new(3, 4, start);
        let at = |seconds| start + Duration::from_secs(seconds);
        let entry = Entry {
            failed: true,
            bytes_in: 10,
            bytes_out: 100,
            queued: Duration::from_millis(1),
            handled: Duration::from_millis(4),
            ..Entry::default()
        };
        for seat in [0, 3, 3] {
            ledger.note(seat, JobName(1), &entry, at(2));
        }
        ledger.note(0, JobName(2), &Entry { panicked: true, ..Entry::default() }, at(5));
        ledger.note_deadline(JobName(2));
        assert_eq!(ledger.runs(), [0, 3, 1]);
        let sums: Vec<_> = ledger.sums(at(6)).collect();
        let (sum, deadlines) = &sums[1];
        assert_eq!((sum.runs, sum.failures, sum.panics, *deadlines), (3, 3, 0, 0));
        assert_eq!(sum.last, Some(Duration::from_secs(4)), "since it ran last");
        assert_eq!((sum.bytes_in, sum.bytes_out), (30, 300));
        assert_eq!(sum.whole.sum, Duration::from_millis(15));
        assert_eq!(sum.database.count(), 0, "it was never asked");
        assert_eq!((sums[2].0.panics, sums[2].1), (1, 1));
        assert_eq!(sums[0].0.last, None);
        let seats: Vec<_> = ledger.seats().map(|seat| (seat.runs, seat.bytes_out)).collect();
        assert_eq!(seats, [(2, 100), (0, 0), (0, 0), (2, 200)]);
    }
}
