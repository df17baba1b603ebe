//! The warden: one thread that sees to what nobody attends. It takes over loops whose threads are
//! all inside jobs, and answers at deadlines. It looks around once a millisecond while requests come and go,
//! and sleeps when there are none.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::pool::{Phase, Pool};
use super::slot::{Expired, Slot};
use super::stand_in::replace_lost;
use super::thread::leave_listeners;
use super::whereabouts;
use crate::app::Parcel;
use crate::clock::now;
use crate::net::Take;
use crate::pool::RequestJob;
use crate::throttle::Throttle;

/// How often a loop that may be alone is looked at.
const TICK: Duration = Duration::from_millis(1);
/// For how many ticks after the last need it stays awake: waking it would cost a request more.
const AWAKE_TICKS: u32 = 20;
/// How often the number of listeners is reconsidered.
const RELAX: Duration = Duration::from_millis(50);
/// How often the queue is looked through for requests whose deadline came while they waited.
const SWEEP: Duration = Duration::from_millis(100);

/// The warden's own.
pub(super) struct Warden {
    pool: Arc<Pool>,
    /// The turns of each worker's loop as they were at the last tick.
    turns: Vec<u64>,
    spare: Vec<Parcel>,
    arrivals: Vec<RequestJob>,
    sweep_at: Instant,
    relax_at: Instant,
    throttle: Throttle,
}

impl Warden {
    pub(super) fn new(pool: Arc<Pool>) -> Self {
        let turns = vec![u64::MAX; pool.workers.len()];
        let start = now();
        Self {
            pool,
            turns,
            spare: Vec::new(),
            arrivals: Vec::new(),
            sweep_at: start,
            relax_at: start,
            throttle: Throttle::default(),
        }
    }

    /// Lives until the server has stopped.
    pub(super) fn live(mut self) {
        self.pool.bell.enrol();
        let mut idle_ticks = 0;
        while self.pool.phase() != Phase::Stopped {
            let needed = self.tick(now());
            idle_ticks = if needed { 0 } else { idle_ticks + 1 };
            if idle_ticks < AWAKE_TICKS {
                std::thread::park_timeout(TICK);
            } else {
                self.sleep();
            }
        }
        // All threads are about to go, or gone: who came at the last moment is told so.
        while let Some(job) = self.pool.lanes.take_request() {
            self.pool.answer_and_go_on(job.peer, 503);
        }
    }

    /// Looks after everything once; false when nothing moves and there is nothing to look after.
    fn tick(&mut self, now: Instant) -> bool {
        self.enforce(now);
        let pool = Arc::clone(&self.pool);
        let mut anyone_moved = false;
        for (worker, attendance) in pool.workers.iter().enumerate() {
            let turns = attendance.turns();
            let moved = std::mem::replace(&mut self.turns[worker], turns) != turns;
            anyone_moved |= moved;
            let occupied = attendance.is_occupied() || !pool.inboxes[worker].is_empty();
            // Alone since the last tick: its threads are inside jobs that take their time.
            if occupied && !moved && !attendance.is_attended() && !pool.roster.wake_sibling(worker)
            {
                self.attend(worker);
                if attendance.is_occupied() {
                    pool.gathering.avoid(worker);
                }
            }
        }
        // Nobody listens: any loop will do, as all have the listeners.
        if !anyone_moved && pool.roster.attending() == 0 && !pool.roster.wake_listener() {
            self.attend(0);
        }
        let waiting = pool.lanes.requests_waiting();
        if waiting > 0 {
            // Whoever queued them is inside a job that takes longer than was known.
            (0..waiting.min(pool.seats.threads())).for_each(|_| pool.roster.wake_one());
            self.sweep(now);
        }
        self.relax(now);
        // While requests come and go it stays awake: one of them would have to wake it, and wait for that.
        anyone_moved || pool.is_left_alone() || pool.demand.listeners() > 1
    }

