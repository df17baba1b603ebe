//! A chunked body, decoded where it lies, with all transitions in one `match`. It must not know
//! heads. Source: RFC 9112, 7.1.

use crate::error::Error;
use crate::limits::Limits;
use crate::response::field::{is_name_byte, is_value_byte};
use crate::step::Step;
use core::ops::Range;

/// How far a chunked body has come.
///
/// ```text
/// head | contents moved together | spent: marks, old contents | not read yet
///      ^ start                   ^ end                        ^ read
/// ```
#[derive(Clone, Debug)]
pub(super) struct Chunked {
    at: At,
    start: usize,
    end: usize,
    read: usize,
    /// The contents in bytes, forgotten ones too.
    size: u64,
    /// Bytes of chunk extensions so far, in all chunks.
    extensions: usize,
    /// Bytes of trailers so far.
    trailers: usize,
}

impl Chunked {
    /// At the first chunk, which starts there.
    pub(super) fn new(start: usize) -> Self {
        let at = At::Size { size: 0, digits: 0 };
        Self { at, start, end: start, read: start, size: 0, extensions: 0, trailers: 0 }
    }

    pub(super) fn body(&self) -> Range<usize> {
        self.start..self.end
    }

    pub(super) fn read(&self) -> usize {
        self.read
    }

    pub(super) fn size(&self) -> u64 {
        self.size
    }

    /// Known inside of a chunk: after it come at least a CRLF and an empty chunk.
    pub(super) fn wanted(&self) -> Option<usize> {
        match self.at {
            At::Content { left } => Some(self.read.saturating_add(left).saturating_add(7)),
            At::Size { .. }
            | At::Extension { .. }
            | At::SizeLf { .. }
            | At::ContentCr
            | At::ContentLf
            | At::TrailerStart
            | At::TrailerName
            | At::TrailerValue
            | At::TrailerLf
            | At::LastLf
            | At::Whole => None,
        }
    }

    /// What nobody needs any more; the caller removes it from the buffer.
    pub(super) fn forget_spent(&mut self) -> Range<usize> {
        let spent = self.end..self.read;
        self.read = self.end;
        spent
    }

    /// Takes leave of the contents, which the caller removes from the buffer; nothing is spent.
    pub(super) fn forget_body(&mut self) {
        self.read -= self.end - self.start;
        self.end = self.start;
    }

    /// Goes on as far as there are bytes, or to the end of the body and no further.
    pub(super) fn handle_input(
        &mut self,
        received: &mut [u8],
        limits: &Limits,
    ) -> Result<Step, Error> {
        loop {
            if let At::Whole = self.at {
                return Ok(Step::Ready);
            }
            let Some(&byte) = received.get(self.read) else {
                return Ok(Step::NeedMore);
            };
            if let At::Content { left } = self.at {
                let size = left.min(received.len() - self.read);
                received.copy_within(self.read..self.read + size, self.end);
                self.end += size;
                self.read += size;
                self.size += size as u64;
                self.at = match left - size {
                    0 => At::ContentCr,
                    left => At::Content { left },
                };
                continue;
            }
            self.at = self.handle_byte(byte, limits)?;
            self.read += 1;
        }
    }

    fn handle_byte(&mut self, byte: u8, limits: &Limits) -> Result<At, Error> {
        match (self.at, byte) {
            (At::Size { size, digits }, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') if digits < 16 => {
                let digit = char::from(byte).to_digit(16).unwrap_or(0);
                Ok(At::Size { size: size << 4 | u64::from(digit), digits: digits + 1 })
            }
            (At::Size { size, digits: 1.. }, b';') => Ok(At::Extension { size }),
            (At::Size { size, digits: 1.. } | At::Extension { size }, b'\r') => {
                Ok(At::SizeLf { size })
            }
            // The contents are of no use to us; a line of its own must not hide in them.
            (At::Extension { size }, _) if is_value_byte(byte) => {
                let limit = limits.buffer_size;
                self.extensions += 1;
                if self.extensions > limit {
                    return Err(Error::ChunkExtensions { limit });
                }
                Ok(At::Extension { size })
            }
            (At::Size { .. } | At::Extension { .. }, _) => Err(Error::ChunkSize { byte }),
            (At::SizeLf { size: 0 }, b'\n') => Ok(At::TrailerStart),
            (At::SizeLf { size }, b'\n') => self.content(size, limits),
            (At::ContentCr, b'\r') => Ok(At::ContentLf),
            (At::ContentLf, b'\n') => Ok(At::Size { size: 0, digits: 0 }),
            (At::SizeLf { .. } | At::ContentCr | At::ContentLf, _) => Err(Error::ChunkEnd { byte }),
            (At::TrailerStart, b'\r') => Ok(At::LastLf),
            (At::LastLf, b'\n') => Ok(At::Whole),
            (At::TrailerStart | At::TrailerName, _) if is_name_byte(byte) => {
                self.trailer(At::TrailerName, limits)
            }
            (At::TrailerName, b':') => self.trailer(At::TrailerValue, limits),
            (At::TrailerValue, b'\r') => self.trailer(At::TrailerLf, limits),
            (At::TrailerValue, _) if is_value_byte(byte) => self.trailer(At::TrailerValue, limits),
            (At::TrailerLf, b'\n') => self.trailer(At::TrailerStart, limits),
            (
                At::TrailerStart
                | At::TrailerName
                | At::TrailerValue
                | At::TrailerLf
                | At::LastLf
                // These two take no byte by itself: see `handle_input`.
                | At::Content { .. }
                | At::Whole,
                _,
            ) => Err(Error::Trailer { byte }),
        }
    }

    /// A chunk of that size begins, unless it makes the body too large.
    fn content(&self, size: u64, limits: &Limits) -> Result<At, Error> {
        let limit = limits.limit_post;
        let sum = self.size.saturating_add(size);
        if sum > limit {
            return Err(Error::BodyTooLarge { size: sum, limit });
        }
        // Only a limit-post near the size of memory lets this fail.
        usize::try_from(size)
            .ok()
            .filter(|left| self.read.checked_add(*left).is_some())
            .map(|left| At::Content { left })
            .ok_or(Error::BodyTooLarge { size: sum, limit: usize::MAX as u64 })
    }

    fn trailer(&mut self, next: At, limits: &Limits) -> Result<At, Error> {
        let limit = limits.buffer_size;
        self.trailers += 1;
        if self.trailers > limit { Err(Error::TrailersTooLarge { limit }) } else { Ok(next) }
    }
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug)]
enum At {
    Size { size: u64, digits: u8 },
    Extension { size: u64 },
    SizeLf { size: u64 },
    Content { left: usize },
    ContentCr,
    ContentLf,
    TrailerStart,
    TrailerName,
    TrailerValue,
    TrailerLf,
    LastLf,
    Whole,
}
