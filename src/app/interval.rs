//! How often a timer ticks, as an application says it. Knows no clock.

use std::time::Duration;

use super::policy::{Misfire, Overlap, Policy, policy_methods};
use super::{Error, Result};
use crate::config::Options;

/// How often a timer ticks: a fixed time, or one that is computed once at the start.
///
/// What it does when a tick comes at a bad time is set on it: `every(60).deadline(…)`.
pub struct Interval {
    kind: Kind,
    policy: Policy,
}

enum Kind {
    Never,
    Fixed(f64),
    AtStart(Box<Compute>),
}

type Compute = dyn Fn(&Options) -> Result<Interval> + Send + Sync;

/// An interval in seconds; fractions are allowed.
///
/// It is checked when the server starts: less than 10 µs, or more than a thousand years, is
/// an error that names the timer.
///
/// ```
/// use cleanslate::every;
///
/// let minute = every(60);
/// let blink = every(0.05);
/// # let _ = (minute, blink);
/// ```
pub fn every(seconds: impl Into<f64>) -> Interval {
    Interval::of(Kind::Fixed(seconds.into()))
}

/// An interval without an end: a timer that an option has switched off.
pub fn never() -> Interval {
    Interval::of(Kind::Never)
}

impl Interval {
    policy_methods!();

    fn of(kind: Kind) -> Self {
        Self { kind, policy: Policy::default() }
    }

    /// The time between two ticks, and what they do at a bad time; none for a timer that never
    /// ticks.
    ///
    /// # Errors
    /// What is wrong with it, or whatever the function that computes it says.
    pub(crate) fn resolve(&self, options: &Options) -> Result<Option<(Duration, Policy)>> {
        /// A shorter one would keep a thread busy with nothing but the clock.
        const SHORTEST: Duration = Duration::from_micros(10);
        /// A thousand years; beyond it the arithmetic of instants would fail.
        const SECONDS_MAX: f64 = 3.2e10;
        let seconds = match &self.kind {
            Kind::Never => return Ok(None),
            Kind::Fixed(seconds) => *seconds,
            Kind::AtStart(compute) => return compute(options)?.resolve(options),
        };
        let interval = Duration::try_from_secs_f64(seconds).ok();
        interval
            .filter(|interval| *interval >= SHORTEST && seconds <= SECONDS_MAX)
            .map(|interval| Some((interval, self.policy)))
            .ok_or_else(|| Error::internal(format!("{seconds} s is not 10 µs to 1,000 years")))
    }
}

/// What [`App::timer`](crate::App::timer) takes: an [`Interval`], a `Duration`, or a function of the options
/// that is called once at the start and returns one, or an error that keeps the server from starting.
pub trait IntoInterval {
    /// The interval.
    fn into_interval(self) -> Interval;
}

impl IntoInterval for Interval {
    fn into_interval(self) -> Interval {
        self
    }
}

impl IntoInterval for Duration {
    fn into_interval(self) -> Interval {
        every(self.as_secs_f64())
    }
}

impl<F: Fn(&Options) -> Result<Interval> + Send + Sync + 'static> IntoInterval for F {
    fn into_interval(self) -> Interval {
        Interval::of(Kind::AtStart(Box::new(self)))
    }
}
