//! What came of a file: its request, sent as often as was asked for. It must not know how that is told.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use super::error::ReplayError;
use super::exchange::{Answer, ask};
use super::options::Options;
use crate::tool::captured::Captured;
use crate::tool::clock;
use crate::tool::curl::CurlError;
use crate::tool::target::Target;

/// What came of a file.
#[derive(Default)]
pub(super) struct Outcome {
    /// How often each status was answered.
    pub(super) statuses: BTreeMap<u16, u32>,
    /// How long answers took, the shortest first.
    times: Vec<Duration>,
    /// How many of them differ, by status or body.
    pub(super) different: usize,
    /// Why it was not sent again, or not as often.
    pub(super) error: Option<CurlError>,
}

impl Outcome {
    /// Sends a request.
    ///
    /// # Errors
    /// There is no server to send it to.
    pub(super) fn of(
        recorded: &Captured,
        target: &Target,
        options: &Options,
    ) -> Result<Self, ReplayError> {
        let request = match recorded.encode(target.protocol, &target.host, false) {
            Ok(request) => request,
            Err(error) => return Ok(Self { error: Some(error), ..Self::default() }),
        };
        let (method, sent) = (recorded.method(), AtomicU32::new(0));
        let one_after_the_other = || {
            let mut answers = Vec::new();
            while sent.fetch_add(1, Ordering::Relaxed) < options.times {
                match ask(target, &request, &method, clock::now() + options.max_time) {
                    Ok(answer) => answers.push(answer),
                    Err(error) => {
                        // The others stop as well.
                        sent.fetch_max(options.times, Ordering::Relaxed);
                        return (answers, Some(error));
                    }
                }
            }
            (answers, None)
        };
        let found = thread::scope(|scope| {
            let count = options.connections.min(options.times);
            let threads: Vec<_> = (0..count).map(|_| scope.spawn(one_after_the_other)).collect();
            let results = threads.into_iter().map(thread::ScopedJoinHandle::join);
            // A thread that panics has said so.
            results.filter_map(Result::ok).collect::<Vec<_>>()
        });
        let mut error = None;
        let mut answers = Vec::new();
        for (own, failure) in found {
            answers.extend(own);
            error = error.or(failure);
        }
        match error {
            Some(error @ CurlError::Connect(_)) => Err(ReplayError::Transfer(error)),
            error => Ok(Self { error, ..Self::sum(&answers) }),
        }
    }

    fn sum(answers: &[Answer]) -> Self {
        let mut outcome = Self::default();
        let mut seen = BTreeSet::new();
        for Answer { status, digest, took } in answers {
            *outcome.statuses.entry(*status).or_default() += 1;
            outcome.times.push(*took);
            seen.insert((status, digest));
        }
        outcome.times.sort_unstable();
        outcome.different = seen.len();
        outcome
    }

    /// Whether an answer was 500 or above.
    pub(super) fn has_failed(&self) -> bool {
        self.statuses.keys().any(|status| *status >= 500)
    }

    /// What half of the answers didn't take longer than.
    pub(super) fn median(&self) -> Option<Duration> {
        self.times.get(self.times.len().saturating_sub(1) / 2).copied()
    }

    pub(super) fn longest(&self) -> Option<Duration> {
        self.times.last().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_summed_up() {
        let answer = |status, body: u8, millis| Answer {
            status,
            digest: [body; 32],
            took: Duration::from_millis(millis),
        };
        let outcome = Outcome::sum(&[
            answer(200, 1, 9),
            answer(200, 2, 1),
            answer(200, 1, 2),
            answer(503, 1, 4),
        ]);
        assert_eq!(outcome.statuses, BTreeMap::from([(200, 3), (503, 1)]));
        assert_eq!((outcome.different, outcome.has_failed()), (3, true));
        assert_eq!(outcome.median(), Some(Duration::from_millis(2)));
        assert_eq!(outcome.longest(), Some(Duration::from_millis(9)));
        assert_eq!(Outcome::sum(&[]).median(), None);
    }
}
