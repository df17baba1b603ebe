//! FastCGI records: their header, their kinds, and what they are made of. It must not know how a
//! stream is cut into reads (that is `decode`), nor what a var means (that is `request`).
//!
//! A connection is a row of records, each a header of eight bytes, up to 65,535 bytes of content
//! and up to 255 of padding, which says nothing. A request is a BEGIN_REQUEST, its vars as the
//! stream PARAMS and its body as the stream STDIN, each ended by an empty record; the answer is the
//! stream STDOUT and an END_REQUEST. Records of id 0 are about the connection. Numbers are
//! big-endian, sizes say bytes. Source: the FastCGI Specification 1.0, quoted by its sections.

mod answer;
mod decode;
mod encode;
mod layout;
mod pairs;
mod replies;
mod transition;

pub use answer::{Answer, AnswerError, EndRequest};
pub use decode::{Decoder, STRAY_RECORDS_MAX};
pub use encode::{
    CONTENT_SIZE_MAX, Cut, encode_end, encode_request, encode_stdout, encode_stream, record_header,
};
pub use replies::Capacity;

/// The first eight bytes of a record. FastCGI 1.0, 3.3.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Header {
    /// The version of the protocol; only 1 exists.
    pub version: u8,
    /// What the record is.
    pub kind: Kind,
    /// The request it belongs to; 0 is the connection itself.
    pub id: u16,
    /// The content in bytes.
    pub size: u16,
    /// The padding behind the content in bytes.
    pub padding: u8,
}

impl Header {
    /// The size of a header in bytes.
    pub const SIZE: usize = 8;
    /// The only version there is.
    pub const VERSION: u8 = 0x01;

    /// The header as it came. Every eight bytes are one; what they mean is checked elsewhere.
    pub fn from_bytes(bytes: [u8; Self::SIZE]) -> Self {
        let [version, kind, id_high, id_low, size_high, size_low, padding, _reserved] = bytes;
        Self {
            version,
            kind: Kind(kind),
            id: u16::from_be_bytes([id_high, id_low]),
            size: u16::from_be_bytes([size_high, size_low]),
            padding,
        }
    }

    /// The header as it is sent.
    pub fn to_bytes(self) -> [u8; Self::SIZE] {
        let [id_high, id_low] = self.id.to_be_bytes();
        let [size_high, size_low] = self.size.to_be_bytes();
        let Self { version, kind: Kind(kind), padding, .. } = self;
        [version, kind, id_high, id_low, size_high, size_low, padding, 0x00]
    }
}

/// What a record is; a number, since a peer may send any. FastCGI 1.0, 8.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Kind(pub u8);

impl Kind {
    /// Starts a request, with its role and flags.
    pub const BEGIN_REQUEST: Self = Self(0x01);
    /// The peer wants no answer any more.
    pub const ABORT_REQUEST: Self = Self(0x02);
    /// Ends an answer, with its statuses.
    pub const END_REQUEST: Self = Self(0x03);
    /// A piece of the vars.
    pub const PARAMS: Self = Self(0x04);
    /// A piece of the body.
    pub const STDIN: Self = Self(0x05);
    /// A piece of the answer.
    pub const STDOUT: Self = Self(0x06);
    /// A piece of what the peer shall log.
    pub const STDERR: Self = Self(0x07);
    /// A piece of the file that a filter works on; no responder gets one.
    pub const DATA: Self = Self(0x08);
    /// Asks what the server is able to.
    pub const GET_VALUES: Self = Self(0x09);
    /// Says what the server is able to.
    pub const GET_VALUES_RESULT: Self = Self(0x0A);
    /// Says that a kind of record with id 0 is not known.
    pub const UNKNOWN_TYPE: Self = Self(0x0B);
}

/// How a request ended as far as the protocol goes. FastCGI 1.0, 5.5.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[repr(u8)]
pub enum ProtocolStatus {
    /// It was answered, or aborted as its peer wished.
    RequestComplete = 0x00,
    /// Refused: another request is in progress on the connection.
    CantMultiplex = 0x01,
    /// Refused: the server has too much to do.
    Overloaded = 0x02,
    /// Refused: its role is not responder.
    UnknownRole = 0x03,
}

/// The one role that is served: a request in, an answer out. FastCGI 1.0, 6.2.
const ROLE_RESPONDER: u16 = 0x0001;
/// In a BEGIN_REQUEST's flags: the connection stays open after the answer. FastCGI 1.0, 5.1.
const FLAG_KEEP_CONN: u8 = 0x01;
/// The content of a BEGIN_REQUEST and of an END_REQUEST in bytes. FastCGI 1.0, 5.1 and 5.5.
const BODY_SIZE: u16 = 8;
