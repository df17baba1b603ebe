//! What a client must read, and how its bytes are taken apart: by hand, since what made them is what
//! is tested. Knows no socket and no time.

use cleanslate_proto::fastcgi::Header;
use cleanslate_proto::response::{DecodedHead, decode_head, has_body};

use super::answers::NUMBER;
use crate::app::{Framing, Length};

pub(super) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

pub(super) enum Expected {
    Verbatim(Vec<u8>),
    /// Something that may as well not be said.
    Optional(&'static [u8]),
    Answer(Answer),
}

/// An answer as it must be read.
pub(super) struct Answer {
    pub(super) framing: Framing,
    pub(super) status: u16,
    /// A refusal has none.
    pub(super) number: Option<usize>,
    pub(super) body: Vec<u8>,
    pub(super) length: Length,
    pub(super) head_only: bool,
    /// Whether all of its body is known.
    pub(super) done: bool,
    /// Whether it may lack its end.
    pub(super) cut: bool,
}

impl Expected {
    pub(super) fn says(&self, bytes: &[u8]) -> bool {
        matches!(self, Self::Verbatim(expected) if expected == bytes)
    }

    pub(super) fn whole_in(&self, got: &[u8]) -> Option<usize> {
        match self {
            Self::Verbatim(bytes) => {
                let size = bytes.len().min(got.len());
                assert_eq!(
                    got[..size].escape_ascii().to_string(),
                    bytes[..size].escape_ascii().to_string()
                );
                (size == bytes.len()).then_some(size)
            }
            Self::Optional(bytes) => got.starts_with(bytes).then_some(bytes.len()),
            Self::Answer(answer) => answer.whole_in(got),
        }
    }

    /// Whether it is not what comes, though it might have been.
    pub(super) fn is_left_out(&self, got: &[u8]) -> bool {
        matches!(self, Self::Optional(bytes) if !bytes.starts_with(&got[..got.len().min(bytes.len())]))
    }

    pub(super) fn is_optional(&self) -> bool {
        matches!(self, Self::Optional(_))
    }
}

impl Answer {
    fn has_body(&self) -> bool {
        has_body(self.status) && !self.head_only
    }

    /// How many bytes it is, once it is whole.
    fn whole_in(&self, got: &[u8]) -> Option<usize> {
        let least = if self.has_body() { self.body.len() } else { 0 };
        if !self.done || got.len() < least {
            return None;
        }
        let Framing::FastCgi { id, .. } = self.framing else {
            assert!(got.len() < 9 || got.starts_with(b"HTTP/1.1 "), "{}", got.escape_ascii());
            return self.message_in(got);
        };
        let (stdout, size) = stdout_in(got, id)?;
        assert!(stdout.starts_with(b"Status: "), "{}", stdout.escape_ascii());
        assert_eq!(self.message_in(&stdout), Some(stdout.len()), "END_REQUEST ends it");
        Some(size)
    }

    fn message_in(&self, bytes: &[u8]) -> Option<usize> {
        let head = decode_head(bytes).expect("a head is well-formed")?;
        let number = head.header(NUMBER).map(|value| String::from_utf8_lossy(value).into_owned());
        let expected = self.number.map(|number| number.to_string());
        assert_eq!((head.status, number), (self.status, expected), "whose answer it is");
        let known = match self.length {
            Length::Known(size) => has_body(self.status).then_some(size),
            Length::Open | Length::NoBody => None,
        };
        assert_eq!(head.content_length(), known, "the length of {}", self.status);
        let is_chunked = self.check_connection(&head);
        let (rest, at) = (&bytes[head.size..], head.size);
        if !self.has_body() {
            return Some(at);
        }
        let (body, size) = match is_chunked {
            true => chunks_in(rest)?,
            false => (rest.get(..self.body.len())?.to_vec(), self.body.len()),
        };
        assert!(body == self.body, "another body, of {} bytes for {}", body.len(), self.body.len());
        Some(at + size)
    }

    /// What the head says of its connection; whether the body is in chunks.
    fn check_connection(&self, head: &DecodedHead<'_>) -> bool {
        let Framing::Http { knows_chunks, keeps } = self.framing else {
            return false;
        };
        let connection = match (keeps, knows_chunks) {
            (false, _) => Some(&b"close"[..]),
            (true, true) => None,
            (true, false) => Some(&b"keep-alive"[..]),
        };
        assert_eq!(head.header("Connection"), connection);
        let is_chunked = head.header("Transfer-Encoding").is_some();
        let may = self.length == Length::Open && knows_chunks && has_body(self.status);
        assert_eq!(is_chunked, may, "whether it is in chunks");
        is_chunked
    }
}

/// What the records of an answer hold, and their size, once its END_REQUEST has come.
fn stdout_in(got: &[u8], id: u16) -> Option<(Vec<u8>, usize)> {
    let (mut stdout, mut at) = (Vec::new(), 0);
    loop {
        let header = Header::from_bytes(*got.get(at..)?.first_chunk()?);
        assert_eq!((header.version, header.id), (1, id), "whose record it is");
        let start = at + Header::SIZE;
        let end = start + usize::from(header.size);
        let content = got.get(start..end)?;
        at = end + usize::from(header.padding);
        got.get(..at)?;
        match header.kind.0 {
            6 => stdout.extend(content),
            3 => {
                assert_eq!(content, [0; 8], "it ended well");
                return Some((stdout, at));
            }
            kind => panic!("no answer has records of kind {kind}"),
        }
    }
}

/// What the chunks of a body hold, and their size, once the last has come.
fn chunks_in(got: &[u8]) -> Option<(Vec<u8>, usize)> {
    let (mut body, mut at) = (Vec::new(), 0);
    loop {
        let line = got[at..].windows(2).position(|two| two == b"\r\n")?;
        let digits = std::str::from_utf8(&got[at..at + line]).expect("a size is digits");
        let size = usize::from_str_radix(digits, 16).expect("a size is digits");
        let start = at + line + 2;
        let content = got.get(start..start + size)?;
        at = start + size + 2;
        assert_eq!(got.get(at - 2..at)?, b"\r\n", "a chunk's end");
        if size == 0 {
            return Some((body, at));
        }
        body.extend(content);
    }
}
