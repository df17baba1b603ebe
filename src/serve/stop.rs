//! What a server does when it is told something: begins its schedule, retires, stops, and says what it
//! has done. Knows nothing of who tells it.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};

use super::signals::is_stop;
use super::supervisor::{Supervisor, Told};
use crate::clock::now;
use crate::log::Log;
use crate::master::control::ToMaster;
use crate::net::Listener;
use crate::pool::Counts;
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

/// Serves until it is told to stop, or to leave it to another, and all is done.
pub(super) fn wait(
    crew: &Crew,
    pool: &Pool,
    supervisor: &Supervisor,
    log: &Log,
    mercy: Duration,
) -> Stop {
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
            Told::Outgrown { reason, holders } => {
                tracing::info!(reason, holders, "another server should take over");
                supervisor.tell(&ToMaster::Recycle(reason));
            }
            Told::Retire => {
                supervisor.tell(&ToMaster::HandOver(pool.retire()));
                tracing::info!(mercy = mercy.as_secs_f64(), "retiring: another server accepts");
                return retire(crew, pool, &supervisor.told, mercy);
            }
            Told::Signal(signal) if is_stop(signal) => {
                let mercy = if signal == SIGINT { FAST } else { mercy };
                tracing::info!(signal, fast = signal == SIGINT, "stopping");
                return stop(crew, pool, &supervisor.told, mercy);
            }
            Told::Orphaned => {
                tracing::error!("the master is gone: stopping");
                // Its sockets are nobody else's: the next master finds them free at once.
                pool.net.inherit();
                return stop(crew, pool, &supervisor.told, mercy);
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
fn stop(crew: &Crew, pool: &Pool, told: &Receiver<Told>, mercy: Duration) -> Stop {
    systemd::stopping();
    // First, so that nginx is refused at once and not kept waiting by a socket that nobody attends.
    pool.net.listeners.iter().for_each(Listener::remove_file);
    crew.drain();
    pool.net.for_stats.iter().for_each(Listener::refuse_new);
    let until = now() + mercy;
    match wait_for_quiet(crew, pool, told, until) {
        Quiet::Reached => Stop { until },
        Quiet::Late | Quiet::Told(_) => {
            tracing::warn!(mercy = mercy.as_secs_f64(), "what is under way is cut short");
            Stop { until: now() }
        }
    }
}

/// Sees out the connections that are here: they are served until their peers leave, or mercy is over.
fn retire(crew: &Crew, pool: &Pool, told: &Receiver<Told>, mercy: Duration) -> Stop {
    let until = now() + mercy;
    match wait_for_quiet(crew, pool, told, until) {
        Quiet::Reached => Stop { until },
        Quiet::Late | Quiet::Told(SIGINT) => stop(crew, pool, told, FAST),
        // It is the first that this server hears of it: what is under way is still answered.
        Quiet::Told(_) => stop(crew, pool, told, until.saturating_duration_since(now())),
    }
}

/// How a wait for the end of what is under way has ended.
enum Quiet {
    Reached,
    Late,
    /// A signal asks for an end.
    Told(i32),
}

fn wait_for_quiet(crew: &Crew, pool: &Pool, told: &Receiver<Told>, until: Instant) -> Quiet {
    loop {
        match told.recv_timeout(LOOK) {
            Ok(Told::Signal(signal)) if is_stop(signal) => return Quiet::Told(signal),
            Ok(Told::Orphaned) => give_up_sockets(pool),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Quiet::Late,
        }
        if crew.has_left_its_schedule() && pool.is_quiet() {
            return Quiet::Reached;
        }
        if now() >= until {
            return Quiet::Late;
        }
    }
}

/// The master is gone while others accept, or nobody: what waits is theirs to take, and then its sockets
/// are free.
fn give_up_sockets(pool: &Pool) {
    tracing::error!("the master is gone: its sockets are given up");
    std::thread::park_timeout(TAKING);
    pool.net.inherit();
    pool.net.listeners.iter().chain(&pool.net.for_stats).for_each(Listener::refuse_new);
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

fn sum_up(pool: &Pool) {
    let totals = pool.totals();
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let traffic = &pool.net.traffic;
    tracing::info!(
        requests = totals.requests,
        ticks = totals.ticks,
        failures = totals.failures,
        panics = totals.panics,
        late = totals.late,
        expired = count(&traffic.expired),
        bad = count(&traffic.bad),
        stalled = count(&traffic.stalled),
        unread = count(&traffic.unread),
        shed = count(&traffic.shed),
        left = count(&traffic.left),
        "stopped"
    );
    for (job, reason, count) in pool.surroundings.left_behind.counts() {
        let job = pool.surroundings.application.job_name(job);
        tracing::warn!(job, %reason, count, "left behind, and cleaned up");
    }
}

fn sum_up_ticks(crew: &Crew) {
    for (job, counts) in crew.ticks() {
        let Counts { runs, coalesced, skipped, missed, late } = counts;
        tracing::info!(job, runs, late, coalesced, skipped, missed, "ticks");
    }
}
