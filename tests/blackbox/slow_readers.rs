//! Peers that read slowly, later, or not at all. Guards that they hold no thread, and that every
//! byte of an answer arrives at who reads it in the end.

use std::time::Duration;

use crate::harness::{Client, Server, get, in_parallel, let_pass, now, wait_for};

/// More than there are threads.
const READERS: usize = 10;

fn check(server: &Server, uri: &str, size: usize) {
    let clients: Vec<Client> = (0..READERS).map(|_| server.send(&get(uri))).collect();
    // They have begun to read, and their threads have found that they don't read on.
    for client in &clients {
        assert!(client.read_some(9).unwrap().starts_with(b"HTTP/1.1"), "{uri}");
    }
    for _ in 0..50 {
        let asked = now();
        assert_eq!(server.get("/hello").status, 200);
        assert!(asked.elapsed() < Duration::from_secs(1), "{uri}: {:?}", asked.elapsed());
    }
    let bodies = in_parallel(READERS, |number| {
        let rest = clients[number].read_to_end(Duration::from_secs(60)).unwrap();
        let head = rest.windows(4).position(|four| four == b"\r\n\r\n").expect("a head");
        let body = &rest[head + 4..];
        assert!(body.iter().all(|byte| byte == &body[0]), "{uri}: one letter all over");
        body.len()
    });
    assert_eq!(bodies, [size; READERS], "{uri}");
}

#[test]
fn slow_readers_hold_no_thread_and_lose_no_byte() {
    let server = Server::start("probe", &["--socket-timeout", "60"]);
    check(&server, "/bytes/20000000", 20_000_000);
    check(&server, "/stream/20000", 20_000_000);
    let log = server.stop();
    assert!(log.contains("unread=0"), "{log}");
}

/// Who reads a little now and then is slow but not gone: each read starts its time anew.
#[test]
fn a_reader_that_moves_is_not_given_up() {
    let server = Server::start("probe", &["--socket-timeout", "1"]);
    let client = server.send(&get("/bytes/3000000"));
    let mut received = 0;
    for _ in 0..8 {
        let_pass(Duration::from_millis(400));
        received += client.read_some(300_000).unwrap().len();
    }
    received += client.read_to_end(Duration::from_secs(10)).unwrap().len();
    assert!(received > 3_000_000, "{received}");
    server.stop();
}

/// Who reads nothing at all is given up in time, and what it was owed is let go.
#[test]
fn a_peer_that_never_reads_is_given_up() {
    let server = Server::start("probe", &["--socket-timeout", "1", "--tick", "3600"]);
    let before = server.idle_descriptors();
    let clients: Vec<Client> = (0..READERS).map(|_| server.send(&get("/stream/5000"))).collect();
    for client in &clients {
        client.read_some(9).unwrap();
    }
    wait_for("their connections and files to be closed", Duration::from_secs(20), || {
        (server.process().descriptors() <= before + 2).then_some(())
    });
    let log = server.stop();
    assert!(log.contains("unread=10"), "{log}");
}
