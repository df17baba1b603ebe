//! What is wrong with a request, by cause, and the status each is answered with. It must not know
//! how an answer is written, nor which text a client sees: `Display` is for the log.

use core::fmt;

/// Why a request is refused. Positions (`at`) are offsets in bytes into the block of vars.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Error {
    /// The packet asks for something else than a request (modifier1 is not 0): 501.
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
    /// One or two bytes remain after the last var: 400.
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
            | Self::Short { .. } => 400,
            Self::BodyTooLarge { .. } => 413,
            Self::VarsTooLarge { .. } | Self::TooManyVars { .. } => 431,
            Self::Modifier { .. } => 501,
        }
    }
}

impl core::error::Error for Error {}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Modifier { head } => {
                write!(f, "modifier1 is {}, only 0 is served", head[0])?;
                match other_protocol(head) {
                    Some(name) => write!(
                        f,
                        ": the peer speaks {name} to a uwsgi socket (it starts with \"{}\")",
                        head.escape_ascii()
                    ),
                    None => Ok(()),
                }
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
            Self::Short { received, wanted } => match wanted {
                Some(wanted) => write!(f, "the peer left after {received} of {wanted} bytes"),
                None => write!(f, "the peer left after {received} bytes"),
            },
        }
    }
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
