//! Where the body of a request lies in what was received, and how what is spent is dropped. It must
//! not know how a request gets from one state to the next.

use super::decode::{Decoder, State};
use super::head::Framing;
use alloc::vec::Vec;
use core::ops::Range;

impl Decoder {
    /// Where the body lies in what was received, less what was dropped of it. Before the request is
    /// whole it may go past what has come (see [`received_body`](Self::received_body)), or, in
    /// chunks, not yet as far as it will; empty after an error.
    pub fn body(&self) -> Range<usize> {
        match &self.state {
            State::Body(body) | State::Whole { body, .. } => body.clone(),
            State::Chunks(chunks) => chunks.body(),
            State::Head(_) | State::Failed(_) => 0..0,
        }
    }

    /// As [`body`](Self::body), as far as it has come: never past what
    /// [`handle_input`](Self::handle_input) was passed last.
    pub fn received_body(&self) -> Range<usize> {
        let body = self.body();
        let end = body.end.min(self.received.max(body.start));
        body.start..end
    }

    /// The body in bytes as far as it has come, dropped or not.
    pub fn body_size(&self) -> u64 {
        self.body_dropped + self.received_body().len() as u64
    }

    /// The bytes of the body that were dropped, which is where those at
    /// [`received_body`](Self::received_body) belong.
    pub fn body_dropped(&self) -> u64 {
        self.body_dropped
    }

    /// The body in bytes as the head announced it: 0 without a `Content-Length`. `None` for chunks,
    /// which only tell at their end, and without an accepted head.
    pub fn announced(&self) -> Option<u64> {
        match self.head.as_ref()?.framing {
            Framing::Length(length) => Some(length),
            Framing::Chunked => None,
        }
    }

    /// How many of the received bytes are this request's, once it is whole; 0 before. What follows
    /// is the next request.
    pub fn consumed(&self) -> usize {
        match self.state {
            State::Whole { consumed, .. } => consumed,
            State::Head(_) | State::Body(_) | State::Chunks(_) | State::Failed(_) => 0,
        }
    }

    /// How many bytes to receive at least, as far as is known: nothing in a head and between
    /// chunks, the rest of a chunk with the least that can follow it, or the whole request.
    pub fn wanted(&self) -> Option<usize> {
        match &self.state {
            State::Head(_) | State::Failed(_) => None,
            State::Body(body) => Some(body.end),
            State::Chunks(chunks) => chunks.wanted(),
            State::Whole { consumed, .. } => Some(*consumed),
        }
    }

    /// Drops from `received` what is no longer needed: the marks between chunks already read. Small
    /// chunks are mostly marks, and without this a buffer grows to several times `limit_post`. To
    /// call between two reads, as often as wanted; nothing else may be removed from the buffer.
    pub fn compact(&mut self, received: &mut Vec<u8>) {
        let spent = match &mut self.state {
            State::Chunks(chunks) => chunks.forget_spent(),
            State::Whole { body, consumed } => {
                let spent = body.end..*consumed;
                *consumed = body.end;
                spent
            }
            State::Head(_) | State::Body(_) | State::Failed(_) => 0..0,
        };
        self.remove(received, spent);
    }

    /// As [`compact`](Self::compact), and drops what has come of the body: the driver has it
    /// elsewhere. What is left of `received` is head, bytes not read yet, and the next request.
    pub fn compact_without_body(&mut self, received: &mut Vec<u8>) {
        self.compact(received);
        let dropped = self.received_body();
        match &mut self.state {
            State::Body(body) => body.end -= dropped.len(),
            State::Chunks(chunks) => chunks.forget_body(),
            State::Whole { body, consumed } => {
                body.end = body.start;
                *consumed -= dropped.len();
            }
            State::Head(_) | State::Failed(_) => {}
        }
        self.body_dropped += dropped.len() as u64;
        self.remove(received, dropped);
    }

    /// Takes these bytes out of the buffer.
    fn remove(&mut self, received: &mut Vec<u8>, spent: Range<usize>) {
        if spent.end <= received.len() {
            self.received = self.received.saturating_sub(spent.len());
            self.removed = self.removed.saturating_add(spent.len());
            received.drain(spent);
        }
    }
}
