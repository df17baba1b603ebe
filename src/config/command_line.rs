//! The command line: the table's rows and the application's own become flags, later wins. Knows
//! nothing of what the values mean.

use std::ffi::OsString;

use clap::builder::ValueHint;
use clap::parser::ValueSource;
use clap::{Arg, ArgAction, ArgMatches, Command};

use super::place::{Entry, Place};
use super::span::SpanText;
use super::surroundings::{Machine, Surroundings};
use super::table::{self, GROUPS, Kind, Row, rows};
use super::{AppOption, Options, foreign, gather, show};

/// What the command line asks for.
pub(crate) enum Parsed {
    Serve(Options),
    /// To print what the schedule would do.
    Simulate(Options, SpanText),
    /// To say whether all is right with them, and to serve nothing.
    Check(Options),
    /// Help, the version and what else is only text; to be printed, then all is done.
    Print(String),
    /// What is wrong with it.
    Wrong(String),
}

/// Reads the command line, its first word being the program's name, and all that it names.
pub(crate) fn parse(
    name: &'static str,
    app_options: &[AppOption],
    arguments: impl IntoIterator<Item = OsString>,
) -> Parsed {
    parse_in(&Machine::here(), name, app_options, arguments)
}

/// The same on any machine.
pub(super) fn parse_in(
    surroundings: &dyn Surroundings,
    name: &'static str,
    app_options: &[AppOption],
    arguments: impl IntoIterator<Item = OsString>,
) -> Parsed {
    let mut arguments: Vec<OsString> = arguments.into_iter().collect();
    let order = Order::take(&mut arguments);
    let command = command(name, app_options);
    let command = match order {
        Order::Completions => return show::completions(command, arguments.get(1)),
        Order::Manual => return show::manual(command),
        Order::Simulate => command.args(span_flags()),
        Order::Serve | Order::Check => command,
    };
    let matches = match command.try_get_matches_from(join_flags(arguments)) {
        Ok(matches) => matches,
        Err(error) if error.use_stderr() => return Parsed::Wrong(error.to_string()),
        Err(error) => return Parsed::Print(error.to_string()),
    };
    let words = match words(&matches, app_options) {
        Ok(words) => words,
        Err(wrong) => return Parsed::Wrong(wrong),
    };
    let options = gather::gather(&words, app_options, surroundings);
    if matches.get_flag("show-config") {
        return Parsed::Print(show::config(&options, app_options));
    }
    if order == Order::Check || matches.get_flag("check") {
        return Parsed::Check(options);
    }
    if order == Order::Serve {
        return Parsed::Serve(options);
    }
    if !options.mistakes.is_empty() {
        return Parsed::Check(options);
    }
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let span = SpanText { from: text("from"), to: text("to"), lines: text("lines") };
    Parsed::Simulate(options, span)
}

/// What the first word asks for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Order {
    Serve,
    Simulate,
    Check,
    Completions,
    Manual,
}

impl Order {
    /// Takes the word away.
    fn take(arguments: &mut Vec<OsString>) -> Self {
        let order = match arguments.get(1).and_then(|first| first.to_str()) {
            Some("simulate") => Self::Simulate,
            Some("check") => Self::Check,
            Some("completions") => Self::Completions,
            Some("man") => Self::Manual,
            _ => return Self::Serve,
        };
        arguments.remove(1);
        order
    }
}

/// A flag may be followed by its value as a word of its own; other words behind it are not its.
fn join_flags(arguments: Vec<OsString>) -> Vec<OsString> {
    let is_flag = |word: &OsString| {
        let name = word.to_str().and_then(|word| word.strip_prefix("--"));
        name.and_then(table::find).is_some_and(|row| row.kind == Kind::Flag)
    };
    let is_truth = |word: &OsString| {
        let text = word.to_str().unwrap_or_default();
        !text.is_empty() && gather::truth(text).is_some()
    };
    let mut joined: Vec<OsString> = Vec::with_capacity(arguments.len());
    let mut follows_flag = false;
    for word in arguments {
        match joined.last_mut() {
            Some(flag) if follows_flag && is_truth(&word) => {
                flag.push("=");
                flag.push(word);
                follows_flag = false;
            }
            _ => {
                follows_flag = is_flag(&word);
                joined.push(word);
            }
        }
    }
    joined
}

/// All that was given, in its order.
fn words(matches: &ArgMatches, app_options: &[AppOption]) -> Result<Vec<Entry>, String> {
    let own = app_options.iter().map(|own| own.name);
    let foreign = foreign_names(app_options).map(|(name, _)| name);
    let mut words = Vec::new();
    let names = rows().map(|row| row.name).chain(own).chain(foreign);
    for name in names.chain([FILES]) {
        if matches.value_source(name) != Some(ValueSource::CommandLine) {
            continue;
        }
        let values = matches.get_many::<String>(name).into_iter().flatten();
        let places = matches.indices_of(name).into_iter().flatten();
        words.extend(places.zip(values).map(|(place, value)| (place, name, value.clone())));
    }
    words.sort_unstable();
    words.into_iter().map(|(_, name, value)| entry(name, value)).collect()
}

