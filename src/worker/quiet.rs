//! Whether the pool has nothing to do, is left to itself, or can do nothing any more. Knows nothing of what is
//! done about it.

use std::sync::atomic::Ordering;

use super::attendance::Attendance;
use super::pool::Pool;
use crate::net::{EventLoop, Inbox};

impl Pool {
    /// Whether something is left to itself that the warden must look after.
    pub(super) fn is_left_alone(&self) -> bool {
        let alone = |(worker, attendance): (usize, &Attendance<EventLoop>)| {
            let occupied = attendance.is_occupied() || !self.inboxes[worker].is_empty();
            occupied && !attendance.is_attended()
        };
        self.roster.attending() == 0
            || self.lanes.requests_waiting() > 0
            || self.workers.iter().enumerate().any(alone)
    }

    /// Whether nothing new can come, no job runs or waits, and no connection is open.
    pub(crate) fn is_quiet(&self) -> bool {
        let acts = || self.inboxes.iter().map(Inbox::acts).collect::<Option<Vec<_>>>();
        let Some(before) = acts() else {
            return false;
        };
        // A connection is counted by its loop, by the lane or the slot of its job, or held by a thread
        // that isn't idle; while it passes from one to the next its loop acts.
        let is_quiet = self.workers.iter().all(Attendance::is_closed)
            && self.is_idle()
            && self.inboxes.iter().all(Inbox::is_empty)
            && self.lanes.is_empty()
            && self.slots.iter().all(|slot| slot.running().is_none())
            && self.net.traffic.waiting.load(Ordering::SeqCst) == 0
            && self.is_idle();
        is_quiet && acts() == Some(before)
    }

    /// Whether every thread sleeps or waits.
    fn is_idle(&self) -> bool {
        self.roster.idle() == self.seats.threads()
    }

    /// Whether every thread is inside a job past its deadline, so that nothing is served.
    pub(crate) fn is_lost(&self) -> bool {
        self.seats.taken().all(|seat| self.slots[seat].deadline.expired())
    }
}
