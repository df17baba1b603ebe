//! When connections of one event loop time out. Knows no clock, and of connections only their keys.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use super::connections::Connections;

/// Deadlines by connection key. An entry outlives its connection and is dropped when its time
/// comes: the key carries a generation, so that a stale one never meets a later connection.
#[derive(Default)]
pub(crate) struct Timeouts(BinaryHeap<Reverse<(Instant, usize)>>);

impl Timeouts {
    pub(crate) fn add(&mut self, at: Instant, key: usize) {
        self.0.push(Reverse((at, key)));
    }

    /// Drops entries of connections that are gone, or were given another, once they are the most: so
    /// memory follows the connections and not their number over time.
    pub(super) fn compact(&mut self, connections: &Connections) {
        if self.0.len() <= 2 * connections.len() + 1_024 {
            return;
        }
        self.0.retain(|Reverse((at, key))| connections.has_timer(*key, *at));
    }

    /// The next moment at which something may be due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// A key whose time has come, with that time.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<(Instant, usize)> {
        let Reverse((at, _)) = self.0.peek()?;
        if *at > now {
            return None;
        }
        self.0.pop().map(|Reverse(entry)| entry)
    }
}
