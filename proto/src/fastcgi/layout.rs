//! Where the parts of a request lie in what was received, while its records are taken apart in
//! place. It must not know what any record means.
//!
//! ```text
//! received:  params | body | gap: headers, padding, other records | not yet looked at
//!            0      ^params        ^params + body                 ^scanned
//! ```

use super::Header;
use core::ops::Range;

/// The marks in the picture above, and how much of the present record is still to come.
#[derive(Debug, Default)]
pub(super) struct Layout {
    params: usize,
    body: usize,
    scanned: usize,
    /// All that was passed in last.
    received: usize,
    /// Bytes of this request that are no longer in `received`.
    dropped: usize,
    body_dropped: u64,
    fate: Fate,
    content: usize,
    padding: usize,
}

/// What is done with the content of a record.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum Fate {
    /// It is moved behind the params before it.
    Params,
    /// It is moved behind the body before it.
    Body,
    /// It becomes part of the gap.
    #[default]
    Skip,
}

impl Layout {
    /// Takes as much of the present record as is there, and tells whether that was all of it.
    pub(super) fn finish_record(&mut self, received: &mut [u8]) -> bool {
        self.received = received.len();
        let there = self.content.min(self.left());
        let kept = self.params + self.body;
        match self.fate {
            Fate::Params => self.params += there,
            Fate::Body => self.body += there,
            Fate::Skip => {}
        }
        if there > 0 && !matches!(self.fate, Fate::Skip) {
            // What is kept never ends behind what was scanned, so this only moves bytes down.
            received.copy_within(self.scanned..self.scanned + there, kept);
        }
        self.content -= there;
        self.scanned += there;
        let there = self.padding.min(self.left());
        self.padding -= there;
        self.scanned += there;
        !self.in_record()
    }

    /// The header that comes next, once it is there.
    pub(super) fn header(&self, received: &[u8]) -> Option<Header> {
        let bytes = received.get(self.scanned..)?.first_chunk()?;
        Some(Header::from_bytes(*bytes))
    }

    /// The content behind that header, once it is there.
    pub(super) fn content<'a>(&self, received: &'a [u8], header: Header) -> Option<&'a [u8]> {
        received.get(self.scanned + Header::SIZE..)?.get(..usize::from(header.size))
    }

    /// Goes past a header and into its record.
    pub(super) fn start_record(&mut self, header: Header, fate: Fate) {
        self.scanned += Header::SIZE;
        self.fate = fate;
        self.content = usize::from(header.size);
        self.padding = usize::from(header.padding);
    }

    /// Makes all that was kept part of the gap.
    pub(super) fn forget(&mut self) {
        self.params = 0;
        self.body = 0;
        self.body_dropped = 0;
    }

    /// Makes all that was received part of the gap.
    pub(super) fn skip_all(&mut self) {
        self.scanned = self.received;
    }

    /// Closes the gap, and what remains of `received` starts with all that is kept: so many bytes.
    pub(super) fn compact(&mut self, received: &mut [u8], keeps_body: bool) -> usize {
        if !keeps_body {
            self.body_dropped += self.body as u64;
            self.body = 0;
        }
        let kept = self.params + self.body;
        if received.len() < self.scanned {
            return received.len();
        }
        received.copy_within(self.scanned.., kept);
        let gap = self.scanned - kept;
        self.scanned = kept;
        self.dropped += gap;
        self.received = received.len() - gap;
        self.received
    }

    /// Whether a record has begun and is not whole.
    pub(super) fn in_record(&self) -> bool {
        self.content > 0 || self.padding > 0
    }

    /// Bytes still to come of the present record, what is kept of it left out.
    pub(super) fn rest_of_record(&self) -> usize {
        match self.fate {
            Fate::Params | Fate::Body => self.padding,
            Fate::Skip => self.content + self.padding,
        }
    }

    /// All that was passed in last, less what was dropped since.
    pub(super) fn received(&self) -> usize {
        self.received
    }

    /// Bytes not looked at.
    pub(super) fn left(&self) -> usize {
        self.received.saturating_sub(self.scanned)
    }

    pub(super) fn params(&self) -> Range<usize> {
        0..self.params
    }

    pub(super) fn body(&self) -> Range<usize> {
        self.params..self.params + self.body
    }

    /// The body so far, what was dropped of it too.
    pub(super) fn body_size(&self) -> u64 {
        self.body_dropped + self.body as u64
    }

    pub(super) fn body_dropped(&self) -> u64 {
        self.body_dropped
    }

    /// Where the next record starts, or the present one goes on.
    pub(super) fn scanned(&self) -> usize {
        self.scanned
    }

    /// All bytes that came, whether dropped since or not.
    pub(super) fn total(&self) -> usize {
        self.dropped + self.received
    }
}
