//! One thread's requests: an event loop over all of its connections. It must not know who else
//! loads the server, nor what becomes of the counts.
//!
//! It is meant to need less CPU for a request than a server that only accepts, reads, writes and
//! closes. So a fresh connection costs it socket, connect, send, one read and close, its share of a
//! wait that brings many answers at once, and one registration unless very many come at once;
//! nothing is allocated. Of that the kernel has 94 %, most of it in connect and close, which
//! allocate and free both ends: it charges them to the client.

use std::collections::VecDeque;
use std::mem;
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::buffer::spare_capacity;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

use super::connection::{Connection, Outcome};
use super::failure::Failure;
use super::head::Heads;
use super::pace::{Pace, Start};
use super::plan::{Plan, Shared};
use super::tally::Tally;
use super::unwatched::Unwatched;
use crate::tool::clock;
use crate::tool::target::Protocol;

/// One thread's connections.
#[derive(Debug)]
pub(super) struct Load<'a> {
    plan: &'a Plan,
    shared: &'a Shared,
    epoll: OwnedFd,
    timer: OwnedFd,
    connections: Vec<Connection>,
    free: Vec<usize>,
    /// Those whose last request failed: so that a server that refuses all isn't asked as fast as
    /// can be.
    paused: VecDeque<(Instant, usize)>,
    asking: usize,
    unwatched: Unwatched,
    heads: Heads,
    room: Vec<u8>,
    /// When the thread looks for requests that take too long, and tells of itself.
    next_look: Instant,
    tally: Tally,
}

/// The timer's key; those below are connections.
const TIMER: u64 = u64::MAX;
/// Events that are taken at once.
const EVENTS_MAX: usize = 256;
/// What is read at once.
const ROOM: usize = 64 * 1024;
const LOOK_EVERY: Duration = Duration::from_millis(20);
const PAUSE: Duration = Duration::from_millis(1);

