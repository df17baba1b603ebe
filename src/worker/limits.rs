//! How long the requests of each job may take, settled at the start. Knows no job that runs.

use std::time::{Duration, Instant};

use crate::app::{JobName, Limit};

/// The deadlines of requests.
pub(super) struct Limits {
    /// By the job's name.
    of_job: Vec<Option<Duration>>,
    harakiri: Option<Duration>,
    /// No request is overdue that is younger.
    shortest: Option<Duration>,
}

impl Limits {
    /// `own` are those of routes, among `jobs` names; all others have `harakiri`.
    pub(super) fn new(harakiri: Option<Duration>, jobs: usize, own: &[(JobName, Limit)]) -> Self {
        let mut of_job = vec![harakiri; jobs];
        for (job, limit) in own {
            if let Some(place) = of_job.get_mut(job.0) {
                *place = match limit {
                    Limit::Own(time) => Some(*time),
                    Limit::None => None,
                };
            }
        }
        let shortest = of_job.iter().copied().flatten().chain(harakiri).min();
        Self { of_job, harakiri, shortest }
    }

    /// When a request of this job that became whole at `whole_at` must be answered.
    pub(super) fn due(&self, job: JobName, whole_at: Instant) -> Option<Instant> {
        // One that is longer than the clock goes is none.
        whole_at.checked_add(self.of_job.get(job.0).copied().flatten()?)
    }

    /// Whether a request that waits is overdue; `job_of` is asked only where it may be.
    pub(super) fn is_overdue(
        &self,
        whole_at: Instant,
        now: Instant,
        job_of: impl FnOnce() -> Option<JobName>,
    ) -> bool {
        let waited = now.saturating_duration_since(whole_at);
        if self.shortest.is_none_or(|shortest| waited < shortest) {
            return false;
        }
        let limit = match job_of().and_then(|job| self.of_job.get(job.0)) {
            Some(limit) => *limit,
            None => self.harakiri,
        };
        limit.is_some_and(|limit| waited >= limit)
    }

    /// Whether no request has a deadline.
    pub(super) fn are_none(&self) -> bool {
        self.shortest.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::now;

    /// Whether a request of each job is overdue after so many seconds, where job 0 has what
    /// `harakiri` says, job 1 has 2 s, job 2 has 20 s and job 3 has none; and one without a job.
    fn check(harakiri: Option<u64>, waited: u64, overdue: [bool; 5]) {
        let seconds = Duration::from_secs;
        let own = [
            (JobName(1), Limit::Own(seconds(2))),
            (JobName(2), Limit::Own(seconds(20))),
            (JobName(3), Limit::None),
        ];
        let limits = Limits::new(harakiri.map(seconds), 4, &own);
        let (start, jobs) = (now(), [Some(0), Some(1), Some(2), Some(3), None]);
        let at = start + seconds(waited);
        let found = jobs.map(|job| limits.is_overdue(start, at, || job.map(JobName)));
        assert_eq!(found, overdue, "{harakiri:?} {waited}");
    }

    #[test]
    fn who_waits_is_overdue_by_its_own_deadline() {
        check(Some(10), 1, [false; 5]);
        check(Some(10), 2, [false, true, false, false, false]);
        check(Some(10), 10, [true, true, false, false, true]);
        check(Some(10), 20, [true, true, true, false, true]);
        check(None, 20, [false, true, true, false, false]);
        assert!(Limits::new(None, 1, &[]).are_none());
        let endless = [(JobName(0), Limit::Own(Duration::MAX))];
        assert_eq!(Limits::new(None, 1, &endless).due(JobName(0), now()), None);
    }
}
