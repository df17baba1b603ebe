//! Where log lines go: standard output or a file, written by a thread of its own so that no job waits
//! for a disk. Knows nothing of what is logged, but that it is lines.

mod file;
mod requests;

use std::io::{self, IsTerminal, Write};
use std::sync::{Arc, Mutex, PoisonError};

use tracing_appender::non_blocking::{ErrorCounter, NonBlocking, NonBlockingBuilder, WorkerGuard};

pub(crate) use file::{FileSettings, LogFile};
pub(crate) use requests::{Format, Line, RequestLog, RequestLogSettings, Sent};

use crate::context;

/// The log of this process. What waits to be written is written when it is dropped.
pub(crate) struct Log {
    file: Option<Sink>,
    dropped: ErrorCounter,
    out: NonBlocking,
    /// Held, as it is what writes at the end.
    _guard: WorkerGuard,
}

/// A log file that several may write to.
#[derive(Clone)]
pub(crate) struct Sink(Arc<Mutex<LogFile>>);

/// So many lines may wait for a slow disk; what comes then is dropped and counted.
const LINES_MAX: usize = 16_384;

impl Log {
    /// Logs to a file, or to standard output without one.
    pub(crate) fn start(level: tracing::Level, is_json: bool, file: Option<Sink>) -> Self {
        let builder = NonBlockingBuilder::default()
            .lossy(true)
            .buffered_lines_limit(LINES_MAX)
            .thread_name("log");
        let (writer, guard) = match &file {
            Some(sink) => builder.finish(sink.clone()),
            None => builder.finish(io::stdout()),
        };
        let dropped = writer.error_counter();
        subscribe(level, is_json, writer.clone(), file.is_none() && io::stdout().is_terminal());
        context::install_hook();
        Self { file, dropped, out: writer, _guard: guard }
    }

    /// Opens the file anew, after it was put elsewhere.
    pub(crate) fn reopen(&self) {
        match self.file.as_ref().map(Sink::reopen) {
            Some(Ok(())) => tracing::info!("the log is opened anew"),
            Some(Err(error)) => tracing::error!(%error, "the log can't be opened anew"),
            None => tracing::warn!("there is no log file to open anew"),
        }
    }

    /// Removes what the file has from earlier processes, where that was asked for.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn forget_earlier(&self) -> io::Result<()> {
        self.file.as_ref().map_or(Ok(()), Sink::forget_earlier)
    }

    /// Where requests are logged, if any are.
    pub(crate) fn requests(&self, settings: RequestLogSettings) -> Option<RequestLog> {
        RequestLog::new(settings, self.out.clone())
    }

    /// The count of lines that were not written, for who asks now and then.
    pub(crate) fn dropped_counter(&self) -> ErrorCounter {
        self.dropped.clone()
    }

    /// Lines that were not written, as too many waited.
    pub(crate) fn dropped(&self) -> usize {
        self.dropped.dropped_lines()
    }
}

fn subscribe(level: tracing::Level, is_json: bool, writer: NonBlocking, is_terminal: bool) {
    let lines = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_writer(writer)
        // A log that can't be written, on a full disk for one, must not end the server.
        .log_internal_errors(false)
        .with_target(false);
    let is_set = if is_json {
        lines.json().flatten_event(true).with_current_span(false).try_init()
    } else {
        lines.with_ansi(is_terminal).try_init()
    };
    if is_set.is_err() {
        tracing::debug!("the application logs in a way of its own");
    }
}

impl Sink {
    /// Opens the file.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn open(settings: FileSettings) -> io::Result<Self> {
        Ok(Self(Arc::new(Mutex::new(LogFile::open(settings)?))))
    }

    fn forget_earlier(&self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).forget_earlier()
    }

    pub(crate) fn reopen(&self) -> io::Result<()> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).reopen()
    }
}

impl Write for Sink {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(line)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
