//! What the options come to: checked values in their own units. Touches nothing of the system.

mod capture;
mod cron;
mod log;
mod process;
mod reader;
mod recycle;
mod sockets;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::time::Duration;

use cleanslate_proto::limits::Limits;

pub(crate) use self::capture::CaptureSettings;
pub(crate) use self::cron::CronCommand;
pub(crate) use self::log::LogSettings;
pub(crate) use self::process::ProcessSettings;
use self::reader::Reader;
pub(crate) use self::recycle::RecycleSettings;
pub(crate) use self::sockets::SocketOwner;
use super::mistake::Mistakes;
use super::{Note, Options};
use crate::app::Protocol;
use crate::context::DbReset;

/// Everything the server is told, checked.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    pub(crate) sockets: Vec<(Protocol, String)>,
    /// Where the statistics are asked for.
    pub(crate) stats: Vec<String>,
    pub(crate) stats_http: bool,
    pub(crate) workers: usize,
    pub(crate) threads: usize,
    pub(crate) backlog: i32,
    pub(crate) socket_mode: u32,
    pub(crate) socket_owner: Option<SocketOwner>,
    pub(crate) queue: usize,
    pub(crate) connections_max: usize,
    pub(crate) socket_timeout: Duration,
    pub(crate) keepalive: Duration,
    pub(crate) limits: Limits,
    pub(crate) post_buffering: usize,
    pub(crate) allow_signals: bool,
    pub(crate) answer_file: u64,
    /// Bytes of an answer's head.
    pub(crate) answer_head: usize,
    /// None: requests may take for ever.
    pub(crate) harakiri: Option<Duration>,
    pub(crate) background_threads: usize,
    /// When so many are lost to handlers, another server takes over.
    pub(crate) lost_threads_max: usize,
    pub(crate) schedule_store: Option<PathBuf>,
    /// Raised signals that may wait.
    pub(crate) signal_queue: usize,
    pub(crate) database: Option<PathBuf>,
    pub(crate) db_reset: DbReset,
    pub(crate) reload_mercy: Duration,
    pub(crate) log_level: tracing::Level,
    pub(crate) process: ProcessSettings,
    pub(crate) log: LogSettings,
    pub(crate) recycle: RecycleSettings,
    /// Where requests that were slow or failed are kept, if they are.
    pub(crate) capture: Option<CaptureSettings>,
    /// Commands to run at set times.
    pub(crate) commands: Vec<CronCommand>,
    /// What whoever starts the server should know of.
    pub(crate) notes: Vec<Note>,
}

/// Half of the pool unless set.
fn lost_threads(reader: &mut Reader<'_>, threads: usize) -> usize {
    match reader.options.text("max-lost-threads") {
        None => threads.div_ceil(2),
        Some(_) => reader.number("max-lost-threads", 1..=1_000, "1 to 1000"),
    }
}

/// One bit of a word stands for each thread of the pool.
const THREADS_MAX: usize = 64;

impl Settings {
    /// Checks the options; `database` is the application's own default.
    ///
    /// # Errors
    /// All that is wrong, what was found while the options were read among it.
    pub(crate) fn resolve(options: &Options, database: Option<PathBuf>) -> Result<Self, Mistakes> {
        let mut reader = Reader::new(options);
        let settings = Self::read(&mut reader, database);
        match Mistakes::of(reader.mistakes) {
            None => Ok(settings),
            Some(mistakes) => Err(mistakes),
        }
    }

    fn read(reader: &mut Reader<'_>, database: Option<PathBuf>) -> Self {
        let (workers, threads, background_threads) = threads(reader);
        let process = ProcessSettings::read(reader);
        let log = LogSettings::read(reader);
        let level = "error, warn, info, debug or trace";
        Self {
            sockets: sockets::addresses(reader),
            stats: reader.options.all("stats").to_vec(),
            stats_http: reader.is_set("stats-http"),
            workers,
            threads,
            backlog: reader.number("listen", 1..=i32::MAX, "1 or more"),
            socket_mode: sockets::mode(reader),
            socket_owner: sockets::owner(reader),
            queue: reader.number("queue", 1..=1_000_000, "1 to 1000000"),
            connections_max: reader.number("max-connections", 1..=1_000_000, "1 to 1000000"),
            socket_timeout: reader.some_seconds("socket-timeout"),
            keepalive: reader.some_seconds("keepalive"),
            limits: limits(reader),
            allow_signals: reader.is_set("allow-signals"),
            answer_head: size(reader, "response-headers-limit", 1),
            answer_file: reader.bytes("limit-answer", 0..=u64::MAX / 2, "a number of bytes"),
            post_buffering: size(reader, "post-buffering", 0),
            harakiri: reader.seconds("harakiri"),
            background_threads,
            lost_threads_max: lost_threads(reader, workers * threads),
            schedule_store: reader.path("schedule-store"),
            signal_queue: reader.number("signal-queue", 1..=1_000_000, "1 to 1000000"),
            database: reader.path("database").or(database),
            db_reset: reader.parsed("db-reset", "recycle or close", DbReset::Recycle),
            reload_mercy: reader.seconds("reload-mercy").unwrap_or_default(),
            log_level: reader.parsed("log-level", level, tracing::Level::INFO),
            process,
            capture: CaptureSettings::read(reader, log.slow),
            log,
            recycle: RecycleSettings::read(reader),
            commands: cron::read(reader),
            notes: reader.options.notes.clone(),
        }
    }
}

/// Workers, threads of each, and how many may be in the background at once.
fn threads(reader: &mut Reader<'_>) -> (usize, usize, usize) {
    let workers = reader.number("processes", 1..=THREADS_MAX, "1 to 64");
    let most = THREADS_MAX / workers;
    let expected = "at least 1, and 64 threads in all at most";
    let threads = reader.number("threads", 1..=most, expected);
    let background = match reader.options.text("background-threads") {
        None => (workers * threads - 1).max(1),
        Some(_) => {
            let expected = "1 to the number of all threads";
            reader.number("background-threads", 1..=workers * threads, expected)
        }
    };
    (workers, threads, background)
}

fn limits(reader: &mut Reader<'_>) -> Limits {
    let buffer_size = reader.bytes("buffer-size", 1..=65_535, "1 to 65535 bytes");
    Limits {
        buffer_size: usize::try_from(buffer_size).unwrap_or(usize::MAX),
        max_vars: reader.number("max-vars", 1..=65_535, "1 to 65535"),
        limit_post: reader.bytes("limit-post", 0..=u64::MAX, "a number of bytes"),
    }
}

fn size(reader: &mut Reader<'_>, option: &str, least: u64) -> usize {
    let most = u64::try_from(usize::MAX).unwrap_or(u64::MAX);
    let bytes = reader.bytes(option, least..=most, "a number of bytes");
    usize::try_from(bytes).unwrap_or(usize::MAX)
}
