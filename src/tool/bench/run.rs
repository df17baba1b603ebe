//! All threads of a load, from the warm-up to the end of the last request. It must not know what a
//! thread does, nor how the result is shown.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::{Duration, Instant};

use nix::sched::{CloneFlags, unshare};
use rustix::io::Errno;
use signal_hook::consts::SIGINT;
use signal_hook::flag;

use super::error::BenchError;
use super::generator::{Moment, Used};
use super::load::Load;
use super::options::Options;
use super::pace::{Pace, Rate};
use super::plan::{Plan, Shared};
use super::processes::Processes;
use super::progress::Progress;
use super::result::{Result as Figures, ServerUsed};
use super::tally::Tally;
use crate::tool::clock;

/// How often progress is shown.
const SHOW_EVERY: Duration = Duration::from_millis(200);
/// How often the server's processes are looked at, so that those that come and go are seen.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// What a thread brings home.
type Outcome = Result<(Tally, Used), Errno>;

pub(super) fn run(options: &Options, plan: &Plan) -> Result<Figures, BenchError> {
    let mut processes = match options.pid.as_slice() {
        [] => None,
        pids => Some(Processes::watch(pids)?),
    };
    let stop = stop_at_interrupt();
    let shared: Vec<Shared> =
        (0..options.threads).map(|_| Shared::new(Arc::clone(&stop))).collect();
    // Once to end the warm-up, once to go.
    let barrier = Barrier::new(shared.len() + 1);
    let (sender, outcomes) = channel();
    let (start, outcomes) = thread::scope(|scope| {
        for (thread, shared) in (0..).zip(&shared) {
            let (sender, barrier) = (sender.clone(), &barrier);
            // Nobody has left before all have told.
            scope.spawn(move || {
                sender.send(one_thread(options, plan, thread, shared, barrier)).ok()
            });
        }
        drop(sender);
        barrier.wait();
        if let Some(processes) = &mut processes {
            processes.look();
        }
        let start = clock::now();
        barrier.wait();
        (start, wait(options, &shared, &outcomes, processes.as_mut()))
    });
    let connections = share(options.connections.into(), 0, options.threads);
    finish(start, connections, outcomes, processes)
}

/// Warms up, waits for all others, and then counts.
fn one_thread(
    options: &Options,
    plan: &Plan,
    thread: u32,
    shared: &Shared,
    barrier: &Barrier,
) -> Outcome {
    // Descriptors that threads share cost each system call a count of who uses them: a twelfth of
    // all that a request costs. If a thread can't have its own, it goes without.
    unshare(CloneFlags::CLONE_FILES).ok();
    let warm_up = || {
        let connections = share(options.connections.into(), thread, options.threads);
        let mut load = Load::new(plan, shared, connections)?;
        if !options.warm_up().is_zero() {
            load.run(pace(options, thread, Some(options.warm_up()), None))?;
        }
        Ok(load)
    };
    let load: Result<Load<'_>, Errno> = warm_up();
    barrier.wait();
    barrier.wait();
    let mut load = load?;
    let requests = options.requests.map(|all| share(all, thread, options.threads));
    let before = Moment::now();
    let tally = load.run(pace(options, thread, options.duration(), requests))?;
    Ok((tally, Moment::now().since(before)))
}

/// The pace of this thread from now on. The threads' requests at a fixed rate take turns.
fn pace(options: &Options, thread: u32, time: Option<Duration>, requests: Option<u64>) -> Pace {
    let now = clock::now();
    let rate = options.rate.map(|rate| Rate {
        first: now + Duration::from_secs_f64(f64::from(thread) / rate),
        interval: f64::from(options.threads) / rate,
    });
    Pace::new(rate, time.map(|time| now + time), requests)
}

/// Waits for all threads, and meanwhile looks at the server and tells how far it is.
fn wait(
    options: &Options,
    shared: &[Shared],
    outcomes: &Receiver<Outcome>,
    mut processes: Option<&mut Processes>,
) -> Vec<Outcome> {
    let start = clock::now();
    let mut progress = Progress::new(options.duration(), options.requests);
    let mut next_look = start + LOOK_EVERY;
    let mut all = Vec::new();
    loop {
        let every = if progress.is_shown() { SHOW_EVERY } else { LOOK_EVERY };
        match outcomes.recv_timeout(every) {
            Ok(outcome) => all.push(outcome),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return all,
        }
        let now = clock::now();
        if now >= next_look {
            next_look = now + LOOK_EVERY;
            if let Some(processes) = processes.as_mut() {
                processes.look();
            }
        }
        let answers = shared.iter().map(Shared::answers).sum();
        let failures = shared.iter().map(Shared::failures).sum();
        progress.show(now - start, answers, failures);
    }
}

fn finish(
    start: Instant,
    connections: u64,
    outcomes: Vec<Outcome>,
    processes: Option<Processes>,
) -> Result<Figures, BenchError> {
    let server = processes.map(|mut processes| {
        processes.look();
        ServerUsed {
            cpu: processes.tree().spent(),
            ticks_per_second: procfs::ticks_per_second(),
            switches: processes.tree().switches(),
            memory: processes.memory(),
        }
    });
    let (mut tally, mut used) = (Tally::new(), Vec::new());
    for outcome in outcomes {
        let (one, by_one) = outcome?;
        tally.add(one);
        used.push(by_one);
    }
    let time = tally.last.map(|last| last.saturating_duration_since(start)).unwrap_or_default();
    Ok(Figures { tally, time, used, connections, server })
}

/// A flag that the first interrupt sets, so that there is a result of what was done; the second
/// ends the process.
fn stop_at_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    // SIGINT may be handled, so neither can fail; without them it just ends the process.
    flag::register_conditional_shutdown(SIGINT, 130, Arc::clone(&stop)).ok();
    flag::register(SIGINT, Arc::clone(&stop)).ok();
    stop
}

/// What this one of so many gets of `all`.
fn share<N>(all: u64, thread: u32, threads: u32) -> N
where
    N: TryFrom<u64> + Default,
{
    let (thread, threads) = (u64::from(thread), u64::from(threads));
    N::try_from(all / threads + u64::from(thread < all % threads)).unwrap_or_default()
}
