//! When connections of one event loop time out. Knows no clock, and of connections only their keys.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

use slab::Slab;

use super::connection::{self, Connection};

/// Deadlines by connection key. An entry outlives its connection and is dropped when its time
/// comes: the key carries a generation, so that a stale one never meets a later connection.
#[derive(Default)]
pub(crate) struct Timeouts(BinaryHeap<Reverse<(Instant, usize)>>);

impl Timeouts {
    pub(crate) fn add(&mut self, at: Instant, key: usize) {
        self.0.push(Reverse((at, key)));
    }

    /// Drops entries of connections that are gone once they are the most, so that memory follows
    /// the connections and not their number over time.
    pub(crate) fn compact(&mut self, connections: &Slab<Connection>) {
        if self.0.len() <= 2 * connections.len() + 1_024 {
            return;
        }
        self.0.retain(|Reverse((_, key))| {
            connections
                .get(connection::index_of(*key))
                .is_some_and(|found| found.generation as usize == *key >> 32)
        });
    }

    /// The next moment at which something may be due.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.0.peek().map(|Reverse((at, _))| *at)
    }

    /// A key whose time has come.
    pub(crate) fn pop_due(&mut self, now: Instant) -> Option<usize> {
        let Reverse((at, _)) = self.0.peek()?;
        if *at > now {
            return None;
        }
        self.0.pop().map(|Reverse((_, key))| key)
    }
}
