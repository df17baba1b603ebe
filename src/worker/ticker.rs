//! The outermost loop of the schedule: waits for the next tick and queues it. Knows nothing of
//! who runs it.

use std::sync::Arc;
use std::time::Duration;

use super::pool::{Phase, Pool};
use crate::clock::now;
use crate::schedule::Timers;

/// Queues ticks as they come due, until the server drains: then none is started any more.
pub(super) fn live(pool: &Arc<Pool>, mut timers: Timers) {
    while pool.phase() == Phase::Serving {
        while let Some(tick) = timers.poll_due(now()) {
            pool.queue_tick(tick);
        }
        match timers.next_due() {
            Some(at) => std::thread::park_timeout(at.saturating_duration_since(now())),
            // Nothing will ever be due.
            None => std::thread::park_timeout(Duration::MAX),
        }
    }
}
