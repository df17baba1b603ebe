//! A server that is operated: reloaded, replaced, killed. Knows no more of it than its processes, its
//! sockets and its log.

mod background;
mod descriptors;
mod failing;
mod given;
mod identity;
mod lacking;
mod logs;
mod notify;
mod origin;
mod orphans;
mod pidfile;
mod reload;
mod retiring;
mod signals;
mod starting;
mod touching;

use std::time::Duration;

use crate::harness::{Process, Server, wait_for};

/// Generous, as machines are shared.
const LIMIT: Duration = Duration::from_secs(30);

/// The options of a server that has a master.
pub(crate) fn with_master<'a>(options: &[&'a str]) -> Vec<&'a str> {
    [&["--master", "true"], options].concat()
}

/// How many servers a master has had that were ready.
fn ready(master: &Server) -> usize {
    master.log().matches("a server is ready").count()
}

fn wait_until_ready(master: &Server, servers: usize) {
    let what = format!("{servers} servers to have been ready");
    wait_for(&what, LIMIT, || (ready(master) >= servers).then_some(()));
}

/// The process that a master started last: the others are on their way out.
fn serving(master: &Server) -> Process {
    wait_for("a server's number in the log", LIMIT, || {
        let log = master.log();
        let (_, after) = log.rsplit_once("a server is ready process=")?;
        after.split(' ').next()?.parse().ok().map(Process)
    })
}

/// What the lines that servers end with say of a timer: how often it ran, and how many of its ticks
/// did not.
fn ticks(log: &str, timer: &str) -> (u64, u64) {
    let count = |line: &str, name: &str| {
        let (_, after) = line.split_once(&format!(" {name}=")).expect("it is counted");
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        digits.parse::<u64>().expect("a number")
    };
    let of_timer = format!("ticks job=\"{timer}\"");
    let lines: Vec<&str> = log.lines().filter(|line| line.contains(&of_timer)).collect();
    let sum = |name: &str| lines.iter().map(|line| count(line, name)).sum::<u64>();
    (sum("runs"), sum("coalesced") + sum("skipped") + sum("missed"))
}
