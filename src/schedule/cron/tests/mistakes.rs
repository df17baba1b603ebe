//! What is said of rules that make no sense.

use super::super::CronRule;
use super::super::error::CronError;
use super::zone;

#[test]
fn what_makes_no_sense_is_told_by_field() {
    for (text, expected) in [
        ("", "\"\" has 0 fields, not five, or six with seconds first"),
        ("* * * *", "\"* * * *\" has 4 fields, not five, or six with seconds first"),
        (
            "0 0 0 1 1 * 2030",
            "\"0 0 0 1 1 * 2030\" has 7 fields, not five, or six with seconds first",
        ),
        ("60 * * * *", "the minute 60 is not 0 to 59"),
        ("61 * * * * *", "the second 61 is not 0 to 59"),
        ("* 25 * * *", "the hour 25 is not 0 to 23"),
        ("* * 0 * *", "the day 0 is not 1 to 31, L or LW"),
        ("* * 32W * *", "the day 32W is not 1 to 31, L or LW"),
        ("* * L,LW * *", "the day L,LW is not 1 to 31, L or LW"),
        ("* * * 13 *", "the month 13 is not 1 to 12, or JAN to DEC"),
        ("* * * * +1", "the weekday +1 is not 0 to 7, or SUN to SAT"),
        ("* * * * 8", "the weekday 8 is not 0 to 7, or SUN to SAT"),
        ("* * * * L", "the weekday L is not 0 to 7, or SUN to SAT"),
        ("* * * * JAN", "the weekday JAN is not 0 to 7, or SUN to SAT"),
        ("mon * * * *", "the minute MON is not 0 to 59"),
        ("* * * SUN *", "the month SUN is not 1 to 12, or JAN to DEC"),
        ("-1 3 * * *", "the minute -1 is not 0 to 59"),
        ("1,,2 * * * *", "the minute 1,,2 is not 0 to 59"),
        (", * * * *", "the minute , is not 0 to 59"),
        ("* 22-2 * * *", "the hours 22-2 end before they begin"),
        ("* * * * FRI-MON", "the weekdays FRI-MON end before they begin"),
        ("*/0 * * * *", "the step of the minutes */0 is not 1 to 60"),
        ("*/90 * * * *", "the step of the minutes */90 is not 1 to 60"),
        ("*/x * * * *", "the step of the minutes */X is not 1 to 60"),
        (
            "@dayly",
            "\"@dayly\" is not one of @yearly, @annually, @monthly, @weekly, @daily, @midnight, @hourly",
        ),
    ] {
        let error = CronRule::parse(text, &zone("UTC")).unwrap_err();
        assert_eq!(error.to_string(), expected, "{text}");
    }
    // These are `croner`'s to refuse.
    for text in ["5/10 * * * *", "* * 15#2 * *", "* * * * 5#6", "* * * * 5#", "*#2 * * * *"] {
        let error = CronRule::parse(text, &zone("UTC")).unwrap_err();
        assert!(matches!(&error, CronError::Rule { text: told, .. } if told == text), "{error}");
    }
}
