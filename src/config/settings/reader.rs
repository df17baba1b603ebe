//! Reads options one by one, and remembers each that can't be used. Knows nothing of what they are for.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::super::Options;
use super::super::mistake::{Cause, Mistake};

/// Ten years: longer is a slip, and instants must not overflow.
const SECONDS_MAX: f64 = 3.2e8;

/// Options, and what is wrong with them so far. Where a value can't be used something else stands in for
/// it, so that the rest can be looked at.
pub(super) struct Reader<'a> {
    pub(super) options: &'a Options,
    pub(super) mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    /// What was found before is told too.
    pub(super) fn new(options: &'a Options) -> Self {
        Self { options, mistakes: options.mistakes.clone() }
    }

    pub(super) fn wrong(&mut self, option: &str, expected: &str) {
        let value = self.options.text(option).unwrap_or_default().to_owned();
        let place = self.options.place(option);
        let cause = Cause::Value { value, expected: expected.to_owned() };
        self.mistakes.push(Mistake { place, key: option.to_owned(), cause });
    }

    /// The same for one of an option's values.
    pub(super) fn wrong_at(&mut self, option: &str, index: usize, expected: &str) {
        let value = self.options.all(option).get(index).cloned().unwrap_or_default();
        let place = self.options.places(option).get(index).cloned().unwrap_or_default();
        let cause = Cause::Value { value, expected: expected.to_owned() };
        self.mistakes.push(Mistake { place, key: option.to_owned(), cause });
    }

    pub(super) fn text(&self, option: &str) -> Option<String> {
        self.options.text(option).map(str::to_owned)
    }

    pub(super) fn path(&self, option: &str) -> Option<PathBuf> {
        self.options.text(option).map(PathBuf::from)
    }

    pub(super) fn paths(&self, option: &str) -> Vec<PathBuf> {
        self.options.all(option).iter().map(PathBuf::from).collect()
    }

    pub(super) fn is_set(&self, option: &str) -> bool {
        self.options.text(option) == Some("true")
    }

    pub(super) fn parsed<T: FromStr>(&mut self, option: &str, expected: &str, instead: T) -> T {
        let parsed = self.options.text(option).and_then(|text| text.parse().ok());
        parsed.unwrap_or_else(|| {
            self.wrong(option, expected);
            instead
        })
    }

    /// A number; the least that it may be stands in for it.
    pub(super) fn number<T: FromStr + PartialOrd + Copy>(
        &mut self,
        option: &str,
        range: RangeInclusive<T>,
        expected: &str,
    ) -> T {
        let parsed = self.options.text(option).and_then(|text| text.parse().ok());
        parsed.filter(|value| range.contains(value)).unwrap_or_else(|| {
            self.wrong(option, expected);
            *range.start()
        })
    }

    /// Bytes, also with k, m or g behind them.
    pub(super) fn bytes(
        &mut self,
        option: &str,
        range: RangeInclusive<u64>,
        expected: &str,
    ) -> u64 {
        let read = self.options.text(option).and_then(bytes);
        read.filter(|value| range.contains(value)).unwrap_or_else(|| {
            self.wrong(option, expected);
            *range.start()
        })
    }

    /// Megabytes, as bytes; none for 0.
    pub(super) fn megabytes(&mut self, option: &str) -> Option<u64> {
        let number = self.number(option, 0..=u64::MAX >> 20, "a number of megabytes");
        Some(number << 20).filter(|bytes| *bytes > 0)
    }

    /// A time in seconds, fractions allowed; none for 0.
    pub(super) fn seconds(&mut self, option: &str) -> Option<Duration> {
        let seconds = self.number(option, 0.0..=SECONDS_MAX, "a number of seconds, 0.5 or 60");
        Duration::try_from_secs_f64(seconds).ok().filter(|time| !time.is_zero())
    }

    /// The same where 0 makes no sense.
    pub(super) fn some_seconds(&mut self, option: &str) -> Duration {
        let found = self.mistakes.len();
        let seconds = self.seconds(option);
        if seconds.is_none() && self.mistakes.len() == found {
            self.wrong(option, "more than 0 seconds");
        }
        seconds.unwrap_or_default()
    }

    /// Octal digits up to 777, three or four of them at least where `is_exact`.
    pub(super) fn mode(&mut self, option: &str, is_exact: bool, expected: &str) -> Option<u32> {
        let text = self.options.text(option)?;
        let is_long = !is_exact || matches!(text.len(), 3 | 4);
        let mode = u32::from_str_radix(text, 8).ok();
        let mode = mode.filter(|mode| *mode <= 0o777 && is_long && !text.starts_with('+'));
        if mode.is_none() {
            self.wrong(option, expected);
        }
        mode
    }
}

fn bytes(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()?.to_ascii_lowercase() {
        b'k' => (&text[..text.len() - 1], 10),
        b'm' => (&text[..text.len() - 1], 20),
        b'g' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    let number: u64 = digits.parse().ok()?;
    number.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_may_have_a_unit() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1000000", Some(1_000_000)),
            ("64k", Some(65_536)),
            ("1M", Some(1_048_576)),
            ("2g", Some(2_147_483_648)),
            ("k", None),
            ("", None),
            ("1kb", None),
            ("18446744073709551615g", None),
        ] {
            assert_eq!(bytes(text), expected, "{text}");
        }
    }
}
