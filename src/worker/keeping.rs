//! What a pool thread does with connections that go on after a job: in which loop each waits, and how it comes there.
//! Knows nothing of jobs but how long they took.

use std::time::Duration;

use super::gathering;
use super::thread::PoolThread;
use crate::net::Returned;
use crate::pool::Peer;

impl PoolThread<'_> {
    /// What becomes of a connection that goes on after a job that took so long.
    pub(super) fn keep(&mut self, mut peer: Peer, took: Duration) {
        if let Some(worker) = self.place(&peer, took)
            && let Err(error) = self.pool.rehome(&mut peer, worker)
        {
            let (from, to) = (peer.home + 1, worker + 1);
            self.throttle.warn(
                self.pressure.last_ended(),
                "a connection can't be taken from its loop",
                &format_args!("from worker {from} to {to}: {error}"),
            );
        }
        if peer.home == self.worker && !self.is_lost {
            self.kept.push(peer);
        } else {
            self.pool.give_back(Returned::idle(peer));
        }
    }

    /// In which other worker's loop it should wait, if any.
    fn place(&mut self, peer: &Peer, took: Duration) -> Option<usize> {
        let pool = self.pool;
        if self.is_lost {
            return None;
        }
        if self.pressure.parts() {
            pool.gathering.disturb(gathering::TOO_MANY);
            return pool.neighbour(self.worker);
        }
        let place = pool.gathering.place(self.worker, took, peer.kept)?;
        let is_elsewhere = place != peer.home;
        (is_elsewhere && (place == self.worker || pool.is_within_reach(place))).then_some(place)
    }

    /// Gives connections that go on back to their loop, before anything that may take long; true
    /// when it had the loop for that, which may need attendance now.
    pub(super) fn put_back(&mut self) -> bool {
        if self.kept.is_empty() {
            return false;
        }
        let pool = self.pool;
        let Some(mut attended) = pool.workers[self.worker].enter() else {
            // A sibling attends it.
            self.kept.drain(..).for_each(|peer| pool.give_back(Returned::idle(peer)));
            return false;
        };
        let since = self.pressure.last_ended();
        self.kept.drain(..).for_each(|peer| attended.event_loop.take_back(peer, since));
        pool.workers[self.worker].set_waiting(attended.event_loop.waiting());
        true
    }
}
