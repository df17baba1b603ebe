//! Peers that leave at every byte of a request and of an answer, by every protocol, over unix
//! sockets and TCP.

use std::time::Duration;

use crate::harness::{Address, Connection, Protocol, Server, get, wait_for};

/// What the allocator may spread while connections come and go.
const MEMORY_MORE_KIB: u64 = 2_048;

fn leave(protocol: Protocol, address: &Address) -> Result<(), String> {
    let open = || Connection::open(protocol, address).map_err(|error| error.to_string());
    let echo = protocol.request("POST", "/echo", b"a body of some length");
    for size in 0..=echo.len() {
        open()?.send(&echo[..size]);
        let connection = open()?;
        connection.send(&echo[..size]);
        connection.client.half_close().map_err(|error| error.to_string())?;
    }
    let connection = open()?;
    connection.send(&protocol.get("/hello"));
    connection.client.half_close().map_err(|error| error.to_string())?;
    let answer = connection.client.read_to_end(Duration::from_secs(20))?;
    for size in 0..answer.len() {
        let mut connection = open()?;
        connection.send(&protocol.get("/hello"));
        connection.take(size)?;
    }
    for size in (0..300_000).step_by(9_973) {
        let mut connection = open()?;
        connection.send(&protocol.get(["/bytes/400000", "/stream/400"][size % 2]));
        connection.take(size)?;
    }
    // The same in the second request of a connection, sent along with the first or after it.
    if Protocol::KEPT.contains(&protocol) {
        for size in 0..=echo.len() {
            let mut connection = open()?;
            connection.send(&[&echo[..], &echo[..size]].concat());
            let answer = connection.answer()?;
            if answer.text() != "a body of some length" {
                return Err(format!("{answer:?}"));
            }
            let mut connection = open()?;
            connection.get("/hello")?;
            connection.send(&echo[..size]);
        }
    }
    match open()?.ask("POST", "/echo", b"here") {
        Ok(answer) if answer.text() == "here" => Ok(()),
        other => Err(format!("{other:?}")),
    }
}

#[test]
fn peers_that_leave_at_any_byte_leave_nothing() {
    let server = Server::by_all(&["--tick", "3600"]);
    let process = server.process();
    let mut before = None;
    let idle = server.idle_descriptors();
    for round in 0..3 {
        for protocol in Protocol::ALL {
            for address in [server.at(protocol), server.tcp_at(protocol)] {
                leave(protocol, &address)
                    .unwrap_or_else(|error| panic!("{protocol} at {address}: {error}"));
            }
        }
        // The databases that threads have opened by now come on top.
        let databases = 3 * process.opened(&server.database());
        wait_for("all connections to be closed", Duration::from_secs(20), || {
            (process.descriptors() <= idle + databases).then_some(())
        });
        let now = (process.threads(), process.memory_kib());
        println!("after round {round}: {now:?} threads and KiB");
        let (threads, memory_kib) = *before.get_or_insert(now);
        assert_eq!(now.0, threads, "threads");
        assert!(now.1 <= memory_kib + MEMORY_MORE_KIB, "{memory_kib} KiB, then {}", now.1);
    }
    assert_eq!(server.ask(&get("/hello")).status, 200);
    server.stop();
}

/// A peer that asks once more and has no more to say: it gets its answer, and the connection's end at
/// once. Its end may come with the request, so that nothing tells of it afterwards.
#[test]
fn who_ends_its_side_with_a_request_is_answered_and_closed() {
    let server = Server::by_all(&["--tick", "3600"]);
    for protocol in Protocol::KEPT {
        for address in [server.at(protocol), server.tcp_at(protocol)] {
            for round in 0..50 {
                let mut connection = Connection::open(protocol, &address).unwrap();
                assert_eq!(connection.get("/hello").unwrap().status, 200);
                connection.send(&protocol.get("/sleep/1"));
                connection.client.half_close().unwrap();
                let answer = connection.answer().unwrap();
                assert_eq!(answer.text(), "slept\n", "{protocol} at {address}, {round}");
                let rest = connection.client.read_to_end(Duration::from_secs(20));
                assert_eq!(rest.as_deref(), Ok(&[][..]), "{protocol} at {address}, {round}");
            }
        }
    }
    server.stop();
}
