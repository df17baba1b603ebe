//! From received bytes to the head of an answer, as nginx would read it: for our tools and tests,
//! which stand where nginx stands. It must not know bodies, nor undo any encoding of one.

use super::field;
use core::fmt;
use core::str;

/// The largest head that is read, in bytes with its blank line. nginx by default takes one page,
/// uWSGI sends up to 64 KiB; what is above is no head of anyone's.
pub const HEAD_SIZE_MAX: usize = 65_536;

/// The head of an answer, over the bytes that were received.
#[derive(Clone, Copy, Debug)]
pub struct DecodedHead<'a> {
    /// The status, three digits: from the status line, else from `Status`, else 302 if there is a
    /// `Location`, else 200.
    pub status: u16,
    /// What the status line or `Status` says after the three digits; often empty.
    pub reason: &'a [u8],
    /// The head in bytes with its blank line: where the body starts.
    pub size: usize,
    content_length: Option<u64>,
    fields: &'a [u8],
}

impl<'a> DecodedHead<'a> {
    /// All headers as they came, in their order, without the blanks around the values.
    pub fn headers(&self) -> impl Iterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        lines(self.fields).filter_map(split_field)
    }

    /// The value of the first header of that name, in any case.
    pub fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers()
            .find_map(|(key, value)| key.eq_ignore_ascii_case(name.as_bytes()).then_some(value))
    }

    /// The length of the body in bytes, if the head says it.
    pub fn content_length(&self) -> Option<u64> {
        self.content_length
    }
}

/// Why an answer's head is none. nginx would answer its client 502 for each.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum DecodeError {
    /// There is no blank line within [`HEAD_SIZE_MAX`] bytes.
    TooLarge,
    /// The head has neither a status line nor a header.
    Empty,
    /// The first line starts like a status line and then is none.
    StatusLine,
    /// `Status` does not start with three digits.
    Status,
    /// A line is not a name, a colon and a value.
    Field {
        /// Which line of the head, from 1.
        line: usize,
    },
    /// `Content-Length` is no number that fits in 64 bits.
    ContentLength,
    /// `Content-Length` is given twice, or beside `Transfer-Encoding`.
    Framing,
}

/// Decodes the head of an answer once all of it was received; `None` until then. Nothing is kept
/// between calls.
///
/// Lines end in LF or CRLF. The first is `HTTP/1.1 200 OK` with any version, or a header, as CGI
/// programs answer (RFC 3875, 6.3).
///
/// # Errors
///
/// [`DecodeError`], once the head is whole or too large; then for the first wrong line.
///
/// ```
/// use cleanslate_proto::response::decode_head;
/// let received = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi";
/// let head = decode_head(received)?.unwrap();
/// assert_eq!((head.status, &received[head.size..]), (200, &b"hi"[..]));
/// # Ok::<(), cleanslate_proto::response::DecodeError>(())
/// ```
pub fn decode_head(received: &[u8]) -> Result<Option<DecodedHead<'_>>, DecodeError> {
    let within = &received[..received.len().min(HEAD_SIZE_MAX)];
    let Some(size) = head_size(within) else {
        if received.len() >= HEAD_SIZE_MAX {
            return Err(DecodeError::TooLarge);
        }
        return Ok(None);
    };
    let head = &within[..size];
    let (status_line, fields) = if head.starts_with(b"HTTP/") {
        let (line, fields) = split_line(head);
        let line = parse_status_line(line).ok_or(DecodeError::StatusLine)?;
        (Some(line), fields)
    } else {
        (None, head)
    };
    let found = check_fields(fields, status_line.is_some())?;
    let (status, reason) = match (status_line, found.status) {
        (Some(line), _) | (None, Some(line)) => line,
        (None, None) if found.count == 0 => return Err(DecodeError::Empty),
        (None, None) if found.has_location => (302, &b""[..]),
        (None, None) => (200, &b""[..]),
    };
    Ok(Some(DecodedHead { status, reason, size, content_length: found.content_length, fields }))
}

impl core::error::Error for DecodeError {}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "no blank line within {HEAD_SIZE_MAX} bytes"),
            Self::Empty => write!(f, "the head is empty"),
            Self::StatusLine => write!(f, "the status line is not like HTTP/1.1 200"),
            Self::Status => write!(f, "Status does not start with three digits"),
            Self::Field { line } => write!(f, "line {line} is no header"),
            Self::ContentLength => write!(f, "Content-Length is no number"),
            Self::Framing => write!(f, "more than one header says how long the body is"),
        }
    }
}

