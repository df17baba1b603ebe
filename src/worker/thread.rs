//! A pool thread: whoever is free attends the loop, and runs itself what it reads whole. Knows
//! nothing of other threads but through the pool.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::pool::{Phase, Pool};
use super::pressure::Pressure;
use super::whereabouts;
use crate::app::Parcel;
use crate::clock::now;
use crate::context::Keeper;
use crate::ledger::heap::Claim;
use crate::log::RequestLog;
use crate::net::{EventLoop, Returned, Take};
use crate::pool::{Peer, RequestJob};
use crate::throttle::Throttle;

/// One thread of the pool and what it owns.
pub(super) struct PoolThread<'p> {
    /// Borrowed, not counted: a count that all threads change with every request is a cache line
    /// that they fight over.
    pub(super) pool: &'p Pool,
    pub(super) index: usize,
    /// Which slot, and which counters, are its own.
    pub(super) seat: usize,
    pub(super) worker: usize,
    /// Whether another has taken its place while a handler didn't return.
    pub(super) is_lost: bool,
    pub(super) keeper: Keeper,
    pub(super) spare: Vec<Parcel>,
    arrivals: Vec<RequestJob>,
    /// Connections of its own loop that go on: put back when it attends next.
    pub(super) kept: Vec<Peer>,
    /// The head of the answer being made.
    pub(super) head: Vec<u8>,
    pub(super) throttle: Throttle,
    pub(super) log: Option<RequestLog>,
    pub(super) pressure: Pressure,
    /// When it looked last at what its database holds.
    pub(super) measured_at: Instant,
}

impl<'p> PoolThread<'p> {
    pub(super) fn new(pool: &'p Pool, index: usize, seat: usize) -> Self {
        let deadline = Arc::clone(&pool.slots[seat].deadline);
        let keeper = Keeper::new(deadline, Arc::clone(&pool.surroundings));
        Self {
            worker: index / pool.threads_per_worker,
            pool,
            index,
            seat,
            is_lost: false,
            keeper,
            spare: Vec::new(),
            arrivals: Vec::new(),
            kept: Vec::new(),
            head: Vec::new(),
            throttle: Throttle::default(),
            log: pool.request_log.clone(),
            pressure: Pressure::new(now(), pool.processors),
            measured_at: now(),
        }
    }

    /// Lives until the server has stopped, or until it returns to find another in its place.
    pub(super) fn live(mut self) {
        let pool = self.pool;
        let _claim = Claim::new();
        pool.slots[self.seat].thread.store(whereabouts::own_number(), Ordering::Relaxed);
        pool.roster.enrol(self.index);
        loop {
            while !self.is_lost
                && let Some(job) = pool.lanes.take(self.worker)
            {
                self.put_back();
                self.run(job);
            }
            if self.is_lost {
                return self.go();
            }
            if pool.phase() == Phase::Stopped {
                return;
            }
            let wanted = !self.kept.is_empty() || pool.wants_attendance(self.worker);
            if !wanted || !self.attend() {
                if self.put_back() {
                    continue;
                }
                let busy = || {
                    pool.lanes.has_work(self.worker)
                        || pool.phase() == Phase::Stopped
                        // Wanted and not to be had: a sibling attends.
                        || (!wanted && pool.wants_attendance(self.worker))
                };
                pool.roster.park(self.index, busy);
            }
        }
    }

    /// Waits in the worker's loop for one turn and runs what became whole; false when another
    /// thread of the worker does that already.
    fn attend(&mut self) -> bool {
        let pool = self.pool;
        let Some(mut attended) = pool.workers[self.worker].enter() else {
            return false;
        };
        attended.count_turn();
        let phase = pool.phase();
        if phase == Phase::Stopped {
            return true;
        }
        if phase != Phase::Serving {
            leave_listeners(&mut attended.event_loop, phase, &mut self.spare, &mut self.arrivals);
            pool.workers[self.worker].set_closed();
        }
        let since = self.pressure.last_ended();
        self.kept.drain(..).for_each(|peer| attended.event_loop.take_back(peer, since));
        let mut claimed = false;
        let busy = || pool.lanes.has_work(self.worker) || pool.phase() != phase;
        if attended.event_loop.has_told() {
            // It doesn't wait, so nobody need know of it.
            self.turn(&mut attended.event_loop, Some(Duration::ZERO));
        } else if self.arrivals.is_empty() && pool.roster.attend(self.index, busy) {
            // What was given back may leave it with nothing to wait for.
            let wait = (!pool.inboxes[self.worker].is_empty()).then_some(Duration::ZERO);
            self.turn(&mut attended.event_loop, wait);
            claimed = !pool.roster.leave(self.index);
        }
        // It is neither idle nor asleep from here on until what it has read is done.
        pool.inboxes[self.worker].rest();
        pool.workers[self.worker].set_waiting(attended.event_loop.waiting());
        drop(attended);
        let mut arrivals = std::mem::take(&mut self.arrivals);
        let mut arrived = arrivals.drain(..);
        let first = arrived.next();
        // It was to run what waits, and has found something of its own: another must.
        if claimed && first.is_some() && pool.lanes.has_work(self.worker) {
            pool.roster.wake_one();
        }
        for job in arrived {
            pool.queue(job);
            pool.roster.wake_one();
        }
        self.arrivals = arrivals;
        if let Some(first) = first {
            let started = first.whole_at;
            if self.pressure.arrived(started) && pool.demand.press() {
                pool.roster.wake_listener();
            }
            self.run_request(first, started);
        }
        true
    }

    /// How many requests it reads at once: one, which it runs itself. When it can't keep up, one more for each
    /// thread that sleeps and that a processor may have, of whatever worker: the lanes are the way to them.
    fn share(&self) -> Take {
        let pool = self.pool;
        let helpers = match self.pressure.wants_help() {
            true => pool.roster.parked().min(pool.processors - 1),
            false => 0,
        };
        Take::UpTo(1 + helpers)
    }

    fn turn(&mut self, event_loop: &mut EventLoop, wait: Option<Duration>) {
        event_loop
            .turn(wait, self.share(), &mut self.spare, &mut self.arrivals)
            .expect("an event loop that can't wait any more is the server's end");
    }

    /// Its place is taken: nothing of what the pool shares is its own any more.
    fn go(mut self) {
        self.kept.drain(..).for_each(|peer| self.pool.give_back(Returned::idle(peer)));
        self.pool.seats.give_back(self.seat);
        tracing::info!("a thread that was lost to a handler is back, and ends");
    }
}

/// Stops listening, in the way of a phase that comes after serving.
pub(super) fn leave_listeners(
    event_loop: &mut EventLoop,
    phase: Phase,
    spare: &mut Vec<Parcel>,
    arrivals: &mut Vec<RequestJob>,
) {
    match phase {
        Phase::Retiring => event_loop.retire(),
        Phase::Serving | Phase::Draining | Phase::Stopped => event_loop.close(spare, arrivals),
    }
}
