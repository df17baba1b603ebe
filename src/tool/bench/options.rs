//! The options of `bench`, which are those of `cleanslate curl` where both have one. It must not
//! know what a request looks like.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::error::BenchError;
use crate::tool::curl::{CurlError, RequestOptions, seconds};
use crate::tool::target::{Protocol, Target};

/// Loads a server by uwsgi, SCGI, FastCGI or HTTP, and tells how fast it answers
///
/// TARGET is PROTOCOL://HOST:PORT/PATH, or PROTOCOL:///path/of/socket with the path of the request
/// as the second argument. Each request is what nginx would send for a browser's, and has a
/// connection of its own unless --keep says otherwise.
///
/// Requests follow each other on each of --connections as fast as they are answered; with --rate
/// they are sent when they are due, and one that has to wait for a connection counts its latency
/// from then on.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// How many requests are under way at once, at most
    #[arg(short, long, value_name = "N", default_value_t = 64, value_parser = at_least_one())]
    pub(super) connections: u32,
    /// How long requests are sent, in seconds; 10 unless --requests is given
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) duration: Option<Duration>,
    /// Sends so many requests
    #[arg(short = 'n', long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) requests: Option<u64>,
    /// Sends so many requests a second, whether others are answered or not
    #[arg(short, long, value_name = "N", value_parser = rate)]
    pub(super) rate: Option<f64>,
    /// Does the same for so long before, and counts nothing; 1 unless --requests is given
    #[arg(long, value_name = "SECONDS", value_parser = seconds_or_none)]
    pub(super) warm_up: Option<Duration>,
    /// Sends from so many threads
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = at_least_one())]
    pub(super) threads: u32,
    /// Keeps connections for further requests, by FastCGI and HTTP
    #[arg(long)]
    pub(super) keep: bool,
    /// Gives up a request after so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub(super) max_time: Duration,
    /// The one status that is no error, in place of any 2xx
    #[arg(long, value_name = "STATUS", value_parser = clap::value_parser!(u16).range(100..1000))]
    pub(super) expect: Option<u16>,
    #[command(flatten)]
    pub(super) request: RequestOptions,
    /// Sends the request in this file: {"vars":[["REQUEST_METHOD","GET"],...],"body":"<base64>"}
    #[arg(long, value_name = "FILE", conflicts_with_all = ["path", "request", "header", "data", "data_binary"])]
    pub(super) captured: Option<PathBuf>,
    /// Tells the CPU time, switches and memory of this process and all that it starts
    #[arg(long, value_name = "PID")]
    pub(super) pid: Vec<u32>,
    /// Tells the result as a JSON object
    #[arg(long)]
    pub(super) json: bool,
}

const EXIT_CODES: &str = "\
Exit codes, which are curl's; with errors of several kinds that of the most frequent:
  0  all were answered well        23  the output can't be written
  2  an option makes no sense      26  a file with data can't be read
  3  TARGET makes no sense         28  requests timed out
  6  HOST has no address           56  answers were broken or cut short
  7  no connection
 22  answers had another status";

/// Which statuses are no error.
#[derive(Clone, Copy, Debug)]
pub(super) enum Expected {
    Any2xx,
    One(u16),
}

impl Options {
    /// Whether the options make sense for this target.
    pub(super) fn check(&self, target: &Target) -> Result<(), BenchError> {
        let protocol = target.protocol;
        let wrong = |option, reason| Err(CurlError::Option { option, protocol, reason }.into());
        if self.keep && !protocol.can_keep() {
            return wrong("--keep", "its connections end with their answer");
        }
        if !self.request.var.is_empty() && protocol == Protocol::Http && self.captured.is_none() {
            return wrong("--var", "it has headers, which --header adds");
        }
        if self.connections < self.threads {
            return Err(BenchError::TooManyThreads);
        }
        Ok(())
    }

    /// How long requests are sent; `None` if their number alone says.
    pub(super) fn duration(&self) -> Option<Duration> {
        self.duration.or_else(|| self.requests.is_none().then_some(Duration::from_secs(10)))
    }

    pub(super) fn warm_up(&self) -> Duration {
        let usual = if self.requests.is_some() { Duration::ZERO } else { Duration::from_secs(1) };
        self.warm_up.unwrap_or(usual)
    }

    pub(super) fn expected(&self) -> Expected {
        self.expect.map_or(Expected::Any2xx, Expected::One)
    }
}

impl Expected {
    pub(super) fn includes(self, status: u16) -> bool {
        match self {
            Self::Any2xx => (200..300).contains(&status),
            Self::One(expected) => status == expected,
        }
    }
}

fn at_least_one() -> clap::builder::RangedI64ValueParser<u32> {
    clap::value_parser!(u32).range(1..=100_000)
}

fn seconds_or_none(text: &str) -> Result<Duration, String> {
    if text.parse() == Ok(0.0_f64) { Ok(Duration::ZERO) } else { seconds(text) }
}

fn rate(text: &str) -> Result<f64, String> {
    let is_possible = |rate: &f64| (0.001..=10_000_000.0).contains(rate);
    text.parse().ok().filter(is_possible).ok_or_else(|| "expected a number above 0".to_owned())
}
