//! What all threads of the pool share, and how work is handed to them. Knows nothing of how a
//! thread lives.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::thread::Thread;
use std::time::Instant;

use super::attendance::Attendance;
use super::bell::Bell;
use super::counters::Counters;
use super::demand::Demand;
use super::gathering::{self, Gathering};
use super::held::Held;
use super::limits::Limits;
use super::roster::{Roster, Wake};
use super::seats::Seats;
use super::slot::Slot;
use super::stand_in::StandIns;
use super::vars_seen::VarsSeen;
use crate::app::{JobName, Trigger};
use crate::capture::Capture;
use crate::clock;
use crate::config::Settings;
use crate::context::Surroundings;
use crate::ledger::Ledger;
use crate::log::RequestLog;
use crate::net::{EventLoop, Inbox, Room, Shared};
use crate::pool::{Lanes, RequestJob, Ticks};
use crate::schedule::{Ran, Schedule};

/// The pool.
pub(crate) struct Pool {
    pub(crate) lanes: Lanes,
    pub(super) roster: Roster<Inbox>,
    pub(super) workers: Vec<Attendance<EventLoop>>,
    pub(super) inboxes: Vec<Inbox>,
    /// One for each thread, and spare ones.
    pub(super) slots: Vec<Slot>,
    pub(super) counters: Vec<Counters>,
    pub(crate) ledger: Ledger,
    pub(super) seats: Seats,
    pub(super) stand_ins: StandIns,
    pub(crate) vars_seen: VarsSeen,
    /// What is known of the ticks of each trigger of the application.
    pub(super) ticks: Vec<Arc<Ticks>>,
    pub(super) schedule: Mutex<Schedule>,
    /// Until when the schedule is another process's.
    pub(super) held: Held,
    /// Wakes the ticker when something is added that is due before all else.
    pub(super) ticker: OnceLock<Thread>,
    /// Raised signals that wait, and how many may.
    pub(super) raised: AtomicUsize,
    pub(crate) raised_max: usize,
    pub(super) demand: Demand,
    pub(super) gathering: Gathering,
    /// Each thread has one of its own, made of this.
    pub(super) request_log: Option<RequestLog>,
    /// Keeps requests that were slow or failed, if that is asked for.
    pub(crate) capture: Option<Capture>,
    pub(super) bell: Bell,
    pub(crate) threads_per_worker: usize,
    /// How many processors this process may have.
    pub(super) processors: usize,
    pub(super) limits: Limits,
    pub(super) answer_room: Room,
    pub(super) answer_head: usize,
    /// Whether it was told that a head may be too large for nginx.
    pub(super) large_heads: AtomicBool,
    pub(crate) net: Arc<Shared>,
    pub(crate) surroundings: Arc<Surroundings>,
    phase: AtomicU8,
}

/// How far the server is in its life.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[repr(u8)]
pub(crate) enum Phase {
    Serving,
    /// Another process serves from now on: new connections are its, and those that are here are
    /// served until their peers leave.
    Retiring,
    /// Nothing new is taken; what is there gets its answer.
    Draining,
    /// Threads end after their job.
    Stopped,
}

impl Wake for Inbox {
    fn wake(&self) {
        Self::wake(self);
    }
}

