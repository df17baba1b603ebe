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
    memory_max: usize,
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
}

/// How much is read back from the file at once.
const CHUNK: usize = 64 * 1024;

impl Outgoing {
    /// Keeps up to `memory_max` bytes in memory.
    pub(crate) fn new(memory_max: usize) -> Self {
        Self { memory: Vec::new(), written: 0, file: None, memory_max }
    }

    /// What is there already and only waits.
    pub(crate) fn of(memory: Vec<u8>, written: usize) -> Self {
        Self { memory, written, file: None, memory_max: 0 }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.written == self.memory.len() && self.file.is_none()
    }

    /// Adds bytes behind all others.
    ///
    /// # Errors
    /// The disk's, when they go to the file.
    pub(crate) fn push(&mut self, bytes: &[u8]) -> io::Result<()> {
        let waiting = self.memory.len() - self.written;
        if self.file.is_none() && waiting + bytes.len() <= self.memory_max {
            // Moved together only when most of it is gone, so that a byte is moved once on average.
            if self.written > self.memory.len() / 2 {
                self.memory.drain(..self.written);
                self.written = 0;
            }
            self.memory.extend_from_slice(bytes);
            return Ok(());
        }
        let spill = match &mut self.file {
            Some(spill) => spill,
            none => none.insert(Spill { file: tempfile::tempfile()?, length: 0, read: 0 }),
        };
        spill.file.write_all_at(bytes, spill.length)?;
        spill.length += bytes.len() as u64;
        Ok(())
    }

    /// Writes until all is gone or the peer takes no more.
    ///
    /// # Errors
    /// The peer's, which has left, or the disk's.
    pub(crate) fn write_to(&mut self, stream: &Stream) -> io::Result<Progress> {
        loop {
            while self.written < self.memory.len() {
                match stream.write(&self.memory[self.written..]) {
                    Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                    Ok(count) => self.written += count,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        return Ok(Progress::Blocked);
                    }
                    Err(error) => return Err(error),
                }
            }
            if !self.refill()? {
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

#[cfg(test)]
mod tests {
    use std::io::Read;

    use mio::net::UnixStream;

    use super::*;

    /// Pushes steps with a peer that reads only now and then; all must come out, in order.
    fn check(memory_max: usize, step: usize, steps: usize) {
        let (ours, mut theirs) = UnixStream::pair().unwrap();
        let stream = Stream::Unix(ours);
        let mut outgoing = Outgoing::new(memory_max);
        let mut expected = Vec::new();
        let mut received = Vec::new();
        for number in 0..steps {
            let bytes: Vec<u8> =
                (0..step).map(|at| u8::try_from((number * 31 + at) % 251).unwrap()).collect();
            expected.extend_from_slice(&bytes);
            outgoing.push(&bytes).unwrap();
            outgoing.write_to(&stream).unwrap();
            if number % 7 == 0 {
                read_some(&mut theirs, &mut received);
            }
        }
        while outgoing.write_to(&stream).unwrap() == Progress::Blocked {
            read_some(&mut theirs, &mut received);
        }
        assert!(outgoing.is_empty());
        drop(stream);
        theirs.read_to_end(&mut received).unwrap();
        assert!(received == expected, "{memory_max} {step} {steps}");
    }

    fn read_some(from: &mut UnixStream, to: &mut Vec<u8>) {
        let mut room = [0; 30_000];
        if let Ok(count) = from.read(&mut room) {
            to.extend_from_slice(&room[..count]);
        }
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
