//! The command line: which of its words ask for what, and all that was given, in its order. Knows
//! nothing of what the values mean.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::audit::AuditText;
use super::flags::{FILES, audit_flags, command, foreign_names, span_flags};
use super::place::{Entry, Place};
use super::span::SpanText;
use super::surroundings::{Machine, Surroundings};
use super::table::{self, Kind, rows};
use super::{AppOption, Options, gather, pages, show};

/// What the command line asks for.
pub(crate) enum Parsed {
    Serve(Options),
    /// To print what the schedule would do.
    Simulate(Options, SpanText),
    /// To run handlers by themselves, and to say what they keep.
    Audit(Options, AuditText),
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
        Order::Completions => {
            return show::completions(called(command, &arguments), arguments.get(1));
        }
        Order::Manual => return show::manual(called(command, &arguments)),
        Order::Options => return Parsed::Print(pages::options(app_options)),
        Order::Simulate => command.args(span_flags()),
        Order::Audit => command.args(audit_flags()),
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
    if order == Order::Audit {
        let text = AuditText {
            runs: matches.get_one::<String>("runs").cloned().unwrap_or_default(),
            requests: matches.get_many("request").into_iter().flatten().cloned().collect(),
            recorded: paths(&matches, "recorded"),
            is_live: matches.get_flag("live"),
            is_json: matches.get_flag("as-json"),
        };
        return Parsed::Audit(options, text);
    }
    let text = |name: &str| matches.get_one::<String>(name).cloned();
    let span = SpanText { from: text("from"), to: text("to"), lines: text("lines") };
    Parsed::Simulate(options, span)
}

fn paths(matches: &ArgMatches, name: &str) -> Vec<PathBuf> {
    matches.get_many::<String>(name).into_iter().flatten().map(PathBuf::from).collect()
}

/// Called as the file is that was run: a package may have to give the program another name.
fn called(command: Command, arguments: &[OsString]) -> Command {
    let file = arguments.first().and_then(|program| Path::new(program).file_name()?.to_str());
    match file {
        Some(file) => command.name(file.to_owned()),
        None => command,
    }
}

/// What the first word asks for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Order {
    Serve,
    Simulate,
    Audit,
    Check,
    Completions,
    Manual,
    Options,
}

impl Order {
    /// Takes the word away.
    fn take(arguments: &mut Vec<OsString>) -> Self {
        let order = match arguments.get(1).and_then(|first| first.to_str()) {
            Some("simulate") => Self::Simulate,
            Some("audit") => Self::Audit,
            Some("check") => Self::Check,
            Some("completions") => Self::Completions,
            Some("man") => Self::Manual,
            Some("options") => Self::Options,
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

#[cfg(test)]
mod tests {
    use super::*;

    fn options(line: &str) -> Options {
        let words = std::iter::once("app").chain(line.split_whitespace()).map(OsString::from);
        match parse("app", &[AppOption::new("colour", "blue", "")], words) {
            Parsed::Serve(options) | Parsed::Check(options) => options,
            Parsed::Simulate(..) | Parsed::Audit(..) => panic!("it was to serve"),
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
