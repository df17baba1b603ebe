//! How expectations are written. It must not know what a server did.

use toml::Value;

use super::Surroundings;
use super::bytes;
use super::error::{Problem, Wrong};
use super::expected::{
    AnswerExpected, Ending, Expected, HeaderExpected, RecordExpected, Row, StatusExpected,
};
use super::fields::{Fields, rows};
use super::step::kind;
use crate::tool::target::Protocol;

const WHAT: &str = "a table with one of answer, continue, record, packet, closed, kept, silent";

impl Row {
    pub(super) fn read(value: Value, at: &str, around: Surroundings<'_>) -> Result<Self, Wrong> {
        let (mut events, mut ending) = (Vec::new(), None);
        for (at, value) in rows(value, at)? {
            if ending.is_some() {
                let problem = Problem::Contradiction("nothing can follow the end");
                return Err(Wrong::new(at, problem));
            }
            let (name, value) = Fields::only(value, &at, WHAT)?;
            let at = format!("{at}.{name}");
            let (protocol, is_true) = (around.protocol, value == Value::Boolean(true));
            let event = match (name.as_str(), protocol) {
                ("answer", _) => Expected::answer(Fields::new(value, at)?, around)?,
                ("record", Protocol::Fastcgi) => Expected::record(Fields::new(value, at)?, around)?,
                ("packet", Protocol::Uwsgi) => Expected::packet(Fields::new(value, at)?, around)?,
                ("continue" | "closed" | "kept" | "silent", _) if !is_true => {
                    return Err(Wrong::expected(at, "true"));
                }
                ("continue", Protocol::Http) => Expected::Continue,
                ("closed", _) => {
                    ending = Some(Ending::Closed);
                    continue;
                }
                ("kept", Protocol::Fastcgi | Protocol::Http) | ("silent", _) => {
                    ending = Some(Ending::Kept);
                    continue;
                }
                ("record" | "packet" | "continue" | "kept", _) => {
                    return Err(Wrong::new(at, Problem::NotFor(protocol)));
                }
                _ => return Err(Wrong::expected(at, WHAT)),
            };
            events.push(event);
        }
        if events.is_empty() && ending.is_none() {
            return Err(Wrong::expected(at, "at least one thing that is to happen"));
        }
        // There an answer has no other end than the connection's.
        let ends_with_answer = matches!(around.protocol, Protocol::Uwsgi | Protocol::Scgi);
        let ending = ending.or_else(|| ends_with_answer.then_some(Ending::Closed));
        Ok(Self { events, ending })
    }
}

impl Expected {
    fn answer(mut fields: Fields, around: Surroundings<'_>) -> Result<Self, Wrong> {
        let at = fields.key("status");
        let status = match fields.take("status") {
            None => return Err(Wrong::new(at, Problem::Missing)),
            Some(Value::Array(all)) => all,
            Some(one) => vec![one],
        };
        let wrong =
            || Wrong::expected(at.clone(), "a number, a text as \"4xx\", or a list of these");
        let status: Option<Vec<_>> = status.iter().map(StatusExpected::read).collect();
        let status = status.filter(|status| !status.is_empty()).ok_or_else(wrong)?;
        let mut expected = AnswerExpected {
            status,
            headers: named(&mut fields, "headers", around)?,
            body: bytes::take(&mut fields, "body", around)?,
            body_contains: bytes::take(&mut fields, "body_contains", around)?,
            body_sha256: fields.text("body_sha256")?,
            body_length: fields.number("body_length", "a number")?,
            env: named(&mut fields, "env", around)?,
            app_status: None,
            id: None,
            stdout_ends: None,
        };
        if around.protocol == Protocol::Fastcgi {
            expected.app_status = fields.number("app_status", "a number of 32 bits")?;
            expected.id = fields.number("id", "a number up to 65535")?;
            expected.stdout_ends = fields.number("stdout_ends", "a number")?;
        }
        fields.finish()?;
        Ok(Self::Answer(Box::new(expected)))
    }

    fn record(mut fields: Fields, around: Surroundings<'_>) -> Result<Self, Wrong> {
        let kind = fields.take("kind").and_then(|value| kind(&value));
        let kind = kind.ok_or_else(|| Wrong::expected(fields.key("kind"), "a kind of record"))?;
        let expected = RecordExpected {
            kind,
            id: fields.number("id", "a number up to 65535")?,
            content: bytes::take(&mut fields, "content", around)?,
            protocol_status: fields.number("protocol_status", "a number up to 255")?,
            values: named(&mut fields, "values", around)?,
        };
        fields.finish()?;
        Ok(Self::Record(expected))
    }

    fn packet(mut fields: Fields, around: Surroundings<'_>) -> Result<Self, Wrong> {
        let what = "a number up to 255";
        let modifier1 = fields.number("modifier1", what)?;
        let modifier1 =
            modifier1.ok_or_else(|| Wrong::new(fields.key("modifier1"), Problem::Missing))?;
        let modifier2 = fields.number("modifier2", what)?;
        let content = bytes::take(&mut fields, "content", around)?;
        fields.finish()?;
        Ok(Self::Packet { modifier1, modifier2, content })
    }
}

/// A table of names, each with its value, with true if it must be there or false if it must not.
fn named(
    fields: &mut Fields,
    key: &str,
    around: Surroundings<'_>,
) -> Result<Vec<(String, HeaderExpected)>, Wrong> {
    let at = fields.key(key);
    let read = |(name, value): (String, Value)| {
        let expected = match value {
            Value::Boolean(true) => HeaderExpected::IsThere,
            Value::Boolean(false) => HeaderExpected::IsNotThere,
            value => HeaderExpected::Is(bytes::bytes(value, &format!("{at}.{name}"), around)?),
        };
        Ok((name, expected))
    };
    fields.entries(key)?.into_iter().map(read).collect()
}
