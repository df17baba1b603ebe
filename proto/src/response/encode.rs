//! From a status and headers to the head of an answer. It must not know the body, and lets no
//! application byte end a line.

use super::{field, reason};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// How a peer learns where the body of an answer ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Length {
    /// The body has this many bytes. An answer to HEAD gives what its GET would have.
    Known(u64),
    /// The end of the connection is the end of the body.
    UntilClose,
    /// There is no body, and nothing to say about one: see [`has_body`](super::has_body).
    NoBody,
}

/// Why a head can't be sent. All of these are faults of the application, not of a peer.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum HeadError {
    /// The status is not within 100 to 599, which is all that has a meaning. RFC 9110, 15.
    Status {
        /// The status given.
        status: u16,
    },
    /// A header has no name.
    EmptyName,
    /// A header's name has a byte that none may hold.
    NameByte {
        /// The name, as text that is safe to log.
        name: Box<str>,
        /// The first such byte.
        byte: u8,
    },
    /// A header's value has a byte that none may hold: CR, LF, NUL or another control.
    ValueByte {
        /// The header's name.
        name: Box<str>,
        /// The first such byte.
        byte: u8,
    },
    /// The header says how a body or a connection ends, which the server alone does.
    Framing {
        /// The header's name.
        name: Box<str>,
    },
}

/// Appends the head of an answer to `out`, the blank line included; allocates nothing else.
///
/// The line says `HTTP/1.1`, as Apache takes nothing but such a line. [`Length::Known`] becomes
/// `Content-Length`, except with 1xx and 204, where RFC 9110, 8.6 forbids it. Blanks around a value
/// are left out, as every reader would drop them.
///
/// # Errors
///
/// [`HeadError::Status`], then what [`check_header`] refuses, header by header. `out` is then as it
/// was.
///
/// ```
/// use cleanslate_proto::response::{Length, encode_head};
/// let mut out = Vec::new();
/// encode_head(&mut out, 200, [("Content-Type", &b"text/plain"[..])], Length::Known(13))?;
/// assert_eq!(out, b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\n");
/// # Ok::<(), cleanslate_proto::response::HeadError>(())
/// ```
pub fn encode_head<'a>(
    out: &mut Vec<u8>,
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    length: Length,
) -> Result<(), HeadError> {
    append_head(out, b"HTTP/1.1 ", status, headers, length)
}

/// As [`encode_head`], with `Status: 200 OK` for the first line, as a CGI program answers and so a
/// FastCGI server. RFC 3875, 6.3.
///
/// # Errors
///
/// As for [`encode_head`].
///
/// ```
/// use cleanslate_proto::response::{Length, encode_cgi_head};
/// let mut out = Vec::new();
/// encode_cgi_head(&mut out, 404, [], Length::Known(0))?;
/// assert_eq!(out, b"Status: 404 Not Found\r\nContent-Length: 0\r\n\r\n");
/// # Ok::<(), cleanslate_proto::response::HeadError>(())
/// ```
pub fn encode_cgi_head<'a>(
    out: &mut Vec<u8>,
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    length: Length,
) -> Result<(), HeadError> {
    append_head(out, b"Status: ", status, headers, length)
}

/// Checks one header as [`encode_head`] does, for who wants to know where it is set.
///
/// # Errors
///
/// The first of [`HeadError::EmptyName`], [`HeadError::NameByte`], [`HeadError::Framing`] and
/// [`HeadError::ValueByte`].
pub fn check_header(name: &str, value: &[u8]) -> Result<(), HeadError> {
    if name.is_empty() {
        return Err(HeadError::EmptyName);
    }
    if let Some(byte) = field::wrong_in_name(name.as_bytes()) {
        let name = name.escape_debug().collect::<String>().into();
        return Err(HeadError::NameByte { name, byte });
    }
    if SERVERS_OWN.iter().any(|own| name.eq_ignore_ascii_case(own)) {
        let name = name.into();
        return Err(HeadError::Framing { name });
    }
    if let Some(byte) = field::wrong_in_value(value) {
        let name = name.into();
        return Err(HeadError::ValueByte { name, byte });
    }
    Ok(())
}

impl core::error::Error for HeadError {}

impl fmt::Display for HeadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status { status } => write!(f, "status {status} is not within 100 to 599"),
            Self::EmptyName => write!(f, "a header has an empty name"),
            Self::NameByte { name, byte } => {
                let byte = byte.escape_ascii();
                write!(f, "the name of header \"{name}\" has \"{byte}\" in it")
            }
            Self::ValueByte { name, byte } => {
                let byte = byte.escape_ascii();
                write!(f, "the value of header \"{name}\" has \"{byte}\" in it")
            }
            Self::Framing { name } => write!(f, "header \"{name}\" is the server's own to set"),
        }
    }
}

/// nginx copies none of these to a client, and a wrong one makes it cut or refuse the answer; with
/// `Transfer-Encoding` it would pass chunk marks on as if they were the body.
const SERVERS_OWN: [&str; 4] = ["Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive"];

/// Appends a head whose first line starts with `start`, or leaves `out` as it was.
fn append_head<'a>(
    out: &mut Vec<u8>,
    start: &[u8],
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    length: Length,
) -> Result<(), HeadError> {
    let before = out.len();
    out.extend(start);
    let result = append_lines(out, status, headers, length);
    if result.is_err() {
        out.truncate(before);
    }
    result
}

/// Appends a head from its status on.
fn append_lines<'a>(
    out: &mut Vec<u8>,
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a [u8])>,
    length: Length,
) -> Result<(), HeadError> {
    if !(100..=599).contains(&status) {
        return Err(HeadError::Status { status });
    }
    append_number(out, u64::from(status));
    out.push(b' ');
    out.extend(reason(status).as_bytes());
    out.extend(b"\r\n");
    for (name, value) in headers {
        check_header(name, value)?;
        out.extend(name.as_bytes());
        out.extend(b": ");
        out.extend(field::trim(value));
        out.extend(b"\r\n");
    }
    match length {
        Length::Known(size) if status >= 200 && status != 204 => {
            out.extend(b"Content-Length: ");
            append_number(out, size);
            out.extend(b"\r\n");
        }
        Length::Known(_) | Length::UntilClose | Length::NoBody => {}
    }
    out.extend(b"\r\n");
    Ok(())
}

/// Appends decimal digits. `write!` would do, at several times the cost, on every answer.
fn append_number(out: &mut Vec<u8>, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut start = digits.len();
    for digit in digits.iter_mut().rev() {
        // A remainder of ten fits in any type.
        *digit += u8::try_from(number % 10).unwrap_or(0);
        number /= 10;
        start -= 1;
        if number == 0 {
            break;
        }
    }
    out.extend(&digits[start..]);
}