/// What the headers say that concerns the whole head.
#[derive(Default)]
struct Found<'a> {
    count: usize,
    status: Option<(u16, &'a [u8])>,
    has_location: bool,
    content_length: Option<u64>,
    is_transfer_encoded: bool,
}

/// Checks the headers that follow a status line or stand alone. Beside a status line a `Status` is
/// a header like any other, as nginx has it.
fn check_fields(fields: &[u8], has_status_line: bool) -> Result<Found<'_>, DecodeError> {
    let mut found = Found::default();
    let first_line = if has_status_line { 2 } else { 1 };
    for line in lines(fields) {
        let (name, value) =
            split_field(line).ok_or(DecodeError::Field { line: first_line + found.count })?;
        found.count += 1;
        if name.eq_ignore_ascii_case(b"Status") && !has_status_line {
            found.status = Some(parse_status(value).ok_or(DecodeError::Status)?);
        } else if name.eq_ignore_ascii_case(b"Location") {
            found.has_location = true;
        } else if name.eq_ignore_ascii_case(b"Transfer-Encoding") {
            found.is_transfer_encoded = true;
        } else if name.eq_ignore_ascii_case(b"Content-Length") {
            let number = parse_number(value).ok_or(DecodeError::ContentLength)?;
            if found.content_length.replace(number).is_some() {
                return Err(DecodeError::Framing);
            }
        }
    }
    if found.is_transfer_encoded && found.content_length.is_some() {
        return Err(DecodeError::Framing);
    }
    Ok(found)
}

/// The bytes up to and with the first empty line, which may be LF or CRLF.
fn head_size(received: &[u8]) -> Option<usize> {
    let mut start = 0;
    loop {
        let rest = &received[start..];
        let size = rest.iter().position(|&byte| byte == b'\n')? + 1;
        start += size;
        if matches!(rest[..size], [b'\n'] | [b'\r', b'\n']) {
            return Some(start);
        }
    }
}

/// The lines before the first empty one.
fn lines(head: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = head;
    core::iter::from_fn(move || {
        let (line, after) = split_line(rest);
        rest = after;
        (!line.is_empty()).then_some(line)
    })
}

/// The first line without the LF or CRLF that ends it, and what follows.
fn split_line(head: &[u8]) -> (&[u8], &[u8]) {
    let end = head.iter().position(|&byte| byte == b'\n');
    let (line, after) = match end {
        Some(end) => (&head[..end], &head[end + 1..]),
        None => (head, &[][..]),
    };
    (line.strip_suffix(b"\r").unwrap_or(line), after)
}

fn split_field(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = line.iter().position(|&byte| byte == b':')?;
    let (name, value) = (&line[..colon], field::trim(&line[colon + 1..]));
    let is_right = !name.is_empty()
        && field::wrong_in_name(name).is_none()
        && field::wrong_in_value(value).is_none();
    is_right.then_some((name, value))
}

/// `HTTP/1.1 200 OK`: RFC 9112, 4, with more digits and blanks, as nginx takes them.
fn parse_status_line(line: &[u8]) -> Option<(u16, &[u8])> {
    let version = line.strip_prefix(b"HTTP/")?;
    let minor = after_digits(version)?.strip_prefix(b".")?;
    let status = after_digits(minor)?.strip_prefix(b" ")?;
    let (status, reason) = parse_status(field::trim(status))?;
    field::wrong_in_value(reason).is_none().then_some((status, reason))
}

/// `200 OK`, `200 ` or `200`.
fn parse_status(value: &[u8]) -> Option<(u16, &[u8])> {
    let (digits, reason) = value.split_at_checked(3)?;
    let is_apart = matches!(reason, [] | [b' ', ..]);
    let status = u16::try_from(parse_number(digits)?).ok()?;
    (is_apart && status >= 100).then_some((status, field::trim(reason)))
}

/// `bytes` after at least one digit and all that follow it.
fn after_digits(bytes: &[u8]) -> Option<&[u8]> {
    let count = bytes.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (count > 0).then_some(&bytes[count..])
}

/// Digits only: `str::parse` by itself would take a `+`.
fn parse_number(digits: &[u8]) -> Option<u64> {
    let is_plain = digits.iter().all(u8::is_ascii_digit);
    str::from_utf8(digits).ok().filter(|_| is_plain)?.parse().ok()
}