    /// Now and then sends a listener home when all keep up.
    fn relax(&mut self, now: Instant) {
        if now >= self.relax_at {
            self.relax_at = now + RELAX;
            self.pool.gathering.settle();
            if self.pool.demand.relax() {
                self.pool.roster.wake_attending();
            }
        }
    }

    /// Attends a loop in its threads' place, without waiting and without running anything.
    fn attend(&mut self, worker: usize) {
        let attendance = &self.pool.workers[worker];
        let Some(mut event_loop) = attendance.take_over() else {
            return;
        };
        let phase = self.pool.phase();
        if phase != Phase::Serving {
            leave_listeners(&mut event_loop, phase, &mut self.spare, &mut self.arrivals);
            attendance.set_closed();
        }
        let wait = Some(Duration::ZERO);
        let turn = event_loop.turn(wait, Take::All, &mut self.spare, &mut self.arrivals);
        turn.expect("an event loop that can't wait any more is the server's end");
        for job in self.arrivals.drain(..) {
            self.pool.queue(job);
            self.pool.roster.wake_one();
        }
        self.pool.inboxes[worker].rest();
        attendance.set_waiting(event_loop.waiting());
        attendance.hand_back();
        drop(event_loop);
        self.spare.truncate(4);
    }

    /// Answers 504 for jobs whose deadline has come. Their handlers run on, to no effect.
    fn enforce(&mut self, now: Instant) {
        let mut expired = false;
        for slot in &self.pool.slots {
            let Some(Expired { job, peer, limit, took, queued, packet }) = slot.expire(now) else {
                continue;
            };
            self.pool.ledger.note_deadline(job);
            let job = self.pool.surroundings.application.job_name(job);
            let limit = limit.as_secs_f64();
            let (took, queued) = (took.as_secs_f64(), queued.as_secs_f64());
            expired = true;
            self.pool.net.traffic.expired.fetch_add(1, Ordering::Relaxed);
            if let Some(left_out) = self.throttle.pass(now) {
                let stands = whereabouts::of(slot.thread.load(Ordering::Relaxed));
                let request_id = packet.as_ref().and_then(|packet| packet.request_id());
                tracing::error!(
                    job,
                    request_id,
                    limit,
                    took,
                    queued,
                    stands,
                    left_out,
                    "a job missed its deadline"
                );
            }
            if let Some(peer) = peer {
                self.pool.answer_and_go_on(peer, 504);
            }
        }
        replace_lost(&self.pool, now);
        if expired && self.pool.is_lost() && self.pool.seats.is_exhausted() {
            let lost = self.pool.seats.lost();
            tracing::error!(
                lost,
                "every thread is inside a job past its deadline, and no more can be replaced: nothing is served until one returns"
            );
        }
    }

    /// Answers 504 to requests whose deadline came while they waited in the queue.
    fn sweep(&mut self, now: Instant) {
        if now < self.sweep_at || self.pool.limits.are_none() {
            return;
        }
        self.sweep_at = now + SWEEP;
        for _ in 0..self.pool.lanes.requests_waiting() {
            let Some(job) = self.pool.lanes.take_request() else {
                return;
            };
            if self.pool.is_overdue(&job, now) {
                self.pool.net.traffic.expired.fetch_add(1, Ordering::Relaxed);
                let waited = now.saturating_duration_since(job.whole_at).as_secs_f64();
                self.throttle.warn(
                    now,
                    "a request waited beyond its deadline",
                    &format_args!("{waited} s"),
                );
                self.pool.answer_and_go_on(job.peer, 504);
            } else {
                self.pool.lanes.put_back(job);
            }
        }
    }

    /// Sleeps until a job starts, or until the next deadline of one that runs.
    fn sleep(&self) {
        let pool = &self.pool;
        let needed = || pool.is_left_alone() || pool.phase() == Phase::Stopped;
        let until = || {
            let next = pool.slots.iter().filter_map(Slot::due).min();
            next.map(|at| at.saturating_duration_since(now()))
        };
        pool.bell.sleep(needed, until);
    }
}
