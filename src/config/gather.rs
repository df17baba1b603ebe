//! From keys and values, wherever they are from, to options: which option each key is, which are
//! placeholders, and which are nobody's. Knows nothing of what values mean, but of true and false.

use std::collections::BTreeSet;

use super::environment;
use super::foreign::{self, Fate};
use super::ini::{self, Collector, Dangling, DanglingKind};
use super::mistake::{Cause, Mistake};
use super::place::{Entry, Note, Place};
use super::suggest::nearest;
use super::surroundings::Surroundings;
use super::table::{self, Kind, Row, rows};
use super::{AppOption, Options};

/// Options from the environment, then from the command line with the files that it names.
pub(super) fn gather(
    words: &[Entry],
    app_options: &[AppOption],
    surroundings: &dyn Surroundings,
) -> Options {
    let is_own = |name: &str| app_options.iter().any(|own| own.name == name);
    let is_option =
        |name: &str| table::find(name).is_some() || is_own(name) || foreign::fate(name).is_some();
    let mut collector = Collector::new(surroundings, &is_option);
    for entry in environment::entries(surroundings).iter().chain(words) {
        collector.add(&entry.key, &entry.value, &entry.place);
    }
    let mut referred: BTreeSet<String> =
        collector.entries.iter().flat_map(|entry| ini::names(&entry.value)).collect();
    referred.append(&mut collector.asked_for.drain(..).collect());
    let dangling = collector.resolve();
    let meant = dangling.iter().filter_map(|dangling| dangling.suggestion.clone()).collect();
    let Collector { entries, mistakes, notes, .. } = collector;
    let options = Options::found(mistakes, notes);
    let mut gathering = Gathering { options, app_options, referred, meant };
    gathering.defaults();
    for entry in &entries {
        gathering.take(entry);
    }
    gathering.open_sockets();
    for dangling in dangling {
        gathering.dangles(&entries[dangling.index], dangling);
    }
    gathering.options
}

const MODE_FOR_ALL: &str = "666";

struct Gathering<'a> {
    options: Options,
    app_options: &'a [AppOption],
    /// Keys that some `%( )` or `if-opt` names.
    referred: BTreeSet<String>,
    /// Keys that some misspelt `%( )` was meant for, it seems.
    meant: BTreeSet<String>,
}

