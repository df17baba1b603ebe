//! What a timer, a cron, a file monitor or a signal does when its ticks come at a bad time. Knows no
//! clock.

use std::time::Duration;

/// What happens to a tick that finds a run of the same timer still running.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Overlap {
    /// It is left out, and counted. A handler that is slower than its interval then runs as often
    /// as it can, and the pool is never filled with one timer's runs. The default.
    #[default]
    Skip,
    /// One runs as soon as the running one has ended; further ones are counted with it.
    QueueOne,
    /// It runs beside it, up to as many at once as said: the timer's own share of the threads. One
    /// above that waits for one to end.
    Allow(usize),
}

/// What happens to ticks that were due while the process was stalled, or jumped over when the clock
/// was set.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Misfire {
    /// One run makes up for all of them: what a clean-up or a report wants. The default.
    #[default]
    Once,
    /// None does: the next run is the next that is due.
    Skip,
    /// Each is run, one after the other, up to so many.
    All(u64),
}

/// All of it.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Policy {
    pub(crate) overlap: Overlap,
    pub(crate) misfire: Misfire,
    pub(crate) jitter: Duration,
    pub(crate) deadline: Option<Duration>,
}

/// Gives a type that has a `policy` the methods that set it: that of every kind of background job, or all
/// that those have which come due by a clock.
macro_rules! policy_methods {
    (deadline $(: $more:literal)?) => {
        /// How long a run may take: then its queries end, it is logged, and it commits nothing
        /// more. None unless set; zero is a mistake.
        $(#[doc = ""]
        #[doc = $more])?
        #[must_use]
        pub fn deadline(mut self, deadline: Duration) -> Self {
            self.policy.deadline = Some(deadline);
            self
        }
    };
    () => {
        policy_methods!(deadline);

        /// What happens to a tick that finds a run of the same timer still running;
        /// [`Overlap::Skip`] unless set.
        #[must_use]
        pub fn overlap(mut self, overlap: Overlap) -> Self {
            self.policy.overlap = overlap;
            self
        }

        /// What happens to ticks that were due while the process was stalled or the clock was set;
        /// [`Misfire::Once`] unless set.
        #[must_use]
        pub fn misfire(mut self, misfire: Misfire) -> Self {
            self.policy.misfire = misfire;
            self
        }

        /// Puts each tick off by a part of this time, drawn anew each time, so that many servers
        /// don't all do the same at once. The ticks after it are not moved.
        #[must_use]
        pub fn jitter(mut self, jitter: Duration) -> Self {
            self.policy.jitter = jitter;
            self
        }
    };
}

pub(crate) use policy_methods;
