//! How many requests are kept in a second, so that a flood of failures costs next to nothing and one
//! kind of them doesn't drive out all others. Knows no clock.

use std::time::{Duration, Instant};

use super::Why;
use crate::app::JobName;

/// Lets a few through in each second.
#[derive(Default)]
pub(super) struct Gate {
    second: Option<Instant>,
    /// Those that passed in this second.
    passed: Vec<(JobName, Why)>,
}

/// In a second.
const MOST: usize = 10;
/// Of the same job, and for the same reason.
const MOST_ALIKE: usize = 2;

impl Gate {
    /// Whether this one is kept.
    pub(super) fn pass(&mut self, now: Instant, job: JobName, why: Why) -> bool {
        let over = |at: Instant| now.saturating_duration_since(at) >= Duration::from_secs(1);
        if self.second.is_none_or(over) {
            self.second = Some(now);
            self.passed.clear();
        }
        let alike = self.passed.iter().filter(|passed| **passed == (job, why)).count();
        if alike >= MOST_ALIKE || self.passed.len() >= MOST {
            return false;
        }
        self.passed.push((job, why));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now;

    #[test]
    fn two_alike_and_ten_in_all_pass_in_a_second() {
        let (mut gate, start) = (Gate::default(), now());
        let mut pass = |millis: u64, job, why| {
            gate.pass(start + Duration::from_millis(millis), JobName(job), why)
        };
        assert!(pass(0, 1, Why::Failed));
        assert!(pass(10, 1, Why::Failed));
        assert!(!pass(20, 1, Why::Failed), "a third of the same");
        assert!(pass(30, 1, Why::Slow), "another reason");
        assert!(pass(40, 2, Why::Failed), "another job");
        let more = (3..13).filter(|job| pass(50, *job, Why::Failed)).count();
        assert_eq!(more, 6, "ten in all");
        assert!(!pass(999, 99, Why::Panicked));
        assert!(pass(1_000, 1, Why::Failed), "the next second");
        assert!(pass(1_000, 1, Why::Failed));
        assert!(!pass(1_999, 1, Why::Failed));
    }
}
