//! A stop while connections are kept: idle ones are let go, busy ones have their answer first.

use std::time::Duration;

use rustix::process::Signal;

use super::open;
use crate::harness::{Connection, Protocol, Server, in_parallel, let_pass, now, wait_for};

const LIMIT: Duration = Duration::from_secs(20);

#[test]
fn idle_connections_hold_up_no_stop() {
    let server = Server::by_all(&[]);
    let kept = Protocol::KEPT.map(|protocol| open(&server, protocol, 20));
    let fresh: Vec<Connection> =
        Protocol::ALL.iter().map(|protocol| server.open(*protocol)).collect();
    let started = now();
    let log = server.stop();
    let took = started.elapsed();
    assert!(took < Duration::from_millis(1_500), "{took:?}: {log}");
    for connection in kept.iter().flatten().chain(&fresh) {
        connection.is_closed().unwrap();
    }
}

#[test]
fn a_request_that_runs_is_answered_before_its_connection_ends() {
    for protocol in Protocol::KEPT {
        for uri in ["/sleep/600", "/nowhere"] {
            let server = Server::by_all(&[]);
            let mut sleepers = open(&server, protocol, 4);
            let mut other = open(&server, protocol, 1).remove(0);
            sleepers.iter().for_each(|one| one.send(&protocol.get("/sleep/600")));
            let_pass(Duration::from_millis(150));
            let asked = now();
            server.process().signal(Signal::TERM);
            wait_for("it to be stopping", LIMIT, || {
                server.log().contains("stopping").then_some(())
            });
            // One that asks while the rest is finished is answered, or its connection is at its end.
            other.client.send(&protocol.get(uri)).ok();
            match other.answer() {
                Ok(answer) => {
                    let expected = if uri == "/nowhere" { 404 } else { 200 };
                    assert_eq!(answer.status, expected, "{protocol}: {uri}");
                    other.is_closed().unwrap();
                }
                Err(error) => {
                    let ends = ["closed with 0 bytes", "reset", "Broken pipe"];
                    let is_end = ends.iter().any(|what| error.contains(what));
                    assert!(is_end, "{protocol}: {uri}: neither answered nor closed: {error}");
                }
            }
            for connection in &mut sleepers {
                let answer = connection.answer().unwrap_or_else(|e| panic!("{protocol}: {e}"));
                assert_eq!(answer.text(), "slept\n");
                if protocol == Protocol::Http {
                    assert_eq!(answer.header("connection"), Some("close"), "it ends: {answer:?}");
                }
                connection.is_closed().unwrap();
            }
            assert_eq!(server.end().code, Some(0));
            // Clients that have their answers and don't leave hold up nothing.
            let took = asked.elapsed();
            assert!(took < Duration::from_secs(3), "{protocol}: {uri}: a stop took {took:?}");
        }
    }
}

/// Clients that never pause: each request is answered whole, or its connection is found closed.
#[test]
fn a_stop_under_load_breaks_no_answer() {
    for protocol in Protocol::KEPT {
        let server = Server::by_all(&[]);
        let mut all: Vec<Option<Connection>> =
            open(&server, protocol, 8).into_iter().map(Some).collect();
        let cells: Vec<_> = all.iter_mut().map(std::sync::Mutex::new).collect();
        let process = server.process();
        let results = in_parallel(9, |number| {
            let Some(cell) = cells.get(number) else {
                let_pass(Duration::from_millis(300));
                process.signal(Signal::TERM);
                return Ok(1);
            };
            let mut connection = cell.lock().unwrap().take().unwrap();
            let mut count = 0;
            loop {
                if connection.client.send(&protocol.get("/bytes/20000")).is_err() {
                    return Ok(count);
                }
                match connection.answer() {
                    Ok(answer) if answer.body.len() == 20_000 => count += 1,
                    Ok(other) => return Err(format!("{other:?}")),
                    // Reset: the server had closed, and not read what was sent.
                    Err(error) if error.contains("closed with 0 bytes") => return Ok(count),
                    Err(error) if error.contains("reset") => return Ok(count),
                    Err(error) => return Err(error),
                }
            }
        });
        let counts: Result<Vec<u32>, String> = results.into_iter().collect();
        let counts = counts.unwrap_or_else(|error| panic!("{protocol}: {error}"));
        assert!(counts.iter().all(|count| *count > 0), "{protocol}: {counts:?}");
        assert_eq!(server.end().code, Some(0));
    }
}
