//! A cron's rule, and what it was read from. It must not know who runs what.

use std::fmt;

use croner::parser::{CronParser, Seconds, Year};
use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::error::CronError;
use super::{Zone, fields, passage};

/// A rule of times by the wall clock of a time zone.
#[derive(Clone, Debug)]
pub(crate) struct CronRule {
    text: String,
    rule: croner::Cron,
    zone: TimeZone,
}

impl CronRule {
    /// Five fields, or six with seconds first: numbers or names, ranges, lists, steps; `L`, `LW` and
    /// `15W` as days, `FRI#2` and `FRIL` as weekdays. Or `@yearly`, `@annually`, `@monthly`,
    /// `@weekly`, `@daily`, `@midnight`, `@hourly`. Where day and weekday are both given, which is
    /// to say that neither is `*` alone, either will do.
    ///
    /// # Errors
    /// [`CronError`], but for zones'.
    pub(crate) fn parse(text: &str, zone: &Zone) -> Result<Self, CronError> {
        let fields = fields::check(text)?;
        Self::read(text.trim().to_owned(), &fields, false, zone)
    }

    /// A rule that was checked and is shown as `text`. With `both`, day and weekday must both hold.
    pub(super) fn read(
        text: String,
        fields: &str,
        both: bool,
        zone: &Zone,
    ) -> Result<Self, CronError> {
        let parser = CronParser::builder()
            .seconds(Seconds::Optional)
            .year(Year::Disallowed)
            .dom_and_dow(both)
            .build();
        match parser.parse(fields) {
            Ok(rule) => Ok(Self { text, rule, zone: zone.time_zone().clone() }),
            Err(reason) => Err(CronError::Rule { text, reason }),
        }
    }

    /// What tells it from every rule that is due at other times.
    pub(crate) fn identity(&self) -> String {
        format!("{} {}", self.text, self.zone.iana_name().unwrap_or("local"))
    }

    /// The first time strictly after `at`; none if there is none before the year 5000, as for
    /// 31 February.
    pub(crate) fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        let next_on_wall = |from, inclusive| self.next_on_wall(from, inclusive);
        let is_hourly = self.rule.pattern.hours.values().len() == 24;
        if is_hourly || self.has_wildcard() {
            passage::next_shown(&self.zone, at, !is_hourly, next_on_wall)
        } else {
            passage::next_fixed(&self.zone, at, next_on_wall)
        }
    }

    /// The next time of the rule on a wall clock that is never set.
    fn next_on_wall(&self, from: DateTime, inclusive: bool) -> Option<DateTime> {
        self.rule.find_next_occurrence(&from, inclusive).ok()
    }

    /// Whether its minutes or hours are `*` or a step of it that comes to more than one value.
    fn has_wildcard(&self) -> bool {
        let pattern = &self.rule.pattern;
        let is_open =
            |field: &croner::CronComponent| field.from_wildcard && field.values().len() > 1;
        is_open(&pattern.minutes) || is_open(&pattern.hours)
    }
}

/// What it was made of.
impl fmt::Display for CronRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}
