//! A signal, and what its runs may take, as an application says it. Knows no clock and no handler.

use std::time::Duration;

use super::policy::{Overlap, policy_methods};

/// A signal's number, and what its runs may take: [`signal`].
#[derive(Clone, Debug)]
pub struct Signal {
    pub(super) number: u8,
    pub(super) policy: SignalPolicy,
}

/// What becomes of a signal's runs, where it isn't what raises them that says so.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct SignalPolicy {
    pub(super) deadline: Option<Duration>,
    /// None: each time it is raised it runs.
    pub(super) overlap: Option<Overlap>,
}

/// A signal whose runs have a deadline, or are not to overlap. Where it needs neither, a number alone
/// will do.
///
/// ```
/// use std::time::Duration;
/// use cleanslate::{App, Context, Overlap, Result, every, signal};
///
/// fn send(_: &mut Context) -> Result<()> {
///     Ok(())
/// }
///
/// let app = App::new("post")
///     .signal(4, "workers", send)
///     .signal(signal(5).deadline(Duration::from_secs(20)), "", send)
///     .signal(signal(6).overlap(Overlap::QueueOne), "", send)
///     // A run that this timer raises may take longer than others.
///     .add_timer(5, every(600).deadline(Duration::from_secs(300)));
/// # let _ = app;
/// ```
pub fn signal(number: u8) -> Signal {
    Signal { number, policy: SignalPolicy::default() }
}

impl Signal {
    policy_methods!(deadline: "Whoever raises it, unless a timer, a cron or a file monitor that \
        does has a deadline of its own.");

    /// What happens when it is raised, by [`Context::signal`](crate::Context::signal) or from outside,
    /// while a run that was raised so is still running. Unless set, it runs each time that it is raised,
    /// as in uWSGI. If set, at most one such run waits, which is then all that further ones come to, and
    /// none of them counts for `signal-queue`.
    ///
    /// [`Overlap::QueueOne`] is for a handler that looks for all there is to do: what comes while it runs
    /// is found by one more run. [`Overlap::Skip`] forgets it.
    ///
    /// Timers, crons and file monitors that raise it have overlaps of their own.
    #[must_use]
    pub fn overlap(mut self, overlap: Overlap) -> Self {
        self.policy.overlap = Some(overlap);
        self
    }
}

impl From<u8> for Signal {
    fn from(number: u8) -> Self {
        signal(number)
    }
}
