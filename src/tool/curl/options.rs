//! The options of `curl`, which are curl's where curl has the option. It must not know what a
//! request looks like.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use super::error::CurlError;
use super::request_options::RequestOptions;
use crate::tool::target::{Protocol, Target};

/// Sends a request by uwsgi, SCGI, FastCGI or HTTP, and shows the answer
///
/// TARGET is PROTOCOL://HOST:PORT/PATH, or PROTOCOL:///path/of/socket with the path of the request
/// as the second argument. PROTOCOL is uwsgi, scgi, fastcgi or http; with @NAME as the host it is
/// a name in Linux's abstract namespace.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES, mut_arg("data", |data| data.short('d')))]
pub(crate) struct Options {
    #[command(flatten)]
    pub(super) request: RequestOptions,
    /// Shows the head of the answer as well
    #[arg(short, long)]
    pub(super) include: bool,
    /// Asks with HEAD, and shows the head
    #[arg(short = 'I', long, conflicts_with = "request")]
    pub(super) head: bool,
    /// Tells on standard error what is sent and what head comes back
    #[arg(short, long)]
    pub(super) verbose: bool,
    /// Writes the answer to this file
    #[arg(short, long, value_name = "FILE")]
    pub(super) output: Option<PathBuf>,
    /// Tells on standard error when the connection, the first byte and the end came
    #[arg(long)]
    pub(super) timing: bool,
    /// Gives up after so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) max_time: Option<Duration>,
    /// A status of 400 or more is a failure, and its body is not shown
    #[arg(short, long)]
    pub(super) fail: bool,
    /// The modifier1 of a uwsgi packet; 100 is a ping
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) modifier1: u8,
    /// The modifier2 of a uwsgi packet
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(super) modifier2: u8,
    /// Sends the request so many times on one connection, each after the answer before it
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub(super) keep: u32,
}

const EXIT_CODES: &str = "\
Exit codes, which are curl's:
  0  there was an answer           23  the output can't be written
  2  an option makes no sense      26  a file with data can't be read
  3  TARGET makes no sense         28  --max-time is over
  6  HOST has no address           52  the connection was closed without an answer
  7  no connection                 56  the answer is broken or cut short
 22  with --fail: 400 or more";

impl Options {
    /// Whether the options make sense for this target.
    pub(super) fn check(&self, target: &Target) -> Result<(), CurlError> {
        let protocol = target.protocol;
        let wrong = |option, reason| Err(CurlError::Option { option, protocol, reason });
        if self.keep > 1 && !protocol.can_keep() {
            return wrong("--keep", "its connections end with their answer");
        }
        if !self.request.var.is_empty() && protocol == Protocol::Http {
            return wrong("--var", "it has headers, which --header adds");
        }
        if (self.modifier1, self.modifier2) != (0, 0) && protocol != Protocol::Uwsgi {
            return wrong("--modifier1 or --modifier2", "only uwsgi has modifiers");
        }
        Ok(())
    }

    pub(super) fn method(&self) -> &str {
        if self.head { "HEAD" } else { self.request.method() }
    }
}

/// Seconds with fractions.
pub(in crate::tool) fn seconds(text: &str) -> Result<Duration, String> {
    let seconds: f64 = text.parse().map_err(|_| "expected a number of seconds".to_owned())?;
    Duration::try_from_secs_f64(seconds)
        .ok()
        .filter(|time| !time.is_zero())
        .ok_or_else(|| "expected a time above 0".to_owned())
}
