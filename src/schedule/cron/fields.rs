//! What is wrong with a rule's text, said by field. Knows nothing of times: what a rule means is
//! `croner`'s, which takes more than makes sense.

use super::error::CronError;

struct Field {
    name: &'static str,
    range: &'static str,
    least: u16,
    most: u16,
    /// Names of the values from the least.
    names: &'static [&'static str],
    /// What may stand for a value.
    words: &'static [&'static str],
    /// What may follow a single value.
    suffix: Option<char>,
}

const MONTHS: [&str; 12] =
    ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"];
const WEEKDAYS: [&str; 7] = ["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];

const fn plain(name: &'static str, range: &'static str, least: u16, most: u16) -> Field {
    Field { name, range, least, most, names: &[], words: &["*"], suffix: None }
}

const FIELDS: [Field; 6] = [
    plain("second", "0 to 59", 0, 59),
    plain("minute", "0 to 59", 0, 59),
    plain("hour", "0 to 23", 0, 23),
    Field {
        words: &["*", "?", "L", "LW"],
        suffix: Some('W'),
        ..plain("day", "1 to 31, L or LW", 1, 31)
    },
    Field { names: &MONTHS, ..plain("month", "1 to 12, or JAN to DEC", 1, 12) },
    Field {
        names: &WEEKDAYS,
        words: &["*", "?"],
        suffix: Some('L'),
        ..plain("weekday", "0 to 7, or SUN to SAT", 0, 7)
    },
];

const NICKNAMES: [(&str, &str); 7] = [
    ("@yearly", "0 0 1 1 *"),
    ("@annually", "0 0 1 1 *"),
    ("@monthly", "0 0 1 * *"),
    ("@weekly", "0 0 * * 0"),
    ("@daily", "0 0 * * *"),
    ("@midnight", "0 0 * * *"),
    ("@hourly", "0 * * * *"),
];

/// The fields of a rule that makes sense as far as can be said of each by itself.
///
/// # Errors
/// Those of [`CronError`] that name a field, a nickname or their count.
pub(super) fn check(text: &str) -> Result<String, CronError> {
    let text = text.trim();
    if text.starts_with('@') {
        let known = NICKNAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        let unknown = || CronError::Nickname { text: text.to_owned() };
        return known.map(|(_, fields)| (*fields).to_owned()).ok_or_else(unknown);
    }
    let upper = text.to_ascii_uppercase();
    let given: Vec<&str> = upper.split_whitespace().collect();
    let missing = match given.len() {
        5 => 1,
        6 => 0,
        count => return Err(CronError::Count { text: text.to_owned(), count }),
    };
    for (field, given) in FIELDS[missing..].iter().zip(&given) {
        field.check(given)?;
    }
    Ok(given.join(" "))
}

impl Field {
    fn check(&self, given: &str) -> Result<(), CronError> {
        let parts: Vec<&str> = given.split(',').collect();
        // `croner` passes over an empty part, and over an L beside an LW.
        if parts.len() > 1 && parts.iter().any(|part| part.is_empty() || *part == "LW") {
            return Err(self.refused(given));
        }
        parts.iter().try_for_each(|part| self.check_part(part))
    }

    fn check_part(&self, part: &str) -> Result<(), CronError> {
        let (values, step) = part.split_once('/').unwrap_or((part, "1"));
        // A longer step would come to the first value alone, which nobody means by */90.
        let most = self.most - self.least + 1;
        if !step.parse().is_ok_and(|step: u16| (1..=most).contains(&step)) {
            return Err(CronError::Step { field: self.name, value: part.to_owned(), most });
        }
        // Which one of the month: `croner` checks it.
        let (values, _) = values.split_once('#').unwrap_or((values, ""));
        if self.words.contains(&values) {
            return Ok(());
        }
        let in_order = match values.split_once('-') {
            None => self.single(values).map(|_| true),
            Some((first, last)) => self.value(first).zip(self.last(last)).map(|(a, b)| a <= b),
        };
        match in_order {
            Some(true) => Ok(()),
            Some(false) => Err(CronError::Range { field: self.name, value: values.to_owned() }),
            None => Err(self.refused(values)),
        }
    }

    fn value(&self, word: &str) -> Option<u16> {
        let named = self.names.iter().position(|name| *name == word);
        let value = match named {
            Some(place) => u16::try_from(place).ok()? + self.least,
            // A number with a plus would be read as one.
            None if word.starts_with('+') => return None,
            None => word.parse().ok()?,
        };
        (self.least..=self.most).contains(&value).then_some(value)
    }

    fn single(&self, word: &str) -> Option<u16> {
        let value = self.suffix.and_then(|suffix| word.strip_suffix(suffix));
        self.value(value.unwrap_or(word))
    }

    /// The end of a range, where a Sunday comes after the other days.
    fn last(&self, word: &str) -> Option<u16> {
        if word == WEEKDAYS[0] { self.value("7") } else { self.value(word) }
    }

    fn refused(&self, given: &str) -> CronError {
        CronError::Value { field: self.name, value: given.to_owned(), range: self.range }
    }
}
