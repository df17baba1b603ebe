//! A case file as a whole: its cases with their names. It must not know how a step or an
//! expectation is written.

use std::collections::BTreeSet;

use serde::Deserialize;
use toml::{Table, Value};

use super::error::{CaseError, Problem, Wrong};
use super::expected::{Ending, Expected, Row};
use super::fields::Fields;
use super::step::{Action, Script};
use super::{Setting, Surroundings};
use crate::tool::conform::library::CaseFile;
use crate::tool::target::Protocol;

/// A case, ready to be run.
#[derive(Debug)]
pub(in crate::tool::conform) struct Case {
    /// The file's name without its ending, and the case's own.
    pub(in crate::tool::conform) id: String,
    pub(in crate::tool::conform) protocol: Protocol,
    /// A sentence.
    pub(in crate::tool::conform) checks: String,
    /// Where that is said.
    pub(in crate::tool::conform) source: String,
    /// What the application must have.
    pub(in crate::tool::conform) needs: Vec<String>,
    pub(in crate::tool::conform) actions: Vec<Action>,
    /// For each request in a row, whether its answer is a head alone.
    pub(in crate::tool::conform) heads: Vec<bool>,
    /// Any of these is right.
    pub(in crate::tool::conform) rows: Vec<Row>,
}

impl Case {
    /// Whether it waits for a time-out of the server's.
    pub(in crate::tool::conform) fn is_slow(&self) -> bool {
        self.actions.last() == Some(&Action::Stall)
    }

    /// Whether a close is told apart from a connection that is kept.
    pub(in crate::tool::conform) fn may_close(&self) -> bool {
        self.rows.iter().any(|row| row.ending == Some(Ending::Closed))
    }

    /// Leaves only the first of what it accepts.
    pub(in crate::tool::conform) fn be_strict(&mut self) {
        self.rows.truncate(1);
        self.rows.iter_mut().flat_map(|row| &mut row.events).for_each(Expected::be_strict);
    }

    /// Whether a server may leave it at so many things and keep the connection: else more is due.
    pub(in crate::tool::conform) fn may_rest_after(&self, count: usize) -> bool {
        let may_rest = |row: &Row| row.events.len() <= count && row.ending != Some(Ending::Closed);
        self.rows.iter().any(may_rest)
    }
}

/// The cases of all files, in their order.
pub(in crate::tool::conform) fn read(
    files: &[CaseFile],
    setting: &Setting,
) -> Result<Vec<Case>, CaseError> {
    let (mut cases, mut ids) = (Vec::new(), BTreeSet::new());
    for file in files {
        for case in read_file(file, setting)? {
            if !ids.insert(case.id.clone()) {
                return Err(CaseError::SameId { file: file.name.clone(), id: case.id });
            }
            cases.push(case);
        }
    }
    Ok(cases)
}

fn read_file(file: &CaseFile, setting: &Setting) -> Result<Vec<Case>, CaseError> {
    let name = || file.name.clone();
    let table: Table = file
        .text
        .parse()
        .map_err(|source| CaseError::Syntax { file: name(), source: Box::new(source) })?;
    let wrong = |wrong| CaseError::File { file: name(), wrong };
    let mut fields = Fields::outermost(table);
    let protocol = fields.take("protocol").and_then(|value| Protocol::deserialize(value).ok());
    let protocol = protocol
        .ok_or_else(|| wrong(Wrong::expected("protocol", "uwsgi, scgi, fastcgi or http")))?;
    let rows = fields.rows("case").map_err(wrong)?;
    fields.finish().map_err(wrong)?;
    let around = Surroundings { setting, protocol };
    let subject = file.name.strip_suffix(".toml").unwrap_or(&file.name);
    rows.into_iter()
        .map(|(at, value)| {
            let called = match value.get("id").and_then(Value::as_str) {
                Some(id) => id.to_owned(),
                None => at,
            };
            read_case(value, subject, around).map_err(|wrong| CaseError::Case {
                file: name(),
                case: called,
                wrong,
            })
        })
        .collect()
}

