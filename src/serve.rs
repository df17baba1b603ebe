//! From the command line to a server that runs, and to its end. Knows everything below it and
//! none of their insides.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use cleanslate_proto::fastcgi::Capacity;
use crossbeam_channel::{Receiver, RecvTimeoutError, unbounded};
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
use signal_hook::iterator::Signals;

use crate::app::{App, BackgroundHandler, JobName, PacketLimits};
use crate::clock::{self, now};
use crate::config::{self, Options, Parsed, Settings, SpanText};
use crate::context::{
    self, Call, Context, Control, Db, DbSettings, Deadline, Ended, Keeper, Ledger, Surroundings,
};
use crate::net::{Listener, Shared, Traffic};
use crate::pool::{Counts, Ticks};
use crate::schedule::{self, Now, Ran, Schedule, Store, Zone};
use crate::worker::{Crew, NoAnswer, Pool};

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
    #[error("{0} threads were inside jobs when they had to end")]
    CutShort(usize),
}

/// Runs an application from the command line to its stop.
pub(crate) fn main(app: App) -> ExitCode {
    match run(app) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // Where nobody listens there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "{failure}");
            ExitCode::from(match failure {
                Failure::Usage(_) => 64,
                Failure::Settings(_) => 78,
                Failure::System(..) | Failure::StartHook | Failure::CutShort(_) => 70,
            })
        }
    }
}

