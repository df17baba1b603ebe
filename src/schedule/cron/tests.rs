//! Rules against tables, against a search minute by minute, and against another implementation.

use jiff::{SignedDuration, Timestamp, Zoned};
use proptest::prelude::*;

use super::{CronRule, Zone};

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

/// The next times of a rule after a time, as its zone shows them.
fn next(text: &str, in_zone: &str, after: &str, count: usize) -> Vec<String> {
    let rule = CronRule::parse(text, &zone(in_zone)).unwrap();
    let mut at: Timestamp = after.parse().unwrap();
    (0..count)
        .map(|_| {
            at = rule.next_after(at).unwrap_or_else(|| panic!("{text} after {at}"));
            at.in_tz(in_zone).unwrap().strftime("%m-%d %H:%M %:z").to_string()
        })
        .collect()
}

#[test]
fn rules_mean_what_they_say() {
    for (text, after, expected) in [
        ("*/20 3 * * *", "2026-01-01T00:00:00Z", "01-01 03:00, 01-01 03:20, 01-01 03:40"),
        ("0 9-17/4 * * MON-FRI", "2026-01-02T12:00:00Z", "01-02 13:00, 01-02 17:00, 01-05 09:00"),
        ("0 0 1,15 * *", "2026-01-01T00:00:00Z", "01-15 00:00, 02-01 00:00, 02-15 00:00"),
        ("0 0 L * *", "2028-01-15T00:00:00Z", "01-31 00:00, 02-29 00:00, 03-31 00:00"),
        ("0 0 31 * *", "2026-01-31T00:00:00Z", "03-31 00:00, 05-31 00:00, 07-31 00:00"),
        ("0 0 13 * FRI", "2026-02-01T00:00:00Z", "02-06 00:00, 02-13 00:00, 02-20 00:00"),
        ("0 0 * * 7", "2026-01-01T00:00:00Z", "01-04 00:00, 01-11 00:00, 01-18 00:00"),
        ("@daily", "2026-01-01T00:00:00Z", "01-02 00:00, 01-03 00:00, 01-04 00:00"),
        ("0 12 * JAN,jul *", "2026-01-31T00:00:00Z", "01-31 12:00, 07-01 12:00, 07-02 12:00"),
    ] {
        let times = next(text, "UTC", after, 3).join(", ").replace(" +00:00", "");
        assert_eq!(times, expected, "{text}");
    }
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let leap = CronRule::parse("0 0 29 2 *", &zone("UTC")).unwrap().next_after(at);
    assert_eq!(leap.unwrap().to_string(), "2028-02-29T00:00:00Z");
    let never = CronRule::parse("0 0 31 2 *", &zone("UTC")).unwrap();
    assert_eq!(never.next_after(at), None);
    let seconds = CronRule::parse("*/30 * * * * *", &zone("UTC")).unwrap();
    assert_eq!(seconds.next_after(at).unwrap().to_string(), "2026-01-01T00:00:30Z");
}

#[test]
fn what_makes_no_sense_is_told() {
    for text in ["", "* * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "x * * * *", "@dayly"] {
        assert!(CronRule::parse(text, &zone("UTC")).is_err(), "{text}");
    }
    let refused = |numbers| CronRule::of_uwsgi(numbers, &zone("UTC")).unwrap_err().to_string();
    assert_eq!(refused([0, 24, -1, -1, -1]), "the hour 24 is not 0 to 23, -1 or less");
    assert_eq!(refused([0, 0, 0, -1, -1]), "the day 0 is not 1 to 31, -1 or less");
    assert_eq!(refused([0, 0, -40, -1, -1]), "the day -40 is not 1 to 31, -1 or less");
    assert!(Zone::parse("Mars/Olympus").unwrap_err().to_string().contains("Mars/Olympus"));
}

