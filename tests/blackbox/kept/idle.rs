//! Idle connections: how long they are kept, and what for they are let go before.

use std::time::Duration;

use super::open;
use crate::harness::{Connection, Protocol, Server, in_parallel, now, wait_for};

const LIMIT: Duration = Duration::from_secs(20);

/// Between two requests it is the server that ends a connection, in time and without a word; once
/// a request has begun it has the time of a head, and is told when that is over.
#[test]
fn an_idle_connection_ends_after_its_time() {
    let server = Server::by_all(&["--keepalive", "1", "--socket-timeout", "2"]);
    let check = |protocol: Protocol| {
        let mut connection = server.open(protocol);
        for _ in 0..2 {
            assert_eq!(connection.get("/hello").unwrap().status, 200);
            // Each answer starts the time anew.
            assert!(connection.is_silent_for(Duration::from_millis(700)), "{protocol}");
        }
        let asked = now();
        assert_eq!(connection.get("/hello").unwrap().status, 200);
        connection.is_closed().unwrap();
        let took = asked.elapsed();
        let expected = Duration::from_millis(900)..Duration::from_millis(1_900);
        assert!(expected.contains(&took), "{protocol}: closed after {took:?}");
        let mut connection = server.open(protocol);
        assert_eq!(connection.get("/hello").unwrap().status, 200);
        let asked = now();
        let request = protocol.get("/hello");
        connection.send(&request[..request.len() - 3]);
        assert_eq!(connection.answer().unwrap().status, 408, "{protocol}");
        connection.is_closed().unwrap();
        let took = asked.elapsed();
        let expected = Duration::from_millis(1_900)..Duration::from_millis(3_500);
        assert!(expected.contains(&took), "{protocol}: 408 after {took:?}");
    };
    in_parallel(2, |number| check(Protocol::KEPT[number]));
    let log = server.stop();
    assert!(log.contains("stalled=2 "), "{log}");
}

/// Where all places are taken, an idle connection makes room: nobody is refused for it. That is one of the
/// same loop, so there is one loop here.
#[test]
fn idle_connections_make_room() {
    let server = Server::by_all(&["--max-connections", "10", "--tick", "3600", "--processes", "1"]);
    let idle = server.idle_descriptors();
    for protocol in Protocol::KEPT {
        // One at a time: each finds all places taken by such as are idle.
        let mut all: Vec<Connection> = (0..60).flat_map(|_| open(&server, protocol, 1)).collect();
        let most = idle + 10 + 3 * server.process().opened(&server.database());
        wait_for("those without a place to be closed", LIMIT, || {
            (server.process().descriptors() <= most).then_some(())
        });
        let mut goes_on = 0;
        for connection in &mut all {
            match connection.get("/hello") {
                Ok(answer) => goes_on += usize::from(answer.status == 200),
                Err(error) => {
                    let is_closed = ["closed with 0 bytes", "reset", "Broken pipe"];
                    assert!(is_closed.iter().any(|what| error.contains(what)), "{error}");
                }
            }
        }
        println!("{protocol}: {goes_on} of 60 go on");
        assert!((1..=10).contains(&goes_on), "{protocol}: {goes_on} go on");
    }
    server.stop();
}
