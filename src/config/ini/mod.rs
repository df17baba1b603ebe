//! uWSGI's dialect of ini files: from files and flags to keys with their values, in the order in which
//! they count. Knows nothing of what options there are, but by a question.
//!
//! First the letters (`magic`) of a whole line are replaced, then it is split (`lines`), then `for` and
//! `if` (`logic`) decide how often it counts, and when all is read the values get their `$( )`, `@( )`
//! and `%( )` (`values`, by `expand` and `arithmetic`).

mod arithmetic;
mod expand;
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

/// So deep files may include each other.
const DEPTH_MAX: usize = 16;

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

    /// Reads a file, or another section of the last one (`:section`).
    fn read(&mut self, key: &str, name: &str, place: &Place) {
        let (path, section) = magic::split_section(name);
        let (path, magic) = match (&self.last, path.is_empty()) {
            (Some((last, magic)), true) => (last.clone(), magic.with_section(section)),
            _ => (path.to_owned(), Magic::of_file(name, self.surroundings)),
        };
        let open = (path.clone(), section.to_owned());
        if self.open.contains(&open) {
            return self.wrong(key, place, Cause::IncludesItself(name.to_owned()));
        }
        if self.open.len() == DEPTH_MAX {
            return self.wrong(key, place, Cause::TooDeep(DEPTH_MAX));
        }
        let text = match self.surroundings.read(&path) {
            Ok(text) => text,
            Err(error) => {
                let hint = self.hint(&path);
                let error = error.to_string();
                return self.wrong(key, place, Cause::Unreadable { name: path, error, hint });
            }
        };
        self.first.get_or_insert_with(|| magic.clone());
        self.last = Some((path.clone(), magic.clone()));
        self.open.push(open);
        if key == "toml" {
            self.read_toml(&path, &text);
        } else {
            self.read_ini(&path, section, &text, &magic, place);
        }
        self.open.pop();
    }

    fn read_ini(&mut self, path: &str, section: &str, text: &str, magic: &Magic, from: &Place) {
        let asked = if section.is_empty() { "uwsgi" } else { section };
        let first = self.first.clone().unwrap_or_default();
        let mut vanished = Vec::new();
        let replaced: Vec<String> = text
            .split('\n')
            .map(|line| {
                let (line, gone) = magic::replace(line, magic, &first, self.surroundings);
                vanished.push(gone);
                line
            })
            .collect();
        let text = replaced.join("\n");
        let name: Arc<str> = path.into();
        let lines = lines::of(&text, asked);
        if lines.is_empty() {
            let what = format!("{path} has nothing in a section [{asked}]");
            self.warn("ini", from, what);
        }
        for line in &lines {
            let place = Place::File { name: Arc::clone(&name), line: line.number };
            self.look_at(line, &vanished[line.number - 1], &place);
            self.add(line.key, line.value, &place);
        }
        if let Some(logic) = self.logic.take_if(|_| !self.is_repeating) {
            let place = Place::File { name, line: logic.line };
            self.warn(&logic.key, &place, "nothing closes it: it ends with the file".to_owned());
        }
    }

    /// Slips that uWSGI takes in silence.
    fn look_at(&mut self, line: &lines::Line<'_>, vanished: &[char], place: &Place) {
        // A shell has comments, and other uses for these signs.
        let is_command = line.key.contains("cron");
        if let Some(comment) = lines::comment_in(line.value).filter(|_| !is_command) {
            let what = format!("a value goes on to the end of its line: `{comment}` is part of it");
            self.warn(line.key, place, what);
        }
        for letter in vanished {
            let what = format!("%{letter} stands for nothing and is left out: write %%{letter}");
            self.warn(line.key, place, what);
        }
    }

    /// Why a file isn't found, where that can be told.
    fn hint(&self, path: &str) -> Option<String> {
        if path.contains("%(") || path.contains("$(") {
            return Some("files are read before $( ) and %( ) have values".to_owned());
        }
        let (last, _) = self.last.as_ref()?;
        let (folder, _) = last.rsplit_once('/')?;
        let beside = format!("{folder}/{path}");
        self.surroundings.find(&beside)?;
        Some(format!("%d{path} would be the one beside {last}"))
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
