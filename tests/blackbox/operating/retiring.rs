//! Servers that see their connections out. Guards that they don't pile up when none of these ends.

use rustix::process::Signal;

use super::{LIMIT, ready, serving, wait_until_ready, with_master};
use crate::harness::{Connection, Process, Protocol, Server, wait_for};

const FORMAT: &str = "%(uri) was answered by %(pid).";

/// A kept connection to the server that serves now.
fn keep(master: &Server, number: usize) -> Connection {
    let own = format!(" was answered by {}.", serving(master).0);
    for attempt in 0.. {
        let uri = format!("/hello?{number}.{attempt}");
        let mut connection = master.open(Protocol::FastCgi);
        assert_eq!(connection.get(&uri).map(|answer| answer.status), Ok(200));
        let log = wait_for("the line of a request", LIMIT, || {
            Some(master.log()).filter(|log| log.contains(&format!("{uri} was answered by ")))
        });
        // The one before it may not have left the socket yet.
        if log.contains(&format!("{uri}{own}")) {
            return connection;
        }
    }
    unreachable!("there is always another attempt")
}

#[test]
fn of_too_many_that_retire_the_oldest_is_told_to_end() {
    let options = ["--log-requests", "true", "--log-format", FORMAT, "--tick", "1000"];
    let master = Server::by_all(&with_master(&options));
    let mut kept: Vec<(Process, Connection)> = Vec::new();
    for servers in 1..=6 {
        wait_until_ready(&master, servers);
        kept.push((serving(&master), keep(&master, servers)));
        master.process().signal(Signal::HUP);
    }
    wait_until_ready(&master, 7);
    // Six have retired, and four may.
    for (server, connection) in &kept[..2] {
        connection.is_closed().unwrap();
        wait_for("the oldest to end", LIMIT, || (!server.is_alive()).then_some(()));
        let told = format!("is told to end process={} retiring=5 limit=4", server.0);
        wait_for(&told, LIMIT, || master.log().contains(&told).then_some(()));
    }
    for (server, connection) in &mut kept[2..] {
        assert!(server.is_alive());
        assert_eq!(connection.get("/hello").map(|answer| answer.status), Ok(200));
    }
    assert_eq!(ready(&master), 7);
    drop(kept);
    let log = master.stop();
    assert_eq!(log.matches("too many servers retire").count(), 2, "{log}");
}
