//! A request's bytes, and what the codec made of them. Knows no socket: whoever has one fills it.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use cleanslate_proto::error::Error;
use cleanslate_proto::fastcgi::Capacity;
use cleanslate_proto::limits::Limits;
use cleanslate_proto::step::{End, Step};
use cleanslate_proto::uwsgi::Modifiers;
use cleanslate_proto::vars::Vars;

use super::RequestBody;
use super::codec::{Codec, Protocol};
use super::framing::Framing;

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
    /// None when only its decoder knows where the body ends.
    whole: Option<u64>,
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

/// The first read's room: nginx's packet is under 1 KiB, its largest about 32 KiB.
const ROOM_FIRST: usize = 16 * 1024;
/// The room of a read that goes to a file.
const ROOM_SPILL: usize = 64 * 1024;
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
        if let Some(Spill { whole: Some(whole), file, written }) = &mut self.spill {
            let bytes = &self.bytes[self.filled..end];
            return push(file, written, *whole, bytes).map_err(PacketError::Disk);
        }
        self.filled = end;
        let received = &mut self.bytes[..end];
        let step = self.decoder.handle_input(received, &limits.wire).map_err(PacketError::Wire)?;
        if self.decoder.is_in_pieces() {
            self.settle_pieces(step, limits.memory).map_err(PacketError::Disk)?;
        } else if step == Step::NeedMore {
            return self.settle_plain(limits.memory).map_err(PacketError::Disk);
        }
        Ok(step)
    }

    /// Sends a body that ends the request, and comes as it is, to a file if it is large.
    fn settle_plain(&mut self, memory: usize) -> io::Result<Step> {
        match self.decoder.plain_body() {
            Some(body) if body.len() > memory => {
                // What has come of it goes along; head and vars stay where they are.
                let (file, whole) = (tempfile::tempfile()?, body.len() as u64);
                let mut written = 0;
                let step = push(&file, &mut written, whole, &self.bytes[body.start..self.filled])?;
                self.filled = body.start;
                self.spill = Some(Spill { file, written, whole: Some(whole) });
                Ok(step)
            }
            _ => Ok(Step::NeedMore),
        }
    }

    /// Keeps a body that comes in pieces together, in a file if it is large.
    fn settle_pieces(&mut self, step: Step, memory: usize) -> io::Result<()> {
        if !self.decoder.has_vars() {
            // Its peer has given the request up, if there was one.
            self.spill = None;
        } else if step == Step::NeedMore
            && self.spill.is_none()
            && self.decoder.body_at_least() > memory as u64
        {
            self.spill = Some(Spill { file: tempfile::tempfile()?, written: 0, whole: None });
        }
        self.filled = match &mut self.spill {
            None => self.decoder.compact(&mut self.bytes, self.filled),
            Some(spill) => {
                let piece = &self.bytes[..self.filled]
                    .get(self.decoder.received_body())
                    .unwrap_or_default();
                let at = self.decoder.body_dropped();
                spill.file.write_all_at(piece, at)?;
                spill.written = at + piece.len() as u64;
                self.decoder.compact_without_body(&mut self.bytes, self.filled)
            }
        };
        Ok(())
    }

    /// Takes bytes that came with an earlier request; how it is with the request, and how many it
    /// took.
    pub(crate) fn receive(
        &mut self,
        bytes: &[u8],
        limits: &PacketLimits,
    ) -> (Result<Step, PacketError>, usize) {
        let mut taken = 0;
        let mut step = Ok(Step::NeedMore);
        while taken < bytes.len() && matches!(step, Ok(Step::NeedMore)) {
            let room = self.room();
            let count = room.len().min(bytes.len() - taken);
            room[..count].copy_from_slice(&bytes[taken..taken + count]);
            taken += count;
            step = self.advance(count, limits);
        }
        (step, taken)
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

    pub(crate) fn body(&self) -> RequestBody<'_> {
        match &self.spill {
            Some(spill) => RequestBody::of_file(&spill.file, spill.written),
            None => RequestBody::of_memory(self.bytes.get(self.decoder.body()).unwrap_or_default()),
        }
    }
}

