//! The head of a request: where it ends, and what it says. It must not know bodies, only how long
//! they are.

use super::block::Block;
use super::target::{append_path, check_host, split_target};
use crate::error::Error;
use crate::limits::Limits;
use crate::request;
use alloc::vec;
use httparse::{EMPTY_HEADER, Header, Request, Status};

/// What a connection has to know of a head; everything else is a var.
#[derive(Debug)]
pub(super) struct Head {
    /// In bytes, with what empty lines came before.
    pub(super) size: usize,
    pub(super) framing: Framing,
    pub(super) keep_alive: bool,
    pub(super) expects_continue: bool,
    pub(super) is_http_1_0: bool,
}

/// How the body ends.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Framing {
    Length(u64),
    Chunked,
}

/// The search for the end of a head, which goes on where the last read ended.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadEnd {
    at: usize,
    line_start: usize,
    /// Where the request line starts.
    blank: usize,
}

impl HeadEnd {
    /// Bytes of empty lines before the request.
    pub(super) fn blank(&self) -> usize {
        self.blank
    }

    /// The size of the head with its empty line. Every byte is looked at once. What this lets pass
    /// has no control but tabs and the CRLF of its lines, so nobody else sees other lines in it.
    pub(super) fn find(&mut self, received: &[u8], limit: usize) -> Result<Option<usize>, Error> {
        let received = &received[..received.len().min(limit)];
        while let Some(&byte) = received.get(self.at) {
            let at = self.at;
            let after_cr = at > self.line_start && received[at - 1] == b'\r';
            match byte {
                b'\n' if !after_cr => return Err(Error::LineEnd { at }),
                b'\n' if at > self.line_start + 1 => self.line_start = at + 1,
                b'\n' if self.line_start > self.blank => return Ok(Some(at + 1)),
                b'\n' => (self.line_start, self.blank) = (at + 1, at + 1),
                _ if after_cr => return Err(Error::LineEnd { at: at - 1 }),
                b' ' | b'\t' if at == self.line_start && at > self.blank => {
                    return Err(Error::Folded { at });
                }
                b'\r' | b'\t' | b' '..=b'~' | 0x80.. => {}
                0..b' ' | 0x7F => return Err(Error::HeadByte { at, byte }),
            }
            self.at += 1;
        }
        if self.at >= limit { Err(Error::HeadTooLarge { limit }) } else { Ok(None) }
    }
}

/// Reads a whole head, `bytes`, and fills `block` with its vars.
pub(super) fn read_head(
    bytes: &[u8],
    size: usize,
    limits: &Limits,
    block: &mut Block,
) -> Result<Head, Error> {
    // Without the request line and the empty one.
    let count = bytes.iter().filter(|&&byte| byte == b'\n').count().saturating_sub(2);
    if count > limits.max_vars {
        return Err(Error::TooManyVars { limit: limits.max_vars });
    }
    let (mut few, mut many);
    let headers = if count <= 64 {
        few = [EMPTY_HEADER; 64];
        &mut few[..]
    } else {
        many = vec![EMPTY_HEADER; count];
        &mut many[..]
    };
    let mut request = Request::new(headers);
    match request.parse(bytes) {
        Ok(Status::Complete(_)) => {}
        Err(httparse::Error::HeaderName | httparse::Error::HeaderValue) => {
            return Err(Error::Header);
        }
        Err(httparse::Error::Version) if has_version(bytes) => return Err(Error::Version),
        Ok(Status::Partial) | Err(_) => return Err(Error::RequestLine),
    }
    let (Some(method), Some(target), Some(minor)) = (request.method, request.path, request.version)
    else {
        return Err(Error::RequestLine);
    };
    // By name, so that repeated ones are neighbours: 1,000 headers must not be compared each with
    // each. The sort is stable, and so their values stay in order.
    request.headers.sort_by(|one, other| lower(one).cmp(lower(other)));
    let found = Found::read(request.headers)?;
    let is_http_1_0 = minor == 0;
    block.push(b"REQUEST_METHOD", method.as_bytes())?;
    block.push(b"REQUEST_URI", target.as_bytes())?;
    if method == "CONNECT" {
        return Err(Error::Connect);
    }
    let is_chunked = found.is_chunked(is_http_1_0)?;
    if found.hosts > 1 || (found.hosts == 0 && !is_http_1_0) {
        return Err(Error::Hosts { count: found.hosts });
    }
    let target = split_target(target.as_bytes())?;
    let host = target.authority.or(found.host);
    check_host(host.unwrap_or(b""))?;
    block.push_with(b"PATH_INFO", |out| append_path(out, target.path))?;
    block.push(b"QUERY_STRING", target.query)?;
    block.push(b"SERVER_PROTOCOL", if is_http_1_0 { b"HTTP/1.0" } else { b"HTTP/1.1" })?;
    if let Some(host) = host {
        block.push(b"HTTP_HOST", host)?;
    }
    for (key, value) in
        [(&b"CONTENT_TYPE"[..], found.content_type), (b"CONTENT_LENGTH", found.content_length)]
    {
        if let Some(value) = value {
            block.push(key, value)?;
        }
    }
    for same in request.headers.chunk_by(|one, other| lower(one).eq(lower(other))) {
        if is_passed_on(same[0].name) {
            block.push_header(same)?;
        }
    }
    let length = request::check(block.view(), limits)?;
    let framing = if is_chunked { Framing::Chunked } else { Framing::Length(length) };
    if is_chunked {
        block.check_room_for_length()?;
    }
    Ok(Head {
        size,
        framing,
        keep_alive: !found.closes && (found.keeps || !is_http_1_0),
        expects_continue: found.expects_continue && !is_http_1_0,
        is_http_1_0,
    })
}

