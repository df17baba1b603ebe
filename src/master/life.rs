//! A master's life: which server serves, which is to, which are on their way out, and what becomes of
//! each event. Knows nothing of how a server is started.

use std::io;
use std::process::ExitStatus;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};
use rustix::process::Signal;
use signal_hook::consts::{SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1};

use super::control::{ToMaster, ToServer};
use super::server::{Server, Stage};
use super::spawn::Spawner;
use super::{Event, MasterError};
use crate::clock::now;
use crate::log::Log;
use crate::net::Listener;
use crate::schedule::HandOver;
use crate::systemd;

/// What a master knows.
pub(super) struct Life {
    spawner: Spawner,
    listeners: Vec<Listener>,
    mercy: Duration,
    events: Sender<Event>,
    servers: Vec<Server>,
    /// The schedule that a server has left and no other has yet.
    schedule: Option<HandOver>,
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
/// Who lives so long has not died soon.
const SOON: Duration = Duration::from_secs(5);
/// The first wait after a server died soon; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const DOUBLINGS: u32 = 8;

impl Life {
    pub(super) fn new(
        spawner: Spawner,
        listeners: Vec<Listener>,
        mercy: Duration,
        events: Sender<Event>,
    ) -> Self {
        Self {
            spawner,
            listeners,
            mercy,
            events,
            servers: Vec::new(),
            schedule: None,
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

    /// Until something is to be done, whatever happens.
    fn wait(&self, now: Instant) -> Duration {
        let stages = self.servers.iter().filter_map(|server| match server.stage {
            Stage::Waiting(until) | Stage::Retiring(until) => Some(until),
            Stage::Starting | Stage::Serving => None,
        });
        let next = stages.chain(self.start_at).min();
        let wait = next.map_or(Duration::MAX, |at| at.saturating_duration_since(now));
        // A death that was not told is found all the same.
        wait.min(systemd::watch_every()).min(Duration::from_secs(1))
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
        let is_coming =
            |server: &Server| matches!(server.stage, Stage::Starting | Stage::Waiting(_));
        self.servers.iter().any(is_coming)
    }

    fn start(&mut self, now: Instant) -> io::Result<()> {
        let server = Server::start(&self.spawner, &self.events, now)?;
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
        let Some(new) = self
            .servers
            .iter()
            .position(|server| server.process() == process && server.stage == Stage::Starting)
        else {
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
        if !has_old {
            self.hand_on();
        }
    }

    /// Gives the schedule to the server that waits for it.
    fn hand_on(&mut self) {
        let waits = |server: &&mut Server| matches!(server.stage, Stage::Waiting(_));
        let Some(server) = self.servers.iter_mut().find(waits) else {
            return;
        };
        server.stage = Stage::Serving;
        server.tell(&ToServer::Begin(self.schedule.take()));
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
    }

    /// Sees to servers that have ended.
    fn reap(&mut self) -> Result<(), MasterError> {
        let mut number = 0;
        while number < self.servers.len() {
            match self.servers[number].ended() {
                Some(status) => {
                    let server = self.servers.remove(number);
                    self.bury(&server, status)?;
                }
                None => number += 1,
            }
        }
        Ok(())
    }

    fn bury(&mut self, server: &Server, status: ExitStatus) -> Result<(), MasterError> {
        let process = server.process();
        let lived = now().saturating_duration_since(server.started);
        let seconds = lived.as_secs_f64();
        if !self.has_started && !self.stopping {
            return Err(MasterError::NotStarted(status));
        }
        if self.stopping || !server.is_current() {
            // One that was still starting had nothing that could be cut short.
            let has_served = server.stage != Stage::Starting;
            self.cut_short |= self.stopping && has_served && !status.success();
            tracing::info!(process, %status, seconds, "a server has ended");
            return Ok(());
        }
        let serves = self.servers.iter().any(|server| server.stage == Stage::Serving);
        if serves {
            tracing::error!(
                process, %status,
                "the new server ended before it was ready: the old one serves on"
            );
            systemd::ready();
            // What was wrong may have been mended since.
            if let Some(reason) = self.reload_next.take() {
                self.reload(&reason);
            }
            return Ok(());
        }
        self.deaths = if lived < SOON { self.deaths + 1 } else { 0 };
        let wait = match self.deaths {
            // The first time it may have been anything.
            0 | 1 => Duration::ZERO,
            deaths => FIRST_WAIT * 2_u32.pow((deaths - 2).min(DOUBLINGS)),
        };
        tracing::error!(
            process, %status, seconds, wait = wait.as_secs_f64(),
            "a server died: another is started"
        );
        self.start_at = Some(now() + wait);
        Ok(())
    }

    /// Does what is due.
    fn keep_time(&mut self, now: Instant) {
        let is_current = self.servers.iter().any(Server::is_current);
        if self.start_at.is_some_and(|at| at <= now) {
            self.start_at = None;
            if !is_current && let Err(error) = self.start(now) {
                tracing::error!(%error, "no server can be started");
                self.start_at = Some(now + Duration::from_secs(1));
            }
        }
        let mut is_late = false;
        for server in &mut self.servers {
            match server.stage {
                Stage::Waiting(until) => is_late |= until <= now,
                Stage::Retiring(until) if until <= now => {
                    tracing::error!(
                        process = server.process(),
                        "a server doesn't end: it is killed"
                    );
                    server.signal(Signal::KILL);
                    server.stage = Stage::Retiring(now + self.mercy);
                }
                Stage::Starting | Stage::Serving | Stage::Retiring(_) => {}
            }
        }
        if is_late {
            tracing::error!("the old server keeps its schedule to itself: the new one begins anew");
            self.hand_on();
        }
    }
}
