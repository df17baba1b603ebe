//! What daylight saving makes of rules: the cases that the module's page speaks of, one by one.

use super::{rule, times};

/// The next times of a rule after a time, as its zone shows them.
fn shown(text: &str, in_zone: &str, after: &str, count: usize) -> String {
    let rule = rule(text, in_zone);
    let times = times(&rule, after.parse().unwrap()).take(count);
    let shown = times.map(|at| at.in_tz(in_zone).unwrap().strftime("%d %H:%M %:z").to_string());
    shown.collect::<Vec<_>>().join(", ")
}

fn assert_all(cases: &[(&str, &str, &str, &str)]) {
    for (text, in_zone, after, expected) in cases {
        let count = expected.split(", ").count();
        assert_eq!(shown(text, in_zone, after, count), *expected, "{text} {in_zone} {after}");
    }
}

#[test]
fn what_spring_leaves_out_runs_after_the_gap() {
    let (berlin, york) = ("Europe/Berlin", "America/New_York");
    let (before, before_york) = ("2026-03-28T12:00:00Z", "2026-03-07T12:00:00Z");
    assert_all(&[
        ("0 2 * * *", berlin, before, "29 03:00 +02:00, 30 02:00 +02:00"),
        ("30 2 * * *", berlin, before, "29 03:00 +02:00, 30 02:30 +02:00"),
        ("30 2 * * *", york, before_york, "08 03:00 -04:00, 09 02:30 -04:00"),
        // Once for all that are left out, and for the one that is due then anyway.
        ("0,30 2,3 * * *", berlin, before, "29 03:00 +02:00, 29 03:30 +02:00, 30 02:00 +02:00"),
        ("0 2,14 * * *", berlin, before, "28 14:00 +01:00, 29 03:00 +02:00, 29 14:00 +02:00"),
        // The edges of the gap.
        ("59 1 * * *", berlin, before, "29 01:59 +01:00, 30 01:59 +02:00"),
        ("0 3 * * *", berlin, before, "29 03:00 +02:00, 30 03:00 +02:00"),
        // Asked inside the gap's two sides.
        ("30 2 * * *", berlin, "2026-03-29T00:59:59.9Z", "29 03:00 +02:00, 30 02:30 +02:00"),
        ("30 2 * * *", berlin, "2026-03-29T01:00:00Z", "30 02:30 +02:00"),
        // A year's one run.
        ("30 2 29 3 *", berlin, before, "29 03:00 +02:00, 29 02:30 +02:00"),
        // A step that comes to one value is as fixed.
        (
            "0 */24 * * *",
            "Africa/Cairo",
            "2026-04-23T12:00:00Z",
            "24 01:00 +03:00, 25 00:00 +03:00",
        ),
        // Half an hour; two hours; a gap over midnight.
        (
            "15 2 * * *",
            "Australia/Lord_Howe",
            "2026-10-03T00:00:00Z",
            "04 02:30 +11:00, 05 02:15 +11:00",
        ),
        (
            "30 1 * * *",
            "Antarctica/Troll",
            "2026-03-28T12:00:00Z",
            "29 03:00 +02:00, 30 01:30 +02:00",
        ),
        (
            "45 23 30 * *",
            "America/Toronto",
            "1919-03-30T12:00:00Z",
            "31 00:30 -04:00, 30 23:45 -04:00",
        ),
    ]);
}

#[test]
fn what_autumn_repeats_runs_once() {
    let (berlin, york) = ("Europe/Berlin", "America/New_York");
    let before = "2026-10-24T12:00:00Z";
    assert_all(&[
        ("0 2 * * *", berlin, before, "25 02:00 +02:00, 26 02:00 +01:00"),
        ("30 2 * * *", berlin, before, "25 02:30 +02:00, 26 02:30 +01:00"),
        ("30 1 * * *", york, "2026-10-31T12:00:00Z", "01 01:30 -04:00, 02 01:30 -05:00"),
        ("0,30 2 * * *", berlin, before, "25 02:00 +02:00, 25 02:30 +02:00, 26 02:00 +01:00"),
        ("0 1-3 * * *", berlin, before, "25 01:00 +02:00, 25 02:00 +02:00, 25 03:00 +01:00"),
        ("59 1 * * *", berlin, before, "25 01:59 +02:00, 26 01:59 +01:00"),
        (
            "0 */24 * * *",
            "America/Havana",
            "2025-11-01T12:00:00Z",
            "02 00:00 -04:00, 03 00:00 -05:00",
        ),
        ("0 3 * * *", berlin, "2026-10-25T01:10:00Z", "25 03:00 +01:00, 26 03:00 +01:00"),
        ("0 3 * * *", berlin, before, "25 03:00 +01:00, 26 03:00 +01:00"),
        // Asked between the two, whether the first was taken or not.
        ("30 2 * * *", berlin, "2026-10-25T00:45:00Z", "26 02:30 +01:00"),
        ("30 2 * * *", berlin, "2026-10-25T01:00:00Z", "26 02:30 +01:00"),
        ("30 2 * * *", berlin, "2026-10-25T01:10:00Z", "26 02:30 +01:00"),
        (
            "45 1 * * *",
            "Australia/Lord_Howe",
            "2026-04-04T00:00:00Z",
            "05 01:45 +11:00, 06 01:45 +10:30",
        ),
    ]);
}

