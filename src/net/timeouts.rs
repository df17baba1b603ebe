//! When connections of one event loop time out. Knows no clock and no connection, only their keys.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Instant;

/// Deadlines by connection key. An entry outlives its connection and is dropped when its time
/// comes: the key carries a generation, so that a stale one never meets a later connection.
#[derive(Default)]
pub(crate) struct Timeouts(BinaryHeap<Reverse<(Instant, usize)>>);

impl Timeouts {
    pub(crate) fn add(&mut self, at: Instant, key: usize) {
        self.0.push(Reverse((at, key)));
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
