//! What a handler may have the server do: raise a signal, add and remove timers. Knows nothing of
//! how it is done.

use std::result::Result as Either;
use std::sync::{Arc, Weak};
use std::time::Duration;

use super::Context;
use crate::app::{Error, IntoInterval, Policy, Result};
use crate::schedule::EntryKey;

/// Whoever does it.
pub(crate) trait Control: Send + Sync {
    fn raise(&self, signal: u8, by: Raiser) -> Either<(), NotRaised>;
    fn add_timer(&self, signal: u8, every: Duration, policy: Policy) -> Either<TimerId, NotRaised>;
    fn remove_timer(&self, timer: TimerId) -> bool;
}

/// Who raises a signal.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Raiser {
    /// A request, or somebody outside.
    Client,
    Background,
}

/// Why a signal is not raised.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub(crate) enum NotRaised {
    #[error("signal {signal} is registered nowhere")]
    Unknown { signal: u8 },
    #[error("signal {signal} is not raised: {limit} raised signals wait already (signal-queue)")]
    Full { signal: u8, limit: usize },
    #[error("signal {signal} is not raised: the server isn't serving")]
    NotServing { signal: u8 },
    #[error(
        "signal {signal} is not raised: the server ends, and waits for no more background work"
    )]
    Ending { signal: u8 },
}

/// A timer that was added while the server runs. It is gone with the process at the latest.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct TimerId(EntryKey);

impl TimerId {
    pub(crate) fn new(key: EntryKey) -> Self {
        Self(key)
    }

    pub(crate) fn key(self) -> EntryKey {
        self.0
    }
}

impl Context {
    /// Raises a signal: its handler runs once for each time it is raised, on the target that it was
    /// registered with, as soon as a thread is free; unless it has an
    /// [`overlap`](crate::Signal::overlap) of its own.
    ///
    /// # Errors
    /// 500 when no such signal is registered, or in a start or stop hook, or from a background job
    /// while the server ends; 503 when `signal-queue` raised signals wait already. All say so in the log.
    pub fn signal(&self, number: u8) -> Result<()> {
        let is_background = self.surroundings.application.is_background(self.job);
        let by = if is_background { Raiser::Background } else { Raiser::Client };
        match self.control(number) {
            Ok(control) => control.raise(number, by).map_err(refused),
            Err(why) => Err(refused(why)),
        }
    }

    /// Raises a signal at an interval from now on, until the timer is removed.
    ///
    /// # Errors
    /// As [`Context::signal`], and when the interval makes no sense.
    pub fn add_timer(&self, signal: u8, interval: impl IntoInterval) -> Result<Option<TimerId>> {
        let Some((every, policy)) = interval.into_interval().resolve(self.options())? else {
            return Ok(None);
        };
        let control = self.control(signal).map_err(refused)?;
        control.add_timer(signal, every, policy).map(Some).map_err(refused)
    }

    /// Removes a timer; false if it is gone already. A tick that is queued still runs.
    pub fn remove_timer(&self, timer: TimerId) -> bool {
        self.control(0).is_ok_and(|control| control.remove_timer(timer))
    }

    fn control(&self, signal: u8) -> Either<Arc<dyn Control>, NotRaised> {
        let control = self.surroundings.control.get().and_then(Weak::upgrade);
        control.ok_or(NotRaised::NotServing { signal })
    }
}

fn refused(why: NotRaised) -> Error {
    match why {
        NotRaised::Full { .. } => Error::new(503, "Service Unavailable\n").log(why.to_string()),
        NotRaised::Unknown { .. } | NotRaised::NotServing { .. } | NotRaised::Ending { .. } => {
            Error::internal(why.to_string())
        }
    }
}
