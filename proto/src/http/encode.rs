//! What is written around bodies: chunks, the head of an answer on a connection that may go on, and
//! a client's request. It must not know who reads it.

use crate::response::{self, HeadError, Length, check_header, field, has_body};
use alloc::format;
use alloc::vec::Vec;
use core::fmt;

/// What a head says about the body that follows.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum BodyLength {
    /// Nothing. A request has no body then; an answer has none, or ends with the connection.
    Unsaid,
    /// The body has this many bytes.
    Known(u64),
    /// The body is in chunks: see [`encode_chunk`]. HTTP/1.0 does not know them.
    Chunked,
}

/// What an answer says about its connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Persistence {
    /// Nothing, so that it stays open in HTTP/1.1 and closes in HTTP/1.0.
    Unsaid,
    /// It closes after this answer.
    Close,
    /// It stays open, which HTTP/1.0 has to be told.
    KeepAlive,
}

/// Why a request can't be sent. All of these are faults of the client's user.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum RequestError {
    /// The method is empty or has a byte that none may hold.
    Method,
    /// The target is empty or has a blank or a control, which would end it.
    Target,
    /// A header can't be sent.
    Header(HeadError),
}

/// Appends a chunk; nothing if `bytes` is empty, as an empty chunk would end the body.
pub fn encode_chunk(out: &mut Vec<u8>, bytes: &[u8]) {
    if !bytes.is_empty() {
        out.extend(format!("{:x}\r\n", bytes.len()).bytes());
        out.extend(bytes);
        out.extend(b"\r\n");
    }
}

/// Appends the end of a chunked body, without trailers.
pub fn encode_last_chunk(out: &mut Vec<u8>) {
    out.extend(b"0\r\n\r\n");
}

/// Appends the head of an answer as [`response::encode_head`] does, with what only HTTP/1.x has:
/// chunks and connections that go on. Nothing is said of a length with 1xx, 204 and 304, and chunks
/// are only said where there can be a body.
///
/// # Errors
///
/// Those of [`response::encode_head`]. `out` is then as it was.
///
/// ```
/// use cleanslate_proto::http::{BodyLength, Persistence, encode_head};
/// let mut out = Vec::new();
/// encode_head(&mut out, 200, [], BodyLength::Chunked, Persistence::Close)?;
/// assert_eq!(out, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n");
/// # Ok::<(), cleanslate_proto::response::HeadError>(())
/// ```
pub fn encode_head<'a>(
    out: &mut Vec<u8>,
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    length: BodyLength,
    persistence: Persistence,
) -> Result<(), HeadError> {
    let known = match length {
        BodyLength::Known(size) => Length::Known(size),
        BodyLength::Unsaid | BodyLength::Chunked => Length::NoBody,
    };
    response::encode_head(out, status, headers, known)?;
    // The empty line comes last, after the lines that follow here.
    out.truncate(out.len() - b"\r\n".len());
    if length == BodyLength::Chunked && has_body(status) {
        out.extend(b"Transfer-Encoding: chunked\r\n");
    }
    match persistence {
        Persistence::Unsaid => {}
        Persistence::Close => out.extend(b"Connection: close\r\n"),
        Persistence::KeepAlive => out.extend(b"Connection: keep-alive\r\n"),
    }
    out.extend(b"\r\n");
    Ok(())
}

/// Appends the head of an HTTP/1.1 request; the caller appends the body. `Host` is the caller's to
/// give, `Connection` may be.
///
/// # Errors
///
/// The first of [`RequestError::Method`], [`RequestError::Target`], and [`RequestError::Header`],
/// header by header. `out` is then as it was.
pub fn encode_request<'a>(
    out: &mut Vec<u8>,
    method: &str,
    target: &str,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    body_length: BodyLength,
) -> Result<(), RequestError> {
    if method.is_empty() || field::wrong_in_name(method.as_bytes()).is_some() {
        return Err(RequestError::Method);
    }
    if target.is_empty() || target.bytes().any(|byte| byte <= b' ' || byte == 0x7F) {
        return Err(RequestError::Target);
    }
    let before = out.len();
    out.extend(format!("{method} {target} HTTP/1.1\r\n").bytes());
    for (name, value) in headers {
        if let Err(error) = check_request_header(name, value) {
            out.truncate(before);
            return Err(RequestError::Header(error));
        }
        for part in [name.as_bytes(), b": ", field::trim(value), b"\r\n"] {
            out.extend(part);
        }
    }
    match body_length {
        BodyLength::Unsaid => {}
        BodyLength::Known(size) => out.extend(format!("Content-Length: {size}\r\n").bytes()),
        BodyLength::Chunked => out.extend(b"Transfer-Encoding: chunked\r\n"),
    }
    out.extend(b"\r\n");
    Ok(())
}

impl core::error::Error for RequestError {}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Method => write!(f, "the method is empty or has a byte that none may hold"),
            Self::Target => write!(f, "the target is empty or has a blank or a control in it"),
            Self::Header(error) => error.fmt(f),
        }
    }
}

/// As for an answer, but a client says itself how long its connection is to live.
fn check_request_header(name: &str, value: &[u8]) -> Result<(), HeadError> {
    match check_header(name, value) {
        Err(HeadError::Framing { name }) if name.eq_ignore_ascii_case("Connection") => {
            match field::wrong_in_value(value) {
                Some(byte) => Err(HeadError::ValueByte { name, byte }),
                None => Ok(()),
            }
        }
        result => result,
    }
}