#[test]
fn rules_with_wildcards_go_by_the_clock_as_it_passes() {
    let berlin = "Europe/Berlin";
    let (spring, autumn) = ("2026-03-29T00:30:00Z", "2026-10-24T23:30:00Z");
    assert_all(&[
        ("30 * * * *", berlin, "2026-03-29T00:00:00Z", "29 01:30 +01:00, 29 03:30 +02:00"),
        (
            "*/10 1-3 * * *",
            berlin,
            "2026-03-29T00:45:00Z",
            "29 01:50 +01:00, 29 03:00 +02:00, 29 03:10 +02:00",
        ),
        ("0 * * * *", berlin, spring, "29 03:00 +02:00, 29 04:00 +02:00"),
        ("*/30 2 * * *", berlin, spring, "29 03:00 +02:00, 30 02:00 +02:00, 30 02:30 +02:00"),
        ("0 */2 * * *", berlin, spring, "29 03:00 +02:00, 29 04:00 +02:00, 29 06:00 +02:00"),
        ("0 0-23 * * *", berlin, spring, "29 03:00 +02:00, 29 04:00 +02:00"),
        ("0 * * * *", berlin, autumn, "25 02:00 +02:00, 25 02:00 +01:00, 25 03:00 +01:00"),
        ("@hourly", berlin, autumn, "25 02:00 +02:00, 25 02:00 +01:00, 25 03:00 +01:00"),
        (
            "*/30 2 * * *",
            berlin,
            autumn,
            "25 02:00 +02:00, 25 02:30 +02:00, 25 02:00 +01:00, 25 02:30 +01:00, 26 02:00 +01:00",
        ),
        ("0 0-23 * * *", berlin, autumn, "25 02:00 +02:00, 25 02:00 +01:00, 25 03:00 +01:00"),
        (
            "20 * * * *",
            "Australia/Lord_Howe",
            "2026-10-03T14:30:00Z",
            "04 01:20 +10:30, 04 03:20 +11:00",
        ),
        (
            "40 * * * *",
            "Australia/Lord_Howe",
            "2026-04-04T14:00:00Z",
            "05 01:40 +11:00, 05 01:40 +10:30, 05 02:40 +10:30",
        ),
    ]);
}

#[test]
fn every_ten_minutes_is_every_ten_minutes_all_year() {
    for in_zone in ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata"] {
        let rule = rule("*/10 * * * *", in_zone);
        let start = "2026-01-01T00:00:00Z".parse().unwrap();
        let mut last: jiff::Timestamp = start;
        for at in times(&rule, start).take(365 * 24 * 6) {
            assert_eq!(at.duration_since(last).as_secs(), 600, "{in_zone} {at}");
            last = at;
        }
        assert_eq!(last.to_string(), "2027-01-01T00:00:00Z");
    }
}

#[test]
fn a_day_that_was_left_out_has_no_runs() {
    let (apia, before) = ("Pacific/Apia", "2011-12-29T12:00:00Z");
    assert_all(&[
        ("0 12 * * *", apia, before, "29 12:00 -10:00, 31 12:00 +14:00"),
        ("0 0 * * *", apia, before, "31 00:00 +14:00, 01 00:00 +14:00"),
        ("0 0 30 * *", apia, before, "30 00:00 +14:00"),
        ("30 */12 * * *", apia, before, "29 12:30 -10:00, 31 00:30 +14:00, 31 12:30 +14:00"),
        ("0 */12 * * *", apia, before, "29 12:00 -10:00, 31 00:00 +14:00, 31 12:00 +14:00"),
    ]);
    assert_eq!(
        shown("0 12 * * *", "Pacific/Kwajalein", "1993-08-20T00:00:00Z", 2),
        "20 12:00 -12:00, 22 12:00 +12:00"
    );
}
