//! FastCGI records out of received bytes, and answers out of those. It must not know requests, but
//! for which of them was HEAD.

use cleanslate::proto::fastcgi::{Header, Kind};
use cleanslate::proto::response::{decode_head, has_body};

use super::seen::{Answer, Ended, Event, Seen};

/// Looks for whole records; at the end also for what is not.
pub(super) fn look(seen: &mut Seen, is_end: bool) {
    while let Some((header, content, size)) = record(&seen.received[seen.at..]) {
        seen.at += size;
        let content = content.to_vec();
        let Header { version, kind, id, .. } = header;
        match kind {
            _ if version != Header::VERSION => {
                seen.events.push(Event::Garbage(content));
                seen.at = seen.received.len();
            }
            Kind::STDOUT if id != 0 => {
                let stdout = seen.streams.entry(id).or_default();
                match (content.is_empty(), stdout.ends) {
                    (true, _) => stdout.ends += 1,
                    (false, 0) => stdout.bytes.extend(content),
                    // What has ended can't go on.
                    (false, _) => seen.events.push(Event::Garbage(content)),
                }
            }
            Kind::STDERR if id != 0 => {}
            Kind::END_REQUEST => end(seen, id, content),
            kind => seen.events.push(Event::Record { kind, id, content }),
        }
    }
    if is_end {
        for (_, stdout) in std::mem::take(&mut seen.streams) {
            let event = event(&stdout.bytes, seen.is_head(), None);
            seen.events.push(event);
        }
        let rest = seen.received[seen.at..].to_vec();
        if !rest.is_empty() {
            seen.at = seen.received.len();
            seen.events.push(Event::Garbage(rest));
        }
    }
}

/// The record at the start, its content, and its whole size; none if it isn't whole.
fn record(rest: &[u8]) -> Option<(Header, &[u8], usize)> {
    let (&bytes, after) = rest.split_first_chunk()?;
    let header = Header::from_bytes(bytes);
    let content = after.get(..usize::from(header.size))?;
    let size = Header::SIZE + content.len() + usize::from(header.padding);
    (rest.len() >= size).then_some((header, content, size))
}

/// A request has ended: with an answer, or with this record alone if it was refused.
fn end(seen: &mut Seen, id: u16, content: Vec<u8>) {
    // An empty STDOUT may have come before.
    let stdout = seen.streams.remove(&id).filter(|stdout| !stdout.bytes.is_empty());
    let event = match (stdout, &content[..]) {
        (Some(stdout), &[a, b, c, d, protocol_status, ..]) => {
            let app_status = u32::from_be_bytes([a, b, c, d]);
            let ended = Ended { id, app_status, protocol_status, stdout_ends: stdout.ends };
            event(&stdout.bytes, seen.is_head(), Some(ended))
        }
        (_, _) => Event::Record { kind: Kind::END_REQUEST, id, content },
    };
    seen.events.push(event);
}

fn event(stream: &[u8], is_head: bool, ended: Option<Ended>) -> Event {
    let Ok(Some(head)) = decode_head(stream) else {
        return Event::Garbage(stream.to_vec());
    };
    let body = &stream[head.size..];
    let is_as_long = match head.content_length() {
        _ if is_head || !has_body(head.status) => body.is_empty(),
        Some(length) => body.len() as u64 == length,
        None => true,
    };
    let is_whole = is_as_long && ended.is_some();
    let mut answer = Answer::new(&head, body.to_vec(), is_whole);
    answer.ended = ended;
    Event::Answer(answer)
}
