//! uWSGI's way to give a cron: five numbers. It must not know how times are searched.

use super::{CronError, CronRule, Zone};

/// One of the five.
struct Field {
    name: &'static str,
    range: &'static str,
    least: i32,
    most: i32,
}

const fn field(name: &'static str, range: &'static str, least: i32, most: i32) -> Field {
    Field { name, range, least, most }
}

const FIELDS: [Field; 5] = [
    field("minute", "0 to 59", 0, 59),
    field("hour", "0 to 23", 0, 23),
    field("day", "1 to 31", 1, 31),
    field("month", "1 to 12", 1, 12),
    field("weekday", "0 to 7", 0, 7),
];

impl CronRule {
    /// Minute, hour, day, month and weekday: -1 is any value, -N every value that N divides, and
    /// 0 and 7 are Sunday. Where day and weekday are both given as they are, either will do;
    /// otherwise both must hold. Source: uWSGI 2.0, core/cron.c.
    ///
    /// # Errors
    /// [`CronError::Field`] for a number that the field can't have.
    pub(crate) fn of_uwsgi(numbers: [i32; 5], zone: &Zone) -> Result<Self, CronError> {
        let fields = numbers.iter().zip(&FIELDS).map(|(number, field)| field.text(*number));
        let fields = fields.collect::<Result<Vec<String>, CronError>>()?;
        let [_, _, day, _, weekday] = numbers;
        let either = day >= 0 && weekday >= 0;
        Self::read(&fields.join(" "), !either, zone)
    }
}

impl Field {
    /// The field as a cron's rule has it.
    fn text(&self, number: i32) -> Result<String, CronError> {
        if number == -1 {
            return Ok("*".to_owned());
        }
        let refused = || CronError::Field { field: self.name, value: number, range: self.range };
        if number >= 0 {
            let is_one = (self.least..=self.most).contains(&number);
            return if is_one { Ok(number.to_string()) } else { Err(refused()) };
        }
        // Seven is another name for a Sunday, and no value of its own.
        let most = self.most.min(if self.name == "weekday" { 6 } else { self.most });
        let divided: Vec<String> = (self.least..=most)
            .filter(|value| value.checked_rem(number) == Some(0))
            .map(|value| value.to_string())
            .collect();
        // No day and no month is divided by so large a number: it would never run.
        if divided.is_empty() { Err(refused()) } else { Ok(divided.join(",")) }
    }
}
