//! What a case does on its connection, step by step. It must not do it.

use cleanslate::proto::fastcgi::{Header, Kind};
use toml::Value;

use super::Surroundings;
use super::bytes;
use super::error::{Problem, Wrong};
use super::fields::Fields;
use super::request;
use crate::tool::target::Protocol;

/// What is done on a connection.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::tool::conform) enum Action {
    Send(Vec<u8>),
    /// One more of these must be there before it goes on.
    Await(Awaited),
    HalfClose,
    /// Waits a moment, so that a server reads by itself what came before.
    Pause,
    /// Ends the connection without a word; what follows is done on another.
    Reset,
    /// Sends nothing until the server acts by its own time-out.
    Stall,
}

/// What a case waits for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::tool::conform) enum Awaited {
    Answer,
    /// An answer of 1xx, which only announces another.
    Continue,
    /// A record that is no part of an answer.
    Reply,
}

/// What a case sends, and what is asked with it.
#[derive(Debug, Default)]
pub(super) struct Script {
    pub(super) actions: Vec<Action>,
    /// For each request in a row, whether its answer is a head alone.
    pub(super) heads: Vec<bool>,
}

const WHAT: &str =
    "a table with one of request, send, record, await, half_close, pause, reset, stall";

impl Script {
    pub(super) fn read(
        steps: Vec<(String, Value)>,
        around: Surroundings<'_>,
    ) -> Result<Self, Wrong> {
        let mut script = Self::default();
        for (at, step) in steps {
            if script.actions.last() == Some(&Action::Stall) {
                let problem = Problem::Contradiction("nothing can follow a stall");
                return Err(Wrong::new(at, problem));
            }
            script.push(step, &at, around)?;
        }
        Ok(script)
    }

    fn push(&mut self, step: Value, at: &str, around: Surroundings<'_>) -> Result<(), Wrong> {
        let (name, value) = Fields::only(step, at, WHAT)?;
        let at = format!("{at}.{name}");
        let action = match name.as_str() {
            "request" => {
                let (bytes, is_head) = request::request(value, &at, around)?;
                self.heads.push(is_head);
                Action::Send(bytes)
            }
            "send" => {
                let bytes = bytes::bytes(value, &at, around)?;
                if around.protocol == Protocol::Http && bytes.starts_with(b"HEAD ") {
                    self.heads.resize(self.heads.len() + 1, true);
                }
                Action::Send(bytes)
            }
            "record" if around.protocol == Protocol::Fastcgi => {
                Action::Send(record(Fields::new(value, &at)?, around)?)
            }
            "await" => Action::Await(awaited(&value, &at, around.protocol)?),
            "record" => return Err(Wrong::new(at, Problem::NotFor(around.protocol))),
            "half_close" | "pause" | "reset" | "stall" if value != Value::Boolean(true) => {
                return Err(Wrong::expected(at, "true"));
            }
            "half_close" => Action::HalfClose,
            "pause" => Action::Pause,
            "reset" => Action::Reset,
            "stall" => Action::Stall,
            _ => return Err(Wrong::expected(at, WHAT)),
        };
        // Steps that only send are one piece, so that a case can be sent in one write.
        match (self.actions.last_mut(), action) {
            (Some(Action::Send(before)), Action::Send(more)) => before.extend(more),
            (_, action) => self.actions.push(action),
        }
        Ok(())
    }
}

fn awaited(value: &Value, at: &str, protocol: Protocol) -> Result<Awaited, Wrong> {
    match (value.as_str(), protocol) {
        (Some("answer"), Protocol::Fastcgi | Protocol::Http) => Ok(Awaited::Answer),
        (Some("continue"), Protocol::Http) => Ok(Awaited::Continue),
        (Some("reply"), Protocol::Fastcgi) => Ok(Awaited::Reply),
        (Some("answer" | "continue" | "reply"), _) => {
            Err(Wrong::new(at, Problem::NotFor(protocol)))
        }
        _ => Err(Wrong::expected(at, "\"answer\", \"continue\" or \"reply\"")),
    }
}

/// One record; its header may lie about its size.
fn record(mut fields: Fields, around: Surroundings<'_>) -> Result<Vec<u8>, Wrong> {
    let kind = fields.take("kind").and_then(|value| kind(&value));
    let kind = kind.ok_or_else(|| Wrong::expected(fields.key("kind"), KINDS))?;
    let is_of_connection =
        matches!(kind, Kind::GET_VALUES | Kind::GET_VALUES_RESULT | Kind::UNKNOWN_TYPE);
    let what = "a number up to 65535";
    let id = fields.number("id", what)?.unwrap_or(if is_of_connection { 0 } else { 1 });
    let version = fields.number("version", "a number up to 255")?.unwrap_or(Header::VERSION);
    let padding = fields.number("padding", "a number up to 255")?.unwrap_or(0_u8);
    let content = bytes::take(&mut fields, "content", around)?.unwrap_or_default();
    let size = fields.number("size", what)?;
    let Some(size) = size.or_else(|| u16::try_from(content.len()).ok()) else {
        return Err(Wrong::expected(fields.key("content"), "at most 65535 bytes"));
    };
    fields.finish()?;
    let header = Header { version, kind, id, size, padding };
    Ok([&header.to_bytes()[..], &content, &vec![0; usize::from(padding)]].concat())
}

const KINDS: &str = "a number up to 255, or a name as PARAMS";

/// The kinds by their names. FastCGI 1.0, 8.
const NAMES: [(&str, Kind); 11] = [
    ("BEGIN_REQUEST", Kind::BEGIN_REQUEST),
    ("ABORT_REQUEST", Kind::ABORT_REQUEST),
    ("END_REQUEST", Kind::END_REQUEST),
    ("PARAMS", Kind::PARAMS),
    ("STDIN", Kind::STDIN),
    ("STDOUT", Kind::STDOUT),
    ("STDERR", Kind::STDERR),
    ("DATA", Kind::DATA),
    ("GET_VALUES", Kind::GET_VALUES),
    ("GET_VALUES_RESULT", Kind::GET_VALUES_RESULT),
    ("UNKNOWN_TYPE", Kind::UNKNOWN_TYPE),
];

/// A kind by its name or its number.
pub(super) fn kind(value: &Value) -> Option<Kind> {
    match value {
        Value::String(text) => NAMES.iter().find(|(name, _)| name == text).map(|(_, kind)| *kind),
        value => value.as_integer().and_then(|number| u8::try_from(number).ok()).map(Kind),
    }
}

/// The name of a kind, if it has one.
pub(in crate::tool::conform) fn kind_name(kind: Kind) -> Option<&'static str> {
    NAMES.iter().find(|(_, other)| *other == kind).map(|(name, _)| *name)
}
