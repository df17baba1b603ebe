//! The values of all options by name, as text, the application's own among them. Knows nothing of
//! what they mean.

use std::collections::BTreeMap;
use std::str::FromStr;

use super::mistake::Mistake;
use super::place::{Note, Place};
use crate::app::{Error, Result};

/// What every option is set to, defaults included.
#[derive(Clone, Debug, Default)]
pub struct Options {
    values: BTreeMap<String, Vec<String>>,
    /// Of each value.
    places: BTreeMap<String, Vec<Place>>,
    /// What was found wrong while they were read.
    pub(super) mistakes: Vec<Mistake>,
    pub(super) notes: Vec<Note>,
}

impl Options {
    /// The value of an option, of a repeated one the last; none if it isn't set.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.values.get(name)?.last().map(String::as_str)
    }

    /// All values of an option that may be repeated.
    pub fn all(&self, name: &str) -> &[String] {
        self.values.get(name).map_or(&[], Vec::as_slice)
    }

    /// The value of an option, parsed.
    ///
    /// # Errors
    /// 500 with the option's name and value when it isn't set or doesn't parse.
    pub fn parsed<T: FromStr>(&self, name: &str) -> Result<T> {
        let text = self.text(name);
        let text = text.ok_or_else(|| Error::internal(format!("option {name} is not set")))?;
        text.parse().map_err(|_| Error::internal(format!("option {name} = {text} makes no sense")))
    }

    /// Has an option this value alone, as if it were the last of the command line.
    pub(crate) fn replace(&mut self, name: &str, value: &str) {
        self.set(name, value.to_owned(), Place::CommandLine);
    }

    /// None yet, and what was found while they were read.
    pub(super) fn found(mistakes: Vec<Mistake>, notes: Vec<Note>) -> Self {
        Self { mistakes, notes, ..Self::default() }
    }

    /// The places of all values of an option, in their order.
    pub(super) fn places(&self, name: &str) -> &[Place] {
        self.places.get(name).map_or(&[], Vec::as_slice)
    }

    /// Where the value that counts was given.
    pub(super) fn place(&self, name: &str) -> Place {
        self.places(name).last().cloned().unwrap_or_default()
    }

    /// Sets an option's only value.
    pub(super) fn set(&mut self, name: &str, value: String, place: Place) {
        self.values.insert(name.to_owned(), vec![value]);
        self.places.insert(name.to_owned(), vec![place]);
    }

    /// Adds to an option's values.
    pub(super) fn push(&mut self, name: &str, value: String, place: Place) {
        self.values.entry(name.to_owned()).or_default().push(value);
        self.places.entry(name.to_owned()).or_default().push(place);
    }
}

/// An option that an application adds.
#[derive(Clone, Debug)]
pub(crate) struct AppOption {
    pub(crate) name: &'static str,
    pub(crate) default: String,
    pub(crate) help: String,
}

impl AppOption {
    pub(crate) fn new(name: &'static str, default: &str, help: &str) -> Self {
        Self { name, default: default.to_owned(), help: help.to_owned() }
    }
}