impl Pool {
    pub(crate) fn new(
        settings: &Settings,
        net: Arc<Shared>,
        surroundings: Arc<Surroundings>,
        request_log: Option<RequestLog>,
        capture: Option<Capture>,
        ran: &Ran,
    ) -> io::Result<Self> {
        let loops: Vec<(EventLoop, Inbox)> = (0..settings.workers)
            .map(|worker| EventLoop::new(worker, Arc::clone(&net)))
            .collect::<io::Result<_>>()?;
        let (loops, inboxes): (Vec<_>, Vec<_>) = loops.into_iter().unzip();
        let threads = settings.workers * settings.threads;
        let triggers = &surroundings.application.triggers;
        let ticks = |trigger: &Trigger| Arc::new(Ticks::new(&trigger.policy));
        let ticks: Vec<Arc<Ticks>> = triggers.iter().map(ticks).collect();
        let own = &surroundings.application.limits;
        let jobs = surroundings.application.job_names.len();
        let limits = Limits::new(settings.harakiri, jobs, own);
        let never = |job: &str| tracing::warn!(job, "it will never be due");
        let application = &surroundings.application;
        let schedule = Schedule::of(application, &ticks, clock::both(), clock::seed(), ran, never);
        Ok(Self {
            lanes: Lanes::new(
                settings.queue,
                settings.workers,
                threads,
                settings.background_threads,
            ),
            roster: Roster::new(inboxes.clone(), settings.threads),
            workers: loops.into_iter().map(Attendance::new).collect(),
            inboxes,
            slots: (0..Seats::slots(threads)).map(|_| Slot::new()).collect(),
            counters: (0..Seats::slots(threads)).map(|_| Counters::default()).collect(),
            ledger: Ledger::new(jobs, Seats::slots(threads), clock::now()),
            seats: Seats::new(threads),
            stand_ins: StandIns::default(),
            vars_seen: VarsSeen::default(),
            ticks,
            schedule: Mutex::new(schedule),
            held: Held::new(triggers.len()),
            ticker: OnceLock::new(),
            raised: AtomicUsize::new(0),
            raised_max: settings.signal_queue,
            demand: Demand::new(settings.workers, jobs),
            gathering: Gathering::new(settings.workers),
            request_log,
            capture,
            bell: Bell::new(),
            threads_per_worker: settings.threads,
            processors: std::thread::available_parallelism().map_or(1, usize::from),
            limits,
            large_heads: AtomicBool::new(false),
            answer_head: settings.answer_head,
            answer_room: Room { memory: settings.post_buffering, file: settings.answer_file },
            net,
            surroundings,
            phase: AtomicU8::new(Phase::Serving as u8),
        })
    }

    /// Queues a whole request, or sheds it when the queue is full. Somebody must be awake to take it.
    pub(super) fn queue(&self, job: RequestJob) {
        if let Some(job) = self.lanes.push_request(job) {
            self.net.traffic.shed.fetch_add(1, Ordering::Relaxed);
            self.answer_and_go_on(job.peer, 503);
        }
    }

    /// Before a job that will take its time, and after its slot is open, which the warden looks at:
    /// when nobody listens, or requests wait, somebody else should see to them.
    pub(super) fn name_successor(&self, worker: usize, job: JobName) {
        if self.demand.is_slow(job) {
            self.gathering.disturb(gathering::SLOW_JOB);
            let alone = self.workers[worker].is_occupied() && !self.workers[worker].is_attended();
            if alone || self.roster.attending() == 0 {
                // A sibling hears the connections that wait in this loop as well.
                let _ = self.roster.wake_sibling(worker) || self.roster.wake_listener();
            }
            if self.lanes.requests_waiting() > 0 {
                self.roster.wake_one();
            }
        }
        self.bell.ring_if_asleep();
    }

    /// Whether a thread of this worker should wait in its loop rather than park: when too few
    /// listen, or when connections wait there.
    pub(super) fn wants_attendance(&self, worker: usize) -> bool {
        self.roster.attending() < self.demand.listeners()
            || self.workers[worker].is_occupied()
            || !self.inboxes[worker].is_empty()
            || matches!(self.phase(), Phase::Retiring | Phase::Draining)
    }

    /// Whether a request that waits should have its answer already.
    pub(super) fn is_overdue(&self, request: &RequestJob, now: Instant) -> bool {
        let job_of = || self.surroundings.application.router.job_of(&request.packet);
        self.limits.is_overdue(request.whole_at, now, job_of)
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase.load(Ordering::SeqCst) {
            0 => Phase::Serving,
            1 => Phase::Retiring,
            2 => Phase::Draining,
            _ => Phase::Stopped,
        }
    }

    /// Goes on to a later phase and tells everyone.
    pub(crate) fn enter(&self, phase: Phase) {
        self.phase.fetch_max(phase as u8, Ordering::SeqCst);
        self.roster.wake_all();
        self.bell.ring();
    }
}
