//! Ten thousand connections that ask for nothing, fresh ones and kept ones. Guards that they cost
//! little memory and nobody's time, and that nothing is left of them.

use std::time::Duration;

use crate::harness::{
    Address, Connection, Protocol, Server, alone, full, let_pass, now, raise_descriptor_limit,
    wait_for,
};

const COUNT: usize = 10_000;
/// What one may cost of the server's own memory. The kernel's is not in it.
const MOST_BYTES: u64 = 1_024;
/// Of a server as it is started here.
const WORKERS: u64 = 4;
/// What the allocator may spread while they come and go.
const SPREAD_KIB: u64 = 1_024;
const ROUNDS: usize = 3;
const LIMIT: Duration = Duration::from_secs(30);

/// What a connection has done before it is idle.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Before {
    Nothing,
    /// It has had an answer.
    Answered,
    /// It has sent large requests, one behind the other, and has had their answers.
    Busy,
}

fn open(protocol: Protocol, address: &Address, before: Before) -> Vec<Connection> {
    let large = protocol.request("POST", "/body", &[b'x'; 30_000]).repeat(3);
    let one = |_| {
        let mut connection = Connection::open(protocol, address).unwrap();
        match before {
            Before::Nothing => {}
            Before::Answered => assert_eq!(connection.get("/hello").unwrap().status, 200),
            Before::Busy => {
                connection.send(&large);
                (0..3).for_each(|_| assert_eq!(connection.answer().unwrap().status, 200));
            }
        }
        connection
    };
    (0..COUNT).map(one).collect()
}

/// The median time of an answer on a fresh connection.
fn median(server: &Server, protocol: Protocol) -> Duration {
    let mut times: Vec<Duration> = (0..201)
        .map(|_| {
            let asked = now();
            assert_eq!(server.open(protocol).get("/user/7").unwrap().status, 200);
            asked.elapsed()
        })
        .collect();
    times.sort_unstable();
    times[times.len() / 2]
}

/// Holds that many, several times; the bytes that one of them costs. A loop holds on to what it once
/// took, and in a later round another loop may take most of them: all together hold on to so many
/// times as much at most.
fn check(protocol: Protocol, over_tcp: bool, before: Before) -> u64 {
    let options = ["--socket-timeout", "600", "--keepalive", "600", "--tick", "3600"];
    let server = Server::by_all(&options);
    let process = server.process();
    let address = if over_tcp { server.tcp_at(protocol) } else { server.at(protocol) };
    let case = format!("{protocol} at {address}, {before:?}");
    median(&server, protocol);
    let alone = median(&server, protocol);
    let idle = (process.memory_kib(), server.idle_descriptors());
    let mut first = None;
    for round in 1..=ROUNDS {
        let mut all = open(protocol, &address, before);
        wait_for("all connections to be taken", LIMIT, || {
            (process.descriptors() >= idle.1 + COUNT).then_some(())
        });
        let memory_kib = process.memory_kib();
        let during = median(&server, protocol);
        assert!(during < alone * 3 + Duration::from_millis(1), "{case}: {alone:?}, {during:?}");
        // They have only been waiting.
        for connection in all.iter_mut().step_by(97) {
            let answer = connection.get("/user/7");
            assert_eq!(answer.map(|answer| answer.status), Ok(200), "{case}");
        }
        drop(all);
        wait_for("all connections to be closed", LIMIT, || {
            (process.descriptors() <= idle.1 + 30).then_some(())
        });
        let left_kib = process.memory_kib();
        println!("{case}, round {round}: {memory_kib} KiB with them, {left_kib} after them");
        let more_kib = memory_kib.max(left_kib).saturating_sub(idle.0);
        let first_kib = *first.get_or_insert(more_kib);
        let most_kib = WORKERS * first_kib + SPREAD_KIB;
        assert!(more_kib <= most_kib, "{case}: {first_kib} KiB at first, then {more_kib}");
    }
    server.stop();
    first.unwrap_or_default() * 1_024 / COUNT as u64
}

/// A server that has had requests, and has none now: its threads are woken by its clocks alone, which strike
/// once a second at most. A thread that looks around every millisecond is seen.
#[test]
fn a_server_with_nothing_to_do_sleeps() {
    let server = Server::by_all(&["--tick", "3600"]);
    for protocol in Protocol::ALL {
        (0..20).for_each(|_| assert_eq!(server.open(protocol).get("/user/7").unwrap().status, 200));
    }
    let process = server.process();
    wait_for("a second in which next to nobody is woken", LIMIT, || {
        let before = process.sleeps();
        let_pass(Duration::from_secs(1));
        (process.sleeps() - before < 50).then_some(())
    });
}

#[test]
fn ten_thousand_idle_connections_cost_little() {
    let _alone = alone();
    raise_descriptor_limit(COUNT as u64 + 1_000);
    use Before::{Answered, Busy, Nothing};
    let mut cases = vec![
        (Protocol::Uwsgi, false, Nothing),
        (Protocol::FastCgi, false, Answered),
        (Protocol::Http, true, Answered),
        (Protocol::Http, false, Busy),
    ];
    if full() {
        cases.extend([
            (Protocol::Scgi, false, Nothing),
            (Protocol::FastCgi, false, Nothing),
            (Protocol::FastCgi, true, Answered),
            (Protocol::FastCgi, false, Busy),
            (Protocol::Http, false, Nothing),
            (Protocol::Http, true, Nothing),
            (Protocol::Http, false, Answered),
        ]);
    }
    for (protocol, over_tcp, before) in cases {
        let bytes = check(protocol, over_tcp, before);
        let case = format!("{protocol}, over TCP {over_tcp}, {before:?}");
        println!("{case}: {bytes} bytes each");
        assert!(bytes < MOST_BYTES, "{case}: {bytes} bytes each");
    }
}
