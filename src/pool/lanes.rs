//! Where jobs wait, and in which order they leave: due background work first, up to its share of
//! the threads, then requests. Knows nothing of who is asleep.

use std::sync::atomic::{AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, Sender, TrySendError, bounded};

use super::{Job, RequestJob, Tick};

/// The queue of the pool.
pub(crate) struct Lanes {
    requests: (Sender<RequestJob>, Receiver<RequestJob>),
    background: (Sender<Tick>, Receiver<Tick>),
    requests_max: usize,
    background_running: AtomicUsize,
    background_max: usize,
}

impl Lanes {
    /// `requests_max` requests may wait, and a tick of each of `timers` timers.
    pub(crate) fn new(requests_max: usize, timers: usize, background_max: usize) -> Self {
        Self {
            // One place more than is given out: what is taken to be looked at can be put back.
            requests: bounded(requests_max + 1),
            requests_max,
            // A timer has at most one tick waiting, so that this lane is never full.
            background: bounded(timers.max(1)),
            background_running: AtomicUsize::new(0),
            background_max,
        }
    }

    /// Queues a request; gives it back when the lane is full.
    pub(crate) fn push_request(&self, job: RequestJob) -> Option<RequestJob> {
        if self.requests.1.len() >= self.requests_max {
            return Some(job);
        }
        self.requests.0.try_send(job).err().map(TrySendError::into_inner)
    }

    /// Puts back a request that was taken to be looked at, behind those that came meanwhile. One at
    /// a time has a place.
    pub(crate) fn put_back(&self, job: RequestJob) {
        if self.requests.0.try_send(job).is_err() {
            tracing::error!("a request that was taken found its place gone");
        }
    }

    /// Queues a tick; gives it back when the lane is full.
    pub(crate) fn push_tick(&self, tick: Tick) -> Option<Tick> {
        self.background.0.try_send(tick).err().map(TrySendError::into_inner)
    }

    /// The next job. After a tick, call [`Lanes::background_done`].
    pub(crate) fn take(&self) -> Option<Job> {
        if let Some(tick) = self.take_tick() {
            return Some(Job::Tick(tick));
        }
        self.take_request().map(Job::Request)
    }

    /// The request that has waited longest.
    pub(crate) fn take_request(&self) -> Option<RequestJob> {
        self.requests.1.try_recv().ok()
    }

    fn take_tick(&self) -> Option<Tick> {
        if self.background.1.is_empty() {
            return None;
        }
        let begun =
            self.background_running.fetch_update(Ordering::AcqRel, Ordering::Acquire, |running| {
                (running < self.background_max).then_some(running + 1)
            });
        if begun.is_err() {
            return None;
        }
        let tick = self.background.1.try_recv().ok();
        if tick.is_none() {
            self.background_done();
        }
        tick
    }

    /// A tick has ended: its share is free again.
    pub(crate) fn background_done(&self) {
        self.background_running.fetch_sub(1, Ordering::AcqRel);
    }

    /// Whether [`Lanes::take`] would find something now.
    pub(crate) fn has_work(&self) -> bool {
        !self.requests.1.is_empty()
            || (!self.background.1.is_empty()
                && self.background_running.load(Ordering::Acquire) < self.background_max)
    }

    pub(crate) fn requests_waiting(&self) -> usize {
        self.requests.1.len()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Instant;

    use super::*;
    use crate::pool::TickState;

    fn tick(timer: usize) -> Tick {
        #[allow(clippy::disallowed_methods, reason = "the value doesn't matter here")]
        Tick { timer, due_at: Instant::now(), state: Arc::new(TickState::default()) }
    }

    #[test]
    fn background_work_keeps_to_its_share() {
        let lanes = Lanes::new(4, 3, 2);
        for timer in 0..3 {
            assert!(lanes.push_tick(tick(timer)).is_none());
        }
        assert!(matches!(lanes.take(), Some(Job::Tick(Tick { timer: 0, .. }))));
        assert!(matches!(lanes.take(), Some(Job::Tick(Tick { timer: 1, .. }))));
        assert!(!lanes.has_work(), "two run, which is the share");
        assert!(lanes.take().is_none());
        lanes.background_done();
        assert!(lanes.has_work());
        assert!(matches!(lanes.take(), Some(Job::Tick(Tick { timer: 2, .. }))));
    }

    #[test]
    fn looking_for_a_tick_costs_no_share() {
        let lanes = Lanes::new(4, 1, 1);
        for _ in 0..3 {
            assert!(lanes.take().is_none());
        }
        assert!(lanes.push_tick(tick(0)).is_none());
        assert!(lanes.take().is_some());
    }
}
