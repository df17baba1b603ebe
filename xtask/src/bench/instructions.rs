//! How many instructions a request takes of the pool's own: callgrind counts them, hardly depending on how
//! busy the machine is. It must not measure time, of which callgrind takes most.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rustix::process::Signal;

use super::Counting;
use super::load::{Amount, Load};
use super::peers::{Peer, Places, Software};
use super::plan::{self, Case};
use super::server::Target;
use crate::process::Process;
use crate::repository;
use crate::wait::{End, wait};

/// The server is loaded twice with these, and what the second has beyond the first is divided: so what is
/// done once, at the start and at the end, doesn't count.
const REQUESTS: [u64; 2] = [1_000, 6_000];

/// What a request may take over what it took, in percent: now it is waited for, and now it is there already.
const MORE: f64 = 3.0;

/// Until the server listens, which under callgrind takes seconds.
const START: Duration = Duration::from_secs(60);

/// Where the counts are kept that a change is held against.
const KEPT: &str = "benches/instructions.toml";

/// What a pool thread lives in: other threads look around by the clock, which callgrind slows down.
const COUNTED: &str = "cleanslate::worker::thread::PoolThread::live";

/// Prints a table beside the counts that are kept; an error if one has grown, or isn't kept.
pub(super) fn count(counting: &Counting) -> Result<(), String> {
    let mut counts = BTreeMap::new();
    let is_ours =
        |peer: &&Peer| peer.needs.contains(&Software::Probe) && peer.idle_connections == 0;
    for peer in counting.peers.iter().filter(is_ours) {
        for route in counting.routes_of(peer) {
            let case = Case { path: plan::Path::Direct, route, connections: 1, rate: None };
            let [few, many] = REQUESTS.map(|requests| {
                println!("{}, {}: {requests} requests", peer.name, case.title());
                totalled(peer, case, requests, &counting.places, &counting.stop)
            });
            let (Some(few), Some(many)) = (few?, many?) else { return Ok(()) };
            let each = each(few, many).ok_or("callgrind has counted nothing of the requests")?;
            counts.insert(format!("{} {}", peer.protocol.scheme(), route.word()), each);
        }
    }
    if counts.is_empty() {
        return Err("nothing to count: none of these servers is ours".to_owned());
    }
    let file = repository().join(KEPT);
    let kept = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
    let kept = toml::from_str(&kept).map_err(|e| format!("{}: {e}", file.display()))?;
    let (text, wrong) = compare(&counts, &kept);
    println!("\n{text}");
    if wrong.is_empty() { Ok(()) } else { Err(format!("{KEPT}: {}", wrong.join(", "))) }
}

/// What one request takes, where so few and so many have taken this in all.
fn each(few: u64, many: u64) -> Option<u64> {
    let each = many.checked_sub(few)? / (REQUESTS[1] - REQUESTS[0]);
    (each > 0).then_some(each)
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
    let Some(measured) = measured else { return Ok(None) };
    if measured.requests != requests || !measured.errors.is_empty() {
        let (answered, errors) = (measured.requests, measured.errors);
        let tail = server.tail();
        return Err(format!("of {requests} requests {answered} were answered: {errors:?}\n{tail}"));
    }
    // At TERM it ends, and callgrind writes what it has counted.
    drop(server);
    total(&out).map(Some)
}

/// One thread, so that each request goes the same way.
fn command(peer: &Peer, places: &Places, socket: &Path, out: &Path) -> Command {
    let mut command = Command::new("valgrind");
    command.args(["--quiet", "--tool=callgrind"]);
    command.arg(format!("--toggle-collect={COUNTED}"));
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

/// A table of both, and what is wrong with which.
fn compare(counts: &BTreeMap<String, u64>, kept: &BTreeMap<String, u64>) -> (String, Vec<String>) {
    let mut text = "| request | was | is | |\n|---|--:|--:|--:|\n".to_owned();
    let mut wrong = Vec::new();
    for (name, count) in counts {
        let was = kept.get(name).copied();
        let more = was.map(|was| (*count as f64 / was.max(1) as f64 - 1.0) * 100.0);
        match more {
            None => wrong.push(format!("{name} is not kept")),
            Some(more) if more > MORE => wrong.push(format!("{name} is {more:.1} % dearer")),
            Some(_) => {}
        }
        let was = was.map_or_else(|| "none".to_owned(), |was| was.to_string());
        let more = more.map(|more| format!("{more:+.1} %")).unwrap_or_default();
        let _ = writeln!(text, "| {name} | {was} | {count} | {more} |");
    }
    (text, wrong)
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
        let (text, wrong) = compare(&counts, &kept);
        assert_eq!(wrong, ["http /hello is 4.0 % dearer", "http /user is not kept"]);
        assert!(text.contains("| http /hello | 10000 | 10400 | +4.0 % |\n"), "{text}");
        assert!(text.contains("| http /user | none | 12000 |  |\n"), "{text}");
        assert!(text.contains("| uwsgi /user | 9000 | 8000 | -11.1 % |\n"), "{text}");
    }

    #[test]
    fn what_was_not_counted_is_no_count() {
        assert_eq!(each(1_000_000, 51_000_000), Some(10_000));
        assert_eq!([each(5, 5), each(5, 4)], [None; 2]);
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
