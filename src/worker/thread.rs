//! A pool thread: whoever is free attends the loop, and runs itself what it reads whole. Knows
//! nothing of other threads but through the pool.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::answer::{Answer, NoAnswer};
use super::pool::{Phase, Pool};
use super::pressure::Pressure;
use crate::app::{Packet, Request, Routed};
use crate::clock::now;
use crate::context::{Call, Context, Ended, Keeper};
use crate::net::{EventLoop, Returned, Take};
use crate::pool::{Job, Peer, RequestJob, Tick};
use crate::schedule::LATE;
use crate::throttle::Throttle;

/// One thread of the pool and what it owns.
pub(super) struct PoolThread<'p> {
    /// Borrowed, not counted: a count that all threads change with every request is a cache line
    /// that they fight over.
    pool: &'p Pool,
    index: usize,
    worker: usize,
    keeper: Keeper,
    spare: Vec<Packet>,
    arrivals: Vec<RequestJob>,
    /// Connections of its own loop that go on: put back when it attends next.
    kept: Vec<Peer>,
    /// The head of the answer being made.
    head: Vec<u8>,
    throttle: Throttle,
    pressure: Pressure,
}

/// A request that waited longer in the queue is looked at once more before it is run.
const PATIENCE: Duration = Duration::from_millis(100);
/// A request that waited longer shows that whoever queued it can't keep up.
const BEHIND: Duration = Duration::from_micros(200);
/// Packets kept for later requests; each holds at most 64 KiB.
const SPARE_MAX: usize = 4;

impl<'p> PoolThread<'p> {
    pub(super) fn new(pool: &'p Pool, index: usize) -> Self {
        let deadline = Arc::clone(&pool.slots[index].deadline);
        let keeper = Keeper::new(deadline, Arc::clone(&pool.surroundings));
        Self {
            worker: index / pool.threads_per_worker,
            pool,
            index,
            keeper,
            spare: Vec::new(),
            arrivals: Vec::new(),
            kept: Vec::new(),
            head: Vec::new(),
            throttle: Throttle::default(),
            pressure: Pressure::new(now()),
        }
    }

