//! uWSGI's dialect of ini files: from files and flags to keys with their values, in the order in which
//! they count. Knows nothing of what options there are, but by a question.
//!
//! First the letters (`magic`) of a whole line are replaced, then it is split (`lines`), then `for` and
//! `if` (`logic`) decide how often it counts, and when all is read the values get their `$( )`, `@( )`
//! and `%( )` (`values`, by `expand` and `arithmetic`).

mod arithmetic;
mod expand;
mod files;
mod lines;
mod logic;
mod magic;
#[cfg(test)]
mod tests;
mod toml;
mod values;

use std::sync::Arc;

pub(super) use expand::names;
pub(super) use values::{Dangling, Kind as DanglingKind};

use self::logic::{Kind, Logic};
use self::magic::Magic;
use super::mistake::{Cause, Mistake};
use super::place::{Entry, Note, Place};
use super::surroundings::Surroundings;

/// What is read so far.
pub(super) struct Collector<'a> {
    surroundings: &'a dyn Surroundings,
    is_option: &'a dyn Fn(&str) -> bool,
    pub(super) entries: Vec<Entry>,
    pub(super) mistakes: Vec<Mistake>,
    pub(super) notes: Vec<Note>,
    logic: Option<Logic>,
    /// A key inside a `for` or an `if` is being repeated: what it leads to isn't repeated again.
    is_repeating: bool,
    /// Files that are being read, with their sections.
    open: Vec<(String, String)>,
    first: Option<Magic>,
    last: Option<(String, Magic)>,
    /// Options that an `if-opt` asks for.
    pub(super) asked_for: Vec<String>,
}

/// Whether a key is of the dialect itself, and no option.
pub(super) fn is_word(key: &str) -> bool {
    const WORDS: [&str; 6] = ["ini", "include", "toml", "set", "set-placeholder", "set-ph"];
    WORDS.contains(&key) || logic::is_end(key) || Kind::of(key).is_some()
}

impl<'a> Collector<'a> {
    /// Nothing is read yet. `is_option` says whether there is an option of a name.
    pub(super) fn new(
        surroundings: &'a dyn Surroundings,
        is_option: &'a dyn Fn(&str) -> bool,
    ) -> Self {
        Self {
            surroundings,
            is_option,
            entries: Vec::new(),
            mistakes: Vec::new(),
            notes: Vec::new(),
            logic: None,
            is_repeating: false,
            open: Vec::new(),
            first: None,
            last: None,
            asked_for: Vec::new(),
        }
    }

    /// One key and its value, wherever it is from. Files that it names are read at once.
    pub(super) fn add(&mut self, key: &str, value: &str, place: &Place) {
        if self.is_repeating {
            return self.add_once(key, value, place);
        }
        if logic::is_end(key) {
            if self.logic.take().is_none() {
                self.wrong(key, place, Cause::Syntax("nothing is open that it could close".into()));
            }
            return;
        }
        let Some(logic) = &self.logic else { return self.add_once(key, value, place) };
        let first = |key: &str| first_value(&self.entries, key);
        match logic.rounds(first, self.surroundings) {
            Ok(rounds) => {
                self.is_repeating = true;
                for round in rounds {
                    self.add_once(key, &round.apply(value), place);
                }
                self.is_repeating = false;
            }
            Err(cause) => {
                let (key, line) = (logic.key.clone(), logic.line);
                let place = at_line(place, line);
                // Once is enough.
                self.logic =
                    Some(Logic { kind: Kind::For, data: String::new(), key: key.clone(), line });
                self.wrong(&key, &place, cause);
            }
        }
    }

    fn add_once(&mut self, key: &str, value: &str, place: &Place) {
        if let Some(kind) = Kind::of(key) {
            return self.open_logic(kind, key, value, place);
        }
        match key {
            "ini" | "toml" => self.read(key, value, place),
            "include" => {
                let (path, _) = magic::split_section(value);
                let kind = if path.ends_with(".toml") { "toml" } else { "ini" };
                self.read(kind, value, place);
            }
            "set" | "set-placeholder" | "set-ph" => self.set(key, value, place),
            _ => self.push(key, value, place, false),
        }
    }

    fn push(&mut self, key: &str, value: &str, place: &Place, is_placeholder: bool) {
        let (key, value) = (key.to_owned(), value.to_owned());
        self.entries.push(Entry { key, value, place: place.clone(), is_placeholder });
    }

    fn set(&mut self, key: &str, value: &str, place: &Place) {
        let Some((name, value)) = value.split_once('=') else {
            return self.wrong(key, place, Cause::Pair(value.to_owned()));
        };
        let (name, value) = (name.trim(), value.trim());
        if key == "set" {
            self.add_once(name, value, place);
        } else if (self.is_option)(name) {
            self.wrong(key, place, Cause::IsAnOption(name.to_owned()));
        } else {
            self.push(name, value, place, true);
        }
    }

    fn open_logic(&mut self, kind: Kind, key: &str, value: &str, place: &Place) {
        if let Some(logic) = &self.logic {
            let cause = Cause::Nested(logic.key.clone());
            return self.wrong(key, place, cause);
        }
        let line = if let Place::File { line, .. } = place { *line } else { 0 };
        if value.contains("%(") || value.contains("$(") {
            let what = "it is looked at before $( ) and %( ) have values".to_owned();
            self.warn(key, place, what);
        }
        if matches!(kind, Kind::If(logic::Condition::Option, _)) {
            self.asked_for.push(value.split('=').next().unwrap_or_default().to_owned());
        }
        self.logic = Some(Logic { kind, key: key.to_owned(), line, data: value.to_owned() });
    }

    fn wrong(&mut self, key: &str, place: &Place, cause: Cause) {
        self.mistakes.push(Mistake { place: place.clone(), key: key.to_owned(), cause });
    }

    fn warn(&mut self, key: &str, place: &Place, what: String) {
        self.notes.push(Note::Warning { key: key.to_owned(), place: place.clone(), what });
    }
}

/// The same file's, where the key that opened it stands.
fn at_line(place: &Place, line: usize) -> Place {
    match place {
        Place::File { name, .. } => Place::File { name: Arc::clone(name), line },
        other => other.clone(),
    }
}

/// What `%(key)` is: the first value that was given, whichever counts.
fn first_value(entries: &[Entry], key: &str) -> Option<String> {
    entries.iter().find(|entry| entry.key == key).map(|entry| entry.value.clone())
}
