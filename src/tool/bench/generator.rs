//! What a thread of the load itself uses. It must not know what it does.

use std::time::{Duration, Instant};

use procfs::process::Process;
use rustix::time::{ClockId, clock_gettime};

use crate::tool::clock;

/// A moment of the thread that asks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    at: Instant,
    cpu: Duration,
    /// How often it had to wait; 0 if nobody knows.
    waits: u64,
}

/// What a thread used between two moments.
#[derive(Clone, Copy, Debug)]
pub(super) struct Used {
    pub(super) wall: Duration,
    pub(super) cpu: Duration,
    pub(super) waits: u64,
}

impl Moment {
    pub(super) fn now() -> Self {
        let cpu = clock_gettime(ClockId::ThreadCPUTime);
        let cpu = Duration::try_from(cpu).unwrap_or_default();
        // The thread that a process started with has the numbers of the process.
        let tid = rustix::thread::gettid().as_raw_nonzero().get();
        let task = Process::myself().and_then(|own| own.task_from_tid(tid));
        let status = task.and_then(|task| task.status()).ok();
        let waits = status.and_then(|status| status.voluntary_ctxt_switches).unwrap_or(0);
        Self { at: clock::now(), cpu, waits }
    }

    pub(super) fn since(self, before: Self) -> Used {
        Used {
            wall: self.at - before.at,
            cpu: self.cpu.saturating_sub(before.cpu),
            waits: self.waits.saturating_sub(before.waits),
        }
    }
}
