//! What is to be ticked for, when, and what is due of it. Knows nothing of what else is.

use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;

use super::cron::CronRule;
use crate::app::{Misfire, Policy};
use crate::pool::Ticks;

/// Both clocks, read together.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    pub(crate) monotonic: Instant,
    pub(crate) wall: Timestamp,
}

/// When an entry is due.
#[derive(Clone, Debug)]
pub(crate) enum When {
    /// At whole multiples of an interval since it was added.
    Every(Duration),
    At(Box<CronRule>),
}

/// What is to be ticked for, and when.
pub(crate) struct Plan {
    /// The signal's place in the application's list.
    pub(crate) signal: usize,
    pub(crate) when: When,
    pub(crate) misfire: Misfire,
    /// Each tick is put off by a part of this, drawn anew each time. The next is not moved by it.
    pub(crate) jitter: Duration,
    /// After so many ticks it is gone; none: it never is.
    pub(crate) iterations: Option<u64>,
    pub(crate) ticks: Arc<Ticks>,
    /// What it is known by to other processes of this application; none if it is this one's alone.
    pub(crate) name: Option<Arc<str>>,
    /// Whether its last run is kept under that name.
    pub(crate) is_kept: bool,
}

impl Plan {
    /// A timer that ticks for ever, and is gone with the process.
    pub(crate) fn of_timer(signal: usize, every: Duration, policy: &Policy) -> Self {
        Self {
            signal,
            when: When::Every(every),
            misfire: policy.misfire,
            jitter: policy.jitter,
            iterations: None,
            ticks: Arc::new(Ticks::new(policy)),
            name: None,
            is_kept: false,
        }
    }
}

/// A tick that is due.
pub(crate) struct Firing {
    pub(crate) signal: usize,
    pub(crate) due_at: Instant,
    /// When the last of all that it settles was, by the clock on the wall.
    pub(crate) wall: Timestamp,
    pub(crate) kept_as: Option<Arc<str>>,
    /// How many ticks it stands for: more than one only where all are to be made up for.
    pub(crate) count: u64,
    pub(crate) ticks: Arc<Ticks>,
}

/// Which entry; none that is added later has the same.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct EntryKey {
    pub(super) index: usize,
    pub(super) generation: u64,
}
