//! Random rules, with what each field stands for said twice: in its text, and as a list of values.

use std::fmt::Write as _;

use jiff::civil::DateTime;
use proptest::prelude::*;

/// A field's text and the values that it stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Field {
    pub(super) text: String,
    pub(super) values: Vec<i8>,
    pub(super) has_star: bool,
}

impl Field {
    pub(super) fn star(least: i8, most: i8) -> Self {
        Self { text: "*".to_owned(), values: (least..=most).collect(), has_star: true }
    }

    fn add(&mut self, text: &str, values: impl Iterator<Item = i8>) {
        let comma = if self.text.is_empty() { "" } else { "," };
        write!(self.text, "{comma}{text}").unwrap();
        self.has_star |= text.starts_with('*');
        self.values.extend(values);
    }
}

/// Zero to three values, ranges and steps; none is a star.
fn field(least: i8, most: i8, stars: u32) -> impl Strategy<Value = Field> {
    let part = (0..4_u8, least..=most, least..=most, 1..=most);
    let parts = prop::collection::vec(part, 1..4).prop_map(move |parts| {
        let mut field = Field::default();
        for (kind, a, b, step) in parts {
            let (a, b) = (a.min(b), a.max(b));
            let every = usize::try_from(step).unwrap();
            match kind {
                0 => field.add(&format!("{a}"), a..=a),
                1 => field.add(&format!("{a}-{b}"), a..=b),
                2 => field.add(&format!("{a}-{b}/{step}"), (a..=b).step_by(every)),
                _ => field.add(&format!("*/{step}"), (least..=most).step_by(every)),
            }
        }
        field
    });
    prop_oneof![stars => Just(Field::star(least, most)), 4 => parts]
}

/// A rule's five fields. Of `stars`, few make rare rules.
pub(super) fn fields(stars: u32) -> impl Strategy<Value = [Field; 5]> {
    let times = (field(0, 59, 2), field(0, 23, 2));
    (times, field(1, 31, stars), field(1, 12, stars), field(0, 7, stars))
        .prop_map(|((minute, hour), day, month, weekday)| [minute, hour, day, month, weekday])
}

pub(super) fn text(fields: &[Field; 5]) -> String {
    fields.each_ref().map(|field| field.text.as_str()).join(" ")
}

pub(super) fn matches([minute, hour, day, month, weekday]: &[Field; 5], now: DateTime) -> bool {
    let number = now.date().weekday().to_sunday_zero_offset();
    let is_weekday = weekday.values.contains(&number) || number == 0 && weekday.values.contains(&7);
    let is_day = day.values.contains(&now.day());
    let given = (day.text != "*", weekday.text != "*");
    let is_date = if given == (true, true) { is_day || is_weekday } else { is_day && is_weekday };
    is_date
        && minute.values.contains(&now.minute())
        && hour.values.contains(&now.hour())
        && month.values.contains(&now.month())
}

pub(super) fn count(field: &Field) -> usize {
    (0..60).filter(|value| field.values.contains(value)).count()
}

/// Whether the rule runs each time that the clock shows one of its times.
pub(super) fn runs_twice([minute, hour, ..]: &[Field; 5]) -> bool {
    [minute, hour].iter().any(|field| field.has_star && count(field) > 1) || count(hour) == 24
}
