//! The options of `replay`. It must not know what is done with them.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;

use crate::tool::curl::seconds;

/// Sends captured requests again, and compares the answers with what was captured
///
/// A server that is started with --capture FOLDER keeps requests there that were slow or failed. Each is
/// sent by whatever protocol TARGET speaks, not only by the one that it came by.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// Captured requests, and folders of them
    #[arg(required = true, value_name = "FILE|FOLDER")]
    pub(super) paths: Vec<PathBuf>,
    /// The server: PROTOCOL://HOST:PORT or PROTOCOL:///path/of/socket, as in `cleanslate curl`
    #[arg(long, value_name = "TARGET", required_unless_present = "show")]
    pub(super) against: Option<String>,
    /// Connect to this unix socket; TARGET is then PROTOCOL://HOST
    #[arg(long, value_name = "PATH")]
    pub(super) unix_socket: Option<PathBuf>,
    /// Sends each request so many times
    #[arg(short = 'n', long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(super) times: u32,
    /// How many of these are under way at once, each on a connection of its own
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1_000))]
    pub(super) connections: u32,
    /// Gives each request a var, in place of the one of that name: for what was redacted
    #[arg(long, alias = "vars", value_name = "NAME=VALUE")]
    pub(super) var: Vec<String>,
    /// Replays requests of all methods: a POST does its work again
    #[arg(long)]
    pub(super) all_methods: bool,
    /// Leaves out all but GET, HEAD and OPTIONS
    #[arg(long, conflicts_with = "all_methods")]
    pub(super) only_safe: bool,
    /// Gives a request up after so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "120")]
    pub(super) max_time: Duration,
    /// Writes a JSON object for each file
    #[arg(long)]
    pub(super) json: bool,
    /// Sends nothing, and shows what is in the files
    #[arg(long, conflicts_with_all = ["against", "json"])]
    pub(super) show: bool,
}

const EXIT_CODES: &str = "\
Exit codes, which are those of `cleanslate curl` but for 1:
  0  all were answered, and none with 500 or above
  1  some were answered with 500 or above
  2  an option makes no sense, or a request is not GET, HEAD or OPTIONS
  3  TARGET makes no sense         28  --max-time is over
  6  HOST has no address           52  a connection was closed without an answer
  7  no connection                 56  an answer is broken or cut short
 26  a file can't be read";
