//! From an answer or a request to records. It must not know what is in either.

use super::pairs::append_pair;
use super::{BODY_SIZE, FLAG_KEEP_CONN, Header, Kind, ProtocolStatus, ROLE_RESPONDER};
use crate::error::Error;
use alloc::vec::Vec;

/// The largest content of a record that is written, in bytes: the largest multiple of eight that a
/// header can say, so that large answers need no padding and stay aligned. FastCGI 1.0, 3.3.
pub const CONTENT_SIZE_MAX: u16 = 65_528;

/// How a client cuts a stream into records. Every value is valid.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Cut {
    /// The largest content of a record in bytes; 0 counts as 1.
    pub size_max: u16,
    /// The padding behind each record in bytes.
    pub padding: u8,
}

impl Default for Cut {
    fn default() -> Self {
        Self { size_max: CONTENT_SIZE_MAX, padding: 0 }
    }
}

/// The header of a record whose content the caller writes, as from a scatter list.
pub fn record_header(kind: Kind, id: u16, size: u16, padding: u8) -> [u8; Header::SIZE] {
    Header { version: Header::VERSION, kind, id, size, padding }.to_bytes()
}

/// Appends a piece of an answer to `out`. No bytes are no record, since an empty one would end the
/// stream: [`encode_end`] does that.
pub fn encode_stdout(out: &mut Vec<u8>, id: u16, bytes: &[u8]) {
    encode_stream(out, Kind::STDOUT, id, bytes, Cut::default());
}

/// Appends the end of an answer to `out`: of the stream STDOUT, then of the request. After it the
/// server closes the connection, unless the request asked to keep it.
///
/// ```
/// use cleanslate_proto::fastcgi::{ProtocolStatus, encode_end};
/// let mut out = Vec::new();
/// encode_end(&mut out, 1, 0, ProtocolStatus::RequestComplete);
/// assert_eq!(out[..8], [1, 6, 0, 1, 0, 0, 0, 0]);
/// assert_eq!(out[8..], [1, 3, 0, 1, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
/// ```
pub fn encode_end(out: &mut Vec<u8>, id: u16, app_status: u32, status: ProtocolStatus) {
    out.extend(record_header(Kind::STDOUT, id, 0, 0));
    append_end_request(out, id, app_status, status);
}

/// Appends `bytes` as records of `kind`, without the empty one that ends a stream.
pub fn encode_stream(out: &mut Vec<u8>, kind: Kind, id: u16, bytes: &[u8], cut: Cut) {
    for content in bytes.chunks(usize::from(cut.size_max).max(1)) {
        // A chunk is no larger than a u16 said.
        let size = u16::try_from(content.len()).unwrap_or(0);
        out.extend(record_header(kind, id, size, cut.padding));
        out.extend(content);
        out.extend(core::iter::repeat_n(0, usize::from(cut.padding)));
    }
}

/// Appends a whole request to `out`, for a client: `CONTENT_LENGTH` is the caller's to put among
/// the vars. `keeps` asks the server to leave the connection open.
///
/// # Errors
///
/// [`Error::EmptyKey`]; [`Error::VarsTooLarge`] when a key or a value is above 31 bits. `out` is
/// then as it was.
pub fn encode_request<'a>(
    out: &mut Vec<u8>,
    id: u16,
    keeps: bool,
    vars: impl IntoIterator<Item = (&'a [u8], &'a [u8])>,
    body: &[u8],
    cut: Cut,
) -> Result<(), Error> {
    let mut params = Vec::new();
    for var in vars {
        let at = params.len();
        append_pair(&mut params, at, var)?;
    }
    let [role_high, role_low] = ROLE_RESPONDER.to_be_bytes();
    let flags = if keeps { FLAG_KEEP_CONN } else { 0x00 };
    out.extend(record_header(Kind::BEGIN_REQUEST, id, BODY_SIZE, 0));
    out.extend([role_high, role_low, flags, 0, 0, 0, 0, 0]);
    for (kind, bytes) in [(Kind::PARAMS, &params[..]), (Kind::STDIN, body)] {
        encode_stream(out, kind, id, bytes, cut);
        out.extend(record_header(kind, id, 0, cut.padding));
        out.extend(core::iter::repeat_n(0, usize::from(cut.padding)));
    }
    Ok(())
}

/// Appends an END_REQUEST. FastCGI 1.0, 5.5.
pub(super) fn append_end_request(
    out: &mut Vec<u8>,
    id: u16,
    app_status: u32,
    status: ProtocolStatus,
) {
    out.extend(record_header(Kind::END_REQUEST, id, BODY_SIZE, 0));
    out.extend(app_status.to_be_bytes());
    out.extend([status as u8, 0, 0, 0]);
}
