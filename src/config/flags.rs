//! The command line's flags, made of the tables and the application's own options. Knows nothing of
//! what is read with them.

use clap::builder::ValueHint;
use clap::{Arg, ArgAction, Command};

use super::table::{self, GROUPS, Kind, Row};
use super::{AppOption, foreign};

/// Words that stand alone.
pub(super) const FILES: &str = "FILE.ini";

/// Those of a simulation.
pub(super) fn span_flags() -> [Arg; 3] {
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

/// Those of an audit.
pub(super) fn audit_flags() -> [Arg; 5] {
    let flag = |name: &'static str, help: &'static str| {
        Arg::new(name).long(name).help(help).help_heading("Audit")
    };
    [
        flag("runs", "How often each handler is run").value_name("N").default_value("200"),
        flag(
            "request",
            "A request to audit, as in 'GET /users/7' or 'POST /users name=Ada'; may be repeated",
        )
        .value_name("REQUEST")
        .action(ArgAction::Append),
        flag("recorded", "A captured request to audit, or a folder of them; may be repeated")
            .value_name("FILE|FOLDER")
            .value_hint(ValueHint::AnyPath)
            .action(ArgAction::Append),
        flag("live", "Work on the database itself, and not on a copy").action(ArgAction::SetTrue),
        flag("as-json", "Print JSON").action(ArgAction::SetTrue),
    ]
}

const AFTER_HELP: &str = "\
First words that ask for something else than to serve:
  check                say all that is wrong with the configuration, with its lines (as -t)
  simulate             print what the schedule would do: simulate --from TIME --to TIME
  audit                run each timer's handler many times, and say what its runs keep:
                       audit --runs 200 --request 'GET /users/7'; exit 1 if one leaks
  completions SHELL    print completions for bash, elvish, fish, powershell or zsh
  man                  print the manual page
  options              print all options as a page in Markdown

Each option may also stand in an ini or TOML file, without its dashes, and in the environment:
--log-level is UWSGI_LOG_LEVEL or CLEANSLATE_LOG_LEVEL, which count before all else.
Options of uWSGI that don't apply here are taken and named in the log, or refused with a reason.";

/// The command line of an application.
pub(super) fn command(name: &'static str, app_options: &[AppOption]) -> Command {
    let foreign = foreign_names(app_options);
    let server = GROUPS.iter().flat_map(|group| {
        group.rows.iter().map(|row| server_flag(row).help_heading(group.heading))
    });
    let command = Command::new(name)
        .version(concat!("(cleanslate ", env!("CARGO_PKG_VERSION"), ")"))
        .about("Serves this application to nginx. Options have uWSGI's names; the last one wins.")
        .after_help(AFTER_HELP)
        .arg(
            Arg::new(FILES)
                .value_name(FILES)
                .help("Files of configuration, .ini or .toml; as --ini and --toml")
                .value_hint(ValueHint::FilePath)
                .action(ArgAction::Append),
        )
        .args(own_flags())
        .args(server)
        .args(foreign.map(|(name, is_flag)| foreign_flag(name, is_flag)));
    app_options.iter().fold(command, |command, own| {
        command.arg(
            Arg::new(own.name)
                .long(own.name)
                .value_name("VALUE")
                .default_value(own.default.clone())
                .action(ArgAction::Append)
                .allow_negative_numbers(true)
                .help(own.help.clone())
                .help_heading("Options of this application"),
        )
    })
}

/// Options of uWSGI that have no other meaning here, and whether they are flags.
pub(super) fn foreign_names(
    app_options: &[AppOption],
) -> impl Iterator<Item = (&'static str, bool)> {
    let is_own = |name: &str| app_options.iter().any(|own| own.name == name);
    foreign::names().filter(move |(name, _)| !is_own(name) && !table::is_taken(name))
}

/// What is asked of the command line itself.
fn own_flags() -> [Arg; 2] {
    let flag = |name, help| {
        Arg::new(name)
            .long(name)
            .help(help)
            .action(ArgAction::SetTrue)
            .help_heading("Configuration")
    };
    [
        flag("check", "Say all that is wrong with the configuration, and serve nothing").short('t'),
        flag("show-config", "Print what is in effect, and where each value is from"),
    ]
}

fn server_flag(row: &'static Row) -> Arg {
    let flag = Arg::new(row.name)
        .long(row.name)
        .value_name(row.kind.value_name())
        .help(row.help)
        .aliases(row.aliases)
        .action(ArgAction::Append);
    let flag = match row.short {
        Some(letter) => flag.short(letter),
        None => flag,
    };
    let flag = match row.kind {
        Kind::Flag => flag.num_args(0..=1).require_equals(true).default_missing_value("true"),
        // A mode alone is a long way of saying that all may.
        Kind::Mode if row.name == "chmod-socket" => {
            flag.num_args(0..=1).require_equals(false).default_missing_value("666")
        }
        Kind::Path | Kind::Address => flag.value_hint(ValueHint::FilePath),
        _ => flag,
    };
    match row.default {
        Some(default) if row.kind != Kind::Flag => flag.default_value(default),
        _ => flag,
    }
}

/// Taken, and no part of help.
fn foreign_flag(name: &'static str, is_flag: bool) -> Arg {
    let flag = Arg::new(name).long(name).hide(true).action(ArgAction::Append);
    match is_flag {
        true => flag.num_args(0..=1).require_equals(true).default_missing_value("true"),
        false => flag,
    }
}