impl<'a> Load<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        shared: &'a Shared,
        connections: usize,
    ) -> Result<Self, Errno> {
        let now = clock::now();
        let epoll = epoll::create(CreateFlags::CLOEXEC)?;
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::NONBLOCK | TimerfdFlags::CLOEXEC,
        )?;
        // Told once for each time that it is set: no need to read it.
        epoll::add(&epoll, &timer, EventData::new_u64(TIMER), EventFlags::IN | EventFlags::ET)?;
        let has_records = plan.protocol == Protocol::Fastcgi;
        Ok(Self {
            plan,
            shared,
            epoll,
            timer,
            connections: (0..connections).map(|_| Connection::new(has_records, now)).collect(),
            free: (0..connections).rev().collect(),
            paused: VecDeque::new(),
            asking: 0,
            unwatched: Unwatched::default(),
            heads: Heads::new(plan.protocol, plan.asks_with_head),
            room: vec![0; ROOM],
            next_look: now,
            tally: Tally::new(),
        })
    }

    /// Sends requests at this pace until no more start and all have ended; what came of them.
    /// Connections that are kept are kept for another run.
    pub(super) fn run(&mut self, mut pace: Pace) -> Result<Tally, Errno> {
        let (mut events, mut ready) = (Vec::with_capacity(EVENTS_MAX), Vec::new());
        let mut alarm = None;
        let mut arrived = clock::now();
        loop {
            while self.paused.front().is_some_and(|&(until, _)| until <= arrived) {
                self.free.extend(self.paused.pop_front().map(|(_, key)| key));
            }
            let next = self.start_all(&mut pace);
            if next == Start::Never && self.asking == 0 {
                break;
            }
            self.set_timer(next, arrived, &mut alarm)?;
            self.wait(&mut events, &mut ready)?;
            // All of these answers are there now, whenever their turn comes.
            arrived = clock::now();
            let answers = events.len() + ready.len();
            for key in ready.drain(..) {
                self.handle_event(key, arrived);
                self.start_all(&mut pace);
            }
            for event in &events {
                match event.data.u64() {
                    TIMER => alarm = None,
                    key => {
                        self.handle_event(usize::try_from(key).unwrap_or(0), arrived);
                        self.start_all(&mut pace);
                    }
                }
            }
            for key in self.unwatched.handle_count(answers) {
                self.watch(key);
            }
            if arrived >= self.next_look {
                self.look(arrived);
            }
        }
        self.tally.unsent = pace.unsent();
        self.free.extend(self.paused.drain(..).map(|(_, key)| key));
        Ok(mem::replace(&mut self.tally, Tally::new()))
    }

    /// Waits until some connections, or the timer, have something to tell.
    fn wait(&mut self, events: &mut Vec<Event>, ready: &mut Vec<usize>) -> Result<(), Errno> {
        events.clear();
        let mut timeout = None;
        if !self.unwatched.is_empty() {
            if !self.unwatched.wait(self.epoll.as_fd(), &self.connections, ready)? {
                return Ok(());
            }
            timeout = Some(&Timespec { tv_sec: 0, tv_nsec: 0 });
        }
        match epoll::wait(&self.epoll, spare_capacity(events), timeout) {
            Ok(_) | Err(Errno::INTR) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Starts all requests that are due and have a connection; when the next may start.
    fn start_all(&mut self, pace: &mut Pace) -> Start {
        loop {
            let Some(&key) = self.free.last() else {
                // Whichever ends first makes room.
                return Start::At(self.next_look);
            };
            let now = clock::now();
            if self.shared.is_stopped() {
                return Start::Never;
            }
            match pace.poll_start(now) {
                Start::Now(due) => {
                    self.free.pop();
                    self.asking += 1;
                    let connection = &mut self.connections[key];
                    (connection.due, connection.started) = (due, now);
                    self.start(key);
                }
                later => return later,
            }
        }
    }

    fn start(&mut self, key: usize) {
        let (plan, connection) = (self.plan, &mut self.connections[key]);
        if mem::take(&mut connection.was_closed) {
            self.tally.reconnects += 1;
        }
        if let Err(failure) = connection.start(&plan.server, &plan.request) {
            self.fail(key, failure, clock::now());
        } else if !plan.keep
            && self.unwatched.is_worth_it()
            && connection.is_unwatched(&plan.request)
        {
            self.unwatched.push(key);
        } else {
            self.watch(key);
        }
    }

    fn watch(&mut self, key: usize) {
        let (plan, connection) = (self.plan, &mut self.connections[key]);
        if let Err(failure) = connection.watch(&plan.request, self.epoll.as_fd(), key as u64) {
            self.fail(key, failure, clock::now());
        }
    }

    fn handle_event(&mut self, key: usize, now: Instant) {
        let connection = &mut self.connections[key];
        if !connection.is_asking {
            // Only its end can come to a connection that waits for the next request.
            connection.was_closed |= connection.is_open();
            connection.close();
            return;
        }
        let (request, bytes) = (&self.plan.request, &mut self.tally.bytes);
        match connection.proceed(request, &mut self.heads, &mut self.room, bytes) {
            Ok(Outcome::Waiting) => self.watch(key),
            Ok(Outcome::Whole(status)) => self.finish(key, status, now),
            Ok(Outcome::Gone) => {
                connection.close();
                connection.was_closed = true;
                self.start(key);
            }
            Err(failure) => self.fail(key, failure, now),
        }
    }

    fn finish(&mut self, key: usize, status: u16, now: Instant) {
        let connection = &mut self.connections[key];
        connection.is_asking = false;
        if !self.plan.keep {
            connection.close();
        } else if !connection.may_keep() {
            connection.was_closed = true;
            connection.close();
        }
        // A request may be due while its answer waits to be looked at.
        let latency = now.saturating_duration_since(connection.due);
        if self.plan.expected.includes(status) {
            self.tally.count_answer(latency, now);
        } else {
            self.tally.count_failure(Failure::Status(status), latency, now);
        }
        self.asking -= 1;
        self.free.push(key);
    }

    fn fail(&mut self, key: usize, failure: Failure, now: Instant) {
        let connection = &mut self.connections[key];
        connection.is_asking = false;
        connection.close();
        self.unwatched.forget(key);
        let latency = now.saturating_duration_since(connection.due);
        self.tally.count_failure(failure, latency, now);
        self.asking -= 1;
        self.paused.push_back((now + PAUSE, key));
    }

    /// Has the timer wake this thread when something is due: a look at least.
    fn set_timer(
        &self,
        next: Start,
        now: Instant,
        alarm: &mut Option<Instant>,
    ) -> Result<(), Errno> {
        let mut until = self.next_look.max(now);
        if let Start::At(due) = next {
            until = until.min(due);
        }
        if let Some(&(end, _)) = self.paused.front() {
            until = until.min(end);
        }
        if alarm.is_some_and(|alarm| alarm <= until) {
            return Ok(());
        }
        *alarm = Some(until);
        let left = clock::left(until).max(Duration::from_nanos(1));
        let it_value = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
        let it_interval = Timespec { tv_sec: 0, tv_nsec: 0 };
        let value = Itimerspec { it_interval, it_value };
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &value).map(|_| ())
    }

    /// Ends the requests that take too long, and tells how far this thread is.
    fn look(&mut self, now: Instant) {
        self.next_look = now + LOOK_EVERY;
        for key in 0..self.connections.len() {
            let connection = &self.connections[key];
            if connection.is_asking && now - connection.started >= self.plan.max_time {
                self.fail(key, Failure::TimedOut, now);
            }
        }
        self.shared.tell(self.tally.answers, self.tally.failed());
    }
}
