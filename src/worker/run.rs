//! How a pool thread runs its jobs, one after the other. Knows nothing of where they come from.

use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::answer::{Answer, NoAnswer};
use super::slot::Closed;
use super::thread::PoolThread;
use super::vars_seen;
use crate::app::{JobName, Request, Routed};
use crate::capture::Went;
use crate::clock::now;
use crate::context::{Call, Context, Ended, Ran};
use crate::ledger::Entry;
use crate::log::{Line, Sent};
use crate::net::retire;
use crate::pool::{Job, RequestJob, Tick};
use crate::schedule::LATE;

/// A request that waited longer in the queue is looked at once more before it is run.
const PATIENCE: Duration = Duration::from_millis(100);
/// How often a thread looks at what its database holds.
const MEASURE: Duration = Duration::from_secs(1);
/// A request that waited longer shows that whoever queued it can't keep up.
const BEHIND: Duration = Duration::from_micros(200);

impl PoolThread<'_> {
    pub(super) fn run(&mut self, job: Job) {
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
        if pool.is_overdue(&request, started) {
            pool.net.traffic.expired.fetch_add(1, Ordering::Relaxed);
            pool.answer_and_go_on(request.peer, 504);
        } else if waited > PATIENCE && request.peer.has_left() {
            pool.net.traffic.left.fetch_add(1, Ordering::Relaxed);
        } else {
            self.run_request(request, started);
        }
    }

    pub(super) fn run_request(
        &mut self,
        RequestJob { peer, packet, whole_at }: RequestJob,
        started: Instant,
    ) {
        let pool = self.pool;
        let requests = &pool.counters[self.seat].requests;
        requests.add(1);
        if vars_seen::is_due(requests.read()) {
            pool.vars_seen.look(&packet);
        }
        let mut request = Request::new(packet);
        let slot = &pool.slots[self.seat];
        let (kept, sent, ran) = match pool.surroundings.application.router.route(&mut request) {
            Routed::Refused(response) => {
                let mut answer = Answer::new(pool, self.seat, &peer, &mut self.head);
                answer.send(peer, response);
                self.pressure.ended(now());
                let (kept, sent) = answer.into_kept();
                (kept, sent, None)
            }
            Routed::Ping => {
                pool.answer_ping(peer);
                return retire(&mut self.spare, request.into_packet());
            }
            Routed::Signal(signal) => {
                if let Err(why) = pool.answer_signal(peer, signal) {
                    self.throttle.warn(started, "a signal from outside was refused", &why);
                }
                return retire(&mut self.spare, request.into_packet());
            }
            Routed::Handler { job, handler } => {
                let mut answer = Answer::new(pool, self.seat, &peer, &mut self.head);
                let due = pool.limits.due(job, whole_at);
                slot.open(job, Some((peer, request.shown())), whole_at, started, due);
                pool.name_successor(self.worker, job);
                let processors = &pool.surroundings.application.processors;
                let call = Call::Request { job, request: &request, processors, handler };
                let ran = Context::run(&mut self.keeper, &call, &mut answer);
                let (kept, sent) = answer.into_kept();
                let Closed { peer, is_lost, is_expired } = slot.close();
                self.is_lost = is_lost;
                // An answer is delivered on every path; should one be missing, this is it.
                if let Some(peer) = peer {
                    pool.answer_and_go_on(peer, 500);
                }
                let ended = now();
                self.pressure.ended(ended);
                let bytes = (request.size(), sent.head as u64 + sent.body);
                self.enter(job, ran, bytes, [whole_at, started, ended]);
                self.note_deadline(job, due.filter(|_| !is_expired), ended);
                if let Some(capture) = &pool.capture {
                    let is_overdue = due.is_some_and(|due| ended >= due);
                    let went = went(job, ran, sent, is_overdue, [whole_at, started, ended]);
                    let name = pool.surroundings.application.job_name(job);
                    capture.look(&request, name, &went, ended);
                }
                (kept, sent, Some(job))
            }
        };
        self.log_request(&request, ran, sent, whole_at);
        if let Some(peer) = kept {
            self.keep(peer, self.pressure.last_ended().saturating_duration_since(started));
        }
        retire(&mut self.spare, request.into_packet());
    }

    /// Logs a request that has its answer, if it is to be logged.
    fn log_request(&mut self, request: &Request, job: Option<JobName>, sent: Sent, since: Instant) {
        let Some(log) = &mut self.log else {
            return;
        };
        let (pool, took) = (self.pool, now().saturating_duration_since(since));
        if !log.wants(took) {
            return;
        }
        let job = job.map(|job| pool.surroundings.application.job_name(job));
        let requests = (pool.counters[self.seat].requests.read(), pool.totals().requests);
        let (worker, thread) = (self.worker + 1, self.index % pool.threads_per_worker + 1);
        log.note(&Line { request, job, sent, took, worker, thread, requests });
    }

    fn run_tick(&mut self, tick: &Tick) {
        let pool = self.pool;
        pool.counters[self.seat].ticks.add(1);
        let signal = &pool.surroundings.application.signals[tick.signal];
        let started = now();
        self.tell_if_late(tick, started);
        match &tick.ticks {
            Some(ticks) => ticks.start(),
            None => pool.raised_left(),
        }
        let own = tick.ticks.as_ref().and_then(|ticks| ticks.deadline);
        let deadline = own.or(signal.deadline);
        let slot = &pool.slots[self.seat];
        let due = deadline.and_then(|time| started.checked_add(time));
        slot.open(signal.job, None, started, started, due);
        pool.name_successor(self.worker, signal.job);
        let call = Call::Background { job: signal.job, handler: &signal.handler };
        let ran = Context::run(&mut self.keeper, &call, &mut NoAnswer);
        let Closed { is_lost, is_expired, .. } = slot.close();
        self.is_lost = is_lost;
        // The share of one that was lost has been given to others.
        if !self.is_lost {
            pool.lanes.background_done();
        }
        // Its share is free again: this thread sees to what anyone may run, and to nothing else.
        pool.lanes.own_waiting().for_each(|worker| pool.roster.wake_one_of(worker));
        pool.settle_owed(tick);
        let ended = now();
        self.enter(signal.job, ran, (0, 0), [tick.due_at, started, ended]);
        self.note_deadline(signal.job, due.filter(|_| !is_expired), ended);
    }

    /// A tick that waited is told with how long, and with how many came while it did.
    fn tell_if_late(&mut self, tick: &Tick, started: Instant) {
        let waited = started.saturating_duration_since(tick.due_at);
        if waited < LATE {
            return;
        }
        let coalesced = tick.ticks.as_ref().map_or(0, |ticks| ticks.note_late());
        if let Some(left_out) = self.throttle.pass(started) {
            let application = &self.pool.surroundings.application;
            let job = application.job_name(application.signals[tick.signal].job);
            let waited = waited.as_secs_f64();
            tracing::warn!(job, waited, coalesced, left_out, "a tick ran late");
        }
    }

    /// Counts a deadline that a job has kept by itself, as a query does that ends at it; those that are
    /// enforced are counted where that is done.
    fn note_deadline(&self, job: JobName, due: Option<Instant>, ended: Instant) {
        if due.is_some_and(|due| ended >= due) {
            self.pool.slots[self.seat].expired.fetch_add(1, Ordering::Relaxed);
            self.pool.ledger.note_deadline(job);
        }
    }

    /// Learns from a run, and enters it in the ledger: what it has read and written, and when it was due,
    /// begun and over.
    fn enter(
        &mut self,
        job: JobName,
        ran: Ran,
        bytes: (u64, u64),
        [due, started, over]: [Instant; 3],
    ) {
        let Ran { ended, handled_at, database } = ran;
        let counters = &self.pool.counters[self.seat];
        match ended {
            Ended::Done => {}
            Ended::Failed => counters.failures.add(1),
            Ended::Panicked => counters.panics.add(1),
        }
        let entry = Entry {
            failed: ended == Ended::Failed,
            panicked: ended == Ended::Panicked,
            bytes_in: bytes.0,
            bytes_out: bytes.1,
            queued: started.saturating_duration_since(due),
            handled: handled_at.saturating_duration_since(started),
            database,
            written: over.saturating_duration_since(handled_at),
        };
        self.pool.demand.learn(job, entry.handled + entry.written);
        self.pool.ledger.note(self.seat, job, &entry, over);
        if database.is_some() && over.saturating_duration_since(self.measured_at) >= MEASURE {
            self.measured_at = over;
            let held = self.keeper.database_memory();
            self.pool.slots[self.seat].database.store(held, Ordering::Relaxed);
        }
    }
}

/// How a request went that was whole, begun and over at these times.
fn went(
    job: JobName,
    ran: Ran,
    sent: Sent,
    is_overdue: bool,
    [whole_at, started, over]: [Instant; 3],
) -> Went {
    Went {
        job,
        ended: ran.ended,
        status: sent.status,
        is_overdue,
        queued: started.saturating_duration_since(whole_at),
        handled: ran.handled_at.saturating_duration_since(started),
        database: ran.database.unwrap_or_default(),
        written: over.saturating_duration_since(ran.handled_at),
    }
}
