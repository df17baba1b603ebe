//! What a server did against what is accepted. It must not know how either was found out.

use cleanslate::proto::fastcgi::Kind;

use super::answer::{check_answer, check_named, name_of_answer, shown};
use super::seen::{End, Event, Seen};
use crate::tool::conform::format::{Case, Ending, Expected, RecordExpected, Row, kind_name};

/// Why none of the rows that a case accepts is what was seen; told for the first row, unless only
/// another one begins as it should.
pub(super) fn check(case: &Case, seen: &Seen) -> Result<(), String> {
    let mut reasons = Vec::new();
    for row in &case.rows {
        match check_row(row, seen) {
            Ok(()) => return Ok(()),
            Err(why) => reasons.push(why),
        }
    }
    Err(format!("{} (it did: {})", reasons.join("; nor "), seen.word(case)))
}

fn check_row(row: &Row, seen: &Seen) -> Result<(), String> {
    for (number, expected) in row.events.iter().enumerate() {
        let Some(event) = seen.events.get(number) else {
            return Err(format!("expected {}, which did not come", name_of(expected)));
        };
        check_event(expected, event)?;
    }
    if let Some(event) = seen.events.get(row.events.len()) {
        return Err(match event {
            Event::Garbage(bytes) => format!("expected no more, got {}", shown(bytes)),
            event => format!("expected no more, got {event}"),
        });
    }
    match (row.ending, seen.end) {
        (_, Some(End::Stalled)) => Err("expected the connection's end, which did not come".into()),
        (Some(Ending::Closed), Some(End::Kept)) => Err("expected a close, it was kept".into()),
        (Some(Ending::Kept), Some(End::Closed)) => Err("expected it kept, it was closed".into()),
        (_, _) => Ok(()),
    }
}

fn check_event(expected: &Expected, event: &Event) -> Result<(), String> {
    match (expected, event) {
        (Expected::Answer(expected), Event::Answer(answer)) => check_answer(expected, answer),
        (Expected::Continue, Event::Continue(100)) => Ok(()),
        (Expected::Record(expected), Event::Record { kind, id, content })
            if expected.kind == *kind =>
        {
            check_record(expected, *id, content)
        }
        (
            Expected::Packet { modifier1, modifier2, content: expected },
            Event::Packet { head, content },
        ) => {
            let is_right = head.modifier1 == *modifier1
                && modifier2.is_none_or(|modifier2| head.modifier2 == modifier2)
                && expected.as_ref().is_none_or(|expected| expected == content);
            if is_right {
                Ok(())
            } else {
                Err(format!("the packet is {head:?} {}", shown(content)))
            }
        }
        (expected, Event::Garbage(bytes)) => {
            Err(format!("expected {}, got {}", name_of(expected), shown(bytes)))
        }
        (expected, event) => Err(format!("expected {}, got {event}", name_of(expected))),
    }
}

fn check_record(expected: &RecordExpected, id: u16, content: &[u8]) -> Result<(), String> {
    if expected.id.is_some_and(|expected| expected != id) {
        return Err(format!("the record is of the id {id}"));
    }
    if expected.content.as_ref().is_some_and(|expected| expected != content) {
        return Err(format!("the record's content is {}", shown(content)));
    }
    let status = content.get(4).copied();
    if expected.protocol_status.is_some_and(|expected| Some(expected) != status) {
        return Err(format!("the protocol status is {}", status.unwrap_or_default()));
    }
    if expected.kind == Kind::GET_VALUES_RESULT {
        let pairs = pairs(content);
        for (name, expected) in &expected.values {
            let found = pairs.iter().find(|(key, _)| *key == name.as_bytes());
            check_named("value", name, expected, found.map(|(_, value)| *value))?;
        }
    }
    Ok(())
}

/// Names and values with sizes of one byte, as no value of a server is longer.
fn pairs(content: &[u8]) -> Vec<(&[u8], &[u8])> {
    let (mut rest, mut pairs) = (content, Vec::new());
    while let [name, value, after @ ..] = rest {
        let (name, value) = (usize::from(*name), usize::from(*value));
        let Some((pair, next)) = after.split_at_checked(name + value) else { break };
        pairs.push(pair.split_at(name));
        rest = next;
    }
    pairs
}

fn name_of(expected: &Expected) -> String {
    match expected {
        Expected::Answer(answer) => name_of_answer(answer),
        Expected::Continue => "100".to_owned(),
        Expected::Record(record) => {
            let name = kind_name(record.kind);
            name.map_or_else(|| format!("a record of kind {}", record.kind.0), str::to_owned)
        }
        Expected::Packet { modifier1, .. } => format!("a packet {modifier1}"),
    }
}
