//! A request's bytes, and what the codec made of them. Knows no socket: whoever has one fills it.

use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::uwsgi::Decoder;
use cleanslate_proto::vars::Vars;

/// The first read's room: nginx's packet is under 1 KiB, its largest about 32 KiB.
const ROOM_FIRST: usize = 16 * 1024;
/// Above this a buffer is given back to the allocator after its job.
const ROOM_KEPT: usize = 64 * 1024;

/// Bytes received so far and the decoder's index over them. It is used again for the next
/// request, so that the common request allocates nothing.
pub(crate) struct Packet {
    bytes: Vec<u8>,
    filled: usize,
    decoder: Decoder,
}

impl Packet {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), filled: 0, decoder: Decoder::new() }
    }

    /// Where the next bytes go; never empty.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.filled == self.bytes.len() {
            // Doubling, never by what the packet claims: memory follows what has arrived.
            let doubled = (self.filled * 2).max(ROOM_FIRST);
            let wanted = self.decoder.wanted().unwrap_or(usize::MAX).max(self.filled + 1);
            // A byte more than the packet: a last read that leaves room shows that nothing is left.
            let wanted = wanted.saturating_add(1);
            self.bytes.resize(doubled.min(wanted.max(ROOM_FIRST)), 0);
        }
        &mut self.bytes[self.filled..]
    }

    /// Takes note of `count` bytes written to [`Packet::room`].
    pub(crate) fn advance(&mut self, count: usize, limits: &Limits) -> Result<Step, Error> {
        self.filled = (self.filled + count).min(self.bytes.len());
        self.decoder.handle_input(&self.bytes[..self.filled], limits)
    }

    /// What the end of the peer's bytes means here.
    pub(crate) fn end(&self) -> End {
        self.decoder.handle_end()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.filled == 0
    }

    /// Whether the vars are whole, so that what is missing is body.
    pub(crate) fn in_body(&self) -> bool {
        self.decoder.has_vars()
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
        if self.bytes.len() > ROOM_KEPT {
            self.bytes = Vec::new();
        }
    }

    pub(crate) fn vars(&self) -> Vars<'_> {
        self.decoder.vars(&self.bytes[..self.filled])
    }

    pub(crate) fn body(&self) -> &[u8] {
        self.bytes.get(self.decoder.body()).unwrap_or_default()
    }
}
