//! What jobs left behind, counted by job name and reason. Knows nothing of contexts.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::Reason;
use crate::app::JobName;

/// Counts by job name and reason. Only a job that left something takes the lock.
#[derive(Default)]
pub(crate) struct LeftBehind(Mutex<BTreeMap<(JobName, usize), u64>>);

impl LeftBehind {
    /// Counts one; true when it is the first of its kind.
    pub(crate) fn note(&self, job: JobName, reason: Reason) -> bool {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let count = counts.entry((job, reason.index())).or_default();
        *count += 1;
        *count == 1
    }

    /// All counts there are.
    pub(crate) fn counts(&self) -> Vec<(JobName, Reason, u64)> {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.iter().map(|((job, reason), count)| (*job, Reason::ALL[*reason], *count)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_of_a_kind_is_told_and_all_are_counted() {
        let left = LeftBehind::default();
        let (one, two) = (JobName(1), JobName(2));
        assert!(left.note(one, Reason::Pragma));
        assert!(!left.note(one, Reason::Pragma));
        assert!(left.note(one, Reason::Attached));
        assert!(left.note(two, Reason::Pragma));
        let counts = left.counts();
        assert_eq!(counts.len(), 3);
        assert!(counts.contains(&(one, Reason::Pragma, 2)));
    }
}