#[test]
fn daylight_saving_is_as_the_page_says() {
    for (text, in_zone, after, expected) in [
        // Spring: 02:00 to 03:00 is left out.
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            "03-29 03:00 +02:00, 03-30 02:30 +02:00",
        ),
        (
            "*/30 2 * * *",
            "Europe/Berlin",
            "2026-03-28T12:00:00Z",
            "03-30 02:00 +02:00, 03-30 02:30 +02:00",
        ),
        (
            "0 * * * *",
            "Europe/Berlin",
            "2026-03-29T00:30:00Z",
            "03-29 03:00 +02:00, 03-29 04:00 +02:00",
        ),
        (
            "30 2 * * *",
            "America/New_York",
            "2026-03-07T12:00:00Z",
            "03-08 03:00 -04:00, 03-09 02:30 -04:00",
        ),
        // Autumn: 02:00 to 03:00 comes twice.
        (
            "30 2 * * *",
            "Europe/Berlin",
            "2026-10-24T12:00:00Z",
            "10-25 02:30 +02:00, 10-26 02:30 +01:00",
        ),
        (
            "0 * * * *",
            "Europe/Berlin",
            "2026-10-24T23:30:00Z",
            "10-25 02:00 +02:00, 10-25 02:00 +01:00",
        ),
        // Half an hour.
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00:00Z",
            "10-04 02:30 +11:00, 10-05 02:15 +11:00",
        ),
        // A day that wasn't.
        (
            "0 12 * * *",
            "Pacific/Apia",
            "2011-12-29T12:00:00Z",
            "12-29 12:00 -10:00, 12-31 12:00 +14:00",
        ),
    ] {
        assert_eq!(next(text, in_zone, after, 2).join(", "), expected, "{text} {in_zone} {after}");
    }
}

/// Whether uWSGI would run at this minute, in its own words.
fn uwsgi_runs(numbers: [i32; 5], at: &Zoned) -> bool {
    let [minute, hour, day, month, mut weekday] = numbers;
    if weekday == 7 {
        weekday = 0;
    }
    let holds = |given: i32, now: i32| match given {
        -1 => true,
        given if given < 0 => now % -given == 0,
        given => given == now,
    };
    let is_day = holds(day, at.day().into());
    let is_weekday = holds(weekday, at.weekday().to_sunday_zero_offset().into());
    let days = if day >= 0 && weekday >= 0 { is_day || is_weekday } else { is_day && is_weekday };
    holds(minute, at.minute().into())
        && holds(hour, at.hour().into())
        && holds(month, at.month().into())
        && days
}

fn number(least: i32, most: i32) -> impl Strategy<Value = i32> {
    prop_oneof![2 => Just(-1), 2 => least..=most, 1 => -(most / 2)..=-2]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// The numbers of uWSGI mean what they mean there, for each minute of some weeks.
    #[test]
    fn uwsgis_numbers_mean_what_they_mean_there(
        minute in number(0, 59),
        hour in number(0, 23),
        day in number(1, 31),
        month in number(1, 12),
        weekday in number(0, 7),
        start in 0_i64..63_000_000,
    ) {
        let numbers = [minute, hour, day, month, weekday];
        let rule = CronRule::of_uwsgi(numbers, &zone("UTC")).unwrap();
        let first: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut at = first + SignedDuration::from_secs(start / 60 * 60);
        let mut next = rule.next_after(at);
        for _ in 0..3 * 7 * 24 * 60 {
            at += SignedDuration::from_mins(1);
            let runs = uwsgi_runs(numbers, &at.in_tz("UTC").unwrap());
            prop_assert_eq!(next == Some(at), runs, "{:?} at {}", numbers, at);
            if runs {
                next = rule.next_after(at);
            }
        }
    }

    /// Each time is after the one before it.
    #[test]
    fn time_only_goes_forward(
        text in "(\\*|[0-9]|[1-5][0-9]|\\*/[1-9]) (\\*|[0-9]|1[0-9]|\\*/[1-9]) (\\*|[1-9]) (\\*|[1-9]) (\\*|[0-7])",
        in_zone in prop::sample::select(vec!["UTC", "Europe/Berlin", "Australia/Lord_Howe", "Pacific/Apia"]),
        start in 1_300_000_000_i64..1_900_000_000,
    ) {
        let rule = CronRule::parse(&text, &zone(in_zone)).unwrap();
        let mut at = Timestamp::from_second(start).unwrap();
        for _ in 0..40 {
            let Some(next) = rule.next_after(at) else { break };
            prop_assert!(next > at, "{} {}: {} after {}", text, in_zone, next, at);
            at = next;
        }
    }
}
