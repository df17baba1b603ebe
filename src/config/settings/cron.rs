//! Commands that are run at set times, as uWSGI has them in its three ways. Touches nothing of the
//! system, and doesn't know when a schedule is due.

use std::time::Duration;

use super::reader::Reader;
use crate::schedule::{CronRule, Zone};

/// A command and when it is run.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct CronCommand {
    /// Minute, hour, day, month and weekday, in uWSGI's numbers.
    pub(crate) schedule: [i32; 5],
    pub(crate) command: String,
    /// It is left out while its last run isn't over.
    pub(crate) unique: bool,
    pub(crate) harakiri: Option<Duration>,
    /// Where it was given.
    pub(crate) place: String,
}

const EXPECTED: &str =
    "five numbers and a command: minute hour day month weekday command; -1 is any";
const EXPECTED_BY_NAME: &str =
    "minute=, hour=, day=, month=, week=, unique= or harakiri=, with commas, and a command";

pub(super) fn read(reader: &mut Reader<'_>) -> Vec<CronCommand> {
    let harakiri = reader.seconds("cron-harakiri");
    let options = reader.options;
    let mut commands = Vec::new();
    for (option, expected) in
        [("cron", EXPECTED), ("unique-cron", EXPECTED), ("cron2", EXPECTED_BY_NAME)]
    {
        let given = options.all(option).iter().zip(options.places(option));
        for (index, (text, place)) in given.enumerate() {
            let parsed = if option == "cron2" { by_name(text) } else { by_number(text) };
            let parsed = parsed.filter(|parsed| !parsed.command.is_empty());
            let Some(parsed) = parsed else {
                reader.wrong_at(option, index, expected);
                continue;
            };
            let rule =
                Zone::parse("UTC").and_then(|zone| CronRule::of_uwsgi(parsed.schedule, &zone));
            if let Err(error) = rule {
                reader.wrong_at(option, index, &format!("a time that there is ({error})"));
            }
            commands.push(CronCommand {
                unique: parsed.unique || option == "unique-cron",
                harakiri: parsed.harakiri.or(harakiri),
                place: place.to_string(),
                ..parsed
            });
        }
    }
    commands
}

fn by_number(text: &str) -> Option<CronCommand> {
    let mut schedule = [0; 5];
    let mut rest = text.trim_start();
    for number in &mut schedule {
        let (word, after) = rest.split_once([' ', '\t'])?;
        *number = word.parse().ok()?;
        rest = after.trim_start();
    }
    let command = rest.to_owned();
    Some(CronCommand { schedule, command, unique: false, harakiri: None, place: String::new() })
}

fn by_name(text: &str) -> Option<CronCommand> {
    let (pairs, command) = match text.split_once(' ') {
        Some((pairs, command)) if pairs.contains('=') => (pairs, command),
        _ if text.contains('=') && !text.contains(' ') => return None,
        _ => ("", text),
    };
    let mut parsed = CronCommand {
        schedule: [-1; 5],
        command: command.trim().to_owned(),
        unique: false,
        harakiri: None,
        place: String::new(),
    };
    for pair in pairs.split(',').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=')?;
        let number: i32 = value.parse().ok()?;
        match name {
            "unique" => parsed.unique = number != 0,
            "harakiri" => {
                let seconds = u64::try_from(number).ok()?;
                parsed.harakiri = Some(Duration::from_secs(seconds)).filter(|time| !time.is_zero());
            }
            name => {
                let names = ["minute", "hour", "day", "month", "week"];
                let field = names.iter().position(|known| *known == name)?;
                parsed.schedule[field] = number;
            }
        }
    }
    Some(parsed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_say_the_same() {
        let by_number = by_number("-5 3 -1 -1 -1  /bin/echo a b").unwrap();
        let by_name = by_name("minute=-5,hour=3 /bin/echo a b").unwrap();
        assert_eq!(by_number, by_name);
        assert_eq!(by_number.command, "/bin/echo a b");
    }

    #[test]
    fn names_say_more() {
        let parsed = by_name("unique=1,harakiri=30 true").unwrap();
        assert!(parsed.unique);
        assert_eq!(parsed.harakiri, Some(Duration::from_secs(30)));
        assert_eq!(parsed.schedule, [-1; 5]);
        assert_eq!(by_name("true a=b").unwrap().command, "true a=b");
        for wrong in ["minute=x true", "noon=1 true", "minute=1"] {
            assert_eq!(by_name(wrong), None, "{wrong}");
        }
        for wrong in ["", "1 2 3 4", "1 2 3 4 x true"] {
            assert_eq!(by_number(wrong), None, "{wrong}");
        }
    }
}
