//! TOML files with the same keys: at the top, or in a table `[uwsgi]` or `[cleanslate]`; arrays for what
//! may be repeated. Knows nothing of what options there are.

use std::sync::Arc;

use ::toml::de::{DeTable, DeValue};

use super::super::mistake::Cause;
use super::super::place::Place;
use super::Collector;

impl Collector<'_> {
    pub(super) fn read_toml(&mut self, path: &str, text: &str) {
        let name: Arc<str> = path.into();
        let place = |at: usize| {
            let before = text.get(..at).unwrap_or(text);
            let line = before.matches('\n').count() + 1;
            Place::File { name: Arc::clone(&name), line }
        };
        match DeTable::parse(text) {
            Ok(table) => self.read_table(table.get_ref(), true, &place),
            Err(error) => {
                let at = error.span().map_or(0, |span| span.start);
                self.wrong("toml", &place(at), Cause::Syntax(error.message().to_owned()));
            }
        }
    }

    fn read_table(&mut self, table: &DeTable<'_>, is_top: bool, place: &dyn Fn(usize) -> Place) {
        // In the order of the file, as later ones win.
        let mut pairs: Vec<_> = table.iter().collect();
        pairs.sort_unstable_by_key(|(key, _)| key.span().start);
        for (key, value) in pairs {
            let name: &str = key.get_ref();
            let place_of_key = place(key.span().start);
            match value.get_ref() {
                DeValue::Table(table) if is_top && matches!(name, "uwsgi" | "cleanslate") => {
                    self.read_table(table, false, place);
                }
                DeValue::Array(values) => {
                    for value in values {
                        self.add_value(name, value.get_ref(), &place(value.span().start));
                    }
                }
                value => self.add_value(name, value, &place_of_key),
            }
        }
    }

    fn add_value(&mut self, key: &str, value: &DeValue<'_>, place: &Place) {
        match value {
            DeValue::String(text) => self.add(key, text, place),
            DeValue::Integer(number) => self.add(key, &decimal(number), place),
            DeValue::Float(number) => self.add(key, number.as_str(), place),
            DeValue::Boolean(value) => self.add(key, if *value { "true" } else { "false" }, place),
            DeValue::Datetime(_) | DeValue::Array(_) | DeValue::Table(_) => {
                let what = "give a text, a number, true or false, or an array of such";
                self.wrong(key, place, Cause::Syntax(what.to_owned()));
            }
        }
    }
}

/// In tens, however it is written.
fn decimal(number: &::toml::de::DeInteger<'_>) -> String {
    let parsed = i128::from_str_radix(number.as_str(), number.radix());
    parsed.map_or_else(|_| number.as_str().to_owned(), |number| number.to_string())
}
