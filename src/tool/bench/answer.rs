//! When an answer is whole: at its length, at its last chunk, or at the close, as nginx has it. It
//! must not know where bytes come from, nor records (those are `records`).

use super::failure::Failure;
use super::head::{Body, Heads};
use crate::tool::chunked::Chunked;

/// One answer so far.
#[derive(Debug, Default)]
pub(super) struct Answer {
    at: At,
    /// A head that has not come whole.
    held: Vec<u8>,
    pub(super) status: u16,
    pub(super) may_keep: bool,
}

#[derive(Debug, Default)]
enum At {
    #[default]
    Head,
    Length(u64),
    Chunked(Chunked),
    Unsaid,
    Whole,
}

impl Answer {
    /// Makes ready for the next answer, in the same memory.
    pub(super) fn start(&mut self) {
        let Self { at, held, status, may_keep } = self;
        (*at, *status, *may_keep) = (At::Head, 0, false);
        held.clear();
    }

    pub(super) fn is_whole(&self) -> bool {
        matches!(self.at, At::Whole)
    }

    /// Whether the answer is whole if nothing more of it comes.
    pub(super) fn is_whole_at_end(&self) -> bool {
        matches!(self.at, At::Whole | At::Unsaid)
    }

    /// Takes what came since the last call. What follows the end of the answer is not an answer's:
    /// the connection can't go on then.
    pub(super) fn handle_input(
        &mut self,
        heads: &mut Heads,
        received: &[u8],
    ) -> Result<(), Failure> {
        let mut rest = received;
        while let At::Head = self.at {
            let Some(size) = self.handle_head(heads, rest)? else { return Ok(()) };
            rest = &rest[size..];
        }
        self.handle_body(rest)
    }

    /// Tells how many bytes of `received` are the head's, once it is whole.
    fn handle_head(
        &mut self,
        heads: &mut Heads,
        received: &[u8],
    ) -> Result<Option<usize>, Failure> {
        let before = self.held.len();
        let found = if before == 0 {
            heads.find(received)?
        } else {
            self.held.extend_from_slice(received);
            heads.find(&self.held)?
        };
        let Some(head) = found else {
            if before == 0 {
                self.held.extend_from_slice(received);
            }
            return Ok(None);
        };
        self.held.clear();
        // What comes before the answer, as 100 does, is about the request.
        if head.status >= 200 {
            (self.status, self.may_keep) = (head.status, head.may_keep);
            self.at = match head.body {
                Body::Length(0) => At::Whole,
                Body::Length(length) => At::Length(length),
                Body::Chunked => At::Chunked(Chunked::default()),
                Body::Unsaid => At::Unsaid,
            };
        }
        Ok(Some(head.size - before))
    }

    fn handle_body(&mut self, received: &[u8]) -> Result<(), Failure> {
        let taken = match &mut self.at {
            At::Head | At::Whole => 0,
            At::Unsaid => received.len(),
            At::Length(left) => {
                let taken = usize::try_from(*left).unwrap_or(usize::MAX).min(received.len());
                *left -= taken as u64;
                if *left == 0 {
                    self.at = At::Whole;
                }
                taken
            }
            At::Chunked(chunked) => {
                // Not needed, but the decoder gives it; its memory is used again.
                self.held.clear();
                let broken = |_| Failure::Broken("its chunks are none");
                let taken = chunked.handle_input(received, &mut self.held).map_err(broken)?;
                if chunked.is_whole() {
                    self.at = At::Whole;
                }
                taken
            }
        };
        if taken < received.len() {
            self.may_keep = false;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tool::target::Protocol;

    #[test]
    fn an_answer_is_whole_in_any_cuts() {
        for (received, status, may_keep, ends) in [
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, true, true),
            ("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi!", 200, false, true),
            ("HTTP/1.1 204 X\r\n\r\n", 204, true, true),
            (
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n",
                200,
                true,
                true,
            ),
            (
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 X\r\nContent-Length: 1\r\n\r\n!",
                500,
                true,
                true,
            ),
            ("HTTP/1.1 200 OK\r\n\r\nall that comes", 200, false, false),
        ] {
            let bytes = received.as_bytes();
            for cut in 0..=bytes.len() {
                let mut heads = Heads::new(Protocol::Http, false);
                let mut answer = Answer::default();
                for _ in 0..2 {
                    answer.start();
                    for piece in [&bytes[..cut], &bytes[cut..]] {
                        answer.handle_input(&mut heads, piece).unwrap();
                    }
                    let found = (answer.status, answer.may_keep, answer.is_whole());
                    assert_eq!(found, (status, may_keep, ends), "{received} at {cut}");
                    assert!(answer.is_whole_at_end());
                }
            }
            let needed =
                if ends && may_keep { bytes.len() } else { received.find("\r\n\r\n").unwrap() };
            for size in 0..needed {
                let mut answer = Answer::default();
                let mut heads = Heads::new(Protocol::Http, false);
                answer.handle_input(&mut heads, &bytes[..size]).unwrap();
                assert!(!answer.is_whole_at_end(), "{received} of {size} bytes");
            }
        }
    }
}