impl Gathering<'_> {
    fn defaults(&mut self) {
        for row in rows() {
            if let Some(default) = row.default {
                self.options.set(row.name, default.to_owned(), Place::Default);
            }
        }
        for own in self.app_options {
            self.options.set(own.name, own.default.clone(), Place::Default);
        }
    }

    fn take(&mut self, entry: &Entry) {
        if entry.is_placeholder {
            return;
        }
        let key = entry.key.as_str();
        if let Some(row) = table::find(key) {
            return self.take_row(row, entry);
        }
        if let Some(own) = self.app_options.iter().find(|own| own.name == key) {
            // A key alone says yes, as everywhere.
            let value = if entry.value.is_empty() { "true" } else { &entry.value };
            return self.options.set(own.name, value.to_owned(), entry.place.clone());
        }
        if self.referred.contains(key) && !foreign::is_named(key) {
            return;
        }
        match foreign::fate(key) {
            Some(Fate::Ignored(why)) => self.ignore(entry, why),
            Some(Fate::Refused(why)) => self.wrong(entry, Cause::Refused(why)),
            None => self.unknown(entry),
        }
    }

    fn take_row(&mut self, row: &Row, entry: &Entry) {
        let value = match row.kind {
            Kind::Flag => match truth(&entry.value) {
                Some(truth) => truth.to_string(),
                None => {
                    let value = entry.value.clone();
                    let expected = row.kind.expected().to_owned();
                    return self.wrong_for(row, entry, Cause::Value { value, expected });
                }
            },
            // uWSGI's, for a mode that isn't said.
            Kind::Mode if row.name == "chmod-socket" && is_bare(&entry.value) => {
                MODE_FOR_ALL.to_owned()
            }
            _ if entry.value.is_empty() => {
                return self.wrong_for(row, entry, Cause::Missing(row.kind.expected()));
            }
            _ => entry.value.clone(),
        };
        if row.repeated {
            self.options.push(row.name, value, entry.place.clone());
        } else {
            self.options.set(row.name, value, entry.place.clone());
        }
    }

    /// uWSGI's sockets are everybody's when it goes to the background, and nginx may be another user: who
    /// says whose they are means no others.
    fn open_sockets(&mut self) {
        const OPTION: &str = "chmod-socket";
        let place = self.options.place("daemonize");
        let is_said =
            [OPTION, "chown-socket"].iter().any(|name| self.options.place(name) != Place::Default);
        if place == Place::Default || is_said {
            return;
        }
        self.options.set(OPTION, MODE_FOR_ALL.to_owned(), place.clone());
        let what = "daemonize makes unix sockets everybody's (666), as nginx may be another user: \
                    set chmod-socket, or chown-socket"
            .to_owned();
        self.options.notes.push(Note::Warning { key: OPTION.to_owned(), place, what });
    }

    fn ignore(&mut self, entry: &Entry, why: &'static str) {
        let is_known = |note: &Note| match note {
            Note::NotApplicable { key, .. } => *key == entry.key,
            Note::Warning { .. } => false,
        };
        if !self.options.notes.iter().any(is_known) {
            let (key, place) = (entry.key.clone(), entry.place.clone());
            self.options.notes.push(Note::NotApplicable { key, place, why });
        }
    }

    fn unknown(&mut self, entry: &Entry) {
        let known = rows().flat_map(|row| [&row.name].into_iter().chain(row.aliases).copied());
        let own = self.app_options.iter().map(|own| own.name);
        let suggestion = nearest(&entry.key, known.chain(own))
            .or_else(|| nearest(&entry.key, foreign::names().map(|(name, _)| name)))
            .filter(|name| !matches!(foreign::fate(name), Some(Fate::Refused(_))));
        if suggestion.is_none() && self.meant.contains(&entry.key) {
            return;
        }
        if !matches!(entry.place, Place::Environment(_)) {
            return self.wrong(entry, Cause::Unknown(suggestion));
        }
        // Variables may be anybody's, so that only a likely slip is told.
        if let Some(suggestion) = suggestion {
            let what = format!("there is no such option; did you mean {suggestion}?");
            let (key, place) = (entry.key.clone(), entry.place.clone());
            self.options.notes.push(Note::Warning { key, place, what });
        }
    }

    /// A reference that leads nowhere is wrong where its value is used, unless it means something there.
    fn dangles(&mut self, entry: &Entry, dangling: Dangling) {
        let Some(row) = table::find(&entry.key).filter(|_| !entry.is_placeholder) else { return };
        // These have placeholders, and a shell's variables, of their own.
        if row.name == "log-format" || row.name.contains("cron") {
            return;
        }
        match dangling.kind {
            DanglingKind::Placeholder => {
                let Dangling { name, suggestion, .. } = dangling;
                self.wrong(entry, Cause::UnknownPlaceholder { name, suggestion });
            }
            DanglingKind::Variable => {
                let what = format!("the environment has no {}: it stays as it is", dangling.name);
                let (key, place) = (entry.key.clone(), entry.place.clone());
                self.options.notes.push(Note::Warning { key, place, what });
            }
        }
    }

    fn wrong(&mut self, entry: &Entry, cause: Cause) {
        let (key, place) = (entry.key.clone(), entry.place.clone());
        self.options.mistakes.push(Mistake { place, key, cause });
    }

    /// On the command line an option is called by its own name.
    fn wrong_for(&mut self, row: &Row, entry: &Entry, cause: Cause) {
        let key = if entry.place == Place::CommandLine { row.name } else { &entry.key };
        let (key, place) = (key.to_owned(), entry.place.clone());
        self.options.mistakes.push(Mistake { place, key, cause });
    }
}

/// A key alone, or what uWSGI takes for it.
fn is_bare(value: &str) -> bool {
    matches!(value, "" | "1" | "true")
}