    /// Lives until the server has stopped.
    pub(super) fn live(mut self) {
        let pool = self.pool;
        pool.roster.enrol(self.index);
        loop {
            while let Some(job) = pool.lanes.take() {
                self.put_back();
                self.run(job);
            }
            if pool.phase() == Phase::Stopped {
                return;
            }
            let wanted = !self.kept.is_empty() || pool.wants_attendance(self.worker);
            if !wanted || !self.attend() {
                self.put_back();
                let busy = || {
                    pool.lanes.has_work()
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
        let phase = pool.phase();
        if phase == Phase::Stopped {
            return true;
        }
        if phase == Phase::Draining {
            attended.event_loop.close(&mut self.spare, &mut self.arrivals);
            pool.workers[self.worker].set_closed();
        }
        self.kept.drain(..).for_each(|peer| attended.event_loop.take_back(peer));
        let mut claimed = false;
        let busy = || pool.lanes.has_work() || pool.phase() != phase;
        if attended.event_loop.has_told() {
            // It doesn't wait, so nobody need know of it.
            self.turn(&mut attended.event_loop, Some(Duration::ZERO));
        } else if self.arrivals.is_empty() && pool.roster.attend(self.index, busy) {
            self.turn(&mut attended.event_loop, None);
            claimed = !pool.roster.leave(self.index);
        }
        pool.workers[self.worker].set_waiting(attended.event_loop.waiting());
        drop(attended);
        let mut arrivals = std::mem::take(&mut self.arrivals);
        let mut arrived = arrivals.drain(..);
        let first = arrived.next();
        // It was to run what waits, and has found something of its own: another must.
        if claimed && first.is_some() && pool.lanes.has_work() {
            pool.roster.wake_one();
        }
        // It takes these itself in a moment. Others are woken when it falls behind: for a job of
        // some microseconds that would cost more than the job.
        arrived.for_each(|job| pool.queue(job));
        self.arrivals = arrivals;
        if let Some(first) = first {
            let started = first.whole_at;
            if self.pressure.arrived(started) {
                self.call_for_help();
            }
            self.run_request(first, started);
        }
        true
    }

    fn turn(&mut self, event_loop: &mut EventLoop, wait: Option<Duration>) {
        event_loop
            .turn(wait, Take::One, &mut self.spare, &mut self.arrivals)
            .expect("an event loop that can't wait any more is the server's end");
    }

    /// It can't keep up: another should share what waits, and listen.
    fn call_for_help(&self) {
        let pool = self.pool;
        if pool.lanes.requests_waiting() > 0 {
            pool.roster.wake_one();
        }
        if pool.demand.press() {
            pool.roster.wake_listener();
        }
    }

    /// Gives connections that go on back to their loop, before anything that may take long.
    fn put_back(&mut self) {
        if self.kept.is_empty() {
            return;
        }
        let pool = self.pool;
        let Some(mut attended) = pool.workers[self.worker].enter() else {
            // A sibling attends it.
            self.kept.drain(..).for_each(|peer| pool.give_back(Returned::idle(peer)));
            return;
        };
        self.kept.drain(..).for_each(|peer| attended.event_loop.take_back(peer));
        pool.workers[self.worker].set_waiting(attended.event_loop.waiting());
    }

    /// What becomes of a connection that goes on.
    fn keep(&mut self, peer: Peer) {
        if peer.home == self.worker {
            self.kept.push(peer);
        } else {
            self.pool.give_back(Returned::idle(peer));
        }
    }

    fn run(&mut self, job: Job) {
        match job {
            Job::Request(request) => self.run_queued(request),
            Job::Tick(tick) => self.run_tick(&tick),
        }
    }

    /// Runs a request that had to wait, unless its time is up or its peer has left meanwhile.
    fn run_queued(&mut self, request: RequestJob) {
        let (pool, started) = (self.pool, now());
        let waited = started.saturating_duration_since(request.whole_at);
        if waited > BEHIND && pool.lanes.requests_waiting() > 0 {
            pool.roster.wake_one();
        }
        if pool.deadline(request.whole_at).is_some_and(|at| at <= started) {
            pool.net.traffic.expired.fetch_add(1, Ordering::Relaxed);
            pool.answer_and_go_on(request.peer, 504);
        } else if waited > PATIENCE && request.peer.has_left() {
            pool.net.traffic.left.fetch_add(1, Ordering::Relaxed);
        } else {
            self.run_request(request, started);
        }
    }

    fn run_request(&mut self, RequestJob { peer, packet, whole_at }: RequestJob, started: Instant) {
        let pool = self.pool;
        pool.counters[self.index].requests.add();
        let mut request = Request::new(packet);
        let slot = &pool.slots[self.index];
        let kept = match pool.surroundings.application.router.route(&mut request) {
            Routed::Refused(response) => {
                let mut answer = Answer::new(pool, self.index, &peer, &mut self.head);
                answer.send(peer, response);
                self.pressure.ended(now());
                answer.into_kept()
            }
            Routed::Ping => {
                pool.answer_ping(peer);
                None
            }
            Routed::Signal(signal) => {
                if let Err(why) = pool.answer_signal(peer, signal) {
                    self.throttle.warn(started, "a signal from outside was refused", &why);
                }
                None
            }
            Routed::Handler { job, handler } => {
                let mut answer = Answer::new(pool, self.index, &peer, &mut self.head);
                slot.open(job, Some(peer), whole_at, pool.deadline(whole_at));
                pool.name_successor(self.worker, job);
                let processors = &pool.surroundings.application.processors;
                let call = Call::Request { job, request: &request, processors, handler };
                let ended = Context::run(&mut self.keeper, &call, &mut answer);
                let kept = answer.into_kept();
                // An answer is delivered on every path; should one be missing, this is it.
                if let Some(peer) = slot.close() {
                    pool.answer_and_go_on(peer, 500);
                }
                self.count(ended);
                let ended = now();
                self.pressure.ended(ended);
                pool.demand.learn(job, ended.saturating_duration_since(started));
                kept
            }
        };
        if let Some(peer) = kept {
            self.keep(peer);
        }
        if self.spare.len() < SPARE_MAX {
            let mut packet = request.into_packet();
            packet.clear();
            self.spare.push(packet);
        }
    }

    fn run_tick(&mut self, tick: &Tick) {
        let pool = self.pool;
        pool.counters[self.index].ticks.add();
        let timer = &pool.surroundings.application.timers[tick.timer];
        let started = now();
        self.tell_if_late(tick, started);
        tick.state.start();
        pool.slots[self.index].open(timer.job, None, started, None);
        pool.name_successor(self.worker, timer.job);
        let call = Call::Background { job: timer.job, handler: &timer.handler };
        let ended = Context::run(&mut self.keeper, &call, &mut NoAnswer);
        pool.slots[self.index].close();
        tick.state.end();
        pool.lanes.background_done();
        self.count(ended);
        pool.demand.learn(timer.job, now().saturating_duration_since(started));
    }

    /// A tick that waited is told with how long, and with how many came while it did.
    fn tell_if_late(&mut self, tick: &Tick, started: Instant) {
        let waited = started.saturating_duration_since(tick.due_at);
        if waited < LATE {
            return;
        }
        let coalesced = tick.state.note_late();
        if let Some(left_out) = self.throttle.pass(started) {
            let timers = &self.pool.surroundings.application.timers;
            let job = self.pool.surroundings.application.job_name(timers[tick.timer].job);
            let waited = waited.as_secs_f64();
            tracing::warn!(job, waited, coalesced, left_out, "a tick ran late");
        }
    }

    fn count(&self, ended: Ended) {
        let counters = &self.pool.counters[self.index];
        match ended {
            Ended::Done => {}
            Ended::Failed => counters.failures.add(),
            Ended::Panicked => counters.panics.add(),
        }
    }
}
