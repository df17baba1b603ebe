//! The outermost loop of the schedule: waits for what is due next and has it queued. Knows nothing of
//! who runs it.

use std::sync::Arc;
use std::time::Duration;

use super::pool::{Phase, Pool};
use crate::clock::both;
use crate::schedule::{Firing, Store};

/// Queues what comes due, until the server drains: then nothing is started any more.
pub(super) fn live(pool: &Arc<Pool>, store: Option<&Store>) {
    // The ticker is one thread and says so once.
    let _ = pool.ticker.set(std::thread::current());
    while pool.phase() == Phase::Serving {
        if pool.held.is_held() {
            std::thread::park();
            continue;
        }
        loop {
            // Let go of before it is queued, which may wake a thread that adds a timer.
            let due = pool.schedule().poll_due(both());
            match due {
                Some(firing) => {
                    keep(store, &firing);
                    pool.fire(firing);
                }
                None => break,
            }
        }
        let wait = pool.schedule().wait(both());
        std::thread::park_timeout(wait.unwrap_or(Duration::MAX));
    }
}

/// Takes note of a run that a restart must not repeat nor lose. Before it is queued: one that is
/// noted and cut short is logged, one that is repeated may do harm.
fn keep(store: Option<&Store>, firing: &Firing) {
    if let (Some(store), Some(name)) = (store, &firing.kept_as)
        && let Err(error) = store.note(name, firing.wall)
    {
        tracing::error!(job = &**name, %error, "a run can't be kept in schedule-store");
    }
}
