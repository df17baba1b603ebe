//! From received records to an answer: for our tools and tests, which stand where nginx stands. It
//! must not know what is in an answer (that is `response`).

use super::{BODY_SIZE, Header, Kind};
use alloc::vec::Vec;
use core::fmt;

/// Decodes one answer, however it is cut into records and reads. Unlike a server's decoder it holds
/// what came: a caller may take bytes out of the vectors at any time, so as not to hold them all.
#[derive(Debug)]
pub struct Answer {
    /// What the answer is so far; its head is CGI's, see [`crate::response::decode_head`].
    pub stdout: Vec<u8>,
    /// What the server wants logged.
    pub stderr: Vec<u8>,
    /// How it ended, once it has.
    pub end: Option<EndRequest>,
    id: u16,
    /// The header of the record, and the content of an END_REQUEST behind it, as far as they came.
    head: Vec<u8>,
    content: usize,
    padding: usize,
}

/// The content of an END_REQUEST. FastCGI 1.0, 5.5.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct EndRequest {
    /// What a CGI program would have exited with.
    pub app_status: u32,
    /// See [`super::ProtocolStatus`]; a number, since a server may send any.
    pub protocol_status: u8,
}

/// Why records are no answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum AnswerError {
    /// A record's version is not 1.
    Version {
        /// The version.
        version: u8,
    },
    /// A record of the request is none that a server sends.
    Kind {
        /// Its kind.
        kind: u8,
    },
    /// An END_REQUEST has not 8 bytes.
    EndSize {
        /// The bytes it has.
        size: u16,
    },
}

impl Answer {
    /// An answer to the request of this id, before its first byte.
    pub fn new(id: u16) -> Self {
        let (stdout, stderr, head) = (Vec::new(), Vec::new(), Vec::new());
        Self { stdout, stderr, end: None, id, head, content: 0, padding: 0 }
    }

    /// Takes the bytes that came since the last call, and tells how many of them belong to this
    /// answer: all until [`end`](Self::end) is there. Records of other ids are ignored.
    ///
    /// # Errors
    ///
    /// [`AnswerError`], with the header of the record. There is no way on from it.
    pub fn handle_input(&mut self, received: &[u8]) -> Result<usize, AnswerError> {
        let mut rest = received;
        while self.end.is_none() && !rest.is_empty() {
            if self.head.len() < Header::SIZE {
                let missing = Header::SIZE - self.head.len();
                self.head.extend(take(&mut rest, missing));
                if let Some(&bytes) = self.head.first_chunk() {
                    self.start_record(Header::from_bytes(bytes))?;
                }
            } else {
                self.take_content(&mut rest);
            }
            self.finish_record();
        }
        Ok(received.len() - rest.len())
    }

    fn start_record(&mut self, header: Header) -> Result<(), AnswerError> {
        let Header { version, kind, id, size, padding } = header;
        if version != Header::VERSION {
            return Err(AnswerError::Version { version });
        }
        match kind {
            _ if id != self.id => {}
            Kind::STDOUT | Kind::STDERR => {}
            Kind::END_REQUEST if size == BODY_SIZE => {}
            Kind::END_REQUEST => return Err(AnswerError::EndSize { size }),
            Kind(kind) => return Err(AnswerError::Kind { kind }),
        }
        (self.content, self.padding) = (usize::from(size), usize::from(padding));
        Ok(())
    }

    fn take_content(&mut self, rest: &mut &[u8]) {
        let content = take(rest, self.content);
        self.content -= content.len();
        // Nothing is left for it as long as content is missing.
        self.padding -= take(rest, self.padding).len();
        match self.head.first_chunk().map(|&bytes| Header::from_bytes(bytes)) {
            Some(Header { id, .. }) if id != self.id => {}
            Some(Header { kind: Kind::STDOUT, .. }) => self.stdout.extend(content),
            Some(Header { kind: Kind::STDERR, .. }) => self.stderr.extend(content),
            Some(_) | None => self.head.extend(content),
        }
    }

    /// Once a record is whole, makes way for the next.
    fn finish_record(&mut self) {
        if self.head.len() < Header::SIZE || self.content > 0 || self.padding > 0 {
            return;
        }
        if let Some(&[a, b, c, d, protocol_status, _, _, _]) = self.head.get(Header::SIZE..) {
            let app_status = u32::from_be_bytes([a, b, c, d]);
            self.end = Some(EndRequest { app_status, protocol_status });
        }
        self.head.clear();
    }
}

impl core::error::Error for AnswerError {}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Version { version } => write!(f, "a record's version is {version}, not 1"),
            Self::Kind { kind } => write!(f, "no server sends a record of kind {kind}"),
            Self::EndSize { size } => write!(f, "END_REQUEST has {size} bytes, not 8"),
        }
    }
}

/// Splits at most `size` bytes off the front.
fn take<'a>(rest: &mut &'a [u8], size: usize) -> &'a [u8] {
    let (front, back) = rest.split_at(size.min(rest.len()));
    *rest = back;
    front
}
