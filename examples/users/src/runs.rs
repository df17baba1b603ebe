//! What is remembered of the timers' runs, for the page. Knows nothing of what they do.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering::Relaxed};
use std::time::Instant;

use cleanslate::Result;

/// All timers' runs. It is shared by all jobs.
pub(crate) struct Runs {
    pub(crate) started_ms: i64,
    pub(crate) states: Log,
    pub(crate) visits: Log,
    pub(crate) made_up: Log,
}

/// The runs of one timer. Its numbers are read one by one while a run may be writing them, which
/// a page that is a moment old anyway can bear.
#[derive(Default)]
pub(crate) struct Log {
    runs: AtomicU64,
    began_ms: AtomicI64,
    took_us: AtomicU64,
    did: AtomicU64,
    did_in_all: AtomicU64,
}

/// What a [`Log`] says at a moment.
pub(crate) struct Run {
    /// How many there were, this one among them.
    pub(crate) number: u64,
    pub(crate) began_ms: i64,
    pub(crate) took_us: u64,
    pub(crate) did: u64,
    pub(crate) did_in_all: u64,
}

impl Runs {
    pub(crate) fn starting(now_ms: i64) -> Self {
        Self {
            started_ms: now_ms,
            states: Log::default(),
            visits: Log::default(),
            made_up: Log::default(),
        }
    }
}

impl Log {
    /// Does a run's work, which says how much it did. One that fails is not remembered.
    #[allow(clippy::disallowed_methods, reason = "how long a run takes is measured here")]
    pub(crate) fn record(&self, now_ms: i64, work: impl FnOnce() -> Result<usize>) -> Result<()> {
        let began = Instant::now();
        let did = u64::try_from(work()?).unwrap_or(u64::MAX);
        self.began_ms.store(now_ms, Relaxed);
        self.took_us.store(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
        self.did.store(did, Relaxed);
        self.did_in_all.fetch_add(did, Relaxed);
        self.runs.fetch_add(1, Relaxed);
        Ok(())
    }

    /// The last run; none before the first.
    pub(crate) fn last(&self) -> Option<Run> {
        let number = self.runs.load(Relaxed);
        (number > 0).then(|| Run {
            number,
            began_ms: self.began_ms.load(Relaxed),
            took_us: self.took_us.load(Relaxed),
            did: self.did.load(Relaxed),
            did_in_all: self.did_in_all.load(Relaxed),
        })
    }
}

#[cfg(test)]
mod tests {
    use cleanslate::Error;

    use super::*;

    #[test]
    fn the_last_run_that_went_well_is_remembered() {
        let log = Log::default();
        assert!(log.last().is_none());
        log.record(1_000, || Ok(3)).unwrap();
        log.record(2_000, || Ok(4)).unwrap();
        log.record(3_000, || Err(Error::internal("no"))).unwrap_err();
        let last = log.last().unwrap();
        assert_eq!((last.number, last.began_ms, last.did, last.did_in_all), (2, 2_000, 4, 7));
    }
}
