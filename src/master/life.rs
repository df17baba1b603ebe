//! A master's life: which server serves, which is to, which are on their way out, and what becomes of
//! each event; what is due is in `due`, what comes of a server's end in `ended`. Knows nothing of how a
//! server is started.

mod commands;
mod due;
mod ended;

use std::io;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustix::process::Signal;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1};

use super::control::{ToMaster, ToServer};
use super::server::{Server, Stage};
use super::spawn::Spawner;
use super::{Event, MasterError};
use crate::clock::now;
use crate::commands::Running;
use crate::log::Log;
use crate::net::Listener;
use crate::schedule::HandOver;
use crate::systemd;

/// What a master knows.
pub(super) struct Life {
    spawner: Spawner,
    listeners: Vec<Listener>,
    mercy: Duration,
    /// So long a server may take to start, but for the first.
    start_timeout: Option<Duration>,
    events: Sender<Event>,
    servers: Vec<Server>,
    /// The schedule that a server has left and no other has yet.
    schedule: Option<HandOver>,
    /// Commands of servers that have ended, which no other sees to yet.
    left: Vec<Running>,
    /// Why there is to be one more reload after the one that is under way.
    reload_next: Option<String>,
    /// When the next server is started, as the last one died soon.
    start_at: Option<Instant>,
    /// How many died soon, one after the other.
    deaths: u32,
    has_started: bool,
    /// Whether whoever has started the master knows that it serves.
    is_announced: bool,
    stopping: bool,
    cut_short: bool,
}

/// How long a new server waits for the schedule of the old one, which answers at once unless it hangs.
const SCHEDULE_WAIT: Duration = Duration::from_secs(5);

impl Life {
    pub(super) fn new(
        spawner: Spawner,
        listeners: Vec<Listener>,
        mercy: Duration,
        start_timeout: Option<Duration>,
        events: Sender<Event>,
    ) -> Self {
        Self {
            spawner,
            listeners,
            mercy,
            start_timeout,
            events,
            servers: Vec::new(),
            schedule: None,
            left: Vec::new(),
            reload_next: None,
            start_at: None,
            deaths: 0,
            has_started: false,
            is_announced: false,
            stopping: false,
            cut_short: false,
        }
    }

    /// Lives until all servers have ended after a stop.
    pub(super) fn live(
        mut self,
        events: &Receiver<Event>,
        log: &Log,
        started: impl FnOnce() -> io::Result<()>,
    ) -> Result<(), MasterError> {
        let mut started = Some(started);
        self.start(now()).map_err(|error| MasterError::System("the server", error))?;
        while !(self.stopping && self.servers.is_empty()) {
            match events.recv_timeout(self.wait(now())) {
                Ok(event) => self.act(event, log),
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => {}
            }
            self.reap()?;
            self.keep_time(now());
            if self.has_started
                && let Some(started) = started.take()
            {
                started().map_err(|error| MasterError::System("the background", error))?;
                self.is_announced = true;
                systemd::ready();
            }
            systemd::still_alive();
        }
        if self.cut_short { Err(MasterError::CutShort) } else { Ok(()) }
    }

    fn act(&mut self, event: Event, log: &Log) {
        match event {
            Event::Signal(SIGHUP) => self.reload("the signal HUP"),
            Event::Signal(SIGUSR1) => log.reopen(),
            Event::Signal(SIGCHLD) => {}
            Event::Signal(SIGINT) => self.stop(Signal::INT),
            Event::Signal(SIGTERM | SIGQUIT) => self.stop(Signal::TERM),
            Event::Signal(signal) => tracing::warn!(signal, "a master does nothing for it"),
            Event::Touched(path) => self.reload(&format!("{} was touched", path.display())),
            Event::Ready { process } => self.ready(process, now()),
            Event::Said { process, message: ToMaster::HandOver(schedule) } => {
                tracing::debug!(process, "a server has left its schedule");
                self.schedule = Some(schedule);
                self.hand_on();
            }
            Event::Said { process, message: ToMaster::Commands(commands) } => {
                self.note_commands(process, commands);
            }
            Event::Said { process, message: ToMaster::Recycle(reason) } => {
                let serves = |server: &Server| server.stage == Stage::Serving;
                let is_heard =
                    self.servers.iter().any(|server| server.process() == process && serves(server));
                // It tells again if whoever is coming doesn't make it.
                if is_heard && !self.is_one_coming() {
                    self.reload(&reason);
                }
            }
        }
    }

