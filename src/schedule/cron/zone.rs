//! Time zones by name. Knows nothing of crons.

use jiff::tz::TimeZone;

use super::CronError;

/// A time zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// `local` (`TZ`, or the machine's), `UTC`, or a name of the IANA database.
    ///
    /// # Errors
    /// [`CronError::Zone`].
    pub(crate) fn parse(name: &str) -> Result<Self, CronError> {
        let zone = match name {
            "local" => TimeZone::try_system(),
            name => TimeZone::get(name),
        };
        zone.map(Self).map_err(|reason| CronError::Zone { name: name.to_owned(), reason })
    }

    pub(crate) fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}
