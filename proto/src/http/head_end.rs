//! Where the head of a request ends. It must not know what a head says.

use crate::error::Error;
use crate::text::printable;

/// The search for the end of a head, which goes on where the last read ended.
#[derive(Clone, Debug, Default)]
pub(super) struct HeadEnd {
    at: usize,
    line_start: usize,
    /// Where the request line starts.
    blank: usize,
    /// The request line and the headers that have come.
    lines: usize,
}

impl HeadEnd {
    /// Bytes of empty lines before the request.
    pub(super) fn blank(&self) -> usize {
        self.blank
    }

    /// How many headers there are, once the end is found.
    pub(super) fn headers(&self) -> usize {
        self.lines.saturating_sub(1)
    }

    /// The size of the head with its empty line. Every byte is looked at once, most of them eight at a
    /// time. What this lets pass has no control but tabs and the CRLF of its lines, so nobody else sees
    /// other lines in it.
    pub(super) fn find(&mut self, received: &[u8], limit: usize) -> Result<Option<usize>, Error> {
        let received = &received[..received.len().min(limit)];
        while let Some(&byte) = received.get(self.at) {
            let at = self.at;
            let after_cr = at > self.line_start && received[at - 1] == b'\r';
            match byte {
                b'\n' if !after_cr => return Err(Error::LineEnd { at }),
                b'\n' if at > self.line_start + 1 => {
                    self.line_start = at + 1;
                    self.lines += 1;
                }
                b'\n' if self.line_start > self.blank => return Ok(Some(at + 1)),
                b'\n' => (self.line_start, self.blank) = (at + 1, at + 1),
                _ if after_cr => return Err(Error::LineEnd { at: at - 1 }),
                b' ' | b'\t' if at == self.line_start && at > self.blank => {
                    return Err(Error::Folded { at });
                }
                b'\r' | b'\t' | b' '..=b'~' | 0x80.. => {}
                0..b' ' | 0x7F => return Err(Error::HeadByte { at, byte }),
            }
            self.at += 1;
            if byte != b'\r' && self.at > self.line_start {
                // Inside a line only a control tells anything.
                self.at += printable(&received[self.at..]);
            }
        }
        if self.at >= limit { Err(Error::HeadTooLarge { limit }) } else { Ok(None) }
    }
}
