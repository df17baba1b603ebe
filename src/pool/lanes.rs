//! Where jobs wait, and in which order they leave: due background work first, up to its share of
//! the threads, then requests. Knows nothing of who is asleep.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use crossbeam_channel::{Receiver, SendError, Sender, unbounded};

use super::{Job, RequestJob, Tick};

/// The queue of the pool.
pub(crate) struct Lanes {
    requests: (Sender<RequestJob>, Receiver<RequestJob>),
    /// Ticks that any thread may run. What waits is bounded where it is made: each timer has one
    /// tick waiting at most, and raised signals are counted.
    background: (Sender<Tick>, Receiver<Tick>),
    /// Those for the threads of one worker.
    own: Vec<(Sender<Tick>, Receiver<Tick>)>,
    /// Whether a worker's threads took the last tick from its own lane: then the other's turn comes.
    took_own: Vec<AtomicBool>,
    /// Whether a worker's threads took a tick last.
    took_tick: Vec<AtomicBool>,
    requests_max: usize,
    background_running: AtomicUsize,
    background_max: usize,
    /// Whether ticks may have all threads: then requests have every second turn.
    takes_turns: bool,
}

impl Lanes {
    /// `requests_max` requests may wait, and of all `threads` `background_max` run ticks at once.
    pub(crate) fn new(
        requests_max: usize,
        workers: usize,
        threads: usize,
        background_max: usize,
    ) -> Self {
        Self {
            // Memory is taken for what waits alone: a bounded channel has all of its places from the start.
            requests: unbounded(),
            requests_max,
            background: unbounded(),
            own: (0..workers).map(|_| unbounded()).collect(),
            took_tick: (0..workers).map(|_| AtomicBool::new(false)).collect(),
            took_own: (0..workers).map(|_| AtomicBool::new(false)).collect(),
            background_running: AtomicUsize::new(0),
            background_max,
            takes_turns: background_max >= threads,
        }
    }

    /// Queues a request; gives it back when the lane is full. Threads that do so at the same moment may
    /// find the same last place: then it holds one more for each.
    pub(crate) fn push_request(&self, job: RequestJob) -> Option<RequestJob> {
        if self.requests.1.len() >= self.requests_max {
            return Some(job);
        }
        self.requests.0.send(job).err().map(SendError::into_inner)
    }

    /// Puts back a request that was taken to be looked at, behind those that came meanwhile.
    pub(crate) fn put_back(&self, job: RequestJob) {
        if self.requests.0.send(job).is_err() {
            tracing::error!("a request that was taken found its lane gone");
        }
    }

    /// Queues a tick, for any thread or for those of its worker.
    pub(crate) fn push_tick(&self, tick: Tick) {
        let lane = match tick.worker {
            None => &self.background,
            Some(worker) => &self.own[worker],
        };
        if lane.0.send(tick).is_err() {
            tracing::error!("a tick found its lane gone");
        }
    }

    /// The next job for a thread of this worker. After a tick, call [`Lanes::background_done`].
    pub(crate) fn take(&self, worker: usize) -> Option<Job> {
        if self.takes_turns
            && self.took_tick[worker].swap(false, Ordering::Relaxed)
            && let Some(request) = self.take_request()
        {
            return Some(Job::Request(request));
        }
        if let Some(tick) = self.take_tick(worker) {
            self.took_tick[worker].store(true, Ordering::Relaxed);
            return Some(Job::Tick(tick));
        }
        self.take_request().map(Job::Request)
    }

    /// The request that has waited longest.
    pub(crate) fn take_request(&self) -> Option<RequestJob> {
        self.requests.1.try_recv().ok()
    }

    fn take_tick(&self, worker: usize) -> Option<Tick> {
        if !self.has_tick(worker) {
            return None;
        }
        let begun =
            self.background_running.fetch_update(Ordering::AcqRel, Ordering::Acquire, |running| {
                (running < self.background_max).then_some(running + 1)
            });
        if begun.is_err() {
            return None;
        }
        // In turns, so that neither starves, however fast the other is filled.
        let (own, common) = (&self.own[worker].1, &self.background.1);
        let tick = match self.took_own[worker].load(Ordering::Relaxed) {
            true => common.try_recv().or_else(|_| own.try_recv()),
            false => own.try_recv().or_else(|_| common.try_recv()),
        };
        match &tick {
            Ok(tick) => self.took_own[worker].store(tick.worker.is_some(), Ordering::Relaxed),
            Err(_) => self.background_done(),
        }
        tick.ok()
    }

