//! Numbers and times as people say them. Pure.

/// `1,234`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `1 visit`, `1,234 visits`.
pub(crate) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{} {noun}{plural}", grouped(number))
}

/// `3 minutes`: in the largest unit that is reached, rounded down.
pub(crate) fn lasting(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let (length, unit) =
        UNITS.into_iter().find(|(length, _)| *length <= seconds).unwrap_or((1, "second"));
    counted(seconds / length, unit)
}

/// `3 minutes ago`. What is in the future by a clock that was set back is now.
pub(crate) fn ago(seconds: i64) -> String {
    match seconds {
        ..1 => "just now".to_owned(),
        _ => format!("{} ago", lasting(seconds)),
    }
}

/// `in 3 minutes`, of something that is not lost when it is late.
pub(crate) fn ahead(ms: i64) -> String {
    match ms {
        ..1 => "due now".to_owned(),
        1..1_000 => "in less than a second".to_owned(),
        _ => format!("in {}", lasting(ms / 1_000)),
    }
}

/// `every 6 minutes`, `every 0.05 seconds`.
pub(crate) fn each(seconds: f64) -> String {
    for (length, unit) in [(3_600.0, "hour"), (60.0, "minute"), (1.0, "second")] {
        if seconds == length {
            return format!("every {unit}");
        }
        if seconds > length && seconds % length == 0.0 {
            return format!("every {} {unit}s", seconds / length);
        }
    }
    format!("every {seconds} seconds")
}

/// `1.2 ms`.
pub(crate) fn took(us: u64) -> String {
    let tenths = us.div_ceil(100);
    format!("{}.{} ms", grouped(tenths / 10), tenths % 10)
}

const UNITS: [(u64, &str); 3] = [(86_400, "day"), (3_600, "hour"), (60, "minute")];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        for (number, text) in
            [(0, "0"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"), (1_234_567, "1,234,567")]
        {
            assert_eq!(grouped(number), text);
        }
        assert_eq!(
            (counted(1, "visit"), counted(0, "visit")),
            ("1 visit".into(), "0 visits".into())
        );
        assert_eq!(
            (took(0), took(1_234), took(2_000_000)),
            ("0.0 ms".into(), "1.3 ms".into(), "2,000.0 ms".into())
        );
    }

    #[test]
    fn times_past() {
        for (seconds, text) in [
            (-5, "just now"),
            (0, "just now"),
            (1, "1 second ago"),
            (59, "59 seconds ago"),
            (60, "1 minute ago"),
            (3_599, "59 minutes ago"),
            (7_200, "2 hours ago"),
            (86_399, "23 hours ago"),
            (172_800, "2 days ago"),
        ] {
            assert_eq!(ago(seconds), text, "{seconds}");
        }
    }

    #[test]
    fn times_ahead() {
        for (ms, text) in [
            (-1, "due now"),
            (0, "due now"),
            (999, "in less than a second"),
            (1_000, "in 1 second"),
            (61_000, "in 1 minute"),
        ] {
            assert_eq!(ahead(ms), text, "{ms}");
        }
    }

    #[test]
    fn intervals() {
        for (seconds, text) in [
            (0.05, "every 0.05 seconds"),
            (1.0, "every second"),
            (90.0, "every 90 seconds"),
            (60.0, "every minute"),
            (360.0, "every 6 minutes"),
            (3_600.0, "every hour"),
        ] {
            assert_eq!(each(seconds), text);
        }
    }
}
