//! Who holds a thread's context: its keeper between jobs, a lease during one. Knows nothing of
//! what a job is.

use std::sync::Arc;

use super::db::Reasons;
use super::{Context, Db, Deadline, Surroundings};
use crate::app::JobName;
use crate::clock::now;
use crate::throttle::Throttle;

/// A thread's context between jobs.
pub(crate) struct Keeper {
    clean: Option<Context>,
    deadline: Arc<Deadline>,
    surroundings: Arc<Surroundings>,
    /// A database that is gone fails every request: that is said a few times a second.
    throttle: Throttle,
    #[cfg(feature = "test-without-reset")]
    left_as_they_are: Vec<Context>,
}

/// A context during a job. Dropped without [`Lease::finish`] it is thrown away.
pub(super) struct Lease<'k> {
    pub(super) context: Context,
    keeper: &'k mut Keeper,
}

impl Keeper {
    /// A keeper for a thread, whose jobs have their deadlines in `deadline`.
    pub(crate) fn new(deadline: Arc<Deadline>, surroundings: Arc<Surroundings>) -> Self {
        Self {
            clean: None,
            deadline,
            surroundings,
            throttle: Throttle::default(),
            #[cfg(feature = "test-without-reset")]
            left_as_they_are: Vec::new(),
        }
    }

    /// Bytes that the database's library holds for this thread between jobs.
    pub(crate) fn database_memory(&self) -> u64 {
        self.clean.as_ref().and_then(|context| context.db.get()).map_or(0, Db::memory)
    }

    /// The clean context of the job before, or a new one.
    pub(super) fn lease(&mut self, job: JobName) -> Lease<'_> {
        let mut context = self.clean.take().unwrap_or_else(|| {
            Context::new(job, Arc::clone(&self.deadline), Arc::clone(&self.surroundings))
        });
        context.job = job;
        Lease { context, keeper: self }
    }
}

impl Lease<'_> {
    /// Whether a failure of this job is logged; with it, how many before it were not.
    pub(super) fn may_log(&mut self) -> Option<Option<u64>> {
        self.keeper.throttle.pass(now())
    }

    /// Proves the context clean and gives it back; what isn't clean is thrown away. `also` are
    /// reasons beyond those it finds itself.
    #[cfg(not(feature = "test-without-reset"))]
    pub(super) fn finish(self, also: Reasons) {
        let Self { context, keeper } = self;
        keeper.clean = Some(context.reset(also));
    }

    /// Does what servers do that clean up after requests only: nothing.
    #[cfg(feature = "test-without-reset")]
    pub(super) fn finish(self, _also: Reasons) {
        let Self { context, keeper } = self;
        keeper.left_as_they_are.push(context);
    }
}
