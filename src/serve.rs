//! From the command line to a server that runs, and to its end. Knows everything below it and
//! none of their insides.

use std::io::IsTerminal;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::app::{App, BackgroundHandler, Error, JobName, Response};
use crate::config::{self, Parsed, Settings};
use crate::context::{
    self, Call, Context, DbSettings, Deadline, Deliver, Ended, Keeper, Ledger, Surroundings,
};
use crate::net::{Listener, Shared, Traffic};
use crate::schedule::now;
use crate::worker::{Crew, Pool};

/// Why the server doesn't start, or ended badly. The codes are those of sysexits.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error("{0}")]
    Usage(String),
    #[error("{0}")]
    Settings(String),
    #[error("{0}: {1}")]
    System(&'static str, std::io::Error),
    #[error("a start hook failed: nothing is served")]
    StartHook,
}

/// Runs an application from the command line to its stop.
pub(crate) fn main(app: App) -> ExitCode {
    match run(app) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Before logging is set up there is no other place, and after it operators look here too.
            #[allow(clippy::print_stderr, reason = "this is the program's last word")]
            {
                eprintln!("{failure}");
            }
            ExitCode::from(match failure {
                Failure::Usage(_) => 64,
                Failure::Settings(_) => 78,
                Failure::System(..) | Failure::StartHook => 70,
            })
        }
    }
}

fn run(app: App) -> Result<(), Failure> {
    let options = match config::parse(app.name(), app.app_options(), std::env::args_os()) {
        Parsed::Serve(options) => options,
        Parsed::Wrong(text) => return Err(Failure::Usage(text)),
        Parsed::Print(text) => {
            #[allow(clippy::print_stdout, reason = "help was asked for")]
            {
                print!("{text}");
            }
            return Ok(());
        }
    };
    let settings = Settings::resolve(&options, app.default_database())
        .map_err(|invalid| Failure::Settings(invalid.to_string()))?;
    let application =
        app.build(options).map_err(|mistakes| Failure::Settings(mistakes.join("\n")))?;
    start_logging(&settings);
    let signals = listen_for_signals().map_err(|error| Failure::System("signals", error))?;
    let database = settings.database.as_ref().map(|path| {
        let mut database = DbSettings::new(path);
        database.reset = settings.db_reset;
        database
    });
    let surroundings = Arc::new(Surroundings { application, database, ledger: Ledger::default() });
    run_hooks(&surroundings, &surroundings.application.start_hooks)?;
    serve(&settings, &surroundings, &signals)?;
    run_hooks(&surroundings, &surroundings.application.stop_hooks).ok();
    Ok(())
}

fn serve(
    settings: &Settings,
    surroundings: &Arc<Surroundings>,
    signals: &Receiver<i32>,
) -> Result<(), Failure> {
    raise_descriptor_limit(settings.connections_max);
    let listeners: Vec<Listener> = settings
        .sockets
        .iter()
        .map(|address| Listener::bind(address, settings))
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Settings(error.to_string()))?;
    for listener in &listeners {
        tracing::info!(
            socket = listener.name,
            workers = settings.workers,
            threads = settings.threads,
            "serving {}",
            surroundings.application.name
        );
    }
    let net = Arc::new(Shared {
        listeners,
        limits: settings.limits,
        socket_timeout: settings.socket_timeout,
        connections_max: settings.connections_max,
        clock: now,
        closed: AtomicBool::new(false),
        traffic: Traffic::default(),
    });
    let pool = Pool::new(settings, Arc::clone(&net), Arc::clone(surroundings));
    let pool = Arc::new(pool.map_err(|error| Failure::System("event loops", error))?);
    let crew = Crew::start(Arc::clone(&pool)).map_err(|error| Failure::System("threads", error))?;
    wait_for_stop(signals);
    // First, so that nginx is refused at once and not kept waiting by a socket that nobody attends.
    net.listeners.iter().for_each(Listener::remove_file);
    let until = drain(&crew, &pool, signals, settings.reload_mercy);
    let cut_short: Vec<String> = pool.running().iter().map(|(job, _)| (*job).to_owned()).collect();
    sum_up_ticks(&crew);
    let left = crew.stop(until.max(now() + Duration::from_millis(100)));
    if left > 0 {
        tracing::error!(threads = left, jobs = ?cut_short, "jobs were cut short");
    }
    sum_up(&pool);
    Ok(())
}

