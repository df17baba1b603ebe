//! What one thread counts. It must not know where the counts come from.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::failure::{Failure, Kind};

/// The counts of one thread, or of all together.
#[derive(Debug)]
pub(super) struct Tally {
    /// In nanoseconds: of good answers, and of requests that timed out, which have taken no less.
    pub(super) latency: Histogram<u64>,
    pub(super) answers: u64,
    pub(super) bytes: u64,
    /// Kept connections that the server closed in good order and that were opened anew.
    pub(super) reconnects: u64,
    pub(super) failures: BTreeMap<Kind, u64>,
    /// The first of each kind.
    pub(super) examples: BTreeMap<Kind, Failure>,
    /// Requests of a fixed rate that were due and never sent.
    pub(super) unsent: u64,
    /// When the last request came to its end.
    pub(super) last: Option<Instant>,
}

/// The longest latency that is told apart, in nanoseconds: an hour.
const LATENCY_MAX: u64 = 3_600_000_000_000;

impl Tally {
    pub(super) fn new() -> Self {
        Self {
            // Three digits; these bounds are valid.
            latency: Histogram::new_with_max(LATENCY_MAX, 3).expect("bounds that are in order"),
            answers: 0,
            bytes: 0,
            reconnects: 0,
            failures: BTreeMap::new(),
            examples: BTreeMap::new(),
            unsent: 0,
            last: None,
        }
    }

    pub(super) fn count_answer(&mut self, latency: Duration, now: Instant) {
        self.answers += 1;
        self.last = Some(now);
        self.record(latency);
    }

    pub(super) fn count_failure(&mut self, failure: Failure, latency: Duration, now: Instant) {
        *self.failures.entry(failure.kind()).or_default() += 1;
        self.examples.entry(failure.kind()).or_insert(failure);
        self.last = Some(now);
        if failure == Failure::TimedOut {
            self.record(latency);
        }
    }

    pub(super) fn failed(&self) -> u64 {
        self.failures.values().sum()
    }

    /// Requests that the server has answered, in whatever way.
    pub(super) fn answered(&self) -> u64 {
        self.answers + self.failures.get(&Kind::Status).unwrap_or(&0)
    }

    pub(super) fn add(&mut self, other: Self) {
        let Self { latency, answers, bytes, reconnects, failures, examples, unsent, last } = other;
        // Both have the same bounds.
        self.latency.add(latency).expect("a histogram with the same bounds");
        self.answers += answers;
        self.bytes += bytes;
        self.reconnects += reconnects;
        self.unsent += unsent;
        self.last = self.last.max(last);
        for (kind, count) in failures {
            *self.failures.entry(kind).or_default() += count;
        }
        for (kind, failure) in examples {
            self.examples.entry(kind).or_insert(failure);
        }
    }

    fn record(&mut self, latency: Duration) {
        let nanos = u64::try_from(latency.as_nanos()).unwrap_or(LATENCY_MAX);
        self.latency.saturating_record(nanos);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn threads_are_counted_together() {
        let now = crate::tool::clock::now();
        let mut all = Tally::new();
        for thread in 1..=3 {
            let mut tally = Tally::new();
            tally.count_answer(Duration::from_millis(thread), now);
            tally.count_failure(Failure::Status(500), Duration::from_secs(9), now);
            tally.count_failure(Failure::TimedOut, Duration::from_secs(1), now);
            all.add(tally);
        }
        assert_eq!((all.answers, all.failed(), all.answered()), (3, 6, 6));
        assert_eq!(all.examples[&Kind::Status], Failure::Status(500));
        assert_eq!(all.latency.len(), 6, "a request that timed out has taken its time");
        let median = all.latency.value_at_quantile(0.5);
        assert!((2_990_000..=3_010_000).contains(&median), "{median}");
    }
}
