//! Random rules against a search that looks at the wall clock minute by minute and knows nothing of
//! gaps and folds: it sees what the clock shows, and remembers the latest that it has shown.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::generated::{Field, count, fields, matches, runs_twice, text};
use super::{rule, times};

/// The rule's times after `start`, by looking at the clock every minute.
fn looked_up(
    fields: &[Field; 5],
    zone: &TimeZone,
    start: Timestamp,
    minutes: i64,
) -> Vec<Timestamp> {
    let (runs_twice, is_hourly) = (runs_twice(fields), count(&fields[1]) == 24);
    // What the clock has shown in the day before counts as shown.
    let first = start - SignedDuration::from_hours(25);
    let mut latest = zone.to_datetime(first);
    let mut found = Vec::new();
    for minute in 1..=minutes + 25 * 60 {
        let at = first + SignedDuration::from_mins(minute);
        let shown = zone.to_datetime(at);
        let mut is_due = runs_twice && matches(fields, shown);
        if shown.duration_since(latest) >= SignedDuration::from_hours(24) {
            latest = shown - SignedDuration::from_mins(1);
        }
        while latest < shown {
            latest += SignedDuration::from_mins(1);
            is_due |= !is_hourly && matches(fields, latest);
        }
        if is_due && at > start {
            found.push(at);
        }
    }
    found
}

/// Asks a rule and the clock.
fn compare(fields: &[Field; 5], zone: &str, start: Timestamp, minutes: i64) {
    let text = text(fields);
    let rule = rule(&text, zone);
    let end = start + SignedDuration::from_mins(minutes);
    let found: Vec<Timestamp> = times(&rule, start).take_while(|at| *at <= end).collect();
    let looked_up = looked_up(fields, &TimeZone::get(zone).unwrap(), start, minutes);
    let first = found.iter().zip(&looked_up).find(|(a, b)| a != b);
    assert_eq!(found.len(), looked_up.len(), "{text} {zone} {start}: {first:?}");
    assert_eq!(first, None, "{text} {zone} {start}");
    assert!(found.is_sorted_by(|a, b| a < b), "{text} {zone} {start}: {found:?}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn a_rule_runs_at_its_minutes_and_no_others(
        fields in fields(4),
        start in 0_i64..4_000_000_000,
    ) {
        let start = Timestamp::from_second(start / 60 * 60).unwrap();
        compare(&fields, "UTC", start, 10 * 24 * 60);
    }

    /// Around the moments when the clock is set.
    #[test]
    fn a_clock_that_is_set_neither_doubles_nor_loses_a_run(
        fields in fields(24),
        zone in prop::sample::select(ZONES),
        year in 1995_i16..2060,
        before in 0_i64..30 * 60,
        skip in 0_usize..2,
    ) {
        let from = jiff::civil::date(year, 1, 1).in_tz("UTC").unwrap().timestamp();
        let change = TimeZone::get(zone).unwrap().following(from).nth(skip).map(|at| at.timestamp());
        let minute = change.unwrap_or(from).as_second() / 60 - before;
        let start = Timestamp::from_second(minute * 60).unwrap();
        compare(&fields, zone, start, 3 * 24 * 60);
    }
}

/// An hour, half an hour, two hours, at midnight, into the day before, and in Ramadan.
const ZONES: &[&str] = &[
    "Europe/Berlin",
    "America/New_York",
    "Australia/Lord_Howe",
    "Antarctica/Troll",
    "Africa/Cairo",
    "America/Sao_Paulo",
    "America/Nuuk",
    "Africa/Casablanca",
    "Asia/Kathmandu",
];

#[test]
fn a_day_that_was_left_out_is_no_gap() {
    let every = |text: &str, least, most| {
        let value = text.parse().unwrap_or(least);
        match text {
            "*" => Field::star(least, most),
            _ => Field { text: text.to_owned(), values: vec![value], has_star: false },
        }
    };
    for (minute, hour, day) in
        [("0", "12", "*"), ("30", "0", "*"), ("0", "*", "*"), ("0", "5", "30")]
    {
        let month = Field::star(1, 12);
        let fields =
            [every(minute, 0, 59), every(hour, 0, 23), every(day, 1, 31), month, Field::star(0, 7)];
        compare(&fields, "Pacific/Apia", "2011-12-28T00:00:00Z".parse().unwrap(), 7 * 24 * 60);
    }
}
