//! Answers that need no handler: what a client gets when its request can't be run. Knows nothing
//! of when that is.

use std::borrow::Cow;
use std::io;

use cleanslate_proto::response::{has_body, reason};

use super::Outgoing;
use crate::app::{Framing, Length};
use crate::clock::http_date;
use crate::pool::{Peer, Stream};

/// A whole answer of this status, with a line of text as its body, which an answer to HEAD only
/// announces. Empty where nobody can be answered.
pub(crate) fn refusal(framing: Framing, head_only: bool, status: u16) -> Vec<u8> {
    let mut bytes = Vec::new();
    if framing.is_mute() {
        return bytes;
    }
    let text = format!("{status} {}\n", reason(status));
    let body = if has_body(status) { text.as_bytes() } else { &[] };
    let media_type = ("Content-Type", &b"text/plain; charset=utf-8"[..]);
    // A client that is shed may come again soon: the queue drains in milliseconds.
    let retry = (status == 503).then_some(("Retry-After", &b"1"[..]));
    let headers = std::iter::once(media_type).chain(retry);
    let length = Length::Known(body.len() as u64);
    bytes.reserve(256);
    let opened = framing.open(&mut bytes);
    if framing.encode_head(&mut bytes, status, headers, length, http_date).is_err() {
        // The headers are constants: only a status that no client can read ends here.
        return Vec::new();
    }
    if !head_only {
        bytes.extend_from_slice(body);
    }
    framing.seal(&mut bytes, opened);
    framing.encode_end(&mut bytes, length);
    bytes
}

/// Writes a whole answer at once; what the peer doesn't take comes back to wait for it.
///
/// `head` can be used again if all of it was taken.
///
/// # Errors
/// The peer's, which has left.
pub(crate) fn answer_once(
    peer: &Peer,
    head: &mut Vec<u8>,
    body: Cow<'static, [u8]>,
) -> io::Result<Outgoing> {
    let count = write_all(&peer.stream, head, &body)?;
    if count == head.len() + body.len() {
        return Ok(Outgoing::of(Vec::new(), 0));
    }
    if count >= head.len() {
        // A large body waits where it is.
        return Ok(Outgoing::of(body.into_owned(), count - head.len()));
    }
    let mut rest = std::mem::take(head);
    rest.extend_from_slice(&body);
    Ok(Outgoing::of(rest, count))
}

/// Writes as much as the peer takes; how much that was.
fn write_all(stream: &Stream, head: &[u8], body: &[u8]) -> io::Result<usize> {
    let mut count = 0;
    while count < head.len() + body.len() {
        let written = if count >= head.len() {
            stream.write(&body[count - head.len()..])
        } else if body.is_empty() {
            stream.write(&head[count..])
        } else {
            stream.write_both(&head[count..], body)
        };
        match written {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(more) => count += more,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
            Err(error) => return Err(error),
        }
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_is_a_whole_answer() {
        let text = String::from_utf8(refusal(Framing::Plain, false, 503)).unwrap();
        assert!(text.starts_with("HTTP/1.1 503 Service Unavailable\r\n"), "{text}");
        assert!(text.contains("Retry-After: 1\r\n"), "{text}");
        assert!(text.ends_with("\r\n\r\n503 Service Unavailable\n"), "{text}");
        let head = String::from_utf8(refusal(Framing::Plain, true, 503)).unwrap();
        assert!(head.contains("Content-Length: 24\r\n") && head.ends_with("\r\n\r\n"), "{head}");
        assert!(
            !String::from_utf8(refusal(Framing::Plain, false, 408))
                .unwrap()
                .contains("Retry-After")
        );
    }
}
