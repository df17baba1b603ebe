//! What the values come to when all is read: `$(VARIABLE)`, then `@(file)`, then `%(key)`. Knows nothing
//! of options.

use super::super::mistake::{Cause, Mistake};
use super::super::place::Entry;
use super::super::suggest::nearest;
use super::expand::expand;
use super::{Collector, arithmetic};

/// A reference that leads nowhere, and stays as it was written.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::config) struct Dangling {
    /// Of the entry that has it.
    pub(in crate::config) index: usize,
    pub(in crate::config) kind: Kind,
    pub(in crate::config) name: String,
    pub(in crate::config) suggestion: Option<String>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::config) enum Kind {
    Variable,
    Placeholder,
}

impl Collector<'_> {
    /// Puts everything into the values that they refer to; what leads nowhere.
    pub(in crate::config) fn resolve(&mut self) -> Vec<Dangling> {
        let mut dangling = Vec::new();
        self.variables(&mut dangling);
        self.files();
        self.placeholders(&mut dangling);
        dangling
    }

    fn variables(&mut self, dangling: &mut Vec<Dangling>) {
        let surroundings = self.surroundings;
        self.each(b'$', |index, name| {
            let value = surroundings.variable(name);
            if value.is_none() {
                let name = name.to_owned();
                dangling.push(Dangling { index, kind: Kind::Variable, name, suggestion: None });
            }
            Ok(value)
        });
    }

    fn files(&mut self) {
        let surroundings = self.surroundings;
        self.each(b'@', |_, name| {
            if name.contains("://") {
                return Err(Cause::OnlyFiles(name.to_owned()));
            }
            let text = surroundings.read(name).map_err(|error| Cause::Unreadable {
                name: name.to_owned(),
                error: error.to_string(),
                hint: None,
            })?;
            // One end of a line, of whatever kind.
            Ok(Some(text.strip_suffix(['\n', '\r']).unwrap_or(&text).to_owned()))
        });
    }

    fn each(
        &mut self,
        symbol: u8,
        mut look_up: impl FnMut(usize, &str) -> Result<Option<String>, Cause>,
    ) {
        for (index, entry) in self.entries.iter_mut().enumerate() {
            match expand(&entry.value, symbol, |name| look_up(index, name)) {
                Ok(value) => entry.value = value,
                Err(cause) => self.mistakes.push(mistake(entry, cause)),
            }
        }
    }

    fn placeholders(&mut self, dangling: &mut Vec<Dangling>) {
        let count = self.entries.len();
        let mut resolver = Resolver {
            entries: &mut self.entries,
            states: vec![State::Raw; count],
            under_way: Vec::new(),
            dangling,
        };
        for index in 0..count {
            if let Err(cause) = resolver.resolve(index) {
                self.mistakes.push(mistake(&resolver.entries[index], cause));
            }
        }
    }
}

fn mistake(entry: &Entry, cause: Cause) -> Mistake {
    Mistake { place: entry.place.clone(), key: entry.key.clone(), cause }
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum State {
    Raw,
    UnderWay,
    Done,
    /// It was told of.
    Failed,
}

struct Resolver<'a> {
    entries: &'a mut Vec<Entry>,
    states: Vec<State>,
    under_way: Vec<usize>,
    dangling: &'a mut Vec<Dangling>,
}

impl Resolver<'_> {
    /// An entry's value with what it refers to, which is resolved first.
    fn resolve(&mut self, index: usize) -> Result<(), Cause> {
        if self.states[index] != State::Raw {
            return Ok(());
        }
        self.states[index] = State::UnderWay;
        self.under_way.push(index);
        let raw = self.entries[index].value.clone();
        let expanded = expand(&raw, b'%', |inside| {
            let value = arithmetic::value(inside, |name| self.value_of(name))?;
            if value.is_none() {
                self.dangle(index, inside);
            }
            Ok(value)
        });
        self.under_way.pop();
        match expanded {
            Ok(value) => {
                self.entries[index].value = value;
                self.states[index] = State::Done;
                Ok(())
            }
            Err(cause) => {
                self.states[index] = State::Failed;
                Err(cause)
            }
        }
    }

    fn value_of(&mut self, name: &str) -> Result<Option<String>, Cause> {
        let Some(index) = self.entries.iter().position(|entry| entry.key == name) else {
            return Ok(None);
        };
        if self.states[index] == State::UnderWay {
            let from = self.under_way.iter().position(|under_way| *under_way == index);
            let circle = self.under_way[from.unwrap_or(0)..].iter().chain([&index]);
            let names = circle.map(|index| self.entries[*index].key.clone()).collect();
            return Err(Cause::RefersToItself(names));
        }
        self.resolve(index)?;
        // What went wrong there is told once.
        let is_told = self.states[index] == State::Failed;
        Ok(Some(if is_told { String::new() } else { self.entries[index].value.clone() }))
    }

    fn dangle(&mut self, index: usize, name: &str) {
        let known = self.entries.iter().map(|entry| entry.key.as_str());
        let suggestion = nearest(name, known);
        let name = name.to_owned();
        self.dangling.push(Dangling { index, kind: Kind::Placeholder, name, suggestion });
    }
}
