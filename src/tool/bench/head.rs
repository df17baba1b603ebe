//! Heads of answers, of which most are the same bytes as the one before. It must not know how a
//! body is read.

use cleanslate::proto::response::{DecodedHead, decode_head, has_body};

use super::failure::Failure;
use crate::tool::target::Protocol;

/// What a head says.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// The head in bytes with its blank line.
    pub(super) size: usize,
    pub(super) body: Body,
    /// Whether the connection may go on, as far as the head goes.
    pub(super) may_keep: bool,
}

/// How a body ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Body {
    Length(u64),
    Chunked,
    /// With the answer: at the close, or as the records of FastCGI say.
    Unsaid,
}

/// Reads heads, and remembers the last: comparing some hundred bytes is far less work than to read
/// them again.
#[derive(Debug)]
pub(super) struct Heads {
    protocol: Protocol,
    /// Whether the requests are HEAD, whose answers have no body whatever their head says.
    asks_with_head: bool,
    known: Vec<u8>,
    last: Head,
}

/// A larger head is not remembered.
const KNOWN_SIZE_MAX: usize = 4_096;

impl Heads {
    pub(super) fn new(protocol: Protocol, asks_with_head: bool) -> Self {
        let last = Head { status: 0, size: 0, body: Body::Unsaid, may_keep: false };
        Self { protocol, asks_with_head, known: Vec::new(), last }
    }

    /// The head at the start of `received`, once all of it is there.
    pub(super) fn find(&mut self, received: &[u8]) -> Result<Option<Head>, Failure> {
        if !self.known.is_empty() && received.starts_with(&self.known) {
            return Ok(Some(self.last));
        }
        let broken = |_| Failure::Broken("its head is none");
        let Some(decoded) = decode_head(received).map_err(broken)? else { return Ok(None) };
        let head = self.judge(&decoded);
        if head.size <= KNOWN_SIZE_MAX {
            self.known.clear();
            self.known.extend_from_slice(&received[..head.size]);
            self.last = head;
        }
        Ok(Some(head))
    }

    fn judge(&self, head: &DecodedHead<'_>) -> Head {
        let is_http = self.protocol == Protocol::Http;
        let says = |name: &str, word: &str| {
            let value = head.header(name).unwrap_or_default();
            value.to_ascii_lowercase().ends_with(word.as_bytes())
        };
        let body = match head.content_length() {
            _ if self.asks_with_head || !has_body(head.status) => Body::Length(0),
            Some(length) => Body::Length(length),
            None if is_http && says("Transfer-Encoding", "chunked") => Body::Chunked,
            None => Body::Unsaid,
        };
        let may_keep = !is_http || (body != Body::Unsaid && !says("Connection", "close"));
        Head { status: head.status, size: head.size, body, may_keep }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_says_how_its_body_ends() {
        for (protocol, asks_with_head, received, body, may_keep) in [
            (Protocol::Http, false, "HTTP/1.1 200 OK\r\nContent-Length: 7", Body::Length(7), true),
            (Protocol::Http, true, "HTTP/1.1 200 OK\r\nContent-Length: 7", Body::Length(0), true),
            (Protocol::Http, false, "HTTP/1.1 204 None", Body::Length(0), true),
            (Protocol::Http, false, "HTTP/1.1 200 OK", Body::Unsaid, false),
            (Protocol::Http, false, "HTTP/1.1 204 X\r\nConnection: close", Body::Length(0), false),
            (
                Protocol::Http,
                false,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked",
                Body::Chunked,
                true,
            ),
            (
                Protocol::Uwsgi,
                false,
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked",
                Body::Unsaid,
                true,
            ),
            (Protocol::Fastcgi, false, "Status: 404 None", Body::Unsaid, true),
        ] {
            let received = format!("{received}\r\n\r\nbody");
            let mut heads = Heads::new(protocol, asks_with_head);
            let first = heads.find(received.as_bytes()).unwrap().unwrap();
            assert_eq!((first.body, first.may_keep), (body, may_keep), "{received}");
            assert_eq!(first.size, received.len() - 4);
            assert_eq!(heads.find(received.as_bytes()).unwrap(), Some(first), "remembered");
        }
    }

    #[test]
    fn another_head_is_not_taken_for_the_one_before() {
        let mut heads = Heads::new(Protocol::Uwsgi, false);
        for status in [200, 404, 200, 500, 500] {
            let received = format!("HTTP/1.1 {status} X\r\nContent-Length: {status}\r\n\r\n");
            let head = heads.find(received.as_bytes()).unwrap().unwrap();
            assert_eq!((head.status, head.body), (status, Body::Length(status.into())));
            for cut in 0..received.len() {
                // The one before is remembered: what is only its start is not it.
                assert_eq!(heads.find(&received.as_bytes()[..cut]), Ok(None));
            }
        }
        assert!(heads.find(b"nothing like a head\r\n\r\n").is_err());
    }
}
