//! The statistics of a server, uWSGI's or ours: how they are fetched, and what is in them. It must not
//! know what is made of them.

mod own;
mod uwsgi;

use std::time::{Duration, Instant};

use cleanslate::proto::response::{DecodeError, decode_head};

pub(super) use self::own::{Job, Own, Scheduled, Var};
pub(super) use self::uwsgi::{Core, Statistics, Worker};
use super::clock;
use super::target::{Address, Protocol, Target, TargetError};
use super::wire::{ConnectError, TIMED_OUT, Wait, Wire};

/// Where a server's statistics are asked for.
#[derive(Debug)]
pub(super) struct Source {
    address: Address,
    host: String,
    path: String,
    /// Whether it waits for a request; not known of one that was never asked.
    wants_request: Option<bool>,
}

/// Why there are no statistics.
#[derive(Debug, thiserror::Error)]
pub(super) enum StatisticsError {
    #[error(transparent)]
    Target(#[from] TargetError),
    #[error(transparent)]
    Connect(#[from] ConnectError),
    #[error("no statistics in time")]
    TimedOut,
    #[error("the server closed the connection without an answer")]
    Empty,
    #[error("the server answered {0}")]
    Status(u16),
    #[error("the head of the answer is none: {0}")]
    Head(#[from] DecodeError),
    #[error("the answer is no JSON ({0}): is this the address of --stats?")]
    NoJson(#[source] serde_json::Error),
    #[error("the answer is JSON, but no statistics: is this the address of --stats?")]
    NoStatistics,
    #[error("the answer is cut short: it ends inside of its head")]
    CutShort,
    #[error("the answer is too large for statistics")]
    TooLarge,
}

/// Who is to say something first is known after so long: servers that tell at once do so within
/// less. One that is slower is sent a request that it doesn't read, which does no harm.
const LISTEN_FIRST: Duration = Duration::from_millis(200);
/// More than thousands of jobs need.
const SIZE_MAX: usize = 64 << 20;

impl StatisticsError {
    /// The number that curl has for it.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Target(_) => 3,
            Self::Connect(error) => error.exit_code(),
            Self::Status(_) => 22,
            Self::TimedOut => TIMED_OUT,
            Self::Empty => 52,
            Self::Head(_)
            | Self::CutShort
            | Self::NoJson(_)
            | Self::NoStatistics
            | Self::TooLarge => 56,
        }
    }
}

impl Source {
    /// Reads `HOST:PORT`, `:PORT`, `/path/of/socket`, `@NAME`, or any of them behind `http://`.
    pub(super) fn parse(text: &str) -> Result<Self, StatisticsError> {
        if text.contains("://") {
            let Target { protocol, address, host, path } = Target::parse(text, None)?;
            if protocol != Protocol::Http {
                return Err(TargetError::NotHttp(text.to_owned()).into());
            }
            let path = path.filter(|path| path != "/").unwrap_or_else(|| PATH.to_owned());
            return Ok(Self { address, host, path, wants_request: None });
        }
        let address = Address::without_scheme(text)?;
        let host = "localhost".to_owned();
        Ok(Self { address, host, path: PATH.to_owned(), wants_request: None })
    }

    /// Asks once, and has the answer before that time.
    pub(super) fn fetch(&mut self, until: Instant) -> Result<Statistics, StatisticsError> {
        let wire = Wire::connect(&self.address, until)?;
        let mut received = Vec::new();
        let mut outcome = Wait::TimedOut;
        if self.wants_request != Some(true) {
            outcome = wire.read(&mut received, until.min(clock::now() + LISTEN_FIRST));
        }
        let is_asked = outcome == Wait::TimedOut;
        if is_asked {
            let Self { host, path, .. } = self;
            // By 1.0 nobody answers in chunks.
            let request =
                format!("GET {path} HTTP/1.0\r\nHost: {host}\r\nConnection: close\r\n\r\n");
            outcome = wire.send(request.as_bytes(), &mut received, until);
        }
        while outcome == Wait::Done {
            if received.len() > SIZE_MAX {
                return Err(StatisticsError::TooLarge);
            }
            outcome = wire.read(&mut received, until);
        }
        if outcome == Wait::TimedOut {
            return Err(StatisticsError::TimedOut);
        }
        let statistics = read(&received)?;
        // uWSGI answers by HTTP as well without having been asked.
        self.wants_request = Some(is_asked && received.starts_with(HTTP));
        Ok(statistics)
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.address.fmt(f)
    }
}

const PATH: &str = "/stats";
/// How an answer begins that has a head.
const HTTP: &[u8] = b"HTTP/";

/// A whole answer, as HTTP or without a head.
fn read(received: &[u8]) -> Result<Statistics, StatisticsError> {
    if received.is_empty() {
        return Err(StatisticsError::Empty);
    }
    let mut body = received;
    if received.starts_with(HTTP) {
        let head = decode_head(received)?.ok_or(StatisticsError::CutShort)?;
        if head.status >= 400 {
            return Err(StatisticsError::Status(head.status));
        }
        body = &received[head.size..];
    }
    // What a client sent may be in uWSGI's, in any bytes.
    let text = String::from_utf8_lossy(body);
    let read: Statistics = serde_json::from_str(&text).map_err(StatisticsError::NoJson)?;
    // Without it nothing else of it would be there either.
    if read.version.is_empty() { Err(StatisticsError::NoStatistics) } else { Ok(read) }
}
