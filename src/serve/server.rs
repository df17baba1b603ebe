//! A server: from an application and its settings to the last answer. Knows nothing of who started it,
//! but what it is told.

use std::fmt::Display;
use std::io;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use cleanslate_proto::fastcgi::Capacity;

use super::stop::Serving;
use super::supervisor::Supervisor;
use super::{Failure, descriptors, hooks, observe, recycle};
use crate::app::{Application, PacketLimits};
use crate::capture::Capture;
use crate::clock::now;
use crate::commands::Commands;
use crate::config::{LogSettings, Settings};
use crate::context::{Control, Db, DbSettings, Deadline, LeftBehind, Surroundings};
use crate::log::{Log, RequestLog, RequestLogSettings};
use crate::net::{Listener, Shared, Traffic};
use crate::schedule::{Ran, Store};
use crate::stats::{self, Limits};
use crate::worker::{Crew, Pool};

/// What a server has that isn't the application's: who tells it, where it logs, what it runs beside.
pub(super) struct Outside<'a> {
    pub(super) supervisor: &'a Supervisor,
    pub(super) log: &'a Log,
    pub(super) commands: &'a Arc<Commands>,
}

/// Serves until told to stop.
pub(super) fn run(
    settings: &Settings,
    application: Application,
    database: Option<DbSettings>,
    listeners: Vec<Listener>,
    outside: &Outside<'_>,
    started: impl FnOnce() -> io::Result<()>,
) -> Result<(), Failure> {
    if let Some(database) = &database {
        try_database(database)?;
    }
    descriptors::raise_limit(settings);
    let surroundings = Arc::new(Surroundings {
        application,
        database,
        left_behind: LeftBehind::default(),
        control: OnceLock::new(),
    });
    // The sockets are bound: a second instance by mistake does not touch a live database.
    if !hooks::run(&surroundings, &surroundings.application.start_hooks) {
        return Err(Failure::StartHook);
    }
    let cut_short = serve(settings, &surroundings, listeners, outside, started)?;
    let commands = outside.commands.end();
    if cut_short > 0 {
        return Err(Failure::CutShort(cut_short));
    }
    if commands > 0 {
        return Err(Failure::CommandsCutShort(commands));
    }
    hooks::run(&surroundings, &surroundings.application.stop_hooks);
    Ok(())
}

/// How the database is opened, if there is one.
pub(super) fn database(settings: &Settings) -> Result<Option<DbSettings>, Failure> {
    let Some(path) = &settings.database else { return Ok(None) };
    let mut database = DbSettings::new(path);
    database.reset = settings.db_reset;
    Ok(Some(database))
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

/// Serves; how many threads were still inside jobs at the end.
fn serve(
    settings: &Settings,
    surroundings: &Arc<Surroundings>,
    listeners: Vec<Listener>,
    outside: &Outside<'_>,
    started: impl FnOnce() -> io::Result<()>,
) -> Result<usize, Failure> {
    let Outside { supervisor, log, .. } = *outside;
    let net = Arc::new(shared(settings, surroundings, listeners));
    let store = settings.schedule_store.as_deref().map(open_store).transpose()?;
    let (store, ran) = store.unzip();
    let ran = ran.unwrap_or_default();
    let requests = request_log(settings, log);
    let capture = capture(settings, surroundings)?;
    let own = Arc::clone(surroundings);
    let pool = Pool::new(settings, Arc::clone(&net), own, requests, capture, &ran);
    let pool = Arc::new(pool.map_err(|error| Failure::System("event loops", error))?);
    let control: Arc<dyn Control> = Arc::<Pool>::clone(&pool);
    // Nobody else sets it.
    let _ = surroundings.control.set(Arc::downgrade(&control));
    let files = pool.watch_files().map_err(|error| match error.is_exhausted() {
        true => Failure::Exhausted(error.to_string()),
        false => Failure::Settings(error.to_string()),
    })?;
    let threads = |error| Failure::System("threads", error);
    let crew = Crew::start(Arc::clone(&pool), files, store).map_err(threads)?;
    let count = settings.workers * settings.threads;
    observe::observe(Arc::downgrade(&pool), count).map_err(threads)?;
    let limits = Limits::of(settings, supervisor.has_master(), log.dropped_counter());
    serve_stats(settings, &pool, limits)?;
    if supervisor.has_master() {
        let (limits, lost_max) = (settings.recycle.clone(), settings.lost_threads_max);
        recycle::watch(limits, lost_max, Arc::downgrade(&pool), supervisor.teller())
            .map_err(threads)?;
    } else if !settings.recycle.is_empty() || !settings.process.touch_reload.is_empty() {
        tracing::warn!("reload-on-rss, touch-reload and their like need master = true");
    }
    for listener in &net.listeners {
        tracing::info!(
            socket = listener.name,
            protocol = %listener.protocol,
            workers = settings.workers,
            threads = settings.threads,
            "serving {}",
            surroundings.application.name
        );
    }
    started().map_err(|error| Failure::System("the background", error))?;
    supervisor.ready();
    let serving = Serving { crew: &crew, pool: &pool, outside };
    let left = serving.wait(settings.reload_mercy).end(crew, &pool);
    if let Some(capture) = &pool.capture {
        capture.finish();
    }
    Ok(left)
}

fn serve_stats(settings: &Settings, pool: &Arc<Pool>, limits: Limits) -> Result<(), Failure> {
    let listeners = &pool.net.for_stats;
    if listeners.is_empty() {
        return Ok(());
    }
    for listener in listeners {
        tracing::info!(socket = listener.name, http = settings.stats_http, "statistics");
    }
    stats::serve(pool, settings.stats_http, limits)
        .map_err(|error| Failure::System("threads", error))
}

/// What keeps requests that are slow or fail, if that is asked for.
fn capture(settings: &Settings, surroundings: &Surroundings) -> Result<Option<Capture>, Failure> {
    let Some(settings) = &settings.capture else { return Ok(None) };
    let started = Capture::start(settings, surroundings.application.name);
    let folder = settings.folder.display();
    let started =
        started.map_err(|error| Failure::Settings(format!("--capture {folder}: {error}")))?;
    Ok(Some(started))
}

/// What is logged of requests, if anything.
fn request_log(settings: &Settings, log: &Log) -> Option<RequestLog> {
    let LogSettings { requests: all, json, slow, ref format, .. } = settings.log;
    log.requests(RequestLogSettings { format: format.clone(), json, all, slow })
}

fn shared(settings: &Settings, surroundings: &Surroundings, listeners: Vec<Listener>) -> Shared {
    let (for_stats, listeners) = listeners.into_iter().partition(|listener| listener.is_stats);
    Shared {
        listeners,
        for_stats,
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
    }
}
