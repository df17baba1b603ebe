//! The request log: a line for each request, or for each slow one, in uWSGI's words or as JSON. Knows
//! nothing of how requests are served.

mod format;
mod json;

use std::io::Write;
use std::time::Duration;

use jiff::Zoned;
use tracing_appender::non_blocking::NonBlocking;

pub(crate) use self::format::Format;
use crate::app::Request;

/// What is logged of requests, and how.
#[derive(Clone)]
pub(crate) struct RequestLog {
    settings: RequestLogSettings,
    out: NonBlocking,
    line: Vec<u8>,
}

#[derive(Clone, Debug)]
pub(crate) struct RequestLogSettings {
    pub(crate) format: Format,
    pub(crate) json: bool,
    /// Every request, and not only slow ones.
    pub(crate) all: bool,
    /// A request that takes so long is logged in any case.
    pub(crate) slow: Option<Duration>,
}

/// A request that has its answer.
pub(crate) struct Line<'a> {
    pub(crate) request: &'a Request,
    /// The name of its job, if it came to one.
    pub(crate) job: Option<&'a str>,
    pub(crate) sent: Sent,
    /// From the moment at which it was whole.
    pub(crate) took: Duration,
    /// Both counted from 1.
    pub(crate) worker: usize,
    pub(crate) thread: usize,
    /// Requests of this thread, and of all.
    pub(crate) requests: (u64, u64),
}

/// What was sent as the answer.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sent {
    pub(crate) status: u16,
    pub(crate) headers: usize,
    /// In bytes; what a protocol adds around them doesn't count.
    pub(crate) head: usize,
    pub(crate) body: u64,
}

impl RequestLog {
    /// None where nothing is to be logged.
    pub(super) fn new(settings: RequestLogSettings, out: NonBlocking) -> Option<Self> {
        let wanted = settings.all || settings.slow.is_some();
        wanted.then(|| Self { settings, out, line: Vec::new() })
    }

    /// Whether a request that took so long is logged.
    pub(crate) fn wants(&self, took: Duration) -> bool {
        self.settings.all || self.settings.slow.is_some_and(|slow| took >= slow)
    }

    /// Logs a request.
    pub(crate) fn note(&mut self, line: &Line<'_>) {
        self.line.clear();
        let time = Zoned::now();
        if self.settings.json {
            json::write(&mut self.line, line, &time);
        } else {
            self.settings.format.write(&mut self.line, line, &time);
        }
        self.line.push(b'\n');
        // What has no room is counted there.
        let _ = self.out.write(&self.line);
    }
}