    fn is_one_coming(&self) -> bool {
        let is_coming = |server: &Server| {
            matches!(server.stage, Stage::Starting(_) | Stage::Late | Stage::Waiting(_))
        };
        self.servers.iter().any(is_coming)
    }

    fn start(&mut self, now: Instant) -> io::Result<()> {
        // Whoever has started the master sees the first, and may wait as long as it takes.
        let until = self.start_timeout.filter(|_| self.has_started).map(|limit| now + limit);
        let server = Server::start(&self.spawner, &self.events, now, until)?;
        tracing::info!(process = server.process(), "a server starts");
        self.servers.push(server);
        Ok(())
    }

    /// Starts a server that is to take over; the one that serves does so until it is ready.
    fn reload(&mut self, reason: &str) {
        if self.stopping {
            return;
        }
        if self.is_one_coming() {
            self.reload_next = Some(reason.to_owned());
            return;
        }
        tracing::info!(reason, "reloading");
        systemd::reloading();
        self.start_at = None;
        if let Err(error) = self.start(now()) {
            tracing::error!(%error, "no server can be started: the old one serves on");
            systemd::ready();
        }
    }

    /// A server is ready: the one that serves retires, and leaves it the schedule.
    fn ready(&mut self, process: u32, now: Instant) {
        let is_new = |server: &Server| {
            server.process() == process && matches!(server.stage, Stage::Starting(_))
        };
        let Some(new) = self.servers.iter().position(is_new) else {
            return;
        };
        let took = now.saturating_duration_since(self.servers[new].started).as_secs_f64();
        tracing::info!(process, took, "a server is ready");
        self.has_started = true;
        self.servers[new].stage = Stage::Waiting(now + SCHEDULE_WAIT);
        let old = self.servers.iter_mut().filter(|server| server.stage == Stage::Serving);
        let mut has_old = false;
        for old in old {
            old.retire(now, self.mercy);
            has_old = true;
        }
        self.hurry();
        if !has_old {
            self.hand_on();
        }
    }

    /// Gives the schedule to the server that waits for it.
    fn hand_on(&mut self) {
        let waits = |server: &Server| matches!(server.stage, Stage::Waiting(_));
        let Some(number) = self.servers.iter().position(waits) else {
            return;
        };
        self.servers[number].stage = Stage::Serving;
        self.hand_on_commands(number);
        self.servers[number].tell(&ToServer::Begin(self.schedule.take()));
        // Of the first it is told once all else that comes with a start is done.
        if self.is_announced {
            systemd::ready();
        }
        if let Some(reason) = self.reload_next.take() {
            self.reload(&reason);
        }
    }

    fn stop(&mut self, signal: Signal) {
        tracing::info!(signal = signal.as_raw(), servers = self.servers.len(), "stopping");
        systemd::stopping();
        self.stopping = true;
        self.start_at = None;
        // First, so that nginx is refused at once and not kept waiting by a socket that nobody
        // attends. What is in the backlog is still taken.
        self.listeners.iter().for_each(Listener::remove_file);
        self.listeners.iter().for_each(Listener::refuse_new);
        self.servers.iter().for_each(|server| server.signal(signal));
        // One that hangs at its start hears of nothing.
        let until = now() + self.mercy;
        for server in &mut self.servers {
            if let Stage::Starting(limit) = &mut server.stage {
                *limit = Some(limit.map_or(until, |limit| limit.min(until)));
            }
        }
    }
}
