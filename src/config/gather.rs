//! From keys and values, wherever they are from, to options: which option each key is, which are
//! placeholders, and which are nobody's. Knows nothing of what values mean, but of true and false.

#[cfg(test)]
mod tests;
mod told;

use std::collections::BTreeSet;

use super::environment;
use super::foreign::{self, Fate};
use super::ini::{self, Collector};
use super::mistake::Cause;
use super::place::{Entry, Note, Place};
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
