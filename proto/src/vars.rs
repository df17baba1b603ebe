//! The vars of a request as an index over the received bytes, without a copy of any. It must not
//! know how a codec writes vars down, nor what any key means.

use crate::error::Error;
use alloc::vec::Vec;
use core::fmt;

/// Where each var lies in a block of vars: reusable, one entry of 8 bytes a var.
///
/// The bytes stay with whoever owns them, so a driver is free to let its buffer grow and move.
#[derive(Debug, Default)]
pub struct VarIndex {
    spans: Vec<Span>,
}

impl VarIndex {
    /// An empty index; allocates with its first var.
    pub fn new() -> Self {
        Self::default()
    }

    /// Forgets all vars and keeps the allocation for the next request.
    pub fn clear(&mut self) {
        self.spans.clear();
    }

    /// How many vars there are, repeated ones too.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no var.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The vars in `block`, which must be the block that was indexed. Any other gives other bytes
    /// or fewer vars, but no panic.
    pub fn view<'a>(&'a self, block: &'a [u8]) -> Vars<'a> {
        Vars { spans: &self.spans, block }
    }

    /// Adds a var, unless there are `max_vars` already. An index has one block, from its first var
    /// to the next [`clear`](Self::clear).
    pub(crate) fn push(&mut self, span: Span, max_vars: usize) -> Result<(), Error> {
        if self.spans.len() >= max_vars {
            return Err(Error::TooManyVars { limit: max_vars });
        }
        self.spans.push(span);
        Ok(())
    }
}

/// The vars of one request, over the bytes that were received.
#[derive(Clone, Copy)]
pub struct Vars<'a> {
    spans: &'a [Span],
    block: &'a [u8],
}

impl<'a> Vars<'a> {
    /// The value of `key`, compared byte by byte. Of a repeated key the last one counts, as in the
    /// environment an application sees elsewhere.
    pub fn get(&self, key: &[u8]) -> Option<&'a [u8]> {
        let block = self.block;
        self.spans
            .iter()
            .rev()
            .filter(|span| usize::from(span.key_size) == key.len())
            .find_map(|span| (span.key(block)? == key).then(|| span.value(block))?)
    }

    /// All keys and values in the order they came in, repeated ones too.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = (&'a [u8], &'a [u8])> + use<'a> {
        let block = self.block;
        self.spans.iter().filter_map(move |span| Some((span.key(block)?, span.value(block)?)))
    }

    /// How many vars there are, repeated ones too.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is no var.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }
}

impl fmt::Debug for Vars<'_> {
    /// Keys only: values hold cookies and passwords, which have no place in a log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vars")?;
        f.debug_set().entries(self.iter().map(|(key, _)| Escaped(key))).finish()
    }
}

/// One var. Offsets are into the block, which is at most 65,535 bytes, so they all fit.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) key_start: u16,
    pub(crate) key_size: u16,
    pub(crate) value_start: u16,
    pub(crate) value_size: u16,
}

impl Span {
    fn key(self, block: &[u8]) -> Option<&[u8]> {
        part(block, self.key_start, self.key_size)
    }

    fn value(self, block: &[u8]) -> Option<&[u8]> {
        part(block, self.value_start, self.value_size)
    }
}

fn part(block: &[u8], start: u16, size: u16) -> Option<&[u8]> {
    let start = usize::from(start);
    block.get(start..start + usize::from(size))
}

struct Escaped<'a>(&'a [u8]);

impl fmt::Debug for Escaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}