/// Adds bytes to a file until the body is whole; what is behind it is dropped.
fn push(file: &File, written: &mut u64, whole: u64, bytes: &[u8]) -> io::Result<Step> {
    let left = usize::try_from(whole - *written).unwrap_or(usize::MAX);
    let bytes = &bytes[..bytes.len().min(left)];
    file.write_all_at(bytes, *written)?;
    *written += bytes.len() as u64;
    Ok(if *written == whole { Step::Ready } else { Step::NeedMore })
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

    use cleanslate_proto::{fastcgi, http, scgi, uwsgi};

    use super::*;

    const VARS: [(&[u8], &[u8]); 2] = [(b"REQUEST_METHOD", b"POST"), (b"PATH_INFO", b"/")];

    /// A request with this body by this protocol.
    fn request(protocol: Protocol, body: &[u8]) -> Vec<u8> {
        let length = body.len().to_string();
        let vars = VARS.into_iter().chain([(&b"CONTENT_LENGTH"[..], length.as_bytes())]);
        let mut sent = Vec::new();
        match protocol {
            Protocol::Uwsgi => uwsgi::encode(&mut sent, 0, 0, vars).unwrap(),
            Protocol::Scgi => scgi::encode(&mut sent, VARS, body.len() as u64).unwrap(),
            Protocol::FastCgi => {
                let cut = fastcgi::Cut { size_max: 9_999, padding: 3 };
                fastcgi::encode_request(&mut sent, 1, true, vars, body, cut).unwrap();
                return sent;
            }
            Protocol::Http => {
                let head =
                    format!("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n");
                sent.extend_from_slice(head.as_bytes());
            }
        }
        sent.extend_from_slice(body);
        sent
    }

    /// The same over HTTP, in chunks.
    fn in_chunks(body: &[u8]) -> Vec<u8> {
        let mut sent = b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        body.chunks(7_777).for_each(|chunk| http::encode_chunk(&mut sent, chunk));
        http::encode_last_chunk(&mut sent);
        sent
    }

    /// Feeds a packet with a request and another behind it, in pieces; its body must come out whole,
    /// from memory or from a file, and what is behind it too where a connection goes on.
    fn check(protocol: Protocol, request: &[u8], body: &[u8], memory: usize, piece: usize) {
        let context = format!("{protocol} {} {memory} {piece}", body.len());
        let limits = PacketLimits {
            wire: Limits::default(),
            memory,
            modifiers: Modifiers::REQUESTS,
            capacity: Capacity { connections: 1, requests: 1 },
        };
        let behind = b"what comes next";
        let mut sent = request.to_vec();
        sent.extend_from_slice(behind);
        let mut packet = Packet::new(protocol, &limits);
        let mut at = 0;
        loop {
            let room = packet.room();
            let count = piece.min(room.len()).min(sent.len() - at);
            room[..count].copy_from_slice(&sent[at..at + count]);
            at += count;
            match packet.advance(count, &limits).unwrap() {
                Step::Ready => break,
                Step::NeedMore => assert!(at < request.len(), "{context}"),
            }
            assert!(packet.bytes.len() <= 2 * (memory + ROOM_SPILL) + 20_000, "it stays small");
        }
        assert_eq!(packet.vars().get(b"REQUEST_METHOD"), Some(&b"POST"[..]), "{context}");
        assert_eq!(packet.body().len(), body.len() as u64, "{context}");
        assert!(packet.body().bytes().unwrap() == body, "{context}");
        let mut read = Vec::new();
        packet.body().reader().read_to_end(&mut read).unwrap();
        assert!(read == body, "{context}");
        if packet.framing().keeps() {
            let ahead = [packet.ahead(), &sent[at..]].concat();
            assert_eq!(ahead, behind, "{context}");
        }
        packet.clear();
        assert!(packet.is_empty() && packet.body().is_empty());
    }

    #[test]
    fn bodies_come_out_as_they_went_in() {
        use Protocol::{FastCgi, Http, Scgi, Uwsgi};
        for size in [0, 1, 1_000, 16_384, 100_000, 1_000_000] {
            let body: Vec<u8> = (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect();
            for memory in [0, 10_000, 2_000_000] {
                for piece in [997, 40_000, 1 << 20] {
                    for protocol in [Uwsgi, FastCgi, Scgi, Http] {
                        check(protocol, &request(protocol, &body), &body, memory, piece);
                    }
                    check(Http, &in_chunks(&body), &body, memory, piece);
                }
            }
        }
    }
}
