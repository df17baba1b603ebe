//! An answer that is written step by step: each step goes out as far as the peer takes it, and the
//! rest waits without holding the thread. Knows nothing of handlers.

use std::io;
use std::sync::atomic::Ordering;

use super::pool::Pool;
use crate::app::{Framing, Length};
use crate::net::{Outgoing, OutgoingError};
use crate::pool::Peer;

/// An answer that is being written.
pub(super) struct Steps<'a> {
    pool: &'a Pool,
    seat: usize,
    framing: Framing,
    /// What goes out next: the head at first, then each step as it is framed.
    frame: Vec<u8>,
    state: State,
    /// Whether the deadline has answered before.
    is_late: bool,
    /// Bytes of the body.
    written: u64,
    outgoing: Outgoing,
}

enum State {
    /// Not a byte is out: the answer isn't claimed yet.
    Unclaimed,
    Writing(Peer),
    /// The peer has left, or the deadline has answered: there is nobody to write to.
    Gone,
    /// The disk is full, too much waits, or the deadline has come: what is out is all there will be.
    CutShort(Peer),
}

impl<'a> Steps<'a> {
    pub(super) fn new(pool: &'a Pool, seat: usize, framing: Framing, head: Vec<u8>) -> Self {
        let outgoing = Outgoing::new(pool.answer_room);
        let (state, is_late, written) = (State::Unclaimed, false, 0);
        Self { pool, seat, framing, frame: head, state, is_late, written, outgoing }
    }

    /// Whether the peer has left, so that an error in writing is its doing.
    pub(super) fn is_gone(&self) -> bool {
        matches!(self.state, State::Gone)
    }

    /// Whether the deadline has answered before.
    pub(super) fn is_late(&self) -> bool {
        self.is_late
    }

    /// How many bytes of the body were written.
    pub(super) fn written(&self) -> u64 {
        self.written
    }

    /// Whether not a byte is out.
    pub(super) fn is_unclaimed(&self) -> bool {
        matches!(self.state, State::Unclaimed)
    }

    /// There will be no more steps; the connection, if it goes on. An answer that failed half-way
    /// lacks its end where the protocol has one; where it has none, over TCP the connection is reset.
    pub(super) fn end(mut self, failed: bool) -> Option<Peer> {
        match self.state {
            // Whatever the handler made of the error that told it.
            State::CutShort(peer) => peer.stream.reset(),
            State::Writing(peer) if failed => peer.stream.reset(),
            State::Writing(peer) => {
                self.frame.clear();
                self.framing.encode_end(&mut self.frame, Length::Open);
                if !self.frame.is_empty() && self.outgoing.step(&peer.stream, &self.frame).is_err()
                {
                    self.pool.net.traffic.left.fetch_add(1, Ordering::Relaxed);
                    return None;
                }
                return self.pool.see_out(peer, self.outgoing);
            }
            State::Unclaimed | State::Gone => {}
        }
        None
    }

    fn step(&mut self, bytes: &[u8]) -> io::Result<()> {
        let slot = &self.pool.slots[self.seat];
        if matches!(self.state, State::Unclaimed) {
            self.state = match slot.claim() {
                Some(mut peer) => {
                    peer.answer_with(self.framing);
                    State::Writing(peer)
                }
                None => {
                    // The deadline has answered already.
                    self.pool.counters[self.seat].late.add(1);
                    self.is_late = true;
                    State::Gone
                }
            };
        } else {
            self.frame.clear();
            if slot.deadline.expired() {
                // The thread is needed elsewhere, however patient the peer is.
                self.cut_short();
                return Err(io::Error::new(io::ErrorKind::TimedOut, "the job's deadline has come"));
            }
        }
        let State::Writing(peer) = &self.state else {
            return Err(io::ErrorKind::BrokenPipe.into());
        };
        // The first step goes along with the head.
        self.framing.encode_piece(&mut self.frame, bytes);
        match self.outgoing.step(&peer.stream, &self.frame) {
            Ok(()) => {
                self.written += bytes.len() as u64;
                Ok(())
            }
            Err(OutgoingError::Peer(error)) => {
                self.state = State::Gone;
                self.pool.net.traffic.left.fetch_add(1, Ordering::Relaxed);
                Err(error)
            }
            Err(error) => {
                self.cut_short();
                Err(io::Error::other(error))
            }
        }
    }

    fn cut_short(&mut self) {
        self.state = match std::mem::replace(&mut self.state, State::Gone) {
            State::Writing(peer) => State::CutShort(peer),
            other => other,
        };
    }
}

impl io::Write for Steps<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.step(bytes).map(|()| bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
