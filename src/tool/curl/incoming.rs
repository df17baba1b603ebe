//! From what a connection brings to an answer, piece by piece, so that none is held whole. It must
//! not know what is done with it.

use std::io::{self, Write};
use std::time::Instant;

use cleanslate::proto::fastcgi::Answer;
use cleanslate::proto::response::{HEAD_SIZE_MAX, decode_head, has_body};
use cleanslate::proto::uwsgi;

use super::error::CurlError;
use super::request::ID;
use crate::tool::chunked::Chunked;
use crate::tool::target::Protocol;
use crate::tool::wire::{Wait, Wire};

/// What comes on a connection.
pub(in crate::tool) struct Incoming<'a> {
    wire: &'a Wire,
    until: Instant,
    /// As it came, and not yet looked at.
    pub(in crate::tool) raw: Vec<u8>,
    /// The answer, out of its records if there are any.
    plain: Vec<u8>,
    records: Option<Answer>,
    has_ended: bool,
}

/// The head of an answer.
pub(in crate::tool) struct Head {
    pub(in crate::tool) status: u16,
    /// With its blank line.
    pub(in crate::tool) bytes: Vec<u8>,
    length: Option<u64>,
    is_chunked: bool,
}

/// How a body ends.
pub(in crate::tool) enum Framing {
    Length(u64),
    Chunked(Chunked),
    WithTheAnswer,
}

impl<'a> Incoming<'a> {
    pub(in crate::tool) fn new(wire: &'a Wire, protocol: Protocol, until: Instant) -> Self {
        let records = (protocol == Protocol::Fastcgi).then(|| Answer::new(ID));
        let (raw, plain) = (Vec::new(), Vec::new());
        Self { wire, until, raw, plain, records, has_ended: false }
    }

    /// Makes ready for the next answer.
    pub(in crate::tool) fn start(&mut self) {
        self.records = self.records.take().map(|_| Answer::new(ID));
        self.has_ended = false;
    }

    /// Gets more of the answer; false at its end, which without records is the connection's.
    pub(in crate::tool) fn more(&mut self) -> Result<bool, CurlError> {
        if self.has_ended {
            return Ok(false);
        }
        if self.raw.is_empty() {
            match self.wire.read(&mut self.raw, self.until) {
                Wait::Done => {}
                Wait::Closed => {
                    self.has_ended = true;
                    return match self.records {
                        Some(_) if !self.plain.is_empty() => {
                            Err(CurlError::CutShort("no END_REQUEST"))
                        }
                        Some(_) | None => Ok(false),
                    };
                }
                Wait::TimedOut => return Err(CurlError::TimedOut),
            }
        }
        let Some(records) = &mut self.records else {
            self.plain.append(&mut self.raw);
            return Ok(true);
        };
        let taken = records.handle_input(&self.raw)?;
        self.raw.drain(..taken);
        self.plain.append(&mut records.stdout);
        // What the server says there is for whoever reads its log, and here that is the user.
        io::stderr().lock().write_all(&records.stderr).ok();
        records.stderr.clear();
        if let Some(end) = records.end {
            self.has_ended = true;
            if end.protocol_status != 0 {
                return Err(CurlError::Refused(end.protocol_status));
            }
        }
        Ok(true)
    }

    /// The answer as a uwsgi packet, if it is that and nothing else.
    pub(in crate::tool) fn packet(&mut self) -> Result<Option<(uwsgi::Head, Vec<u8>)>, CurlError> {
        loop {
            let is_http = self.plain.iter().zip(b"HTTP/").all(|(one, other)| one == other);
            if is_http && !self.plain.is_empty() {
                return Ok(None);
            }
            if let Some((&bytes, content)) = self.plain.split_first_chunk() {
                let head = uwsgi::Head::from_bytes(bytes);
                if content.len() == usize::from(head.vars_size) {
                    return Ok(Some((head, content.to_vec())));
                }
            }
            if self.plain.len() > HEAD_SIZE_MAX || !self.more()? {
                return Ok(None);
            }
        }
    }

    pub(in crate::tool) fn head(&mut self) -> Result<Head, CurlError> {
        loop {
            if let Some(head) = decode_head(&self.plain)? {
                let encoding = head.header("Transfer-Encoding").unwrap_or_default();
                let (status, size, length) = (head.status, head.size, head.content_length());
                let is_chunked = encoding.to_ascii_lowercase().ends_with(b"chunked");
                let bytes = self.plain.drain(..size).collect();
                return Ok(Head { status, bytes, length, is_chunked });
            }
            if !self.more()? {
                return Err(match self.plain.is_empty() {
                    true => CurlError::Empty,
                    false => CurlError::CutShort("it ends inside of its head"),
                });
            }
        }
    }

    /// Puts the next piece of the body into `piece`; false at its end.
    pub(in crate::tool) fn body(
        &mut self,
        framing: &mut Framing,
        piece: &mut Vec<u8>,
    ) -> Result<bool, CurlError> {
        loop {
            match framing {
                Framing::Length(0) => return Ok(false),
                Framing::Length(left) => {
                    let most = usize::try_from(*left).unwrap_or(usize::MAX);
                    let size = most.min(self.plain.len());
                    piece.extend(self.plain.drain(..size));
                    *left -= size as u64;
                }
                Framing::Chunked(chunked) if chunked.is_whole() => return Ok(false),
                Framing::Chunked(chunked) => {
                    let taken = chunked.handle_input(&self.plain, piece)?;
                    self.plain.drain(..taken);
                }
                Framing::WithTheAnswer => piece.append(&mut self.plain),
            }
            if !piece.is_empty() {
                return Ok(true);
            }
            let is_whole = match framing {
                Framing::Length(left) => *left == 0,
                Framing::Chunked(chunked) => chunked.is_whole(),
                Framing::WithTheAnswer => false,
            };
            if !is_whole && !self.more()? {
                return match framing {
                    Framing::WithTheAnswer => Ok(false),
                    Framing::Length(_) => Err(CurlError::CutShort("its head says it is longer")),
                    Framing::Chunked(_) => Err(CurlError::CutShort("the last chunk is missing")),
                };
            }
        }
    }

    /// Reads to the end of the records, if there are any.
    pub(in crate::tool) fn finish(&mut self) -> Result<(), CurlError> {
        while self.records.is_some() && self.more()? {
            self.plain.clear();
        }
        if self.records.as_ref().is_some_and(|records| records.end.is_none()) {
            return Err(CurlError::CutShort("no END_REQUEST"));
        }
        Ok(())
    }
}

impl Head {
    /// How the body of this answer ends.
    pub(in crate::tool) fn framing(&self, method: &str, protocol: Protocol) -> Framing {
        match self.length {
            _ if method == "HEAD" || !has_body(self.status) => Framing::Length(0),
            Some(length) => Framing::Length(length),
            None if self.is_chunked && protocol == Protocol::Http => {
                Framing::Chunked(Chunked::default())
            }
            None => Framing::WithTheAnswer,
        }
    }
}
