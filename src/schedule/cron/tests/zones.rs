//! Zones by name.

use jiff::tz::{TimeZone, TimeZoneDatabase};

use super::super::Zone;
use super::zone;

#[test]
fn zones_are_known_by_name_on_any_machine() {
    for name in ["UTC", "Europe/Berlin", "Australia/Lord_Howe", "US/Eastern", "local"] {
        assert!(Zone::parse(name).is_ok(), "{name}");
    }
    assert_eq!(zone("UTC").time_zone(), &TimeZone::UTC);
    assert!(TimeZoneDatabase::bundled().get("US/Eastern").is_ok(), "no database is built in");
    for name in ["Mars/Olympus", "", "Local"] {
        let error = Zone::parse(name).unwrap_err().to_string();
        assert!(error.starts_with(&format!("there is no time zone {name:?}: ")), "{error}");
    }
}
