//! Time zones by name. Knows nothing of crons.

use std::fs::symlink_metadata;

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::error::CronError;

/// A time zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone(TimeZone);

impl Zone {
    /// `local` (`TZ`, or the machine's), `UTC`, or a name of the IANA database.
    ///
    /// # Errors
    /// [`CronError::Zone`], and [`CronError::Local`] where the machine's own makes no sense.
    pub(crate) fn parse(name: &str) -> Result<Self, CronError> {
        if name == "local" {
            return Self::local();
        }
        // A machine's database may lack names, or not be there at all.
        let zone = TimeZone::get(name).or_else(|_| TimeZoneDatabase::bundled().get(name));
        zone.map(Self).map_err(|reason| CronError::Zone { name: name.to_owned(), reason })
    }

    fn local() -> Result<Self, CronError> {
        match TimeZone::try_system() {
            Ok(zone) => Ok(Self(zone)),
            // A machine that says nothing, as many a container, is at UTC.
            Err(_) if std::env::var_os("TZ").is_none() && symlink_metadata(LOCALTIME).is_err() => {
                Ok(Self(TimeZone::UTC))
            }
            Err(reason) => Err(CronError::Local { reason }),
        }
    }

    pub(crate) fn time_zone(&self) -> &TimeZone {
        &self.0
    }
}

const LOCALTIME: &str = "/etc/localtime";
