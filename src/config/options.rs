//! The values of all options by name, as text, the application's own among them. Knows nothing of
//! what they mean.

use std::collections::BTreeMap;
use std::str::FromStr;

use crate::app::{Error, Result};

/// What every option is set to, defaults included.
#[derive(Clone, Debug, Default)]
pub struct Options {
    values: BTreeMap<String, Vec<String>>,
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

    pub(crate) fn set(&mut self, name: &str, values: Vec<String>) {
        self.values.insert(name.to_owned(), values);
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