/// What a flag's value says; a key alone says yes.
pub(super) fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "" | "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use super::super::command_line::{Parsed, parse_in};
    use super::super::surroundings::Machine;
    use super::*;

    /// What files, given by name and text, come to with a command line.
    fn gathered(files: &[(&str, &str)], line: &str) -> Options {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let machine = Machine::seen_from(folder.path());
        let words = std::iter::once("app").chain(line.split_whitespace()).map(OsString::from);
        let own = [AppOption::new("colour", "blue", "")];
        match parse_in(&machine, "app", &own, words) {
            Parsed::Serve(options) => options,
            Parsed::Wrong(text) | Parsed::Print(text) => panic!("{text}"),
            Parsed::Check(_) | Parsed::Simulate(..) | Parsed::Audit(..) => {
                panic!("it was to serve")
            }
        }
    }

    fn told(options: &Options) -> Vec<String> {
        options.mistakes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn files_count_at_their_place() {
        let file = ("a.ini", "[uwsgi]\nthreads = 3\nsocket = @a\ncolour = red\nmaster\n");
        for (line, threads) in
            [("--threads 5 a.ini", "3"), ("--ini a.ini --threads 5", "5"), ("a.ini", "3")]
        {
            let options = gathered(&[file], line);
            assert_eq!(options.text("threads"), Some(threads), "{line}");
            assert_eq!(options.text("colour"), Some("red"), "{line}");
            assert_eq!(options.text("master"), Some("true"), "{line}");
            assert_eq!(told(&options), [""; 0], "{line}");
        }
        let options = gathered(&[file], "--socket @x a.ini --socket @y");
        assert_eq!(options.all("socket"), ["@x", "@a", "@y"]);
        assert_eq!(options.place("threads").to_string(), "a.ini:2");
    }

    #[test]
    fn toml_has_the_same_keys() {
        let text = "threads = 0x3\ncolour = \"red\"\n[uwsgi]\nmaster = true\nharakiri = 0.5\nsocket = [\n\"@a\",\n\"@%(colour)\"]\n[other]\nx = 1\n";
        let options = gathered(&[("a.toml", text)], "a.toml");
        assert_eq!(options.text("threads"), Some("3"));
        assert_eq!(options.text("master"), Some("true"));
        assert_eq!(options.text("harakiri"), Some("0.5"));
        assert_eq!(options.all("socket"), ["@a", "@red"]);
        assert_eq!(options.place("socket").to_string(), "a.toml:8");
        let expected = "a.toml:9: other: give a text, a number, true or false, or an array of such";
        assert_eq!(told(&options), [expected]);
        let broken = gathered(&[("a.toml", "a = 1\nb = = 2\n")], "a.toml");
        assert!(told(&broken)[0].starts_with("a.toml:2: toml: "), "{:?}", told(&broken));
    }

    #[test]
    fn a_key_is_a_placeholder_only_if_something_uses_it() {
        let text = "[uwsgi]\nused = 1\nunused = 2\nsum = 4\nstatic-root = /s\nlogto = %(static-root)\nasked = 1\nthreads = %(used + sum)\nif-opt = asked\nmaster\nend =\n";
        let options = gathered(&[("a.ini", text)], "a.ini");
        assert_eq!(options.text("threads"), Some("5"));
        assert_eq!(options.text("master"), Some("true"));
        assert_eq!(told(&options).len(), 1, "{:?}", told(&options));
        assert!(told(&options)[0].starts_with("a.ini:3: unused: there is no such option"));
    }

    #[test]
    fn a_placeholder_without_a_value_is_wrong_where_it_is_used() {
        let text = "[uwsgi]\nbase = /x\nlogto = %(bsae)/log\nlog-format = %(uri)\ncron = 1 2 3 4 5 date +%%(x) $(y)\nplugin = %(none)\n";
        let options = gathered(&[("a.ini", text)], "a.ini");
        assert_eq!(told(&options), ["a.ini:3: logto: %(bsae) has no value; did you mean base?"]);
    }

    #[test]
    fn sockets_of_a_daemon_are_everybodys_unless_it_is_said_whose_they_are() {
        for (more, mode, place) in [
            ("", "666", "a.ini:3"),
            ("chmod-socket = 600", "600", "a.ini:4"),
            ("chmod-socket", "666", "a.ini:4"),
            ("chown-socket = :www-data", "660", "default"),
        ] {
            let text = format!("[uwsgi]\nsocket = @a\ndaemonize = log\n{more}\n");
            let options = gathered(&[("a.ini", &text)], "a.ini");
            assert_eq!(options.text("chmod-socket"), Some(mode), "{more}");
            assert_eq!(options.place("chmod-socket").to_string(), place, "{more}");
            assert_eq!(options.notes.len(), usize::from(place == "a.ini:3"), "{more}");
        }
    }
}