fn read_case(value: Value, subject: &str, around: Surroundings<'_>) -> Result<Case, Wrong> {
    let Value::Table(table) = value else {
        return Err(Wrong::expected("case", "a table"));
    };
    let mut fields = Fields::outermost(table);
    let id = fields.required_text("id")?;
    let is_plain = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-');
    if !id.bytes().all(is_plain) {
        return Err(Wrong::expected("id", "small letters, digits and -"));
    }
    let script = Script::read(fields.rows("steps")?, around)?;
    if script.actions.is_empty() {
        return Err(Wrong::new("steps", Problem::Missing));
    }
    let expect = fields.take("expect").ok_or_else(|| Wrong::new("expect", Problem::Missing))?;
    let mut rows = vec![Row::read(expect, "expect", around)?];
    if let Some(other) = fields.take("or") {
        rows.push(Row::read(other, "or", around)?);
    }
    let case = Case {
        id: format!("{subject}/{id}"),
        protocol: around.protocol,
        checks: fields.required_text("checks")?,
        source: fields.required_text("source")?,
        needs: fields.texts("needs")?,
        actions: script.actions,
        heads: script.heads,
        rows,
    };
    fields.finish()?;
    Ok(case)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> Result<Vec<Case>, String> {
        let file = CaseFile { name: "uwsgi/x.toml".to_owned(), text: text.to_owned() };
        read(&[file], &Setting::default()).map_err(|error| error.to_string())
    }

    fn case(rest: &str) -> String {
        let start = "protocol = 'uwsgi'\n[[case]]\nid = 'a'\nchecks = 'x'\nsource = 'x'\n";
        format!("{start}{rest}")
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        let ok = "steps = [{ send = 'x' }]\nexpect = [{ closed = true }]\n";
        for (text, expected) in [
            ("protocol = 'x'".to_owned(), "uwsgi/x.toml: protocol: expected uwsgi, scgi"),
            ("protocol = ".to_owned(), "uwsgi/x.toml: TOML parse error"),
            (case(""), "case a: steps: is missing"),
            (case(&format!("{ok}nedes = []")), "case a: nedes: is unknown here"),
            (case(&format!("{ok}[[case]]\nid = 'A'")), "case A: id: expected small letters"),
            (format!("{}{}", case(ok), &case(ok)[19..]), "two cases are called uwsgi/x/a"),
            (
                case("steps = [{ request = { body = { hexx = '00' } } }]"),
                "case a: steps[0].request.body: expected a text, a list",
            ),
            (case("steps = [{ send = { hex = '0' } }]"), "steps[0].send.hex: expected pairs"),
            (
                case("steps = [{ request = { patch = [{ at = 9999, with = 'x' }] } }]"),
                "steps[0].request.patch[0].at: expected a place",
            ),
            (case("steps = [{ record = { kind = 1 } }]"), "steps[0].record: is of no use with"),
            (
                case("steps = [{ send = 'x' }]\nexpect = [{ answer = { status = 999 } }]"),
                "expect[0].answer.status: expected a number",
            ),
            (
                case("steps = [{ stall = true }, { send = 'x' }]"),
                "steps[1]: nothing can follow a stall",
            ),
        ] {
            let error = read_text(&text).expect_err(&text);
            assert!(error.contains(expected), "{error}\nfor {text}");
        }
    }

    #[test]
    fn bytes_are_what_they_stand_for() {
        for (text, expected) in [
            ("'text'", &b"text"[..]),
            ("['a', { hex = '00 fF' }]", b"a\x00\xff"),
            ("{ repeat = 'ab', times = 2 }", b"abab"),
            ("{ strings = ['a', ''] }", b"a\0\0"),
            ("{ netstring = 'abc' }", b"3:abc,"),
            ("{ uwsgi_vars = [['a', 'bc']] }", b"\x01\0a\x02\0bc"),
            ("{ packet = { vars = 'abc', size = 258, modifier1 = 9 } }", b"\x09\x02\x01\0abc"),
            ("{ pairs = [['a', 'bc']] }", b"\x01\x02abc"),
            ("{ pairs = [['a', '']], long = true }", b"\x80\0\0\x01\x80\0\0\0a"),
            ("{ begin = { role = 2, flags = 1 } }", b"\0\x02\x01\0\0\0\0\0"),
        ] {
            let text =
                case(&format!("steps = [{{ send = {text} }}]\nexpect = [{{ closed = true }}]"));
            let cases = read_text(&text).unwrap();
            assert_eq!(cases[0].actions, [Action::Send(expected.to_vec())], "{text}");
        }
    }
}
