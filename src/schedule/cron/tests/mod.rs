//! Rules against tables. The tests beside it ask other judges: a search minute by minute, and
//! another implementation.

mod croniter;
mod daylight;
mod generated;
mod minutes;
mod mistakes;
mod uwsgi;
mod zones;

use jiff::Timestamp;

use super::{CronRule, Zone};

fn zone(name: &str) -> Zone {
    Zone::parse(name).unwrap()
}

fn rule(text: &str, in_zone: &str) -> CronRule {
    CronRule::parse(text, &zone(in_zone)).unwrap_or_else(|error| panic!("{text}: {error}"))
}

/// The next times of a rule after a time.
fn times(rule: &CronRule, after: Timestamp) -> impl Iterator<Item = Timestamp> {
    std::iter::successors(rule.next_after(after), |at| rule.next_after(*at))
}

/// The next three times in UTC, as month, day and minute.
fn three(text: &str, after: &str) -> String {
    let rule = rule(text, "UTC");
    let times = times(&rule, format!("{after}T00:00:00Z").parse().unwrap());
    let shown = times.take(3).map(|at| at.strftime("%m-%d %H:%M").to_string());
    shown.collect::<Vec<_>>().join(", ")
}

#[test]
fn hours_minutes_and_months_mean_what_they_say() {
    for (text, after, expected) in [
        ("5 * * * *", "2026-01-01", "01-01 00:05, 01-01 01:05, 01-01 02:05"),
        ("*/20 3 * * *", "2026-01-01", "01-01 03:00, 01-01 03:20, 01-01 03:40"),
        ("*/25 * * * *", "2026-01-01", "01-01 00:25, 01-01 00:50, 01-01 01:00"),
        ("5-40/15 3 * * *", "2026-01-01", "01-01 03:05, 01-01 03:20, 01-01 03:35"),
        ("7,5,58-59 3 * * *", "2026-01-01", "01-01 03:05, 01-01 03:07, 01-01 03:58"),
        ("0 1-3,22 * * *", "2026-01-01", "01-01 01:00, 01-01 02:00, 01-01 03:00"),
        (" 00\t12 * JAN,jul * ", "2026-01-31", "01-31 12:00, 07-01 12:00, 07-02 12:00"),
        ("0 0 1 feb-Apr/2 *", "2026-01-01", "02-01 00:00, 04-01 00:00, 02-01 00:00"),
        ("@hourly", "2026-01-01", "01-01 01:00, 01-01 02:00, 01-01 03:00"),
        ("@daily", "2026-01-01", "01-02 00:00, 01-03 00:00, 01-04 00:00"),
        ("@Midnight", "2026-01-01", "01-02 00:00, 01-03 00:00, 01-04 00:00"),
        ("@weekly", "2026-01-01", "01-04 00:00, 01-11 00:00, 01-18 00:00"),
        ("@monthly", "2026-01-01", "02-01 00:00, 03-01 00:00, 04-01 00:00"),
        ("@yearly", "2026-06-01", "01-01 00:00, 01-01 00:00, 01-01 00:00"),
        ("@annually", "2026-06-01", "01-01 00:00, 01-01 00:00, 01-01 00:00"),
    ] {
        assert_eq!(three(text, after), expected, "{text}");
    }
}

