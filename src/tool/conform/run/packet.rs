//! The answer of a uwsgi or SCGI server, which ends with its connection. It must not know requests.

use cleanslate::proto::response::{decode_head, has_body};
use cleanslate::proto::uwsgi;

use super::seen::{Answer, Event, Seen};
use crate::tool::target::Protocol;

/// Looks at all that came, once there is all.
pub(super) fn look(seen: &mut Seen) {
    let rest = &seen.received[seen.at..];
    if rest.is_empty() {
        return;
    }
    if let Some(packet) = packet(seen.protocol, rest) {
        seen.events.push(packet);
        seen.at = seen.received.len();
        return;
    }
    let mut events = Vec::new();
    match decode_head(rest) {
        Ok(Some(head)) => {
            let after = &rest[head.size..];
            let length = match head.content_length() {
                _ if seen.is_head() || !has_body(head.status) => 0,
                Some(length) => usize::try_from(length).unwrap_or(usize::MAX),
                None => after.len(),
            };
            let (body, garbage) = after.split_at(length.min(after.len()));
            let is_whole = body.len() == length;
            events.push(Event::Answer(Answer::new(&head, body.to_vec(), is_whole)));
            if !garbage.is_empty() {
                events.push(Event::Garbage(garbage.to_vec()));
            }
        }
        Ok(None) | Err(_) => events.push(Event::Garbage(rest.to_vec())),
    }
    seen.events.extend(events);
    seen.at = seen.received.len();
}

/// An answer that is no HTTP, as to a ping.
fn packet(protocol: Protocol, rest: &[u8]) -> Option<Event> {
    let (&head, content) = rest.split_first_chunk()?;
    let head = uwsgi::Head::from_bytes(head);
    let is_packet = protocol == Protocol::Uwsgi
        && !rest.starts_with(b"HTTP/")
        && content.len() == usize::from(head.vars_size);
    is_packet.then(|| Event::Packet { head, content: content.to_vec() })
}
