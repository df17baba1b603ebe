//! A cron's rule, and the next time by it. It must not know who runs what.

use croner::errors::CronError as CronerError;
use croner::parser::{CronParser, Seconds};
use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::Zone;

/// A rule of times by the wall clock of a time zone.
#[derive(Clone, Debug)]
pub(crate) struct CronRule {
    rule: croner::Cron,
    zone: TimeZone,
}

/// Why a rule makes no sense.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CronError {
    #[error("{text:?} is no rule of a cron: {reason}")]
    Rule { text: String, reason: CronerError },
    #[error("the {field} {value} is not {range}, -1 or less")]
    Field { field: &'static str, value: i32, range: &'static str },
    #[error("there is no time zone {name}: {reason}")]
    Zone { name: String, reason: jiff::Error },
}

/// So many changes of a zone's clock are gone over before a rule counts as one of no time.
const GAPS_MAX: usize = 8;

impl CronRule {
    /// Five fields, or six with seconds first; names, ranges, lists, steps, `L`, `#` and `W`; or
    /// `@yearly`, `@monthly`, `@weekly`, `@daily`, `@hourly`. Where day and weekday are both
    /// given, either will do.
    ///
    /// # Errors
    /// [`CronError::Rule`].
    pub(crate) fn parse(text: &str, zone: &Zone) -> Result<Self, CronError> {
        Self::read(text, false, zone)
    }

    /// The same; with `both`, day and weekday must both hold.
    pub(super) fn read(text: &str, both: bool, zone: &Zone) -> Result<Self, CronError> {
        let parser = CronParser::builder().seconds(Seconds::Optional).dom_and_dow(both).build();
        let rule = parser.parse(text);
        let rule = rule.map_err(|reason| CronError::Rule { text: text.to_owned(), reason })?;
        Ok(Self { rule, zone: zone.time_zone().clone() })
    }

    /// The first time strictly after `at`; none if there will never be one, 31 February for one.
    pub(crate) fn next_after(&self, at: Timestamp) -> Option<Timestamp> {
        self.find(at, false).ok().or_else(|| {
            // A gap of more than two hours, as where a zone left out a day, is not searched over.
            let mut changes = self.zone.following(at).take(GAPS_MAX);
            changes.find_map(|change| self.find(change.timestamp(), true).ok())
        })
    }

    fn find(&self, from: Timestamp, inclusive: bool) -> Result<Timestamp, CronerError> {
        let from = from.to_zoned(self.zone.clone());
        self.rule.find_next_occurrence(&from, inclusive).map(|next| next.timestamp())
    }
}