/// What the headers say that concerns the whole request.
#[derive(Default)]
struct Found<'a> {
    hosts: usize,
    host: Option<&'a [u8]>,
    content_type: Option<&'a [u8]>,
    content_length: Option<&'a [u8]>,
    encoding: Option<&'a [u8]>,
    closes: bool,
    keeps: bool,
    expects_continue: bool,
}

impl<'a> Found<'a> {
    fn read(headers: &[Header<'a>]) -> Result<Self, Error> {
        let mut found = Self::default();
        for header in headers {
            let (name, value) = (header.name, header.value.trim_ascii());
            let is = |other: &str| name.eq_ignore_ascii_case(other);
            let (once, name) = if is("Host") {
                found.hosts += 1;
                found.host = Some(value);
                continue;
            } else if is("Content-Type") {
                (&mut found.content_type, "Content-Type")
            } else if is("Content-Length") {
                (&mut found.content_length, "Content-Length")
            } else if is("Transfer-Encoding") {
                (&mut found.encoding, "Transfer-Encoding")
            } else if is("Connection") {
                for token in value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii) {
                    found.closes |= token.eq_ignore_ascii_case(b"close");
                    found.keeps |= token.eq_ignore_ascii_case(b"keep-alive");
                }
                continue;
            } else {
                found.expects_continue |=
                    is("Expect") && value.eq_ignore_ascii_case(b"100-continue");
                continue;
            };
            if once.replace(value).is_some() {
                return Err(Error::Repeated { name });
            }
        }
        Ok(found)
    }

    /// RFC 9112, 6.3, where every doubt is resolved by refusing.
    fn is_chunked(&self, is_http_1_0: bool) -> Result<bool, Error> {
        match (self.encoding, self.content_length) {
            (Some(_), Some(_)) => Err(Error::LengthAndEncoding),
            (Some(_), None) if is_http_1_0 => Err(Error::EncodingInHttp10),
            (Some(value), None) if value.eq_ignore_ascii_case(b"chunked") => Ok(true),
            (Some(_), None) => Err(Error::Encoding),
            (None, Some([])) => Err(Error::EmptyContentLength),
            (None, _) => Ok(false),
        }
    }
}

/// Whether a header becomes an `HTTP_` var. Names are only letters, digits and `-`, or `X_Y` and
/// `X.Y` could pose as `X-Y`; those that became vars of their own are not repeated.
fn is_passed_on(name: &str) -> bool {
    const NOT: [&str; 5] = ["Host", "Content-Type", "Content-Length", "Transfer-Encoding", "Proxy"];
    name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && !NOT.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// Whether the request line ends like `HTTP/2.0`, so that it is only the number that is not served.
fn has_version(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\r').next().unwrap_or(&[]);
    let mut parts = line.split(|&byte| byte == b' ');
    let last = parts.nth(2).filter(|_| parts.next().is_none());
    matches!(last, Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor])
        if major.is_ascii_digit() && minor.is_ascii_digit())
}

fn lower(header: &Header<'_>) -> impl Iterator<Item = u8> {
    header.name.bytes().map(|byte| byte.to_ascii_lowercase())
}
