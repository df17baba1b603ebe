//! uWSGI's numbers against uWSGI's own way to decide, at every minute of two years.

use jiff::Timestamp;
use jiff::civil::{Date, date};
use proptest::prelude::*;

use super::super::CronRule;
use super::{times, zone};

/// Two years, one of them a leap year.
const FROM: Date = date(2027, 1, 1);
const TO: Date = date(2029, 1, 1);

fn holds(given: i32, now: i32) -> bool {
    match given {
        -1 => true,
        given if given < 0 => now % -given == 0,
        given => given == now,
    }
}

/// The minutes since the epoch at which uWSGI would run.
fn expected(numbers: [i32; 5]) -> Vec<i64> {
    let [minute, hour, day, month, weekday] = numbers;
    let weekday = if weekday == 7 { 0 } else { weekday };
    let mut found = Vec::new();
    for today in FROM.series(jiff::ToSpan::day(1)).take_while(|today| *today < TO) {
        let is_day = holds(day, today.day().into());
        let is_weekday = holds(weekday, today.weekday().to_sunday_zero_offset().into());
        let either = day >= 0 && weekday >= 0;
        let is_today = if either { is_day || is_weekday } else { is_day && is_weekday };
        if !is_today || !holds(month, today.month().into()) {
            continue;
        }
        let midnight = today.at(0, 0, 0, 0).in_tz("UTC").unwrap().timestamp().as_second() / 60;
        let minutes = (0..24 * 60).filter(|now| holds(hour, now / 60) && holds(minute, now % 60));
        found.extend(minutes.map(|now| midnight + i64::from(now)));
    }
    found
}

fn number(least: i32, most: i32) -> impl Strategy<Value = i32> {
    let divisors = if least == 0 { -2 * most..=-2 } else { -most..=-2 };
    prop_oneof![2 => Just(-1), 3 => least..=most, 2 => -(most / 2)..=-2, 1 => divisors]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn numbers_mean_what_they_mean_there(
        numbers in (number(0, 59), number(0, 23), number(1, 31), number(1, 12), number(0, 7)),
        starts in prop::collection::vec(0_i64..2 * 365 * 24 * 3600, 50),
    ) {
        let numbers = <[i32; 5]>::from(numbers);
        let rule = CronRule::of_uwsgi(numbers, &zone("UTC")).unwrap();
        let expected = expected(numbers);
        let first = FROM.in_tz("UTC").unwrap().timestamp().as_second();
        for start in starts {
            let start = first + start;
            let later = &expected[expected.partition_point(|minute| minute * 60 <= start)..];
            let found = times(&rule, Timestamp::from_second(start).unwrap());
            let found: Vec<i64> =
                found.take(later.len().min(20)).map(|at| at.as_second()).collect();
            let later: Vec<i64> = later.iter().take(20).map(|minute| minute * 60).collect();
            prop_assert_eq!(found, later, "{:?} after {}", numbers, start);
        }
        if expected.is_empty() {
            let end = TO.in_tz("UTC").unwrap().timestamp();
            let next = rule.next_after(Timestamp::from_second(first - 1).unwrap());
            prop_assert!(next.is_none_or(|next| next >= end), "{:?}", numbers);
        }
    }
}

#[test]
fn numbers_that_a_field_cannot_have_are_refused() {
    let refused = |numbers| CronRule::of_uwsgi(numbers, &zone("UTC")).unwrap_err().to_string();
    for (numbers, expected) in [
        ([60, 0, -1, -1, -1], "the minute 60 is not 0 to 59, -1 or less"),
        ([0, 24, -1, -1, -1], "the hour 24 is not 0 to 23, -1 or less"),
        ([0, 0, 0, -1, -1], "the day 0 is not 1 to 31, or -1 to -31"),
        ([0, 0, -32, -1, -1], "the day -32 is not 1 to 31, or -1 to -31"),
        ([0, 0, -1, 0, -1], "the month 0 is not 1 to 12, or -1 to -12"),
        ([0, 0, -1, -13, -1], "the month -13 is not 1 to 12, or -1 to -12"),
        ([0, 0, i32::MIN, -1, -1], "the day -2147483648 is not 1 to 31, or -1 to -31"),
        ([0, 0, -1, -1, 8], "the weekday 8 is not 0 to 7, -1 or less"),
    ] {
        assert_eq!(refused(numbers), expected);
    }
    // Zero is divided by every number.
    let rule = CronRule::of_uwsgi([i32::MIN, i32::MIN, -31, -12, i32::MIN], &zone("UTC")).unwrap();
    let next = rule.next_after("2026-01-01T00:00:00Z".parse().unwrap()).unwrap();
    assert_eq!(next.to_string(), "2028-12-31T00:00:00Z");
}
