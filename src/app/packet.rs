//! A request's bytes, and what the codec made of them. Knows no socket: whoever has one fills it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use cleanslate_proto::error::Error;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::vars::Vars;

use super::RequestBody;
use super::codec::{Codec, Protocol};

/// Bytes received so far and the decoder's index over them. It is used again for the next
/// request, so that the common request allocates nothing.
pub(crate) struct Packet {
    bytes: Vec<u8>,
    filled: usize,
    decoder: Codec,
    spill: Option<Spill>,
}

/// A large body on its way to an unlinked file, which is gone with the process at the latest.
struct Spill {
    file: File,
    written: u64,
    whole: u64,
}

/// What a packet may hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PacketLimits {
    pub(crate) wire: Limits,
    /// Bytes of a body in memory: a larger one goes to a file.
    pub(crate) memory: usize,
}

/// Why a packet can't become a request.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PacketError {
    #[error("{0}")]
    Wire(Error),
    #[error("a body can't be kept in a file: {0}")]
    Disk(io::Error),
}

/// The first read's room: nginx's packet is under 1 KiB, its largest about 32 KiB.
const ROOM_FIRST: usize = 16 * 1024;
/// The room of a read that goes to a file.
const ROOM_SPILL: usize = 64 * 1024;
/// Above this a buffer is given back to the allocator after its job.
const ROOM_KEPT: usize = 64 * 1024;

impl Packet {
    pub(crate) fn new() -> Self {
        Self { bytes: Vec::new(), filled: 0, decoder: Codec::new(Protocol::Uwsgi), spill: None }
    }

    /// Makes it ready for a request by this protocol.
    pub(crate) fn begin(&mut self, protocol: Protocol) {
        self.clear();
        if self.decoder.protocol() != protocol {
            self.decoder = Codec::new(protocol);
        }
    }

    /// Where the next bytes go; never empty.
    pub(crate) fn room(&mut self) -> &mut [u8] {
        if self.filled == self.bytes.len() {
            let size = match self.spill {
                Some(_) => self.filled + ROOM_SPILL,
                None => self.next_size(),
            };
            self.bytes.resize(size, 0);
        }
        &mut self.bytes[self.filled..]
    }

    /// Doubles, never by what the packet claims: memory follows what has arrived.
    fn next_size(&self) -> usize {
        let doubled = (self.filled * 2).max(ROOM_FIRST);
        let wanted = self.decoder.wanted().unwrap_or(usize::MAX).max(self.filled + 1);
        // A byte more than the packet: a last read that leaves room shows that nothing is left.
        doubled.min(wanted.saturating_add(1).max(ROOM_FIRST))
    }

    /// Takes note of `count` bytes written to [`Packet::room`].
    pub(crate) fn advance(
        &mut self,
        count: usize,
        limits: &PacketLimits,
    ) -> Result<Step, PacketError> {
        let end = (self.filled + count).min(self.bytes.len());
        if let Some(spill) = &mut self.spill {
            return spill.push(&self.bytes[self.filled..end]).map_err(PacketError::Disk);
        }
        self.filled = end;
        let received = &mut self.bytes[..end];
        let step = self.decoder.handle_input(received, &limits.wire).map_err(PacketError::Wire)?;
        if step == Step::Ready {
            return Ok(step);
        }
        let body = match self.decoder.plain_body() {
            Some(body) if body.len() > limits.memory => body,
            Some(_) => return Ok(step),
            None if self.decoder.protocol() != Protocol::Http => return Ok(step),
            None => {
                self.bytes.truncate(end);
                self.decoder.compact(&mut self.bytes);
                self.filled = self.bytes.len();
                return Ok(step);
            }
        };
        // What has come of the body goes to the file; head and vars stay where they are.
        let file = tempfile::tempfile().map_err(PacketError::Disk)?;
        let mut spill = Spill { file, written: 0, whole: body.len() as u64 };
        let step = spill.push(&self.bytes[body.start..end]).map_err(PacketError::Disk)?;
        self.filled = body.start;
        self.spill = Some(spill);
        Ok(step)
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

    /// Whether the peer waits to be told to send its body.
    pub(crate) fn expects_continue(&self) -> bool {
        self.decoder.expects_continue()
    }

    pub(crate) fn protocol(&self) -> Protocol {
        self.decoder.protocol()
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
        if self.bytes.len() > ROOM_KEPT {
            self.bytes = Vec::new();
        }
    }

    pub(crate) fn vars(&self) -> Vars<'_> {
        self.decoder.vars(&self.bytes[..self.filled])
    }

    pub(crate) fn body(&self) -> RequestBody<'_> {
        match &self.spill {
            Some(spill) => RequestBody::of_file(&spill.file, spill.whole),
            None => RequestBody::of_memory(self.bytes.get(self.decoder.body()).unwrap_or_default()),
        }
    }
}

impl Spill {
    /// Adds bytes; what is behind the body is dropped.
    fn push(&mut self, bytes: &[u8]) -> io::Result<Step> {
        let left = usize::try_from(self.whole - self.written).unwrap_or(usize::MAX);
        let bytes = &bytes[..bytes.len().min(left)];
        self.file.write_all_at(bytes, self.written)?;
        self.written += bytes.len() as u64;
        Ok(if self.written == self.whole { Step::Ready } else { Step::NeedMore })
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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use cleanslate_proto::uwsgi;

    use super::*;

    /// Feeds a packet with a body of `size` bytes, and some more behind it, in pieces; it must come
    /// out whole, from memory or from a file.
    fn check(size: usize, memory: usize, piece: usize) {
        let limits = PacketLimits { wire: Limits::default(), memory };
        let body: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let length = size.to_string();
        let mut sent = Vec::new();
        let vars: [(&[u8], &[u8]); 2] =
            [(b"REQUEST_METHOD", b"POST"), (b"CONTENT_LENGTH", length.as_bytes())];
        uwsgi::encode(&mut sent, 0, 0, vars).unwrap();
        sent.extend_from_slice(&body);
        let whole = sent.len();
        sent.extend_from_slice(b"behind");

        let mut packet = Packet::new();
        let mut at = 0;
        loop {
            let room = packet.room();
            let count = piece.min(room.len()).min(sent.len() - at);
            room[..count].copy_from_slice(&sent[at..at + count]);
            at += count;
            match packet.advance(count, &limits).unwrap() {
                Step::Ready => break,
                Step::NeedMore => assert!(at < whole, "{size} {memory} {piece}"),
            }
            assert!(packet.bytes.len() <= memory + 2 * ROOM_SPILL + 300, "it stays small");
        }
        assert_eq!(packet.vars().get(b"CONTENT_LENGTH"), Some(length.as_bytes()));
        assert_eq!(packet.body().len(), size as u64);
        assert!(packet.body().bytes().unwrap() == body, "{size} {memory} {piece}");
        let mut read = Vec::new();
        packet.body().reader().read_to_end(&mut read).unwrap();
        assert!(read == body, "{size} {memory} {piece}");
        packet.clear();
        assert!(packet.is_empty() && packet.body().is_empty());
    }

    #[test]
    fn bodies_come_out_as_they_went_in() {
        for size in [0, 1, 1_000, 16_384, 100_000, 1_000_000] {
            for memory in [0, 10_000, 2_000_000] {
                for piece in [997, 40_000, 1 << 20] {
                    check(size, memory, piece);
                }
            }
        }
    }
}
