//! What there is after a run: heap, descriptors, threads. Knows nothing of what they mean.

use std::collections::BTreeMap;
use std::time::Duration;

use super::subject::Run;
use crate::app::JobName;
use crate::context::{Db, Surroundings};
use crate::ledger::{Descriptors, heap};
use crate::process::threads;

/// One run and what there is after it.
pub(super) struct Sample {
    pub(super) is_done: bool,
    pub(super) took: Duration,
    /// Of a request's answer.
    pub(super) status: Option<u16>,
    /// Whether it left something on its context, which was cleaned up.
    pub(super) left_behind: bool,
    /// Bytes that its job holds; none where the allocator doesn't count.
    pub(super) heap: Option<i64>,
    /// Descriptors by what they point to, the context's own left out.
    pub(super) descriptors: BTreeMap<String, usize>,
    pub(super) threads: usize,
}

impl Sample {
    pub(super) fn take(
        surroundings: &Surroundings,
        job: JobName,
        run: Run,
        left_behind: bool,
    ) -> Self {
        let Run { is_done, took, status } = run;
        let heap = heap::is_counted().then(|| {
            let (held, _) = heap::live(job.0 + 1);
            held.last().copied().unwrap_or(0)
        });
        // What a socket is connected to is known at a second look.
        let first = Descriptors::now(&Descriptors::default());
        let mut descriptors = Descriptors::now(&first).that_stay(&first);
        leave_out_own(surroundings, &mut descriptors);
        Self { is_done, took, status, left_behind, heap, descriptors, threads: threads() }
    }

    pub(super) fn descriptor_count(&self) -> usize {
        self.descriptors.values().sum()
    }
}

/// The connection of the context isn't the handler's.
fn leave_out_own(surroundings: &Surroundings, descriptors: &mut BTreeMap<String, usize>) {
    for (target, known) in Db::descriptors(surroundings.database.as_ref()) {
        if let Some(count) = descriptors.get_mut(&target) {
            *count = count.saturating_sub(known);
        }
    }
}
