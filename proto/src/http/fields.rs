//! What the headers of a request say together. It must not know the request line, nor which vars
//! there are to be.

use crate::error::Error;
use httparse::Header;

/// What the headers say that concerns the whole request.
#[derive(Default)]
pub(super) struct Found<'a> {
    pub(super) hosts: usize,
    pub(super) host: Option<&'a [u8]>,
    pub(super) content_type: Option<&'a [u8]>,
    pub(super) content_length: Option<&'a [u8]>,
    encoding: Option<&'a [u8]>,
    pub(super) closes: bool,
    pub(super) keeps: bool,
    pub(super) expects_continue: bool,
}

impl<'a> Found<'a> {
    /// Reads all headers.
    pub(super) fn read(headers: &[Header<'a>]) -> Result<Self, Error> {
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
    pub(super) fn is_chunked(&self, is_http_1_0: bool) -> Result<bool, Error> {
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

/// Whether a header becomes an `HTTP_` var. Those that became vars of their own are not repeated.
pub(super) fn is_passed_on(name: &str) -> bool {
    const NOT: [&str; 5] = ["Host", "Content-Type", "Content-Length", "Transfer-Encoding", "Proxy"];
    in_var(name).fold(true, |all, byte| all & (byte != 0))
        && !NOT.iter().any(|other| name.eq_ignore_ascii_case(other))
}

/// A header's name as it is in the name of a var; 0 for what can't be there. Names are only letters, digits
/// and `-`, or `X_Y` and `X.Y` could pose as `X-Y`.
pub(super) fn in_var(name: &str) -> impl ExactSizeIterator<Item = u8> {
    name.bytes().map(|byte| IN_VAR[usize::from(byte)])
}

const IN_VAR: [u8; 256] = {
    let mut all = [0; 256];
    let mut byte = b'0';
    while byte <= b'z' {
        if byte.is_ascii_alphanumeric() {
            all[byte as usize] = byte.to_ascii_uppercase();
        }
        byte += 1;
    }
    all[b'-' as usize] = b'_';
    all
};

/// A header's name, in which case doesn't count.
pub(super) fn lower(header: &Header<'_>) -> impl Iterator<Item = u8> {
    header.name.bytes().map(|byte| byte.to_ascii_lowercase())
}