/// Waits for the first signal that asks for an end.
fn wait_for_stop(signals: &Receiver<i32>) {
    while let Ok(signal) = signals.recv() {
        if signal != SIGHUP {
            let fast = signal == SIGINT;
            tracing::info!(signal, fast, "stopping");
            return;
        }
        tracing::warn!("a reload needs a master: run with one, or restart");
    }
}

/// Lets what is under way end, for as long as mercy lasts or until a second signal; until when the
/// threads may take their leave.
fn drain(crew: &Crew, pool: &Pool, signals: &Receiver<i32>, mercy: Duration) -> Instant {
    let until = now() + mercy;
    crew.drain();
    loop {
        match signals.recv_timeout(Duration::from_millis(5)) {
            Ok(SIGHUP) | Err(RecvTimeoutError::Timeout) => {}
            Ok(_) | Err(RecvTimeoutError::Disconnected) => return now(),
        }
        if pool.is_quiet() {
            return until;
        }
        if now() >= until {
            tracing::warn!(mercy = mercy.as_secs_f64(), "what is under way is cut short");
            return now();
        }
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
        bad = count(&traffic.bad),
        stalled = count(&traffic.stalled),
        unread = count(&traffic.unread),
        shed = count(&traffic.shed),
        left = count(&traffic.left),
        "stopped"
    );
    for (job, reason, count) in pool.surroundings.ledger.counts() {
        let job = pool.surroundings.application.job_name(job);
        tracing::warn!(job, %reason, count, "left behind, and cleaned up");
    }
}

fn sum_up_ticks(crew: &Crew) {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    for (job, ticks) in crew.ticks() {
        tracing::info!(
            job,
            runs = count(&ticks.runs),
            late = count(&ticks.late),
            coalesced = count(&ticks.coalesced),
            skipped = count(&ticks.skipped),
            missed = count(&ticks.missed),
            "ticks"
        );
    }
}

fn start_logging(settings: &Settings) {
    tracing_subscriber::fmt()
        .with_max_level(settings.log_level)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .init();
    context::install_hook();
}

/// Hands signals over as messages, so that none interrupts a job.
fn listen_for_signals() -> std::io::Result<Receiver<i32>> {
    let mut signals = Signals::new([SIGTERM, SIGQUIT, SIGINT, SIGHUP])?;
    // Bounded by how often a person sends signals to a process that is about to end.
    let (sender, receiver) = unbounded();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        for signal in signals.forever() {
            if sender.send(signal).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Hooks are jobs as well: they pass the one door.
fn run_hooks(
    surroundings: &Arc<Surroundings>,
    hooks: &[(JobName, BackgroundHandler)],
) -> Result<(), Failure> {
    let mut keeper = Keeper::new(Arc::new(Deadline::new()), Arc::clone(surroundings));
    for (job, handler) in hooks {
        let call = Call::Background { job: *job, handler };
        if Context::run(&mut keeper, &call, &mut Nobody) != Ended::Done {
            return Err(Failure::StartHook);
        }
    }
    Ok(())
}

/// A hook has nobody to answer.
struct Nobody;

impl Deliver for Nobody {
    fn whole(&mut self, _: Response) {}

    fn begin(&mut self, _: &Response) -> Option<&mut dyn std::io::Write> {
        None
    }

    fn is_gone(&self) -> bool {
        false
    }

    fn end(&mut self, _: Option<Error>) {}
}

/// Every connection is a descriptor, and so are databases: the soft limit is raised to fit.
fn raise_descriptor_limit(connections_max: usize) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// Databases with their logs, epolls, the log, the application's own.
    const OTHERS: u64 = 1_024;
    let wanted = connections_max as u64 + OTHERS;
    let limit = getrlimit(Resource::Nofile);
    let raised = limit.maximum.map_or(wanted, |most| most.min(wanted));
    if limit.current.is_none_or(|current| current >= wanted) {
        return;
    }
    let new = Rlimit { current: Some(raised), maximum: limit.maximum };
    if let Err(error) = setrlimit(Resource::Nofile, new) {
        tracing::warn!(%error, "the limit of open files can't be raised");
    }
    if raised < wanted {
        tracing::warn!(
            limit = raised,
            wanted,
            "fewer files may be open than max-connections needs: raise the hard limit (LimitNOFILE)"
        );
    }
}
