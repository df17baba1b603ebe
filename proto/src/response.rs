//! The head of an answer, both ways, and what is true of every status. It must not know bodies nor
//! connections: who writes the body decides its [`Length`].
//!
//! Source: RFC 9110 (what a field may hold), RFC 9112 (how it is written), RFC 3875, 6.3 (`Status`),
//! and what nginx, Apache and lighttpd take from a uwsgi or FastCGI peer.

mod decode;
mod encode;
pub(crate) mod field;
mod reason;

pub use decode::{DecodeError, DecodedHead, HEAD_SIZE_MAX, decode_head};
pub use encode::{HeadError, Length, check_header, encode_cgi_head, encode_head};
pub use reason::reason;

/// Whether an answer with this status can have a body at all. RFC 9110, 6.4.1.
///
/// ```
/// use cleanslate_proto::response::has_body;
/// assert!(has_body(200) && !has_body(204));
/// ```
pub fn has_body(status: u16) -> bool {
    !matches!(status, 100..=199 | 204 | 304)
}
