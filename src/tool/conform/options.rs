//! The options of `conform`. It must not know what a case is.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use super::report::Form;
use crate::tool::curl::seconds;

/// Runs the conformance suite against a server
///
/// TARGET is PROTOCOL://HOST:PORT or PROTOCOL:///path/of/socket, PROTOCOL being uwsgi, scgi,
/// fastcgi or http. Each case is run whole, byte by byte, and cut in two at several points; the
/// outcome must be the same each time.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// The server
    #[arg(required_unless_present_any = ["list", "table"])]
    pub(super) target: Option<String>,
    /// Connect to this unix socket; TARGET is then PROTOCOL://HOST
    #[arg(long, value_name = "PATH")]
    pub(super) unix_socket: Option<PathBuf>,
    /// Case files from this folder and those below it, in place of the built-in ones
    #[arg(long, value_name = "FOLDER")]
    pub(super) cases: Option<PathBuf>,
    /// Only cases with this text in their id
    #[arg(long, value_name = "TEXT")]
    pub(super) filter: Option<String>,
    /// Of several outcomes that a case accepts, only the first is right: what Cleanslate itself does
    #[arg(long)]
    pub(super) strict: bool,
    /// Skips cases that need any of these of the application, as the routes env or stream
    #[arg(long, value_name = "WORDS", value_delimiter = ',')]
    pub(super) without: Vec<String>,
    /// What the application's paths start with there
    #[arg(long, value_name = "PATH", default_value = "")]
    pub(super) prefix: String,
    /// Adds a var to each structured request, as SCRIPT_FILENAME for php-fpm
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) var: Vec<String>,
    /// Where requests are cut in two
    #[arg(long, value_enum, default_value_t = Cuts::Some)]
    pub(super) cuts: Cuts,
    /// Runs the cases that wait for the server's own time-out, which is this
    #[arg(long, value_name = "SECONDS", value_parser = seconds)]
    pub(super) slow: Option<Duration>,
    /// How long an answer may take
    #[arg(short, long, value_name = "SECONDS", default_value = "5", value_parser = seconds)]
    pub(super) max_time: Duration,
    /// How long nothing must happen on a connection that counts as kept or silent
    #[arg(long, value_name = "SECONDS", default_value = "0.05", value_parser = seconds)]
    pub(super) settle: Duration,
    /// Cases that run at once
    #[arg(short, long, value_name = "N", default_value_t = 8, value_parser = at_least_one)]
    pub(super) jobs: usize,
    /// Lists the cases and runs none; without a target those of all protocols
    #[arg(long)]
    pub(super) list: bool,
    /// Tells what the server did, case by case, and judges nothing
    #[arg(long)]
    pub(super) observe: bool,
    /// Writes TAP 14
    #[arg(long, conflicts_with_all = ["json", "observe"])]
    pub(super) tap: bool,
    /// Writes a JSON object for each case
    #[arg(long)]
    pub(super) json: bool,
    /// Runs nothing, but writes what was saved of --json as a table, a column for each NAME
    #[arg(long, value_name = "NAME=FILE")]
    pub(super) table: Vec<String>,
}

/// Where the bytes of a case are cut.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Cuts {
    /// Each case is sent whole, and that is all
    None,
    /// Byte by byte; at every point of the first 32 bytes, and at 16 points spread over all
    Some,
    /// Byte by byte; at every point of cases up to 2 KiB, of larger ones at fewer the larger they are
    All,
}

const EXIT_CODES: &str = "\
Exit codes:
  0  all cases passed, or --observe or --list was given
  1  some failed
  2  the suite could not be run: no connection, or a case file is wrong";

impl Options {
    pub(super) fn form(&self) -> Form {
        match (self.json, self.tap, self.observe) {
            (true, _, _) => Form::Json,
            (false, true, _) => Form::Tap,
            (false, false, true) => Form::Observed,
            (false, false, false) => Form::Readable,
        }
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    text.parse().ok().filter(|jobs| *jobs > 0).ok_or_else(|| "expected a number above 0".to_owned())
}
