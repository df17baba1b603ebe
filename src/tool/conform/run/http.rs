//! HTTP answers out of received bytes. It must not know requests, but for which of them was HEAD.

use cleanslate::proto::response::{DecodedHead, decode_head, has_body};

use super::seen::{Answer, Event, Seen};
use crate::tool::chunked::Chunked;

/// Looks for whole answers; at the end also for those that are not.
pub(super) fn look(seen: &mut Seen, is_end: bool) {
    while seen.at < seen.received.len() {
        let rest = &seen.received[seen.at..];
        let (event, size) = match decode_head(rest) {
            Ok(Some(head)) if head.status < 200 => (Event::Continue(head.status), head.size),
            Ok(Some(head)) => match answer(rest, &head, seen.is_head(), is_end) {
                Some((answer, size)) => (Event::Answer(answer), size),
                None => return,
            },
            Ok(None) if !is_end => return,
            Ok(None) | Err(_) => (Event::Garbage(rest.to_vec()), rest.len()),
        };
        seen.at += size;
        seen.events.push(event);
    }
}

/// The answer at the start of `rest`, and how many bytes it has; none if it isn't whole yet.
fn answer(
    rest: &[u8],
    head: &DecodedHead<'_>,
    is_head: bool,
    is_end: bool,
) -> Option<(Answer, usize)> {
    let after = &rest[head.size..];
    let encoding = head.header("Transfer-Encoding").unwrap_or_default();
    let (body, size, is_whole) = if is_head || !has_body(head.status) {
        (Vec::new(), 0, true)
    } else if let Some(length) = head.content_length() {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        let size = length.min(after.len());
        (after[..size].to_vec(), size, size == length)
    } else if encoding.eq_ignore_ascii_case(b"chunked") {
        let (mut chunked, mut body) = (Chunked::default(), Vec::new());
        match chunked.handle_input(after, &mut body) {
            Ok(size) => (body, size, chunked.is_whole()),
            // What is wrong will not come right.
            Err(_) => return Some((Answer::new(head, body, false), rest.len())),
        }
    } else {
        (after.to_vec(), after.len(), is_end)
    };
    (is_whole || is_end).then(|| (Answer::new(head, body, is_whole), head.size + size))
}

impl Answer {
    pub(super) fn new(head: &DecodedHead<'_>, body: Vec<u8>, is_whole: bool) -> Self {
        let owned = |(name, value): (&[u8], &[u8])| {
            (String::from_utf8_lossy(name).into_owned(), value.to_vec())
        };
        let headers = head.headers().map(owned).collect();
        Self { status: head.status, headers, body, is_whole, ended: None }
    }
}