fn run(app: App) -> Result<(), Failure> {
    if !app.mistakes().is_empty() {
        return Err(Failure::Settings(app.mistakes().join("\n")));
    }
    let options = match config::parse(app.name(), app.app_options(), std::env::args_os()) {
        Parsed::Serve(options) => options,
        Parsed::Simulate(options, span) => return simulate(app, options, &span),
        Parsed::Wrong(text) => return Err(Failure::Usage(text)),
        Parsed::Print(text) => {
            let _ = write!(std::io::stdout(), "{text}");
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
    if let Some(database) = &database {
        try_database(database)?;
    }
    // Bound before the hooks run: a second instance by mistake must not touch a live database.
    raise_descriptor_limit(&settings);
    let listeners: Vec<Listener> = settings
        .sockets
        .iter()
        .map(|(protocol, address)| Listener::bind(*protocol, address, &settings))
        .collect::<Result<_, _>>()
        .map_err(|error| Failure::Settings(error.to_string()))?;
    let surroundings = Arc::new(Surroundings {
        application,
        database,
        ledger: Ledger::default(),
        control: OnceLock::new(),
    });
    if !run_hooks(&surroundings, &surroundings.application.start_hooks) {
        return Err(Failure::StartHook);
    }
    let cut_short = serve(&settings, &surroundings, listeners, &signals)?;
    if cut_short > 0 {
        return Err(Failure::CutShort(cut_short));
    }
    run_hooks(&surroundings, &surroundings.application.stop_hooks);
    Ok(())
}

/// Prints what the application's schedule would do, and runs nothing.
fn simulate(app: App, options: Options, span: &SpanText) -> Result<(), Failure> {
    let zone = Zone::parse(options.text("cron-timezone").unwrap_or("local"));
    let zone = zone.map_err(|error| Failure::Usage(error.to_string()))?;
    let span = span.resolve(clock::both().wall).map_err(Failure::Usage)?;
    let application =
        app.build(options).map_err(|mistakes| Failure::Settings(mistakes.join("\n")))?;
    let ticks: Vec<_> =
        application.triggers.iter().map(|trigger| Arc::new(Ticks::new(&trigger.policy))).collect();
    let start = Now { monotonic: now(), wall: span.from };
    let never = |job: &str| {
        let _ = writeln!(std::io::stderr(), "{job}: it will never be due");
    };
    let mut schedule = Schedule::of(&application, &ticks, start, 1, &Ran::new(), never);
    let name_of = |signal| application.signal_name(signal).to_owned();
    let mut out = std::io::stdout().lock();
    // A reader that has seen enough is no failure.
    let _ = schedule::simulate(
        &mut schedule,
        start.monotonic,
        span,
        zone.time_zone(),
        name_of,
        &mut out,
    );
    Ok(())
}

/// Opens the database once: what can't be opened now won't be when a request asks for it.
fn try_database(database: &DbSettings) -> Result<(), Failure> {
    let path = database.path.display();
    let refused = |why: &dyn Display| Failure::Settings(format!("--database {path}: {why}"));
    if matches!(database.path.to_str(), Some("" | ":memory:")) {
        return Err(refused(&"each thread would have a database of its own"));
    }
    let db = Db::open(database, Arc::new(Deadline::new())).map_err(|error| refused(&error))?;
    db.close().map_err(|error| refused(&error))
}

/// Opens the file that keeps when crons ran last, and reads it.
fn open_store(path: &Path) -> Result<(Store, Ran), Failure> {
    let opened = Store::open(path).and_then(|store| store.ran().map(|ran| (store, ran)));
    let path = path.display();
    opened.map_err(|error| Failure::Settings(format!("--schedule-store {path}: {error}")))
}

/// Serves until told to stop; how many threads were still inside jobs at the end.
fn serve(
    settings: &Settings,
    surroundings: &Arc<Surroundings>,
    listeners: Vec<Listener>,
    signals: &Receiver<i32>,
) -> Result<usize, Failure> {
    for listener in &listeners {
        tracing::info!(
            socket = listener.name,
            protocol = %listener.protocol,
            workers = settings.workers,
            threads = settings.threads,
            "serving {}",
            surroundings.application.name
        );
    }
    let net = Arc::new(Shared {
        listeners,
        limits: PacketLimits {
            wire: settings.limits,
            memory: settings.post_buffering,
            modifiers: surroundings.application.modifiers(settings.allow_signals),
            capacity: Capacity {
                connections: settings.connections_max,
                requests: settings.connections_max,
            },
        },
        socket_timeout: settings.socket_timeout,
        keepalive: settings.keepalive,
        connections_max: settings.connections_max,
        clock: now,
        traffic: Traffic::default(),
    });
    let store = settings.schedule_store.as_deref().map(open_store).transpose()?;
    let (store, ran) = store.unzip();
    let ran = ran.unwrap_or_default();
    let pool = Pool::new(settings, Arc::clone(&net), Arc::clone(surroundings), &ran);
    let pool = Arc::new(pool.map_err(|error| Failure::System("event loops", error))?);
    let control: Arc<dyn Control> = Arc::<Pool>::clone(&pool);
    // Nobody else sets it.
    let _ = surroundings.control.set(Arc::downgrade(&control));
    let files = pool.watch_files().map_err(|error| Failure::Settings(error.to_string()))?;
    let crew = Crew::start(Arc::clone(&pool), files, store)
        .map_err(|error| Failure::System("threads", error))?;
    let mercy = if wait_for_stop(signals) == SIGINT { FAST } else { settings.reload_mercy };
    // First, so that nginx is refused at once and not kept waiting by a socket that nobody attends.
    net.listeners.iter().for_each(Listener::remove_file);
    let until = drain(&crew, &pool, signals, mercy);
    sum_up_ticks(&crew);
    let left = crew.stop(until.max(now() + FAST));
    for (job, since) in pool.running() {
        let took = now().saturating_duration_since(since).as_secs_f64();
        tracing::error!(job, took, "a job was cut short");
    }
    sum_up(&pool);
    Ok(left)
}

/// How long a fast stop waits for jobs and answers: they are told in microseconds, as a rule.
const FAST: Duration = Duration::from_millis(200);

fn is_stop(signal: i32) -> bool {
    matches!(signal, SIGTERM | SIGQUIT | SIGINT)
}

/// Waits for the first signal that asks for an end, and says which.
fn wait_for_stop(signals: &Receiver<i32>) -> i32 {
    while let Ok(signal) = signals.recv() {
        if is_stop(signal) {
            tracing::info!(signal, fast = signal == SIGINT, "stopping");
            return signal;
        }
        tracing::warn!(signal, "ignored: there is no reload yet, and nothing to reopen");
    }
    SIGTERM
}

/// Lets what is under way end, for as long as mercy lasts or until a second signal; until when the
/// threads may take their leave.
fn drain(crew: &Crew, pool: &Pool, signals: &Receiver<i32>, mercy: Duration) -> Instant {
    let until = now() + mercy;
    crew.drain();
    loop {
        match signals.recv_timeout(Duration::from_millis(5)) {
            Ok(signal) if is_stop(signal) => return now(),
            Ok(_) | Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return now(),
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
        expired = count(&traffic.expired),
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
    for (job, counts) in crew.ticks() {
        let Counts { runs, coalesced, skipped, missed, late } = counts;
        tracing::info!(job, runs, late, coalesced, skipped, missed, "ticks");
    }
}

fn start_logging(settings: &Settings) {
    let set = tracing_subscriber::fmt()
        .with_max_level(settings.log_level)
        .with_writer(std::io::stderr)
        // A log that can't be written, on a full disk for one, must not end the server.
        .log_internal_errors(false)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    if set.is_err() {
        tracing::debug!("the application logs in a way of its own");
    }
    context::install_hook();
}

/// Hands signals over as messages, so that none interrupts a job. Whoever asks for an end for the
/// third time gets it, whatever the server does then.
fn listen_for_signals() -> std::io::Result<Receiver<i32>> {
    let mut signals = Signals::new([SIGTERM, SIGQUIT, SIGINT, SIGHUP, SIGUSR1, SIGUSR2])?;
    // Bounded by how often a person sends signals to a process that is about to end.
    let (sender, receiver) = unbounded();
    std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut stops = 0;
        for signal in signals.forever() {
            stops += u32::from(is_stop(signal));
            if stops > 2 || sender.send(signal).is_err() {
                std::process::exit(70);
            }
        }
    })?;
    Ok(receiver)
}

/// Runs all hooks of a kind; hooks are jobs as well and pass the one door. False when one failed.
fn run_hooks(surroundings: &Arc<Surroundings>, hooks: &[(JobName, BackgroundHandler)]) -> bool {
    let mut keeper = Keeper::new(Arc::new(Deadline::new()), Arc::clone(surroundings));
    let ended = hooks.iter().map(|(job, handler)| {
        let call = Call::Background { job: *job, handler };
        Context::run(&mut keeper, &call, &mut NoAnswer)
    });
    // All of them run, whatever becomes of one.
    ended.filter(|ended| *ended != Ended::Done).count() == 0
}

/// Every connection is a descriptor, and so are databases: the soft limit is raised to fit.
fn raise_descriptor_limit(settings: &Settings) {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    /// Epolls, the log, the application's own.
    const OTHERS: usize = 1_024;
    /// Each thread's database, with its log and its index, and attached files.
    const A_THREAD: usize = 8;
    let threads = settings.workers * settings.threads;
    let wanted = (settings.connections_max + settings.queue + threads * A_THREAD + OTHERS) as u64;
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