#[test]
fn days_and_weekdays_mean_what_they_say() {
    // 2026 begins with a Thursday.
    for (text, after, expected) in [
        ("0 9-17/4 * * MON-FRI", "2026-01-03", "01-05 09:00, 01-05 13:00, 01-05 17:00"),
        ("0 0 * * 7", "2026-01-01", "01-04 00:00, 01-11 00:00, 01-18 00:00"),
        ("0 0 * * 0", "2026-01-01", "01-04 00:00, 01-11 00:00, 01-18 00:00"),
        ("0 0 * * SAT-SUN", "2026-01-01", "01-03 00:00, 01-04 00:00, 01-10 00:00"),
        ("0 0 * * sun-tue", "2026-01-01", "01-04 00:00, 01-05 00:00, 01-06 00:00"),
        ("0 0 * * 6-7", "2026-01-01", "01-03 00:00, 01-04 00:00, 01-10 00:00"),
        ("0 0 * * FRI#2", "2026-01-01", "01-09 00:00, 02-13 00:00, 03-13 00:00"),
        ("0 0 * * 5L", "2026-01-01", "01-30 00:00, 02-27 00:00, 03-27 00:00"),
        ("0 0 1,15 * *", "2026-01-01", "01-15 00:00, 02-01 00:00, 02-15 00:00"),
        ("0 0 31 * *", "2026-01-31", "03-31 00:00, 05-31 00:00, 07-31 00:00"),
        ("0 0 L * *", "2028-01-15", "01-31 00:00, 02-29 00:00, 03-31 00:00"),
        ("0 0 L,1 * ?", "2026-01-15", "01-31 00:00, 02-01 00:00, 02-28 00:00"),
        ("0 0 LW * *", "2026-01-01", "01-30 00:00, 02-27 00:00, 03-31 00:00"),
        ("0 0 15W * *", "2026-02-01", "02-16 00:00, 03-16 00:00, 04-15 00:00"),
        // Either day will do where both are given.
        ("0 0 13 * FRI", "2026-02-01", "02-06 00:00, 02-13 00:00, 02-20 00:00"),
        ("0 0 14 * FRI", "2026-02-08", "02-13 00:00, 02-14 00:00, 02-20 00:00"),
        ("0 0 L * FRI", "2026-02-22", "02-27 00:00, 02-28 00:00, 03-06 00:00"),
        ("0 0 */2 * MON", "2026-01-01", "01-03 00:00, 01-05 00:00, 01-07 00:00"),
    ] {
        assert_eq!(three(text, after), expected, "{text}");
    }
}

#[test]
fn seconds_are_the_first_of_six() {
    let rule = rule("*/30 5 * * * *", "UTC");
    let found = times(&rule, "2026-01-01T00:05:00.5Z".parse().unwrap()).take(2);
    let found: Vec<String> = found.map(|at| at.to_string()).collect();
    assert_eq!(found, ["2026-01-01T00:05:30Z", "2026-01-01T01:05:00Z"]);
}

#[test]
fn the_next_time_is_strictly_after() {
    let daily = rule("30 3 * * *", "UTC");
    for (after, expected) in [
        ("2026-01-01T03:29:59.999999999Z", "2026-01-01T03:30:00Z"),
        ("2026-01-01T03:30:00Z", "2026-01-02T03:30:00Z"),
        ("2026-01-01T03:30:00.000000001Z", "2026-01-02T03:30:00Z"),
    ] {
        let next = daily.next_after(after.parse().unwrap()).unwrap();
        assert_eq!(next.to_string(), expected, "{after}");
    }
}

#[test]
fn rare_times_are_found_and_those_that_never_come_are_not() {
    let at: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
    let leap_day = rule("0 0 29 2 *", "UTC");
    let found = times(&leap_day, "2096-01-01T00:00:00Z".parse().unwrap()).take(3);
    let found: Vec<String> = found.map(|at| at.strftime("%Y").to_string()).collect();
    // 2100 is no leap year.
    assert_eq!(found, ["2096", "2104", "2108"]);
    for text in ["0 0 31 2 *", "* * 30 FEB *", "* * 31 4,6,9,11 *", "0 0 31 2 ?"] {
        for in_zone in ["UTC", "Europe/Berlin"] {
            assert_eq!(rule(text, in_zone).next_after(at), None, "{text} {in_zone}");
        }
    }
    for at in [Timestamp::MAX, "5000-01-01T00:00:00Z".parse().unwrap()] {
        assert_eq!(rule("* * * * *", "Europe/Berlin").next_after(at), None);
        assert_eq!(rule("0 0 * * *", "Europe/Berlin").next_after(at), None);
    }
    let first = rule("0 0 * * *", "Europe/Berlin").next_after(Timestamp::MIN).unwrap();
    assert!(first.to_string().starts_with("0000-12-31T23:06:32"), "{first}");
}

#[test]
fn a_rule_shows_what_it_was_made_of() {
    for text in ["*/5 3 * * MON-fri", "@daily"] {
        assert_eq!(rule(text, "UTC").to_string(), text);
    }
    let uwsgi = CronRule::of_uwsgi([-1, 3, -2, -1, 7], &zone("UTC")).unwrap();
    assert_eq!(uwsgi.to_string(), "-1 3 -2 -1 7");
}
