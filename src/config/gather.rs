//! From keys and values, wherever they are from, to options: which option each key is, which are
//! placeholders, and which are nobody's. Knows nothing of what values mean, but of true and false.

use std::collections::BTreeSet;

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
    for entry in from_environment(surroundings).iter().chain(words) {
        collector.add(&entry.key, &entry.value, &entry.place);
    }
    let mut referred: BTreeSet<String> =
        collector.entries.iter().flat_map(|entry| ini::names(&entry.value)).collect();
    referred.append(&mut collector.asked_for.drain(..).collect());
    let dangling = collector.resolve();
    let Collector { entries, mistakes, notes, .. } = collector;
    let mut gathering = Gathering { options: Options::found(mistakes, notes), app_options };
    gathering.defaults();
    for entry in &entries {
        gathering.take(entry, &referred);
    }
    for dangling in dangling {
        gathering.dangles(&entries[dangling.index], dangling);
    }
    gathering.options.mistakes.sort_by_key(|mistake| line(&mistake.place));
    gathering.options
}

/// So that the mistakes of one file come in its order; others keep theirs.
fn line(place: &Place) -> (String, usize) {
    match place {
        Place::File { name, line } => (name.to_string(), *line),
        _ => (String::new(), 0),
    }
}

/// `UWSGI_LOG_LEVEL` and `CLEANSLATE_LOG_LEVEL` are log-level; of both the second counts.
fn from_environment(surroundings: &dyn Surroundings) -> Vec<Entry> {
    /// Variables of these beginnings that are something else.
    const OTHERS: [&str; 9] = [
        "CLEANSLATE_ROLE",
        "UWSGI_RELOADS",
        "UWSGI_VASSALS_DIR",
        "UWSGI_EMPEROR_FD",
        "UWSGI_EMPEROR_FD_CONFIG",
        "UWSGI_EMPEROR_PROXY",
        "UWSGI_BROODLORD_NUM",
        "UWSGI_JAIL_PID",
        "UWSGI_ORIGINAL_PROC_NAME",
    ];
    let variables = surroundings.variables();
    let mut entries = Vec::new();
    for prefix in ["UWSGI_", "CLEANSLATE_"] {
        for (name, value) in &variables {
            let Some(rest) = name.strip_prefix(prefix).filter(|rest| !rest.is_empty()) else {
                continue;
            };
            if !OTHERS.contains(&name.as_str()) {
                let key = rest.to_ascii_lowercase().replace('_', "-");
                let place = Place::Environment(name.clone());
                entries.push(Entry { key, value: value.clone(), place, is_placeholder: false });
            }
        }
    }
    entries
}

struct Gathering<'a> {
    options: Options,
    app_options: &'a [AppOption],
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

    fn take(&mut self, entry: &Entry, referred: &BTreeSet<String>) {
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
        match foreign::fate(key) {
            Some(Fate::Ignored(why)) => self.ignore(entry, why),
            Some(Fate::Refused(why)) => self.wrong(entry, Cause::Refused(why)),
            None if referred.contains(key) => {}
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
            Kind::Mode => entry.value.clone(),
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
            .or_else(|| nearest(&entry.key, foreign::names().map(|(name, _)| name)));
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

/// What a flag's value says; a key alone says yes.
pub(super) fn truth(value: &str) -> Option<bool> {
    match value.to_ascii_lowercase().as_str() {
        "" | "true" | "on" | "yes" | "1" => Some(true),
        "false" | "off" | "no" | "0" => Some(false),
        _ => None,
    }
}
