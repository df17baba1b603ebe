//! How often a timer ticks, as an application says it. Knows no clock.

use std::time::Duration;

use crate::config::Options;

/// How often a timer ticks: a fixed time, or one that is computed once at the start.
pub struct Interval(Kind);

enum Kind {
    Fixed(f64),
    AtStart(Box<dyn Fn(&Options) -> Interval + Send + Sync>),
}

/// An interval in seconds; fractions are allowed.
///
/// It is checked when the server starts: zero, less, or more than a thousand years is an error
/// that names the timer.
///
/// ```
/// use cleanslate::every;
///
/// let minute = every(60);
/// let blink = every(0.05);
/// # let _ = (minute, blink);
/// ```
pub fn every(seconds: impl Into<f64>) -> Interval {
    Interval(Kind::Fixed(seconds.into()))
}

impl Interval {
    /// The time between two ticks; none when it makes no sense.
    pub(crate) fn resolve(&self, options: &Options) -> Option<Duration> {
        /// A thousand years; beyond it the arithmetic of instants would fail.
        const SECONDS_MAX: f64 = 3.2e10;
        match &self.0 {
            Kind::Fixed(seconds) if *seconds > SECONDS_MAX => None,
            Kind::Fixed(seconds) => {
                Duration::try_from_secs_f64(*seconds).ok().filter(|interval| !interval.is_zero())
            }
            Kind::AtStart(compute) => compute(options).resolve(options),
        }
    }
}

/// What [`App::timer`](crate::App::timer) takes: an [`Interval`], or a function of the options
/// that is called once at the start and returns one.
pub trait IntoInterval {
    /// The interval.
    fn into_interval(self) -> Interval;
}

impl IntoInterval for Interval {
    fn into_interval(self) -> Interval {
        self
    }
}

impl<F: Fn(&Options) -> Interval + Send + Sync + 'static> IntoInterval for F {
    fn into_interval(self) -> Interval {
        Interval(Kind::AtStart(Box::new(self)))
    }
}
