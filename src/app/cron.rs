//! A cron's rule, as an application says it. Knows no clock; what a rule means is `schedule`'s.

use super::policy::{Misfire, Overlap, Policy, policy_methods};
use std::time::Duration;

/// Times by the clock on the wall: five fields (minute, hour, day, month, weekday), or six with
/// seconds first, with names, ranges, lists and steps; or `@daily` and its like.
///
/// ```
/// use cleanslate::cron;
///
/// let nightly = cron("30 3 * * *").timezone("Europe/Berlin");
/// let workdays = cron("0 9-17 * * MON-FRI");
/// # let _ = (nightly, workdays);
/// ```
pub struct Cron {
    pub(crate) rule: CronText,
    pub(crate) zone: Option<String>,
    pub(crate) policy: Policy,
}

/// How the rule was given.
#[derive(Clone, Debug)]
pub(crate) enum CronText {
    Fields(String),
    /// uWSGI's minute, hour, day, month and weekday.
    Uwsgi([i32; 5]),
}

/// A cron's rule. It is checked when the server starts; a mistake is an error that names the cron.
pub fn cron(rule: impl Into<String>) -> Cron {
    Cron::of(CronText::Fields(rule.into()))
}

impl Cron {
    policy_methods!();

    pub(crate) fn of(rule: CronText) -> Self {
        Self { rule, zone: None, policy: Policy::default() }
    }

    /// The time zone of the rule, by its IANA name, `UTC` or `local`; `--cron-timezone` unless set.
    #[must_use]
    pub fn timezone(mut self, name: impl Into<String>) -> Self {
        self.zone = Some(name.into());
        self
    }
}

impl<T: Into<String>> From<T> for Cron {
    fn from(rule: T) -> Self {
        cron(rule)
    }
}
