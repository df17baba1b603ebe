//! The table of what the doctor looks for: what it is called, what it means, what to do, and when it is
//! found. docs/doctor.md comes from it. It must not know how findings are shown.
//!
//! An id is never given to anything else.

mod jobs;
mod resources;
mod schedule;
mod setup;
mod threads;
mod traffic;

use clap::ValueEnum;
use serde::Serialize;

use super::readings::Readings;

/// Something that may be wrong with a server.
pub(super) struct Rule {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) severity: Severity,
    /// What it means, and why it matters.
    pub(super) means: &'static str,
    /// When it is told.
    pub(super) told: &'static str,
    /// What to do about it.
    pub(super) advice: &'static str,
    /// What of it is found in two readings: a line for each.
    pub(super) find: fn(&Readings) -> Vec<String>,
}

/// How bad it is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Severity {
    /// Something is missing that would help one day.
    Notice,
    /// It will go wrong, or goes wrong for some.
    Warning,
    /// Users see it, or will soon.
    Error,
}

/// All there are, by subject.
pub(super) const RULES: [&[Rule]; 6] =
    [jobs::RULES, threads::RULES, traffic::RULES, schedule::RULES, resources::RULES, setup::RULES];

impl Rule {
    /// The one of this id or name.
    pub(super) fn find(text: &str) -> Option<&'static Self> {
        RULES.iter().flat_map(|rules| *rules).find(|rule| rule.is(text))
    }

    pub(super) fn is(&self, text: &str) -> bool {
        self.id.eq_ignore_ascii_case(text) || self.name.eq_ignore_ascii_case(text)
    }
}

impl Severity {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// Bytes as people say them.
fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")];
    let unit = UNITS.iter().find(|(size, _)| count >= *size);
    unit.map_or_else(
        || format!("{count} bytes"),
        |(size, unit)| {
            format!("{:.1} {unit}", super::readings::float(count) / super::readings::float(*size))
        },
    )
}

/// A line if something is so.
fn line(is_so: bool, text: impl FnOnce() -> String) -> Vec<String> {
    if is_so { vec![text()] } else { Vec::new() }
}
