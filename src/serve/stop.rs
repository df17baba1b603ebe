//! What a server does when it is told something: begins its schedule, retires, stops. Knows nothing of who tells it.

use std::time::{Duration, Instant};

use crossbeam_channel::RecvTimeoutError;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};

use super::server::Outside;
use super::signals::is_stop;
use super::summary::{sum_up, sum_up_ticks};
use super::supervisor::Told;
use crate::clock::now;
use crate::master::control::ToMaster;
use crate::net::Listener;
use crate::systemd;
use crate::worker::{Crew, Pool};

/// A server's end, near or far.
pub(super) struct Stop {
    /// Until when its threads may take their leave.
    until: Instant,
}

/// How long a fast stop waits for jobs and answers: they are told in microseconds, as a rule.
const FAST: Duration = Duration::from_millis(200);
/// How long a server that serves has for what waits, as it takes that at once.
const TAKING: Duration = Duration::from_millis(50);
/// How often it is looked at whether all is done.
const LOOK: Duration = Duration::from_millis(5);

/// A server that serves, and what it is told by.
pub(super) struct Serving<'a> {
    pub(super) crew: &'a Crew,
    pub(super) pool: &'a Pool,
    pub(super) outside: &'a Outside<'a>,
}

/// How a wait for the end of what is under way has ended.
enum Quiet {
    Reached,
    Late,
    /// A signal asks for an end.
    Told(i32),
}

impl Serving<'_> {
    /// Serves until it is told to stop, or to leave it to another, and all is done.
    pub(super) fn wait(&self, mercy: Duration) -> Stop {
        let Self { pool, outside: Outside { supervisor, log, commands }, .. } = *self;
        loop {
            let told = match supervisor.told.recv_timeout(systemd::watch_every()) {
                Ok(told) => told,
                Err(RecvTimeoutError::Timeout) => {
                    if !pool.is_lost() {
                        systemd::still_alive();
                    }
                    continue;
                }
                // Those who tell live as long as the process.
                Err(RecvTimeoutError::Disconnected) => Told::Signal(SIGTERM),
            };
            match told {
                Told::Begin(schedule) => pool.begin_schedule(schedule.as_ref()),
                Told::Adopt(running) => commands.adopt(running),
                Told::CommandsChanged => self.tell_of_commands(),
                Told::Outgrown { reason, holders } => {
                    tracing::info!(reason, holders, "another server should take over");
                    supervisor.tell(&ToMaster::Recycle(reason));
                }
                Told::Retire => {
                    supervisor.tell(&ToMaster::HandOver(pool.retire()));
                    let seconds = mercy.as_secs_f64();
                    tracing::info!(mercy = seconds, "retiring: another server accepts");
                    return self.retire(mercy);
                }
                Told::Signal(signal) if is_stop(signal) => {
                    let mercy = if signal == SIGINT { FAST } else { mercy };
                    tracing::info!(signal, fast = signal == SIGINT, "stopping");
                    return self.stop(mercy);
                }
                Told::Orphaned => {
                    tracing::error!("the master is gone: stopping");
                    // Its sockets are nobody else's: the next master finds them free at once.
                    pool.net.inherit();
                    return self.stop(mercy);
                }
                Told::Signal(SIGUSR1) if !supervisor.has_master() => log.reopen(),
                Told::Signal(SIGHUP) => tracing::warn!(
                    "HUP is ignored: a reload needs a master (master = true), whose process gets it"
                ),
                Told::Signal(signal) => tracing::warn!(signal, "ignored"),
            }
        }
    }

    /// Takes nothing new, and lets what is under way end: for as long as mercy lasts, or until it is told
    /// once more.
    fn stop(&self, mercy: Duration) -> Stop {
        systemd::stopping();
        let net = &self.pool.net;
        // First, so that nginx is refused at once and not kept waiting by a socket that nobody attends.
        net.listeners.iter().for_each(Listener::remove_file);
        self.crew.drain();
        net.for_stats.iter().for_each(Listener::refuse_new);
        let until = now() + mercy;
        match self.wait_for_quiet(until) {
            Quiet::Reached => Stop { until },
            Quiet::Late | Quiet::Told(_) => {
                tracing::warn!(mercy = mercy.as_secs_f64(), "what is under way is cut short");
                Stop { until: now() }
            }
        }
    }

    /// Sees out the connections that are here: they are served until their peers leave, or mercy is over.
    /// Commands run on, and are another server's to see to.
    fn retire(&self, mercy: Duration) -> Stop {
        self.outside.commands.leave();
        let until = now() + mercy;
        match self.wait_for_quiet(until) {
            Quiet::Reached => Stop { until },
            Quiet::Late | Quiet::Told(SIGINT) => self.stop(FAST),
            // It is the first that this server hears of it: what is under way is still answered.
            Quiet::Told(_) => self.stop(until.saturating_duration_since(now())),
        }
    }

    fn wait_for_quiet(&self, until: Instant) -> Quiet {
        let Self { crew, pool, outside } = self;
        loop {
            match outside.supervisor.told.recv_timeout(LOOK) {
                Ok(Told::Signal(signal)) if is_stop(signal) => return Quiet::Told(signal),
                Ok(Told::Orphaned) => self.give_up_sockets(),
                Ok(Told::CommandsChanged) => self.tell_of_commands(),
                Ok(_) | Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return Quiet::Late,
            }
            if crew.has_left_its_schedule() && pool.is_quiet() && outside.commands.is_quiet() {
                return Quiet::Reached;
            }
            if now() >= until {
                return Quiet::Late;
            }
        }
    }

    /// The master is gone while others accept, or nobody: what waits is theirs to take, and then its
    /// sockets are free.
    fn give_up_sockets(&self) {
        tracing::error!("the master is gone: its sockets are given up");
        std::thread::park_timeout(TAKING);
        let net = &self.pool.net;
        net.inherit();
        net.listeners.iter().chain(&net.for_stats).for_each(Listener::refuse_new);
    }

    /// So that another server can see to them, whatever becomes of this one.
    fn tell_of_commands(&self) {
        let Outside { supervisor, commands, .. } = self.outside;
        supervisor.tell(&ToMaster::Commands(commands.running()));
    }
}

impl Stop {
    /// Ends all threads and says what was done; how many were still inside jobs.
    pub(super) fn end(self, crew: Crew, pool: &Pool) -> usize {
        sum_up_ticks(&crew);
        let left = crew.stop(self.until.max(now() + FAST));
        for (job, since) in pool.running() {
            let took = now().saturating_duration_since(since).as_secs_f64();
            tracing::error!(job, took, "a job was cut short");
        }
        sum_up(pool);
        left
    }
}
