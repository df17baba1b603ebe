//! A finished application: what the server asks it for. Knows nothing of the server.

use cleanslate_proto::uwsgi::{self, Modifiers};

use super::{BackgroundHandler, Limit, Processor, Router, SignalJob, StateMap, Trigger};
use crate::config::Options;

/// An application whose routes, timers and hooks are settled.
pub(crate) struct Application {
    pub(crate) name: &'static str,
    pub(crate) router: Router,
    /// Of routes that have deadlines of their own.
    pub(crate) limits: Vec<(JobName, Limit)>,
    pub(crate) processors: Vec<Processor>,
    pub(crate) signals: Vec<SignalJob>,
    pub(crate) triggers: Vec<Trigger>,
    pub(crate) start_hooks: Vec<(JobName, BackgroundHandler)>,
    pub(crate) stop_hooks: Vec<(JobName, BackgroundHandler)>,
    pub(crate) job_names: Vec<String>,
    pub(crate) state: StateMap,
    pub(crate) options: Options,
}

/// The name that a job's work is counted and logged under: a route's pattern, a timer's number.
/// It is an index, so that a job carries no text.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub(crate) struct JobName(pub(crate) usize);

impl Application {
    /// The job name of a signal's handler.
    pub(crate) fn signal_name(&self, signal: usize) -> &str {
        self.job_name(self.signals[signal].job)
    }

    /// The kinds of uwsgi packet that are served.
    pub(crate) fn modifiers(&self, allow_signals: bool) -> Modifiers {
        let own = [uwsgi::PING].into_iter().chain(allow_signals.then_some(uwsgi::SIGNAL));
        let all = own.chain(self.router.modifiers());
        all.fold(Modifiers::REQUESTS, Modifiers::with)
    }

    /// Whether nobody waits for an answer of this job.
    pub(crate) fn is_background(&self, job: JobName) -> bool {
        self.signals.iter().any(|signal| signal.job == job)
    }

    pub(crate) fn job_name(&self, job: JobName) -> &str {
        self.job_names.get(job.0).map_or("unknown", String::as_str)
    }
}
