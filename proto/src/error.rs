//! What is wrong with a request, by cause, and the status each is answered with. It must not know
//! how an answer is written, nor which text a client sees: `Display` is for the log.

use core::fmt;

/// Why a request is refused. Positions (`at`) are offsets in bytes into the block of vars.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Error {
    /// The packet asks for something else than a request (modifier1 is not 0) that nobody accepts:
    /// 501.
    Modifier {
        /// The first four bytes, which tell what the peer speaks instead.
        head: [u8; 4],
    },
    /// The packet has no vars at all: 400.
    NoVars,
    /// The vars together are above `buffer-size`: 431.
    VarsTooLarge {
        /// Bytes of vars announced.
        size: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// There are more vars than `max-vars`: 431.
    TooManyVars {
        /// Vars allowed.
        limit: usize,
    },
    /// A key has no bytes: 400.
    EmptyKey {
        /// Where the var starts.
        at: usize,
    },
    /// A key goes past the end of the vars: 400.
    KeyOverrun {
        /// Where the var starts.
        at: usize,
        /// Bytes the key claims.
        size: usize,
        /// Bytes there are.
        left: usize,
    },
    /// The vars end inside or before the two bytes that say a value's size: 400.
    NoValueSize {
        /// Where the var starts.
        at: usize,
    },
    /// A value goes past the end of the vars: 400.
    ValueOverrun {
        /// Where the var starts.
        at: usize,
        /// Bytes the value claims.
        size: usize,
        /// Bytes there are.
        left: usize,
    },
    /// Bytes remain after the last var, too few for the sizes of another: 400.
    TrailingBytes {
        /// Where they start.
        at: usize,
        /// How many.
        count: usize,
    },
    /// `REQUEST_METHOD` is missing or empty: 400.
    NoMethod,
    /// `CONTENT_LENGTH` has a byte that is no digit: 400.
    ContentLengthByte {
        /// The first such byte.
        byte: u8,
    },
    /// `CONTENT_LENGTH` is above what 64 bits hold: 400.
    ContentLengthOverflow {
        /// How many digits it has.
        digits: usize,
    },
    /// Two `CONTENT_LENGTH` contradict each other: 400.
    ContentLengthsDiffer {
        /// The first one, in bytes of body.
        first: u64,
        /// The one that differs.
        other: u64,
    },
    /// A path has a NUL in it, which would cut it short for whoever passes it to C: 400.
    NulInPath {
        /// The var that holds it.
        var: &'static str,
        /// Its offset in the value.
        at: usize,
    },
    /// The body is above `limit-post`: 413.
    BodyTooLarge {
        /// Bytes announced.
        size: u64,
        /// Bytes allowed.
        limit: u64,
    },
    /// The size of an SCGI netstring has a byte that can't be there: 400.
    NetstringSize {
        /// That byte.
        byte: u8,
    },
    /// The vars of an SCGI request end without a comma: 400.
    NetstringEnd {
        /// What is there instead.
        byte: u8,
    },
    /// A key or a value of an SCGI request has no NUL that ends it: 400.
    NoTerminator {
        /// Where it starts.
        at: usize,
    },
    /// The last key of an SCGI request has no value: 400.
    NoValue {
        /// Where the key starts.
        at: usize,
    },
    /// A var to send has a NUL, which would end it there: 400.
    NulInVar {
        /// Where the var would start.
        at: usize,
    },
    /// The first var of an SCGI request is not `CONTENT_LENGTH`: 400.
    ContentLengthNotFirst,
    /// An SCGI request has no var `SCGI` that is `1`: 400.
    NoScgi,
    /// A FastCGI record has another version than 1: 400.
    RecordVersion {
        /// Its first four bytes, which tell what the peer speaks instead.
        head: [u8; 4],
    },
    /// A BEGIN_REQUEST has not 8 bytes: 400.
    BeginSize {
        /// The bytes it has.
        size: u16,
    },
    /// A FastCGI record of the request comes where it can't, or is none of a request: 400.
    UnexpectedRecord {
        /// Its kind, as FastCGI numbers them.
        kind: u8,
    },
    /// Too many FastCGI records came that are none of the request's own: 400.
    StrayRecords {
        /// Records allowed.
        limit: usize,
    },
    /// The body came in full and is not as long as `CONTENT_LENGTH` says: 400.
    BodyDiffers {
        /// Bytes announced.
        announced: u64,
        /// Bytes that came, or would have with the record that was one too many.
        size: u64,
    },
    /// A line of a head ends with LF alone, or has a CR that ends none: 400.
    LineEnd {
        /// Where it is in the head.
        at: usize,
    },
    /// A head has a NUL or another control: 400.
    HeadByte {
        /// Where it is in the head.
        at: usize,
        /// That byte.
        byte: u8,
    },
    /// A header goes on in the next line, which RFC 9112, 5.2 forbids: 400.
    Folded {
        /// Where it starts in the head.
        at: usize,
    },
    /// A head, with its empty line, is above `buffer-size`: 431.
    HeadTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// A request line is not method, target and version: 400.
    RequestLine,
    /// The version is neither HTTP/1.0 nor HTTP/1.1: 505.
    Version,
    /// A line of a head is no header, as with a blank before its colon: 400.
    Header,
    /// `CONNECT` is for proxies: 405.
    Connect,
    /// A target is neither `/path` nor `http://host/path`: 400.
    Target,
    /// A `%` in a path is not followed by two hexadecimal digits: 400.
    PercentEncoding {
        /// Where the `%` is in the path.
        at: usize,
    },
    /// The `..` of a path lead above the root: 400.
    AboveRoot,
    /// HTTP/1.1 without exactly one `Host`, or HTTP/1.0 with more: 400.
    Hosts {
        /// How many there are.
        count: usize,
    },
    /// A host has a byte that none may hold: 400.
    HostByte {
        /// The first such byte.
        byte: u8,
    },
    /// A header that can be there once is there again: 400.
    Repeated {
        /// Its name.
        name: &'static str,
    },
    /// `Content-Length` is empty: 400.
    EmptyContentLength,
    /// Both `Content-Length` and `Transfer-Encoding` say where the body ends: 400.
    LengthAndEncoding,
    /// `Transfer-Encoding` in HTTP/1.0, which has none: 400.
    EncodingInHttp10,
    /// `Transfer-Encoding` is something else than `chunked`: 501.
    Encoding,
    /// A chunk's size has a byte that can't be there, as a 17th digit: 400.
    ChunkSize {
        /// That byte.
        byte: u8,
    },
    /// After a chunk or its size there is no CRLF: 400.
    ChunkEnd {
        /// What is there instead.
        byte: u8,
    },
    /// The extensions of a body's chunks are together above `buffer-size`: 400.
    ChunkExtensions {
        /// Bytes allowed.
        limit: usize,
    },
    /// A trailer has a byte that can't be there: 400.
    Trailer {
        /// That byte.
        byte: u8,
    },
    /// The trailers are above `buffer-size`: 431.
    TrailersTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The peer left before its request was whole: 400.
    Short {
        /// Bytes that came.
        received: usize,
        /// Bytes the request needs, as far as known by then.
        wanted: Option<usize>,
    },
}