    fn has_tick(&self, worker: usize) -> bool {
        !self.background.1.is_empty() || !self.own[worker].1.is_empty()
    }

    /// A tick has ended: its share is free again.
    pub(crate) fn background_done(&self) {
        self.background_running.fetch_sub(1, Ordering::AcqRel);
    }

    /// The workers for whose threads alone something waits.
    pub(crate) fn own_waiting(&self) -> impl Iterator<Item = usize> {
        (0..self.own.len()).filter(|worker| !self.own[*worker].1.is_empty())
    }

    /// Whether [`Lanes::take`] would find something now for a thread of this worker.
    pub(crate) fn has_work(&self, worker: usize) -> bool {
        !self.requests.1.is_empty()
            || (self.has_tick(worker)
                && self.background_running.load(Ordering::Acquire) < self.background_max)
    }

    /// Whether nothing waits for anyone.
    pub(crate) fn is_empty(&self) -> bool {
        self.requests.1.is_empty() && (0..self.own.len()).all(|worker| !self.has_tick(worker))
    }

    /// How many requests may wait.
    pub(crate) fn requests_max(&self) -> usize {
        self.requests_max
    }

    pub(crate) fn requests_waiting(&self) -> usize {
        self.requests.1.len()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::*;

    fn tick(signal: usize, worker: Option<usize>) -> Tick {
        #[allow(clippy::disallowed_methods, reason = "the value doesn't matter here")]
        Tick { signal, worker, due_at: Instant::now(), ticks: None }
    }

    /// The signal of the tick that is taken next.
    fn taken(lanes: &Lanes, worker: usize) -> Option<usize> {
        match lanes.take(worker)? {
            Job::Tick(tick) => Some(tick.signal),
            Job::Request(_) => None,
        }
    }

    #[test]
    fn background_work_keeps_to_its_share() {
        let lanes = Lanes::new(4, 1, 3, 2);
        (0..3).for_each(|signal| lanes.push_tick(tick(signal, None)));
        assert_eq!([taken(&lanes, 0), taken(&lanes, 0)], [Some(0), Some(1)]);
        assert!(!lanes.has_work(0), "two run, which is the share");
        assert!(lanes.take(0).is_none());
        lanes.background_done();
        assert!(lanes.has_work(0));
        assert_eq!(taken(&lanes, 0), Some(2));
        assert!(lanes.is_empty());
    }

    #[test]
    fn a_worker_runs_its_own_ticks_and_no_others() {
        let lanes = Lanes::new(4, 2, 9, 8);
        lanes.push_tick(tick(7, None));
        lanes.push_tick(tick(8, Some(1)));
        assert_eq!([taken(&lanes, 0), taken(&lanes, 0)], [Some(7), None]);
        assert!(!lanes.has_work(0) && lanes.has_work(1) && !lanes.is_empty());
        assert_eq!(taken(&lanes, 1), Some(8));
    }

    #[test]
    fn neither_lane_starves_the_other() {
        let lanes = Lanes::new(4, 1, 9, 8);
        for signal in 0..3 {
            lanes.push_tick(tick(signal, None));
            lanes.push_tick(tick(10 + signal, Some(0)));
        }
        let order: Vec<_> = (0..6).filter_map(|_| taken(&lanes, 0)).collect();
        assert_eq!(order, [10, 0, 11, 1, 12, 2]);
    }

    #[test]
    fn looking_for_a_tick_costs_no_share() {
        let lanes = Lanes::new(4, 1, 2, 1);
        for _ in 0..3 {
            assert!(lanes.take(0).is_none());
        }
        lanes.push_tick(tick(0, None));
        assert!(lanes.take(0).is_some());
    }
}
