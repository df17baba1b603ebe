//! What a server says of all that it has done when it ends. Knows nothing of why it does.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::pool::Counts;
use crate::worker::{Crew, Pool};

pub(super) fn sum_up(pool: &Pool) {
    let totals = pool.totals();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let traffic = &pool.net.traffic;
    tracing::info!(
        requests = totals.requests,
        ticks = totals.ticks,
        failures = totals.failures,
        panics = totals.panics,
        late = totals.late,
        expired = count(&traffic.expired),
        bad = count(&traffic.bad),
        stalled = count(&traffic.stalled),
        unread = count(&traffic.unread),
        shed = count(&traffic.shed),
        left = count(&traffic.left),
        "stopped"
    );
    for (job, reason, count) in pool.surroundings.left_behind.counts() {
        let job = pool.surroundings.application.job_name(job);
        tracing::warn!(job, %reason, count, "left behind, and cleaned up");
    }
}

pub(super) fn sum_up_ticks(crew: &Crew) {
    for (job, counts) in crew.ticks() {
        let Counts { runs, coalesced, skipped, missed, late } = counts;
        tracing::info!(job, runs, late, coalesced, skipped, missed, "ticks");
    }
}
