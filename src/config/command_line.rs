//! The command line: the table's rows and the application's own become flags, later wins. Knows
//! nothing of what the values mean.

use std::ffi::OsString;

use clap::{Arg, ArgAction, Command};

use super::span::SpanText;
use super::table::{Row, TABLE};
use super::{AppOption, Options};

/// What the command line asks for.
pub(crate) enum Parsed {
    Serve(Options),
    /// To print what the schedule would do.
    Simulate(Options, SpanText),
    /// Help or the version; to be printed, then all is done.
    Print(String),
    /// What is wrong with it.
    Wrong(String),
}

/// Reads the command line, its first word being the program's name.
pub(crate) fn parse(
    name: &'static str,
    app_options: &[AppOption],
    arguments: impl IntoIterator<Item = OsString>,
) -> Parsed {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let simulates = arguments.get(1).is_some_and(|first| first == SIMULATE);
    let mut command = command(name, app_options);
    if simulates {
        arguments.remove(1);
        command = command.args(span_flags());
    }
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => return Parsed::Wrong(error.to_string()),
        Err(error) => return Parsed::Print(error.to_string()),
    };
    let mut options = Options::default();
    let names = TABLE.iter().map(|row| row.name).chain(app_options.iter().map(|own| own.name));
    for name in names {
        if let Some(values) = matches.get_many::<String>(name) {
            options.set(name, values.cloned().collect());
        }
    }
    if !simulates {
        return Parsed::Serve(options);
    }
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let span = SpanText { from: text("from"), to: text("to"), lines: text("lines") };
    Parsed::Simulate(options, span)
}

/// The first word that asks for a simulation of the schedule.
const SIMULATE: &str = "simulate";

fn span_flags() -> [Arg; 3] {
    let flag = |name, value, help| {
        Arg::new(name).long(name).value_name(value).help(help).help_heading("Simulation")
    };
    [
        flag(
            "from",
            "TIME",
            "When it begins: 2026-03-28, 2026-03-28T12:00, or with a zone; now unless set",
        ),
        flag("to", "TIME", "When it ends; a day later unless set"),
        flag("lines", "N", "Most lines to print").default_value("1000"),
    ]
}

fn command(name: &'static str, app_options: &[AppOption]) -> Command {
    let command = Command::new(name)
        .version(concat!("(cleanslate ", env!("CARGO_PKG_VERSION"), ")"))
        .about("Serves this application to nginx. Options have uWSGI's names; the last one wins.")
        .after_help("`simulate` as the first word prints what the schedule would do: simulate --from TIME --to TIME")
        .args(TABLE.iter().map(server_flag));
    app_options.iter().fold(command, |command, own| {
        command.arg(
            Arg::new(own.name)
                .long(own.name)
                .value_name("VALUE")
                .default_value(own.default.clone())
                .overrides_with(own.name)
                .allow_negative_numbers(true)
                .help(own.help.clone())
                .help_heading("Options of this application"),
        )
    })
}

fn server_flag(row: &'static Row) -> Arg {
    let flag = Arg::new(row.name).long(row.name).value_name(row.value).help(row.help);
    let flag = match row.default {
        Some(default) => flag.default_value(default),
        None => flag,
    };
    if row.repeated {
        flag.action(ArgAction::Append)
    } else {
        flag.action(ArgAction::Set).overrides_with(row.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        let words = std::iter::once("app").chain(line.split_whitespace()).map(OsString::from);
        match parse("app", &[AppOption::new("colour", "blue", "")], words) {
            Parsed::Serve(options) => options,
            Parsed::Simulate(..) => panic!("it was to serve"),
            Parsed::Print(text) | Parsed::Wrong(text) => panic!("{text}"),
        }
    }

    #[test]
    fn defaults_come_from_the_table() {
        let options = options("");
        for row in TABLE {
            assert_eq!(options.text(row.name), row.default, "{}", row.name);
        }
        assert_eq!(options.text("colour"), Some("blue"));
    }

    #[test]
    fn the_last_one_wins_and_a_list_keeps_all() {
        let options = options("--threads 3 --socket /a --threads=5 --socket @b --colour red");
        assert_eq!(options.text("threads"), Some("5"));
        assert_eq!(options.all("socket"), ["/a", "@b"]);
        assert_eq!(options.text("colour"), Some("red"));
    }

    #[test]
    fn a_flag_that_nobody_knows_is_wrong() {
        let words = ["app", "--sockett", "x"].map(OsString::from);
        let Parsed::Wrong(text) = parse("app", &[], words) else { panic!("it was taken") };
        assert!(text.contains("--socket"), "it suggests the nearest: {text}");
    }
}
