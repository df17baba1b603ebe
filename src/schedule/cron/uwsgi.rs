//! uWSGI's way to give a cron: five numbers. It must not know how times are searched.

use super::error::CronError;
use super::{CronRule, Zone};

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
    field("minute", "0 to 59, -1 or less", 0, 59),
    field("hour", "0 to 23, -1 or less", 0, 23),
    field("day", "1 to 31, or -1 to -31", 1, 31),
    field("month", "1 to 12, or -1 to -12", 1, 12),
    field("weekday", "0 to 7, -1 or less", 0, 7),
];

impl CronRule {
    /// Minute, hour, day, month and weekday: -1 is any value, -N every value that N divides, and
    /// 0 and 7 are Sunday. Where day and weekday are both given as they are, either will do;
    /// otherwise both must hold. Source: uWSGI 2.0, core/cron.c, which has no rule for daylight
    /// saving; here it is as with any rule, and -N is a step.
    ///
    /// # Errors
    /// [`CronError::Value`] for a number that the field can't have.
    pub(crate) fn of_uwsgi(numbers: [i32; 5], zone: &Zone) -> Result<Self, CronError> {
        let fields = numbers.iter().zip(&FIELDS).map(|(number, field)| field.text(*number));
        let fields = fields.collect::<Result<Vec<String>, CronError>>()?;
        let [_, _, day, _, weekday] = numbers;
        let either = day >= 0 && weekday >= 0;
        let text = numbers.map(|number| number.to_string()).join(" ");
        Self::read(text, &fields.join(" "), !either, zone)
    }
}

impl Field {
    /// The field as a cron's rule has it.
    fn text(&self, number: i32) -> Result<String, CronError> {
        let most = self.most;
        match number {
            -1 => Ok("*".to_owned()),
            _ if (self.least..=most).contains(&number) => Ok(number.to_string()),
            // Every number divides zero, and one above all values nothing else.
            _ if number < 0 && self.least == 0 => {
                Ok(format!("*/{}", number.unsigned_abs().min(most.unsigned_abs() + 1)))
            }
            _ if (-most..0).contains(&number) => Ok(format!("{0}-{most}/{0}", -number)),
            // A day or a month that there never is.
            _ => Err(CronError::Value {
                field: self.name,
                value: number.to_string(),
                range: self.range,
            }),
        }
    }
}
