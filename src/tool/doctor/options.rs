//! What `cleanslate doctor` is told. It must not know what is done with it.

use std::time::Duration;

use clap::Args;

use super::rules::{Rule, Severity};
use crate::tool::curl::seconds;

/// Says in plain words what is wrong with a server, worst first, and what to do
///
/// ADDRESS is where the server tells its statistics (--stats): HOST:PORT, :PORT, /path/of/socket,
/// @NAME in Linux's abstract namespace, or http://HOST:PORT. uWSGI's will do as well, which tells less.
#[derive(Args, Debug)]
#[command(after_help = EXIT_CODES)]
pub(crate) struct Options {
    /// The server's statistics
    #[arg(required_unless_present_any = ["list", "explain"])]
    pub(super) address: Option<String>,
    /// Looks twice, so many seconds apart, to see what goes on and what grows
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "5")]
    pub(super) watch: Duration,
    /// Answers in JSON
    #[arg(long)]
    pub(super) json: bool,
    /// Tells nothing that is less than this
    #[arg(long, value_name = "SEVERITY", value_enum, default_value = "notice")]
    pub(super) severity: Severity,
    /// Leaves out a finding, by its id or its name; may be repeated
    #[arg(long, value_name = "ID")]
    pub(super) ignore: Vec<String>,
    /// Explains a finding, by its id or its name
    #[arg(long, value_name = "ID")]
    pub(super) explain: Option<String>,
    /// Lists all findings there are
    #[arg(long)]
    pub(super) list: bool,
    /// Gives up on an answer after so many seconds
    #[arg(short, long, value_name = "SECONDS", value_parser = seconds, default_value = "10")]
    pub(super) max_time: Duration,
}

const EXIT_CODES: &str = "\
Exit codes; above 1 they are those of `cleanslate curl`:
  0  nothing was found             22  the server answered with an error
  1  something was found           28  --max-time is over
  2  an option makes no sense      52  the connection was closed without an answer
  3  ADDRESS makes no sense        56  the answer is no statistics
  6  HOST has no address            7  no connection";

impl Options {
    pub(super) fn wants(&self, rule: &Rule) -> bool {
        rule.severity >= self.severity && !self.ignore.iter().any(|ignored| rule.is(ignored))
    }
}
