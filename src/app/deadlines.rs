//! Deadlines of routes that have their own. Knows no clock, and nothing of who keeps them.

use std::collections::BTreeMap;
use std::time::Duration;

use super::{JobName, Router};

/// Deadlines by path, as the application gives them.
#[derive(Default)]
pub(super) struct Deadlines(BTreeMap<String, Option<Duration>>);

/// Deadlines by job name. Most applications have none.
#[derive(Default)]
pub(crate) struct JobDeadlines(Vec<(JobName, Option<Duration>)>);

/// Why a path can't have this deadline.
#[derive(Debug, thiserror::Error)]
pub(super) enum DeadlineError {
    #[error("the path {0} has two deadlines")]
    Twice(String),
    #[error("the deadline of the path {0} is 0 s: give None for none")]
    Zero(String),
    #[error("there is a deadline for the path {0}, which isn't routed")]
    NotRouted(String),
}

impl Deadlines {
    pub(super) fn add(&mut self, path: &str, limit: Option<Duration>) -> Result<(), DeadlineError> {
        if limit.is_some_and(|limit| limit.is_zero()) {
            return Err(DeadlineError::Zero(path.to_owned()));
        }
        match self.0.insert(path.to_owned(), limit) {
            Some(_) => Err(DeadlineError::Twice(path.to_owned())),
            None => Ok(()),
        }
    }

    /// Finds the jobs that are meant.
    pub(super) fn resolve(self, router: &Router, mistakes: &mut Vec<String>) -> JobDeadlines {
        let mut deadlines = JobDeadlines::default();
        for (path, limit) in self.0 {
            let before = deadlines.0.len();
            deadlines.0.extend(router.jobs(&path).map(|job| (job, limit)));
            if deadlines.0.len() == before {
                mistakes.push(DeadlineError::NotRouted(path).to_string());
            }
        }
        deadlines
    }
}

impl JobDeadlines {
    /// How long this job may take; `otherwise`, if it has no limit of its own.
    pub(crate) fn of(&self, job: JobName, otherwise: Option<Duration>) -> Option<Duration> {
        let own = self.0.iter().find(|(owner, _)| *owner == job);
        own.map_or(otherwise, |(_, limit)| *limit)
    }
}
