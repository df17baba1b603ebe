//! A request's bytes, and what the codec made of them. Knows no socket: whoever has one fills it.

mod arrival;
#[cfg(test)]
mod tests;

use std::io;

use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::Capacity;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::End;
use cleanslate_proto::uwsgi::Modifiers;
use cleanslate_proto::vars::Vars;

use self::arrival::Spill;
use super::RequestBody;
use super::codec::{Codec, Protocol};
use super::framing::Framing;
use super::request_id;

/// Bytes received so far and the decoder's index over them. It is used again for the next
/// request, so that the common request allocates nothing.
pub(crate) struct Packet {
    bytes: Vec<u8>,
    filled: usize,
    decoder: Codec,
    spill: Option<Spill>,
}

/// What a packet may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PacketLimits {
    pub(crate) wire: Limits,
    /// Bytes of a body in memory: a larger one goes to a file.
    pub(crate) memory: usize,
    /// The kinds of uwsgi packet that are served.
    pub(crate) modifiers: Modifiers,
    /// What a peer is told that asks how much it may send at once.
    pub(crate) capacity: Capacity,
}

/// Why a packet can't become a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PacketError {
    #[error("{0}")]
    Wire(Error),
    #[error("a body can't be kept in a file: {0}")]
    Disk(io::Error),
}

/// Above this a buffer is given back to the allocator after its job.
const ROOM_KEPT: usize = 64 * 1024;

impl Packet {
    /// One for requests by this protocol.
    pub(crate) fn new(protocol: Protocol, limits: &PacketLimits) -> Self {
        let decoder = Codec::new(protocol, limits.modifiers);
        Self { bytes: Vec::new(), filled: 0, decoder, spill: None }
    }

    /// Makes one that was used ready for a request by this protocol.
    pub(crate) fn begin(&mut self, protocol: Protocol, limits: &PacketLimits) {
        self.clear();
        if self.decoder.protocol() != protocol {
            self.decoder = Codec::new(protocol, limits.modifiers);
        }
    }

    /// By which protocol it came.
    pub(crate) fn protocol(&self) -> Protocol {
        self.decoder.protocol()
    }

    /// See [`Codec::modifiers`].
    pub(crate) fn modifiers(&self) -> Option<(u8, u8)> {
        self.decoder.modifiers()
    }

    /// What came behind a whole request, which is the start of the next.
    pub(crate) fn ahead(&self) -> &[u8] {
        let next = self.decoder.consumed().unwrap_or(self.filled);
        self.bytes[..self.filled].get(next..).unwrap_or_default()
    }

    /// Adds a var to a whole request that came without a web server.
    pub(crate) fn push_var(&mut self, name: &str, value: &str) -> Result<(), Error> {
        self.decoder.push_var(name.as_bytes(), value.as_bytes())
    }

    /// Appends what is owed to the peer beside an answer; whether that is anything.
    pub(crate) fn poll_replies(&mut self, out: &mut Vec<u8>, capacity: Capacity) -> bool {
        self.decoder.poll_replies(out, capacity)
    }

    /// Whether the connection is to be closed without an answer.
    pub(crate) fn is_closing(&self) -> bool {
        self.decoder.is_closing()
    }

    /// How the answer is to be written.
    pub(crate) fn framing(&self) -> Framing {
        self.decoder.framing()
    }

    /// Whether the request is HEAD, as far as is known.
    pub(crate) fn is_head(&self) -> bool {
        self.vars().get(b"REQUEST_METHOD") == Some(&b"HEAD"[..])
    }

    /// Whether the peer has begun something, so that it can stall.
    pub(crate) fn has_begun(&self) -> bool {
        self.decoder.has_begun(self.filled)
    }

    /// What the end of the peer's bytes means here.
    pub(crate) fn end(&self) -> End {
        self.decoder.handle_end()
    }

    /// Whether nothing of it has come, or nothing that must be remembered.
    pub(crate) fn is_empty(&self) -> bool {
        self.decoder.is_untouched(self.filled)
    }

    /// Whether the vars are whole, so that what is missing is body.
    pub(crate) fn in_body(&self) -> bool {
        self.decoder.has_vars()
    }

    /// Whether the peer waits to be told to send its body.
    pub(crate) fn expects_continue(&self) -> bool {
        self.decoder.expects_continue()
    }

    /// Lets go of memory that a connection which waits doesn't need.
    pub(crate) fn shrink(&mut self) {
        self.bytes.truncate(self.filled);
        self.bytes.shrink_to_fit();
    }

    /// Makes it ready for the next request.
    pub(crate) fn clear(&mut self) {
        self.filled = 0;
        self.decoder.reset();
        self.spill = None;
        if self.bytes.capacity() > ROOM_KEPT {
            self.bytes = Vec::new();
        }
    }

    /// How many bytes have come: the whole request, in the words of its protocol.
    pub(crate) fn size(&self) -> u64 {
        let in_file = self.spill.as_ref().map_or(0, |spill| spill.written);
        (self.filled - self.ahead().len()) as u64 + in_file
    }

    pub(crate) fn vars(&self) -> Vars<'_> {
        self.decoder.vars(&self.bytes[..self.filled])
    }

    /// The id that the request came with (`HTTP_X_REQUEST_ID`), if it is one.
    pub(crate) fn request_id(&self) -> Option<&str> {
        request_id::sent(self.vars().get(b"HTTP_X_REQUEST_ID")?)
    }

    pub(crate) fn body(&self) -> RequestBody<'_> {
        match &self.spill {
            Some(spill) => RequestBody::of_file(&spill.file, spill.written),
            None => RequestBody::of_memory(self.bytes.get(self.decoder.body()).unwrap_or_default()),
        }
    }
}

impl PacketError {
    /// The status that the peer is told.
    pub(crate) fn status(&self) -> u16 {
        match self {
            Self::Wire(error) => error.status(),
            Self::Disk(_) => 500,
        }
    }
}
