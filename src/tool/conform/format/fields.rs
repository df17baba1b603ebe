//! The keys of a table, each taken once, so that one nobody knows is found. It must not know which
//! keys there are.

use toml::{Table, Value};

use super::error::{Problem, Wrong};

/// A table and where it is.
#[derive(Debug)]
pub(super) struct Fields {
    at: String,
    table: Table,
}

impl Fields {
    pub(super) fn new(value: Value, at: impl Into<String>) -> Result<Self, Wrong> {
        let at = at.into();
        match value {
            Value::Table(table) => Ok(Self { at, table }),
            _ => Err(Wrong::expected(at, "a table { … }")),
        }
    }

    /// A table that is a case or a file: its keys stand for themselves.
    pub(super) fn outermost(table: Table) -> Self {
        Self { at: String::new(), table }
    }

    /// The one key of a table that says with it what it is.
    pub(super) fn only(
        value: Value,
        at: &str,
        what: &'static str,
    ) -> Result<(String, Value), Wrong> {
        let table = match value {
            Value::Table(table) if table.len() == 1 => table,
            _ => return Err(Wrong::expected(at, what)),
        };
        table.into_iter().next().ok_or_else(|| Wrong::expected(at, what))
    }

    /// How a key is called in messages.
    pub(super) fn key(&self, key: &str) -> String {
        if self.at.is_empty() { key.to_owned() } else { format!("{}.{key}", self.at) }
    }

    pub(super) fn take(&mut self, key: &str) -> Option<Value> {
        self.table.remove(key)
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.table.contains_key(key)
    }

    pub(super) fn text(&mut self, key: &str) -> Result<Option<String>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(Wrong::expected(self.key(key), "a text")),
        }
    }

    pub(super) fn required_text(&mut self, key: &str) -> Result<String, Wrong> {
        let text = self.text(key)?;
        text.filter(|text| !text.is_empty())
            .ok_or_else(|| Wrong::new(self.key(key), Problem::Missing))
    }

    pub(super) fn flag(&mut self, key: &str) -> Result<bool, Wrong> {
        match self.take(key) {
            None => Ok(false),
            Some(Value::Boolean(flag)) => Ok(flag),
            Some(_) => Err(Wrong::expected(self.key(key), "true or false")),
        }
    }

    /// A number that fits.
    pub(super) fn number<T: TryFrom<i64>>(
        &mut self,
        key: &str,
        what: &'static str,
    ) -> Result<Option<T>, Wrong> {
        match self.take(key) {
            None => Ok(None),
            Some(value) => {
                let number = value.as_integer().and_then(|number| T::try_from(number).ok());
                number.map(Some).ok_or_else(|| Wrong::expected(self.key(key), what))
            }
        }
    }

    /// The rows of a list, each with what it is called; none if the list is not there.
    pub(super) fn rows(&mut self, key: &str) -> Result<Vec<(String, Value)>, Wrong> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(value) => rows(value, &self.key(key)),
        }
    }

    pub(super) fn texts(&mut self, key: &str) -> Result<Vec<String>, Wrong> {
        let text = |(at, value): (String, Value)| match value {
            Value::String(text) => Ok(text),
            _ => Err(Wrong::expected(at, "a text")),
        };
        self.rows(key)?.into_iter().map(text).collect()
    }

    /// The keys and values of a table inside; none if it is not there.
    pub(super) fn entries(&mut self, key: &str) -> Result<Vec<(String, Value)>, Wrong> {
        match self.take(key) {
            None => Ok(Vec::new()),
            Some(Value::Table(table)) => Ok(table.into_iter().collect()),
            Some(_) => Err(Wrong::expected(self.key(key), "a table { … }")),
        }
    }

    /// Whatever is left is nothing that anyone knows.
    pub(super) fn finish(self) -> Result<(), Wrong> {
        match self.table.keys().next() {
            Some(key) => Err(Wrong::new(self.key(key), Problem::Unknown)),
            None => Ok(()),
        }
    }
}

/// The rows of a list, each with what it is called.
pub(super) fn rows(value: Value, at: &str) -> Result<Vec<(String, Value)>, Wrong> {
    match value {
        Value::Array(rows) => {
            let called = |(number, row)| (format!("{at}[{number}]"), row);
            Ok(rows.into_iter().enumerate().map(called).collect())
        }
        _ => Err(Wrong::expected(at, "a list [ … ]")),
    }
}
