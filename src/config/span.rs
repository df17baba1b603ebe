//! The time that a simulation of the schedule spans, as it is given. Touches no clock.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, Zoned};

use crate::schedule::Span;

/// What the command line says.
pub(crate) struct SpanText {
    pub(crate) from: Option<String>,
    pub(crate) to: Option<String>,
    pub(crate) lines: Option<String>,
}

/// How long it is unless told.
const DAY: SignedDuration = SignedDuration::from_hours(24);

impl SpanText {
    /// What it comes to, or what is wrong with it.
    pub(crate) fn resolve(&self, now: Timestamp) -> Result<Span, String> {
        let from = self.from.as_deref().map(|text| time("from", text)).transpose()?.unwrap_or(now);
        let to = self.to.as_deref().map(|text| time("to", text)).transpose()?;
        let to = to.unwrap_or_else(|| from.checked_add(DAY).unwrap_or(Timestamp::MAX));
        let lines = self.lines.as_deref().unwrap_or("1000");
        let lines_max = lines.parse().map_err(|_| format!("--lines {lines}: give a number"))?;
        Ok(Span { from, to, lines_max })
    }
}

/// A time with its zone, or by the local one.
fn time(option: &str, text: &str) -> Result<Timestamp, String> {
    let exact = || text.parse::<Timestamp>().ok();
    let zoned = || text.parse::<Zoned>().ok().map(|zoned| zoned.timestamp());
    let local = || {
        let time: DateTime = text.parse().ok()?;
        time.to_zoned(TimeZone::system()).ok().map(|zoned| zoned.timestamp())
    };
    exact().or_else(zoned).or_else(local).ok_or_else(|| {
        format!("--{option} {text}: give a time (2026-03-28, 2026-03-28T12:00, 2026-03-28T12:00Z)")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_taken_in_several_forms() {
        let now: Timestamp = "2026-03-28T12:00:00Z".parse().unwrap();
        for (text, expected) in [
            ("2026-03-28T12:00Z", Some("2026-03-28T12:00:00Z")),
            ("2026-03-28T12:00:00+01:00", Some("2026-03-28T11:00:00Z")),
            ("2026-03-28T12:00[Europe/Berlin]", Some("2026-03-28T11:00:00Z")),
            ("tomorrow", None),
        ] {
            let span = SpanText { from: Some(text.to_owned()), to: None, lines: None };
            let from = span.resolve(now).map(|span| span.from.to_string()).ok();
            assert_eq!(from.as_deref(), expected, "{text}");
        }
        let open = SpanText { from: None, to: None, lines: None }.resolve(now).unwrap();
        assert_eq!((open.from, open.to.duration_since(open.from)), (now, DAY));
    }
}
