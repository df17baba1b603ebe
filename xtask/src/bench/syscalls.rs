//! What a request asks of the kernel: strace counts a peer's system calls while it is loaded. It must
//! not measure time, of which strace takes most.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use rustix::process::Signal;

use super::Counting;
use super::load::{Amount, Load};
use super::machine;
use super::plan::Case;
use super::server::Server;
use crate::process::Process;
use crate::wait::{End, wait};

/// So many requests at a time: some wait, but not most.
const CONNECTIONS: u32 = 8;

const TIME: Duration = Duration::from_secs(2);

const WARM_UP: Duration = Duration::from_millis(500);

/// Until strace has hold of all threads.
const ATTACH: Duration = Duration::from_secs(10);

/// Prints a table for each peer and route.
pub(super) fn count(counting: &Counting) -> Result<(), String> {
    let Counting { peers, places, stop, .. } = counting;
    for peer in peers {
        let Some(server) = Server::start(peer, places, stop)? else { return Ok(()) };
        let path = *peer.paths.first().ok_or("a peer without a path")?;
        for route in counting.routes_of(peer) {
            let case = Case { path, route, connections: CONNECTIONS, rate: None };
            let file = places.built.join("strace");
            let Some(requests) = traced(&server, case, &file, stop)? else { return Ok(()) };
            let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}", file.display()))?;
            println!(
                "\n{}: {}, {requests} requests\n\n{}",
                peer.name,
                case.title(),
                table(&text, requests)?
            );
        }
    }
    Ok(())
}

/// Loads the server under strace; how many requests it has answered.
fn traced(
    server: &Server,
    case: Case,
    file: &Path,
    stop: &AtomicBool,
) -> Result<Option<u64>, String> {
    let target = server.target(case.path);
    let amount = |time| Amount::Time { time, warm_up: Duration::ZERO };
    let load = Load { target, case, amount: amount(TIME), pid: None };
    // What is done once, by the first requests, is none of theirs.
    if (Load { amount: amount(WARM_UP), ..load }).run(stop)?.is_none() {
        return Ok(None);
    }
    let pids = machine::pids(server.groups()[0])?;
    let mut command = Command::new("strace");
    command
        .args(["-c", "-f", "-o"])
        .arg(file)
        .args(pids.iter().map(|pid| format!("--attach={pid}")));
    let log = file.with_extension("log");
    let _ = fs::remove_file(&log);
    // At INT it lets go of all and writes what it has counted.
    let mut strace = Process::start("strace", command, &log, Signal::INT)?;
    let is_traced = |pid: &i32| {
        let process = procfs::process::Process::new(*pid).and_then(|process| process.tasks());
        process.is_ok_and(|tasks| {
            tasks.flatten().all(|task| task.status().is_ok_and(|status| status.tracerpid != 0))
        })
    };
    match wait(&mut [&mut strace], ATTACH, stop, &|| pids.iter().all(is_traced))? {
        End::Done => {}
        End::Stopped => return Ok(None),
        End::TimeUp => return Err(format!("strace does not get hold of it\n{}", strace.tail())),
    }
    let measured = load.run(stop)?;
    drop(strace);
    Ok(measured.map(|measured| measured.requests))
}

/// Of strace's summary, how often a request makes each call.
fn table(summary: &str, requests: u64) -> Result<String, String> {
    let mut text = "| system call | a request | of these failed |\n|---|--:|--:|\n".to_owned();
    let (mut calls_in_all, requests) = (0.0, requests.max(1) as f64);
    for line in summary.lines() {
        // % time, seconds, µs a call, calls, errors where there are any, and the name.
        let words: Vec<&str> = line.split_whitespace().collect();
        let (calls, errors, name) = match *words.as_slice() {
            [_, _, _, calls, name] => (calls, "0", name),
            [_, _, _, calls, errors, name] => (calls, errors, name),
            _ => continue,
        };
        let (Ok(calls), Ok(errors)) = (calls.parse::<f64>(), errors.parse::<f64>()) else {
            continue;
        };
        if name == "total" {
            continue;
        }
        calls_in_all += calls / requests;
        if calls / requests >= LEAST {
            let _ =
                writeln!(text, "| {name} | {:.2} | {:.2} |", calls / requests, errors / requests);
        }
    }
    if calls_in_all == 0.0 {
        return Err(format!("strace has counted nothing: {summary}"));
    }
    let _ = writeln!(text, "| all | {calls_in_all:.2} | |");
    Ok(text)
}

/// What happens less often has to do with something else.
const LEAST: f64 = 0.005;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_told_by_the_request() {
        let summary = "\
% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 53.12    0.340000          34     10000           sendto
 31.25    0.200000          10     20000      9950 accept4
  0.00    0.000000           0        10           futex
------ ----------- ----------- --------- --------- ----------------
100.00    0.540000          18     30010      9950 total
";
        assert_eq!(
            table(summary, 10_000).unwrap(),
            "| system call | a request | of these failed |\n\
             |---|--:|--:|\n\
             | sendto | 1.00 | 0.00 |\n\
             | accept4 | 2.00 | 0.99 |\n\
             | all | 3.00 | |\n"
        );
        table("strace: attach failed\n", 1).unwrap_err();
    }
}
