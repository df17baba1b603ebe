//! How many instructions a request takes of the server's own, the kernel's left out: callgrind counts
//! them, the same on a busy machine as on a quiet one. It must not measure time, of which callgrind
//! takes most.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rustix::process::Signal;

use super::load::{Amount, Load};
use super::peers::{Peer, Places, Software};
use super::plan::{self, Case, Route};
use super::server::Target;
use crate::process::Process;
use crate::repository;
use crate::wait::{End, wait};

/// The server is loaded twice with these, and what the second has beyond the first is divided: so what is
/// done once, at the start and at the end, doesn't count.
const REQUESTS: [u64; 2] = [1_000, 6_000];

/// What a request may take over what it took, in percent: timers tick meanwhile, now more and now less.
const MORE: f64 = 3.0;

/// Until the server listens, which under callgrind takes seconds.
const START: Duration = Duration::from_secs(60);

/// Where the counts are kept that a change is held against.
pub(super) const KEPT: &str = "benches/instructions.toml";

/// Prints a table beside the counts that are kept; an error if one has grown.
pub(super) fn count(
    peers: &[Peer],
    routes: &[Route],
    places: &Places,
    stop: &AtomicBool,
) -> Result<(), String> {
    let mut counts = BTreeMap::new();
    for peer in peers.iter().filter(|peer| peer.needs.contains(&Software::Probe)) {
        for route in routes.iter().copied().filter(|route| peer.routes.contains(route)) {
            let case = Case { path: plan::Path::Direct, route, connections: 1, rate: None };
            let [few, many] = REQUESTS.map(|requests| {
                println!("{}, {}: {requests} requests", peer.name, case.title());
                totalled(peer, case, requests, places, stop)
            });
            let (Some(few), Some(many)) = (few?, many?) else { return Ok(()) };
            let each = many.saturating_sub(few) / (REQUESTS[1] - REQUESTS[0]);
            counts.insert(format!("{} {}", peer.protocol.scheme(), route.word()), each);
        }
    }
    let file = repository().join(KEPT);
    let kept = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let kept = toml::from_str(&kept).map_err(|e| format!("{}: {e}", file.display()))?;
    let (text, grown) = compare(&counts, &kept);
    println!("\n{text}");
    match grown.as_slice() {
        [] => Ok(()),
        grown => Err(format!("more than {MORE} % dearer than in {KEPT}: {}", grown.join(", "))),
    }
}

/// All instructions of a server that has answered so many requests.
fn totalled(
    peer: &Peer,
    case: Case,
    requests: u64,
    places: &Places,
    stop: &AtomicBool,
) -> Result<Option<u64>, String> {
    let folder = tempfile::tempdir().map_err(|e| format!("a folder: {e}"))?;
    let (socket, out) = (folder.path().join("peer.sock"), folder.path().join("callgrind"));
    let log = folder.path().join("log");
    let mut server =
        Process::start("valgrind", command(peer, places, &socket, &out), &log, Signal::TERM)?;
    match wait(&mut [&mut server], START, stop, &|| socket.exists())? {
        End::Done => {}
        End::Stopped => return Ok(None),
        End::TimeUp => return Err(format!("it does not listen\n{}", server.tail())),
    }
    let target = Target::direct(peer, places, &socket);
    let amount = Amount::Requests(requests);
    let measured = Load { target: &target, case, amount, pid: None }.run(stop)?;
    // At TERM it ends, and callgrind writes what it has counted.
    drop(server);
    let Some(measured) = measured else { return Ok(None) };
    if measured.requests != requests || !measured.errors.is_empty() {
        return Err(format!("of {requests} requests {} were answered", measured.requests));
    }
    total(&out).map(Some)
}

/// One thread, so that each request goes the same way.
fn command(peer: &Peer, places: &Places, socket: &Path, out: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind"]);
    command.arg(format!("--callgrind-out-file={}", out.display()));
    command.args(peer.command(places, socket));
    command.args(["--processes", "1", "--threads", "1"]);
    command.envs(peer.environment(places, socket));
    command
}

/// What a file of callgrind's sums up.
fn total(file: &PathBuf) -> Result<u64, String> {
    let text = fs::read_to_string(file).map_err(|e| format!("{}: {e}", file.display()))?;
    let line = text.lines().rev().find_map(|line| line.strip_prefix("totals: "));
    line.and_then(|total| total.trim().parse().ok())
        .ok_or_else(|| format!("{} has no total", file.display()))
}

/// A table of both, and the names of those that are dearer than they were.
fn compare(counts: &BTreeMap<String, u64>, kept: &BTreeMap<String, u64>) -> (String, Vec<String>) {
    let mut text = "| request | was | is | |\n|---|--:|--:|--:|\n".to_owned();
    let mut grown = Vec::new();
    for (name, count) in counts {
        let was = kept.get(name).copied();
        let more = was.map(|was| (*count as f64 / was.max(1) as f64 - 1.0) * 100.0);
        if more.is_none_or(|more| more > MORE) {
            grown.push(name.clone());
        }
        let was = was.map_or_else(|| "none".to_owned(), |was| was.to_string());
        let more = more.map(|more| format!("{more:+.1} %")).unwrap_or_default();
        let _ = writeln!(text, "| {name} | {was} | {count} | {more} |");
    }
    (text, grown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_grown_is_told_and_what_is_not_kept_as_well() {
        let of = |all: &[(&str, u64)]| {
            all.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
        };
        let kept = of(&[("http /hello", 10_000), ("uwsgi /hello", 8_000), ("uwsgi /user", 9_000)]);
        let counts = of(&[
            ("http /hello", 10_400),
            ("http /user", 12_000),
            ("uwsgi /hello", 8_200),
            ("uwsgi /user", 8_000),
        ]);
        let (text, grown) = compare(&counts, &kept);
        assert_eq!(grown, ["http /hello", "http /user"]);
        assert!(text.contains("| http /hello | 10000 | 10400 | +4.0 % |\n"), "{text}");
        assert!(text.contains("| http /user | none | 12000 |  |\n"), "{text}");
        assert!(text.contains("| uwsgi /user | 9000 | 8000 | -11.1 % |\n"), "{text}");
    }

    #[test]
    fn a_total_is_found_behind_all_lines() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), "events: Ir\nfn=(1)\n4 2\n\ntotals: 1234\n").unwrap();
        assert_eq!(total(&file.path().to_owned()), Ok(1_234));
        fs::write(file.path(), "events: Ir\n").unwrap();
        total(&file.path().to_owned()).unwrap_err();
    }
}
