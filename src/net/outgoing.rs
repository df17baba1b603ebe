//! What of an answer the peer has not taken yet: memory first, then an unlinked file. Knows
//! nothing of what the bytes mean.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use crate::pool::Stream;

/// Bytes that wait for the peer, in order.
pub(crate) struct Outgoing {
    memory: Vec<u8>,
    /// How much of `memory` is written.
    written: usize,
    file: Option<Spill>,
    room: Room,
}

/// How much of an answer may wait for its peer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Room {
    /// Bytes in memory; what is above goes to a file.
    pub(crate) memory: usize,
    /// Bytes in the file; what is above is an error.
    pub(crate) file: u64,
}

/// What didn't fit in memory. The file has no name: it is gone with the process at the latest.
struct Spill {
    file: File,
    length: u64,
    read: u64,
}

/// How far a write got.
#[derive(Debug, Eq, PartialEq)]
pub(crate) enum Progress {
    /// All is written.
    Done,
    /// The peer takes no more now.
    Blocked,
    /// The peer would take more, but others have their turn first.
    More,
}

/// Why an answer can't go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum OutgoingError {
    #[error("the peer has left: {0}")]
    Peer(io::Error),
    #[error("what the peer hasn't taken can't be kept in a file: {0}")]
    Disk(io::Error),
    #[error("more than {limit} bytes wait for a peer that doesn't take them (limit-answer)")]
    Full { limit: u64 },
}

/// How much is read back from the file at once.
const CHUNK: usize = 64 * 1024;
/// How much one peer is written before others have their turn.
const SHARE: usize = 1 << 20;

impl Outgoing {
    /// Nothing yet, with so much room for what the peer doesn't take.
    pub(crate) fn new(room: Room) -> Self {
        Self { memory: Vec::new(), written: 0, file: None, room }
    }

    /// What is there already and only waits.
    pub(crate) fn of(memory: Vec<u8>, written: usize) -> Self {
        Self { memory, written, file: None, room: Room { memory: 0, file: 0 } }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.written == self.memory.len() && self.file.is_none()
    }

    /// Writes what the peer takes at once and keeps the rest behind all that waits already.
    ///
    /// # Errors
    /// When the peer has left, the disk fails, or there is no room.
    pub(crate) fn step(&mut self, stream: &Stream, bytes: &[u8]) -> Result<(), OutgoingError> {
        let mut rest = bytes;
        if self.is_empty() || self.write_to(stream)? == Progress::Done {
            while !rest.is_empty() {
                match write_some(stream, rest)? {
                    Some(count) => rest = &rest[count..],
                    None => break,
                }
            }
        }
        self.push(rest)
    }

    /// Adds bytes behind all others.
    ///
    /// # Errors
    /// When they go to the file: the disk's, or that there is no room.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> Result<(), OutgoingError> {
        let waiting = self.memory.len() - self.written;
        if self.file.is_none() && waiting + bytes.len() <= self.room.memory {
            // Moved together only when most of it is gone, so that a byte is moved once on average.
            if self.written > self.memory.len() / 2 {
                self.memory.drain(..self.written);
                self.written = 0;
            }
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        let limit = self.room.file;
        let spill = match &mut self.file {
            Some(spill) => spill,
            none => {
                let file = tempfile::tempfile().map_err(OutgoingError::Disk)?;
                none.insert(Spill { file, length: 0, read: 0 })
            }
        };
        if spill.length - spill.read + bytes.len() as u64 > limit {
            return Err(OutgoingError::Full { limit });
        }
        spill.file.write_all_at(bytes, spill.length).map_err(OutgoingError::Disk)?;
        spill.length += bytes.len() as u64;
        Ok(())
    }

    /// Writes until all is gone, the peer takes no more, or it has had its share.
    ///
    /// # Errors
    /// When the peer has left or the disk fails.
    pub(crate) fn write_to(&mut self, stream: &Stream) -> Result<Progress, OutgoingError> {
        let mut share = SHARE;
        loop {
            while self.written < self.memory.len() {
                let Some(count) = write_some(stream, &self.memory[self.written..])? else {
                    return Ok(Progress::Blocked);
                };
                self.written += count;
                share = share.saturating_sub(count);
                if share == 0 && !self.is_empty() {
                    return Ok(Progress::More);
                }
            }
            if !self.refill().map_err(OutgoingError::Disk)? {
                return Ok(Progress::Done);
            }
        }
    }

    /// Brings the file's next bytes to memory; false when there are none.
    fn refill(&mut self) -> io::Result<bool> {
        let Some(spill) = &mut self.file else {
            return Ok(false);
        };
        let left = usize::try_from(spill.length - spill.read).unwrap_or(CHUNK);
        self.memory.resize(left.min(CHUNK), 0);
        spill.file.read_exact_at(&mut self.memory, spill.read)?;
        self.written = 0;
        spill.read += self.memory.len() as u64;
        if spill.read == spill.length {
            self.file = None;
        }
        Ok(!self.memory.is_empty())
    }
}

/// How much the peer took; none when it takes no more now.
fn write_some(stream: &Stream, bytes: &[u8]) -> Result<Option<usize>, OutgoingError> {
    match stream.write(bytes) {
        Ok(0) => Err(OutgoingError::Peer(io::ErrorKind::WriteZero.into())),
        Ok(count) => Ok(Some(count)),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(None),
        Err(error) => Err(OutgoingError::Peer(error)),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use mio::net::UnixStream;

    use super::*;

    /// Pushes steps with a peer that reads only now and then; all must come out, in order.
    fn check(memory: usize, step: usize, steps: usize) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let stream = Stream::Unix(ours);
        let mut outgoing = Outgoing::new(Room { memory, file: 1 << 30 });
        let mut expected = Vec::new();
        let mut received = Vec::new();
        for number in 0..steps {
            let bytes: Vec<u8> =
                (0..step).map(|at| u8::try_from((number * 31 + at) % 251).unwrap()).collect();
            expected.extend_from_slice(&bytes);
            outgoing.step(&stream, &bytes).unwrap();
            if number % 7 == 0 {
                read_some(&mut theirs, &mut received);
            }
        }
        while outgoing.write_to(&stream).unwrap() != Progress::Done {
            read_some(&mut theirs, &mut received);
        }
        assert!(outgoing.is_empty());
        drop(stream);
        theirs.read_to_end(&mut received).unwrap();
        assert!(received == expected, "{memory} {step} {steps}");
    }

    fn read_some(from: &mut UnixStream, to: &mut Vec<u8>) {
        let mut room = [0; 30_000];
        if let Ok(count) = from.read(&mut room) {
            to.extend_from_slice(&room[..count]);
        }
    }

    #[test]
    fn a_peer_that_never_reads_has_its_limit() {
        let (ours, _theirs) = UnixStream::pair().unwrap();
        let stream = Stream::Unix(ours);
        let mut outgoing = Outgoing::new(Room { memory: 10_000, file: 100_000 });
        let refused = (0..10_000).find_map(|_| outgoing.step(&stream, &[0; 1_000]).err());
        assert!(matches!(refused, Some(OutgoingError::Full { limit: 100_000 })));
    }

    #[test]
    fn everything_comes_out_in_order() {
        for (memory_max, step, steps) in
            [(1 << 20, 1_000, 10), (1 << 20, 1_000, 800), (0, 1_000, 800), (10_000, 70_000, 40)]
        {
            check(memory_max, step, steps);
        }
    }
}
