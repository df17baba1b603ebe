//! What each thread has done, counted by itself and summed by whoever asks. Knows nothing of what
//! the numbers are for.

use crate::ledger::Count;

/// One thread's counts. Only that thread writes them; a line of cache for each, since a shared one
/// would be fought over with every request.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Counters {
    pub(super) requests: Count,
    pub(super) ticks: Count,
    pub(super) failures: Count,
    pub(super) panics: Count,
    pub(super) late: Count,
}

/// The counts of all threads.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Totals {
    pub(crate) requests: u64,
    pub(crate) ticks: u64,
    /// Jobs that returned an error of 500 or above.
    pub(crate) failures: u64,
    pub(crate) panics: u64,
    /// Answers that came after their deadline had answered.
    pub(crate) late: u64,
}

impl Totals {
    pub(super) fn of(counters: &[Counters]) -> Self {
        let sum =
            |count: fn(&Counters) -> &Count| counters.iter().map(|own| count(own).read()).sum();
        Self {
            requests: sum(|own| &own.requests),
            ticks: sum(|own| &own.ticks),
            failures: sum(|own| &own.failures),
            panics: sum(|own| &own.panics),
            late: sum(|own| &own.late),
        }
    }
}