fn entry(name: &str, value: String) -> Result<Entry, String> {
    let key = match name {
        FILES => kind_of_file(&value).ok_or_else(|| {
            format!("error: unexpected argument '{value}' found: only a file .ini or .toml stands alone\n")
        })?,
        name => name,
    };
    Ok(Entry { key: key.to_owned(), value, place: Place::CommandLine, is_placeholder: false })
}

/// The option that a word alone stands for.
fn kind_of_file(word: &str) -> Option<&'static str> {
    let (path, _) = word.rsplit_once(':').unwrap_or((word, ""));
    let of = |path: &str| {
        let kinds = [(".ini", "ini"), (".toml", "toml")];
        kinds.into_iter().find(|(end, _)| path.ends_with(end)).map(|(_, kind)| kind)
    };
    of(path).or_else(|| of(word))
}

/// Words that stand alone.
const FILES: &str = "FILE.ini";

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

const AFTER_HELP: &str = "\
First words that ask for something else than to serve:
  check                say all that is wrong with the configuration, with its lines (as -t)
  simulate             print what the schedule would do: simulate --from TIME --to TIME
  completions SHELL    print completions for bash, elvish, fish, powershell or zsh
  man                  print the manual page

Each option may also stand in an ini or TOML file, without its dashes, and in the environment:
--log-level is UWSGI_LOG_LEVEL or CLEANSLATE_LOG_LEVEL, which count before all else.
Options of uWSGI that don't apply here are taken and named in the log, or refused with a reason.";

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
fn foreign_names(app_options: &[AppOption]) -> impl Iterator<Item = (&'static str, bool)> {
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
        Kind::Path | Kind::Address => flag.value_hint(ValueHint::FilePath),
        Kind::Mode if row.name == "chmod-socket" => flag,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        let words = std::iter::once("app").chain(line.split_whitespace()).map(OsString::from);
        match parse("app", &[AppOption::new("colour", "blue", "")], words) {
            Parsed::Serve(options) | Parsed::Check(options) => options,
            Parsed::Simulate(..) => panic!("it was to serve"),
            Parsed::Print(text) | Parsed::Wrong(text) => panic!("{text}"),
        }
    }

    #[test]
    fn defaults_come_from_the_table() {
        let options = options("");
        for row in rows() {
            assert_eq!(options.text(row.name), row.default, "{}", row.name);
        }
        assert_eq!(options.text("colour"), Some("blue"));
    }

    #[test]
    fn the_last_one_wins_and_a_list_keeps_all() {
        let options = options("--threads 3 --socket /a --threads=5 --uwsgi-socket @b --colour red");
        assert_eq!(options.text("threads"), Some("5"));
        assert_eq!(options.all("socket"), ["/a", "@b"]);
        assert_eq!(options.text("colour"), Some("red"));
    }

    #[test]
    fn a_flag_says_yes_by_itself() {
        for (line, expected) in [
            ("--master", "true"),
            ("-M", "true"),
            ("--master=no", "false"),
            ("--master off", "false"),
            ("--master --threads 3", "true"),
            ("--master false --master", "true"),
        ] {
            assert_eq!(options(line).text("master"), Some(expected), "{line}");
        }
    }

    #[test]
    fn what_uwsgi_has_is_taken_or_refused() {
        let options = options("--plugin python --need-app --static-map /s=/t");
        assert_eq!(options.notes.len(), 2);
        let told: Vec<String> = options.mistakes.iter().map(ToString::to_string).collect();
        assert_eq!(told, ["--static-map: it is refused: let nginx serve files"]);
    }

    #[test]
    fn a_flag_that_nobody_knows_is_wrong() {
        for (words, says) in
            [(["app", "--sockett", "x"], "--socket"), (["app", "--socket", "x.sock stray"], "")]
        {
            match (parse("app", &[], words.map(OsString::from)), says) {
                (Parsed::Wrong(text), says) => assert!(text.contains(says), "{text}"),
                (_, says) => assert_eq!(says, "", "it was taken"),
            }
        }
        let Parsed::Wrong(text) = parse("app", &[], ["app", "stray"].map(OsString::from)) else {
            panic!("it was taken")
        };
        assert!(text.contains("'stray'"), "{text}");
    }

    #[test]
    fn clap_finds_nothing_wrong_with_the_table() {
        command("app", &[AppOption::new("module", "", "")]).debug_assert();
    }
}
