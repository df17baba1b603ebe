//! What the head of a request says, as vars and for the connection. It must not know bodies, only
//! how long they are.

use super::block::Block;
use super::fields::{Found, is_passed_on, lower};
use super::target::{append_path, check_host, server_name, split_target};
use crate::error::Error;
use crate::limits::Limits;
use crate::request;
use alloc::vec::Vec;
use core::mem::MaybeUninit;
use httparse::{Header, Request, Status};

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

/// Reads a whole head, `bytes`, which has so many headers, and fills `block` with its vars.
pub(super) fn read_head(
    bytes: &[u8],
    count: usize,
    size: usize,
    limits: &Limits,
    block: &mut Block,
) -> Result<Head, Error> {
    if count > limits.max_vars {
        return Err(Error::TooManyVars { limit: limits.max_vars });
    }
    // Of 2 KiB most stays unused, and so unwritten.
    let mut few = [const { MaybeUninit::uninit() }; FEW];
    let mut many = Vec::new();
    let headers = if count <= FEW {
        &mut few[..]
    } else {
        many.resize_with(count, MaybeUninit::uninit);
        &mut many[..]
    };
    let mut request = Request::new(&mut []);
    match request.parse_with_uninit_headers(bytes, headers) {
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
    let line = Line { method, target, is_http_1_0: minor == 0 };
    if may_repeat(request.headers) {
        // By name, so that repeated ones are neighbours. The sort is stable, and so their values stay
        // in order.
        request.headers.sort_by(|one, other| lower(one).cmp(lower(other)));
    }
    let found = Found::read(request.headers)?;
    let is_chunked = push_line(&line, &found, block)?;
    push_headers(request.headers, &found, block)?;
    let length = request::check(block.view(), limits)?;
    let framing = if is_chunked { Framing::Chunked } else { Framing::Length(length) };
    if is_chunked {
        block.check_room_for_length()?;
    }
    let is_http_1_0 = line.is_http_1_0;
    Ok(Head {
        size,
        framing,
        keep_alive: !found.closes && (found.keeps || !is_http_1_0),
        expects_continue: found.expects_continue && !is_http_1_0,
        is_http_1_0,
    })
}

/// As many headers as a browser sends, with room to spare.
const FEW: usize = 64;

/// Whether a name comes twice, as it rarely does. More than a few aren't compared each with each.
fn may_repeat(headers: &[Header<'_>]) -> bool {
    let is_repeated = |at: usize, header: &Header<'_>| {
        headers[..at].iter().any(|other| header.name.eq_ignore_ascii_case(other.name))
    };
    headers.len() > FEW || headers.iter().enumerate().any(|(at, header)| is_repeated(at, header))
}

/// The first line of a head.
struct Line<'a> {
    method: &'a str,
    target: &'a str,
    is_http_1_0: bool,
}

/// The vars of the request line and the host; whether the body is chunked, which is refused before
/// a wrong host or target is.
fn push_line(line: &Line<'_>, found: &Found<'_>, block: &mut Block) -> Result<bool, Error> {
    block.push(b"REQUEST_METHOD", line.method.as_bytes())?;
    block.push(b"REQUEST_URI", line.target.as_bytes())?;
    if line.method == "CONNECT" {
        return Err(Error::Connect);
    }
    let is_chunked = found.is_chunked(line.is_http_1_0)?;
    if found.hosts > 1 || (found.hosts == 0 && !line.is_http_1_0) {
        return Err(Error::Hosts { count: found.hosts });
    }
    let target = split_target(line.target.as_bytes())?;
    let host = target.authority.or(found.host);
    check_host(host.unwrap_or(b""))?;
    block.push_with(b"PATH_INFO", |out| append_path(out, target.path))?;
    block.push(b"QUERY_STRING", target.query)?;
    block.push(b"SERVER_PROTOCOL", if line.is_http_1_0 { b"HTTP/1.0" } else { b"HTTP/1.1" })?;
    // What the connection is, whatever an absolute target says.
    block.push(b"REQUEST_SCHEME", b"http")?;
    if let Some(host) = host {
        block.push(b"HTTP_HOST", host)?;
        block.push_with(b"SERVER_NAME", |out| {
            out.extend(server_name(host).iter().map(u8::to_ascii_lowercase));
            Ok(())
        })?;
    }
    Ok(is_chunked)
}

/// The vars of the headers, of which those of one name are neighbours.
fn push_headers(headers: &[Header<'_>], found: &Found<'_>, block: &mut Block) -> Result<(), Error> {
    for (key, value) in
        [(&b"CONTENT_TYPE"[..], found.content_type), (b"CONTENT_LENGTH", found.content_length)]
    {
        if let Some(value) = value {
            block.push(key, value)?;
        }
    }
    for same in headers.chunk_by(|one, other| lower(one).eq(lower(other))) {
        if is_passed_on(same[0].name) {
            block.push_header(same)?;
        }
    }
    Ok(())
}

/// Whether the request line ends like `HTTP/2.0`, so that it is only the number that is not served.
fn has_version(bytes: &[u8]) -> bool {
    let line = bytes.split(|&byte| byte == b'\r').next().unwrap_or(&[]);
    let mut parts = line.split(|&byte| byte == b' ');
    let last = parts.nth(2).filter(|_| parts.next().is_none());
    matches!(last, Some([b'H', b'T', b'T', b'P', b'/', major, b'.', minor])
        if major.is_ascii_digit() && minor.is_ascii_digit())
}
