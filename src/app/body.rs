//! The body of a request, in memory or in a file. Knows nothing of how it got there.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::FileExt;

/// The whole body of a request: it has arrived before the handler starts.
///
/// Up to `--post-buffering` it is in memory, above that in an unlinked file; a handler need not care
/// which. [`RequestBody::bytes`] brings all of it to memory, [`RequestBody::reader`] reads it in
/// pieces.
#[derive(Clone, Copy)]
pub struct RequestBody<'a>(Kind<'a>);

#[derive(Clone, Copy)]
enum Kind<'a> {
    Memory(&'a [u8]),
    File(&'a File, u64),
}

impl<'a> RequestBody<'a> {
    pub(crate) fn of_memory(bytes: &'a [u8]) -> Self {
        Self(Kind::Memory(bytes))
    }

    pub(crate) fn of_file(file: &'a File, length: u64) -> Self {
        Self(Kind::File(file, length))
    }

    /// Its length in bytes.
    pub fn len(&self) -> u64 {
        match self.0 {
            Kind::Memory(bytes) => bytes.len() as u64,
            Kind::File(_, length) => length,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// All of it, borrowed if it is in memory.
    ///
    /// # Errors
    /// The disk's.
    pub fn bytes(&self) -> io::Result<Cow<'a, [u8]>> {
        match self.0 {
            Kind::Memory(bytes) => Ok(Cow::Borrowed(bytes)),
            Kind::File(..) => {
                let mut bytes = Vec::with_capacity(usize::try_from(self.len()).unwrap_or(0));
                self.reader().read_to_end(&mut bytes)?;
                Ok(Cow::Owned(bytes))
            }
        }
    }

    /// Reads it from its start.
    pub fn reader(&self) -> impl Read + use<'a> {
        Reader { body: *self, at: 0 }
    }
}

struct Reader<'a> {
    body: RequestBody<'a>,
    at: u64,
}

impl Read for Reader<'_> {
    fn read(&mut self, room: &mut [u8]) -> io::Result<usize> {
        let count = match self.body.0 {
            Kind::Memory(bytes) => {
                let rest = bytes.get(usize::try_from(self.at).unwrap_or(usize::MAX)..);
                rest.unwrap_or_default().read(room)?
            }
            Kind::File(file, length) => {
                let left = usize::try_from(length - self.at).unwrap_or(usize::MAX);
                let most = room.len().min(left);
                file.read_at(&mut room[..most], self.at)?
            }
        };
        self.at += count as u64;
        Ok(count)
    }
}