impl Error {
    /// The HTTP status this is answered with: the only such map for requests.
    ///
    /// ```
    /// use cleanslate_proto::error::Error;
    /// assert_eq!(Error::TooManyVars { limit: 1_000 }.status(), 431);
    /// ```
    pub fn status(&self) -> u16 {
        match self {
            Self::NoVars
            | Self::EmptyKey { .. }
            | Self::KeyOverrun { .. }
            | Self::NoValueSize { .. }
            | Self::ValueOverrun { .. }
            | Self::TrailingBytes { .. }
            | Self::NoMethod
            | Self::ContentLengthByte { .. }
            | Self::ContentLengthOverflow { .. }
            | Self::ContentLengthsDiffer { .. }
            | Self::NulInPath { .. }
            | Self::NetstringSize { .. }
            | Self::NetstringEnd { .. }
            | Self::NoTerminator { .. }
            | Self::NoValue { .. }
            | Self::NulInVar { .. }
            | Self::ContentLengthNotFirst
            | Self::NoScgi
            | Self::RecordVersion { .. }
            | Self::BeginSize { .. }
            | Self::UnexpectedRecord { .. }
            | Self::StrayRecords { .. }
            | Self::BodyDiffers { .. }
            | Self::LineEnd { .. }
            | Self::HeadByte { .. }
            | Self::Folded { .. }
            | Self::RequestLine
            | Self::Header
            | Self::Target
            | Self::PercentEncoding { .. }
            | Self::AboveRoot
            | Self::Hosts { .. }
            | Self::HostByte { .. }
            | Self::Repeated { .. }
            | Self::EmptyContentLength
            | Self::LengthAndEncoding
            | Self::EncodingInHttp10
            | Self::ChunkSize { .. }
            | Self::ChunkEnd { .. }
            | Self::ChunkExtensions { .. }
            | Self::Trailer { .. }
            | Self::Short { .. } => 400,
            Self::Connect => 405,
            Self::BodyTooLarge { .. } => 413,
            Self::VarsTooLarge { .. }
            | Self::TooManyVars { .. }
            | Self::HeadTooLarge { .. }
            | Self::TrailersTooLarge { .. } => 431,
            Self::Modifier { .. } | Self::Encoding => 501,
            Self::Version => 505,
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    #[allow(clippy::too_many_lines, reason = "a table: one text a cause")]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Modifier { head } => {
                write!(f, "modifier1 is {}, which is not served", head[0])?;
                write_speaker(f, other_protocol(head), "uwsgi", head)
            }
            Self::NoVars => write!(f, "the packet has no vars"),
            Self::VarsTooLarge { size, limit } => {
                write!(f, "the vars are {size} bytes, buffer-size is {limit}")
            }
            Self::TooManyVars { limit } => write!(f, "more vars than max-vars, {limit}"),
            Self::EmptyKey { at } => write!(f, "the var at byte {at} has an empty key"),
            Self::KeyOverrun { at, size, left } => {
                write!(f, "the var at byte {at} has a key of {size} bytes, {left} are left")
            }
            Self::NoValueSize { at } => {
                write!(f, "the vars end before the var at byte {at} has a value")
            }
            Self::ValueOverrun { at, size, left } => {
                write!(f, "the var at byte {at} has a value of {size} bytes, {left} are left")
            }
            Self::TrailingBytes { at, count } => {
                write!(f, "after the last var, at byte {at}, {count} bytes remain")
            }
            Self::NoMethod => write!(f, "REQUEST_METHOD is missing or empty"),
            Self::ContentLengthByte { byte } => {
                let byte = byte.escape_ascii();
                write!(f, "CONTENT_LENGTH has \"{byte}\" in it, only digits may be")
            }
            Self::ContentLengthOverflow { digits } => {
                write!(f, "CONTENT_LENGTH, of {digits} digits, is above 64 bits")
            }
            Self::ContentLengthsDiffer { first, other } => {
                write!(f, "CONTENT_LENGTH is given as {first} and as {other}")
            }
            Self::NulInPath { var, at } => write!(f, "{var} has a NUL at byte {at}"),
            Self::BodyTooLarge { size, limit } => {
                write!(f, "the body is {size} bytes, limit-post is {limit}")
            }
            Self::NetstringSize { byte } => {
                write!(f, "the netstring's size has \"{}\" in it", byte.escape_ascii())
            }
            Self::NetstringEnd { byte } => {
                write!(f, "the vars end with \"{}\", not with a comma", byte.escape_ascii())
            }
            Self::NoTerminator { at } => write!(f, "the string at byte {at} has no NUL at its end"),
            Self::NoValue { at } => write!(f, "the last key, at byte {at}, has no value"),
            Self::NulInVar { at } => write!(f, "the var at byte {at} has a NUL in it"),
            Self::ContentLengthNotFirst => write!(f, "CONTENT_LENGTH is not the first var"),
            Self::NoScgi => write!(f, "there is no SCGI var that is 1"),
            Self::RecordVersion { head } => {
                write!(f, "a record's version is {}, only 1 is known", head[0])?;
                // A uwsgi request's first and last byte are 0, as no record's are.
                let uwsgi = matches!(head, [0, _, _, 0]).then_some("uwsgi");
                write_speaker(f, other_protocol(head).or(uwsgi), "FastCGI", head)
            }
            Self::BeginSize { size } => write!(f, "BEGIN_REQUEST has {size} bytes, not 8"),
            Self::UnexpectedRecord { kind } => {
                write!(f, "a record of kind {kind} comes where none may")
            }
            Self::StrayRecords { limit } => {
                write!(f, "more than {limit} records that are none of the request's")
            }
            Self::BodyDiffers { announced, size } => {
                write!(f, "CONTENT_LENGTH is {announced}, the body has {size} bytes")
            }
            Self::LineEnd { at } => write!(f, "byte {at} of the head is half a line end"),
            Self::HeadByte { at, byte } => {
                write!(f, "byte {at} of the head is \"{}\"", byte.escape_ascii())
            }
            Self::Folded { at } => {
                write!(f, "the line at byte {at} of the head starts with a blank")
            }
            Self::HeadTooLarge { limit } => {
                write!(f, "the head does not end within buffer-size, {limit}")
            }
            Self::RequestLine => write!(f, "the request line is malformed"),
            Self::Version => write!(f, "the version is neither HTTP/1.0 nor HTTP/1.1"),
            Self::Header => write!(f, "a header is malformed"),
            Self::Connect => write!(f, "CONNECT is for proxies"),
            Self::Target => write!(f, "the target is neither a path nor a http URL"),
            Self::PercentEncoding { at } => {
                write!(f, "the % at byte {at} of the path has no two digits")
            }
            Self::AboveRoot => write!(f, "the path leads above the root"),
            Self::Hosts { count } => write!(f, "there are {count} Host headers"),
            Self::HostByte { byte } => write!(f, "the host has \"{}\" in it", byte.escape_ascii()),
            Self::Repeated { name } => write!(f, "{name} is there more than once"),
            Self::EmptyContentLength => write!(f, "Content-Length is empty"),
            Self::LengthAndEncoding => write!(f, "there are Content-Length and Transfer-Encoding"),
            Self::EncodingInHttp10 => write!(f, "there is Transfer-Encoding in HTTP/1.0"),
            Self::Encoding => write!(f, "Transfer-Encoding is not chunked"),
            Self::ChunkSize { byte } => {
                write!(f, "a chunk's size has \"{}\" in it", byte.escape_ascii())
            }
            Self::ChunkEnd { byte } => {
                write!(f, "a chunk or its size ends with \"{}\"", byte.escape_ascii())
            }
            Self::ChunkExtensions { limit } => {
                write!(f, "the chunk extensions are above buffer-size, {limit}")
            }
            Self::Trailer { byte } => write!(f, "a trailer has \"{}\" in it", byte.escape_ascii()),
            Self::TrailersTooLarge { limit } => {
                write!(f, "the trailers are above buffer-size, {limit}")
            }
            Self::Short { received, wanted } => match wanted {
                Some(wanted) => write!(f, "the peer left after {received} of {wanted} bytes"),
                None => write!(f, "the peer left after {received} bytes"),
            },
        }
    }
}

fn write_speaker(
    f: &mut fmt::Formatter<'_>,
    name: Option<&str>,
    socket: &str,
    head: [u8; 4],
) -> fmt::Result {
    let Some(name) = name else { return Ok(()) };
    let start = head.escape_ascii();
    write!(f, ": the peer speaks {name} to a {socket} socket (it starts with \"{start}\")")
}

/// What a peer speaks that sent these bytes as a packet's head. Operators meet this when a
/// location says `proxy_pass` or `fastcgi_pass` in front of a uwsgi socket.
fn other_protocol(head: [u8; 4]) -> Option<&'static str> {
    match &head {
        b"GET " | b"HEAD" | b"POST" | b"PUT " | b"PATC" | b"DELE" | b"OPTI" | b"TRAC" | b"CONN" => {
            Some("HTTP")
        }
        b"PRI " => Some("HTTP/2"),
        b"PROX" => Some("the PROXY protocol"),
        [0x16, 0x03, ..] => Some("TLS"),
        // FastCGI 1.0, 3.3: version 1, then a record's type, of which BEGIN_REQUEST is 1.
        [0x01, 0x01, 0x00, 0x01] => Some("FastCGI"),
        _ => None,
    }
}
