//! Files that a configuration names: found, read once each, their lines handed over one by one. Knows
//! nothing of what becomes of a key.

use std::sync::Arc;

use super::super::mistake::Cause;
use super::super::place::Place;
use super::magic::Magic;
use super::{Collector, lines, magic};

/// So deep files may include each other.
const DEPTH_MAX: usize = 16;

impl Collector<'_> {
    /// Reads a file, or another section of the last one (`:section`).
    pub(super) fn read(&mut self, key: &str, name: &str, place: &Place) {
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
}
