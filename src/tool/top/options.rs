//! What `cleanslate top` is told. It must not know what is done with it.

use std::time::Duration;

use clap::Args;

use crate::tool::curl::seconds;

/// Shows what a server does now: its threads, its jobs, its timers
///
/// ADDRESS is where the server tells its statistics (--stats): HOST:PORT, :PORT, /path/of/socket,
/// @NAME in Linux's abstract namespace, or http://HOST:PORT. uWSGI's will do as well, which tells less.
#[derive(Args, Debug)]
#[command(after_help = AFTER)]
pub(crate) struct Options {
    /// The server's statistics
    pub(super) address: String,
    /// Looks again every so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "1")]
    pub(super) interval: Duration,
    /// Prints one screen of plain text, of two looks, and ends; so it does where there is no terminal
    #[arg(long)]
    pub(super) once: bool,
    /// Gives up on an answer after so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    pub(super) max_time: Duration,
}

const AFTER: &str = "\
Keys:
  q  ends               s, right  sorts by the next column    p     stands still
  w  workers, threads   left      sorts by the column before  + -   looks less often, more often
  j  jobs               r         turns the order round       ?     help
  t  timers             up, down, page up, page down scroll

Exit codes, which are those of `cleanslate curl`:
  0  it was ended                  22  the server answered with an error
  2  an option makes no sense      28  --max-time is over
  3  ADDRESS makes no sense        52  the connection was closed without an answer
  6  HOST has no address           56  the answer is no statistics
  7  no connection";
