//! How a packet's bytes arrive, and where they are kept: memory grows by what has come, and a large body
//! goes to a file. Knows no socket.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use cleanslate_proto::step::Step;

use super::{Packet, PacketError, PacketLimits};

/// A large body on its way to an unlinked file, which is gone with the process at the latest.
pub(super) struct Spill {
    pub(super) file: File,
    pub(super) written: u64,
    /// None when only its decoder knows where the body ends.
    whole: Option<u64>,
}

/// The first read's room: nginx's packet is under 1 KiB, its largest about 32 KiB.
const ROOM_FIRST: usize = 16 * 1024;
/// The room of a read that goes to a file.
pub(super) const ROOM_SPILL: usize = 64 * 1024;

impl Packet {
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
}

/// Adds bytes to a file until the body is whole; what is behind it is dropped.
fn push(file: &File, written: &mut u64, whole: u64, bytes: &[u8]) -> io::Result<Step> {
    let left = usize::try_from(whole - *written).unwrap_or(usize::MAX);
    let bytes = &bytes[..bytes.len().min(left)];
    file.write_all_at(bytes, *written)?;
    *written += bytes.len() as u64;
    Ok(if *written == whole { Step::Ready } else { Step::NeedMore })
}
