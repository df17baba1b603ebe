//! Numbers as they are shown: short, and as wide as they may be. It must not know what they are of.

/// As a number that can be divided.
#[allow(clippy::cast_precision_loss, reason = "a handful of digits are shown")]
pub(super) fn float(count: u64) -> f64 {
    count as f64
}

/// Bytes in at most seven places.
pub(super) fn bytes(count: u64) -> String {
    const UNITS: [(u64, &str); 3] = [(1 << 30, "G"), (1 << 20, "M"), (1 << 10, "K")];
    let unit = UNITS.iter().find(|(size, _)| count >= *size);
    unit.map_or_else(
        || count.to_string(),
        |(size, unit)| format!("{:.1}{unit}", float(count) / float(*size)),
    )
}

/// A count in at most six places.
pub(super) fn count(count: u64) -> String {
    match count {
        0..=99_999 => count.to_string(),
        100_000..=99_999_999 => format!("{}K", count / 1_000),
        100_000_000..=99_999_999_999 => format!("{}M", count / 1_000_000),
        _ => format!("{}G", count / 1_000_000_000),
    }
}

/// How often a second; a dash where that isn't known yet.
pub(super) fn rate(rate: Option<f64>) -> String {
    match rate {
        None => "-".to_owned(),
        Some(rate) if rate < 999.95 => format!("{rate:.1}"),
        Some(rate) if rate < 99_999.5 => format!("{rate:.0}"),
        Some(rate) => format!("{:.0}K", rate / 1_000.0),
    }
}

/// What a run takes: from microseconds to seconds, in at most six places.
pub(super) fn duration(seconds: Option<f64>) -> String {
    match seconds {
        None => "-".to_owned(),
        Some(seconds) if seconds < 0.000_999_5 => format!("{:.0}us", seconds * 1e6),
        Some(seconds) if seconds < 0.009_995 => format!("{:.2}ms", seconds * 1e3),
        Some(seconds) if seconds < 0.099_95 => format!("{:.1}ms", seconds * 1e3),
        Some(seconds) if seconds < 0.999_5 => format!("{:.0}ms", seconds * 1e3),
        Some(seconds) if seconds < 99.95 => format!("{seconds:.1}s"),
        Some(seconds) => format!("{seconds:.0}s"),
    }
}

/// How long something is away or ago: in seconds, then with minutes, hours, days.
pub(super) fn time(seconds: Option<f64>) -> String {
    let Some(seconds) = seconds else { return "-".to_owned() };
    if seconds < 99.95 {
        return format!("{seconds:.1}s");
    }
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is above zero")]
    let whole = seconds as u64;
    let (minutes, hours, days) = (whole / 60, whole / 3_600, whole / 86_400);
    match (minutes, hours, days) {
        (_, 0, _) => format!("{minutes}m{:02}s", whole % 60),
        (_, _, 0) => format!("{hours}h{:02}m", minutes % 60),
        _ => format!("{days}d{:02}h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_short() {
        for (number, text) in
            [(0, "0"), (99_999, "99999"), (100_000, "100K"), (3_000_000_000, "3000M")]
        {
            assert_eq!(count(number), text);
        }
        for (number, text) in [(1_023, "1023"), (1_536, "1.5K"), (1 << 31, "2.0G")] {
            assert_eq!(bytes(number), text);
        }
        for (number, text) in [
            (0.0, "0us"),
            (0.000_25, "250us"),
            (0.001, "1.00ms"),
            (0.05, "50.0ms"),
            (0.9999, "1.0s"),
            (5.0, "5.0s"),
            (123.4, "123s"),
        ] {
            assert_eq!(duration(Some(number)), text);
        }
        for (number, text) in
            [(1.0, "1.0s"), (100.0, "1m40s"), (7_260.0, "2h01m"), (90_000.0, "1d01h")]
        {
            assert_eq!(time(Some(number)), text);
        }
        for (number, text) in
            [(0.04, "0.0"), (999.0, "999.0"), (1_000.0, "1000"), (123_456.0, "123K")]
        {
            assert_eq!(rate(Some(number)), text);
        }
        assert_eq!((rate(None), duration(None), time(None)), ("-".into(), "-".into(), "-".into()));
    }
}
