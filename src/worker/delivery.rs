//! How answers leave the pool, and where their connections go then. Knows nothing of what an answer
//! says.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::Ordering;

use super::pool::{Phase, Pool};
use crate::net::{Outgoing, Returned, answer_once, refusal};
use crate::pool::Peer;

impl Pool {
    /// Answers a request that was read whole without a handler.
    pub(super) fn answer_and_go_on(&self, peer: Peer, status: u16) {
        if let Some(peer) = self.refuse(peer, status) {
            self.give_back(Returned::idle(peer));
        }
    }

    /// The same, but the connection comes back if it goes on.
    pub(super) fn refuse(&self, mut peer: Peer, status: u16) -> Option<Peer> {
        if self.phase() > Phase::Retiring {
            peer.answer_with(peer.framing.closing());
        }
        let mut answer = refusal(peer.framing, peer.head_only, status);
        self.send(peer, &mut answer, Cow::Borrowed(&[]))
    }

    /// Writes an answer; what the peer doesn't take goes back to its loop. The connection, if its
    /// answer is out and it goes on.
    pub(super) fn send(
        &self,
        peer: Peer,
        head: &mut Vec<u8>,
        body: Cow<'static, [u8]>,
    ) -> Option<Peer> {
        match answer_once(&peer, head, body) {
            Ok(outgoing) => self.see_out(peer, outgoing),
            Err(_) => {
                self.net.traffic.left.fetch_add(1, Ordering::Relaxed);
                None
            }
        }
    }

    /// Closes a connection that has its answer, or leaves the rest to its loop. The connection, if
    /// its answer is out and it goes on.
    pub(super) fn see_out(&self, peer: Peer, outgoing: Outgoing) -> Option<Peer> {
        if outgoing.is_empty() && peer.framing.keeps() {
            return Some(peer);
        }
        if !outgoing.is_empty() || peer.unread {
            self.give_back(Returned { peer, outgoing });
        }
        None
    }

    /// Another worker that has a thread and a processor for connections which are too many for this one.
    pub(super) fn neighbour(&self, worker: usize) -> Option<usize> {
        let workers = self.workers.len();
        let mut others = (1..workers.min(self.processors)).map(|step| (worker + step) % workers);
        others.find(|&other| self.roster.has_idle(other))
    }

    /// Whether somebody of this worker hears what is handed to it.
    pub(super) fn is_within_reach(&self, worker: usize) -> bool {
        self.workers[worker].is_attended() || self.roster.has_idle(worker)
    }

    /// Has a connection whose job has run wait in this worker's loop from now on.
    ///
    /// # Errors
    /// The system's: it waits where it did.
    pub(super) fn rehome(&self, peer: &mut Peer, worker: usize) -> io::Result<()> {
        if peer.home == worker {
            return Ok(());
        }
        // For a moment it has two places, and who finds none is closed: nobody may come near that for this.
        if self.net.is_half_empty() && self.phase() == Phase::Serving {
            self.inboxes[peer.home].part_with(peer)?;
            peer.home = worker;
        }
        Ok(())
    }

    /// Gives a connection back to its loop, from any thread.
    pub(super) fn give_back(&self, returned: Returned) {
        let traffic = &self.net.traffic;
        // One that is kept has its place already.
        let is_new = !returned.peer.has_place();
        if is_new && self.net.is_full() {
            // Too many wait already. An answer that is out is lost only if its peer sends on.
            if !returned.outgoing.is_empty() {
                traffic.unread.fetch_add(1, Ordering::Relaxed);
            }
            return;
        }
        if is_new {
            traffic.waiting.fetch_add(1, Ordering::Relaxed);
        }
        let home = returned.peer.home;
        self.inboxes[home].give_back(returned);
        // The waker ends a wait; where nobody waits, somebody must.
        if !self.workers[home].is_attended() && !self.roster.wake_sibling(home) {
            self.bell.ring_if_asleep();
        }
    }
}
