//! The command line of `cargo xtask bench`. It must not do anything.

use std::time::Duration;

use clap::Args;

use super::plan::{self, Case, Path, Route};

/// What is asked for.
#[derive(Args, Debug)]
pub(crate) struct Options {
    /// Measure this peer of benches/peers.toml alone; may be given more than once
    #[arg(long = "peer", value_name = "NAME")]
    pub(super) peers: Vec<String>,
    /// Only directly, or only through nginx
    #[arg(long)]
    path: Option<Path>,
    /// Only this route
    #[arg(long)]
    route: Option<Route>,
    /// So many requests at a time, in place of 64
    #[arg(long, value_name = "N")]
    connections: Option<u32>,
    /// So many requests a second, in place of as many as are answered
    #[arg(long, value_name = "PER-SECOND")]
    rate: Option<u32>,
    /// How often each peer has its turn
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: u32,
    /// How long each run takes
    #[arg(long, value_name = "N", default_value_t = 3.0, value_parser = seconds)]
    seconds: f64,
    /// One round of a second each: to see that all works, not for figures
    #[arg(long, conflicts_with_all = ["rounds", "seconds"])]
    quick: bool,
    /// Repeat a run in which others used more of the machine than this
    #[arg(long, value_name = "PERCENT", default_value_t = 10.0)]
    pub(super) others: f64,
    /// Add to the results that are there, in place of starting anew
    #[arg(long)]
    pub(super) add: bool,
    /// Measure nothing: tables and plots from the results that are there
    #[arg(long)]
    pub(super) report: bool,
    /// Measure nothing: count the system calls of a request
    #[arg(long, conflicts_with = "report")]
    pub(super) syscalls: bool,
    /// Measure nothing: count the instructions of a request, and fail where they have become more
    #[arg(long, conflicts_with_all = ["report", "syscalls"])]
    pub(super) instructions: bool,
}

impl Options {
    pub(super) fn cases(&self) -> Vec<Case> {
        let (paths, routes) = (self.paths(), self.routes());
        if self.connections.is_none() && self.rate.is_none() {
            return plan::usual_cases(&paths, &routes);
        }
        let connections = self.connections.unwrap_or(plan::CONNECTIONS);
        plan::cases(&paths, &routes, connections, self.rate)
    }

    pub(super) fn routes(&self) -> Vec<Route> {
        self.route.map_or_else(|| vec![Route::Hello, Route::User], |route| vec![route])
    }

    fn paths(&self) -> Vec<Path> {
        self.path.map_or_else(|| vec![Path::Direct, Path::Nginx], |path| vec![path])
    }

    pub(super) fn rounds(&self) -> u32 {
        if self.quick { 1 } else { self.rounds }
    }

    pub(super) fn run_time(&self) -> Duration {
        Duration::from_secs_f64(if self.quick { 1.0 } else { self.seconds })
    }
}

/// A run of less says nothing, and one of more than an hour is a mistake.
fn seconds(text: &str) -> Result<f64, String> {
    let seconds: f64 = text.parse().map_err(|_| "no number".to_owned())?;
    if (0.1..=3_600.0).contains(&seconds) {
        Ok(seconds)
    } else {
        Err("expected 0.1 to 3600".to_owned())
    }
}
