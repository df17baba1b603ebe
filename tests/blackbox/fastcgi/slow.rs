//! Peers that stall at each point of a request, and peers that read late.

use std::time::Duration;

use cleanslate_proto::fastcgi::Cut;

use super::{begin, echo, open};
use crate::harness::{Connection, Server, let_pass, now};

/// Where it stalls, and whether it is told.
#[test]
fn a_stall_is_given_up_and_told_to_whom_can_be_told() {
    let server = Server::by_all(&["--socket-timeout", "1", "--keepalive", "3"]);
    let whole = echo(1, true, b"12345", Cut::default());
    let body = whole.len() - 8 - 5 - 8;
    let cases = [
        ("before anything", Vec::new(), false, 1),
        ("in the first header", whole[..5].to_vec(), false, 1),
        ("in BEGIN_REQUEST", whole[..12].to_vec(), false, 1),
        ("after BEGIN_REQUEST", begin(1, 1, 1), true, 1),
        ("in the params", whole[..40].to_vec(), true, 1),
        ("after the params", whole[..body].to_vec(), true, 1),
        ("in the body", whole[..body + 10].to_vec(), true, 1),
        ("before the body's end", whole[..whole.len() - 8].to_vec(), true, 1),
        ("in the body's end", whole[..whole.len() - 1].to_vec(), true, 1),
    ];
    let mut stalled: Vec<(String, Connection, bool, u64)> = Vec::new();
    let started = now();
    for kept in [false, true] {
        for (name, bytes, told, seconds) in &cases {
            let mut connection = open(&server);
            // Who has had an answer may be idle for longer.
            let seconds = if kept && bytes.is_empty() { 3 } else { *seconds };
            if kept {
                assert_eq!(connection.get("/hello").unwrap().status, 200);
            }
            connection.send(bytes);
            stalled.push((format!("{name}, kept {kept}"), connection, *told, seconds));
        }
    }
    stalled.sort_by_key(|(_, _, _, seconds)| *seconds);
    for (name, mut connection, told, seconds) in stalled {
        if told {
            let answer = connection.answer().unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(answer.status, 408, "{name}");
        }
        connection.is_closed().unwrap_or_else(|error| panic!("{name}: {error}"));
        let took = started.elapsed();
        let expected = Duration::from_millis(seconds * 1_000 - 100);
        assert!(took >= expected, "{name}: after {took:?}");
        assert!(took < expected + Duration::from_millis(1_500), "{name}: after {took:?}");
    }
    server.stop();
}

/// Who doesn't read at all is given up in time, kept or not.
#[test]
fn who_never_reads_is_given_up() {
    let server = Server::by_all(&["--socket-timeout", "1"]);
    let mut connection = open(&server);
    assert_eq!(connection.get("/hello").unwrap().status, 200);
    connection.send(&crate::harness::Protocol::FastCgi.get("/bytes/20000000"));
    connection.take(9).unwrap();
    let_pass(Duration::from_millis(2_500));
    assert!(connection.answer().is_err(), "cut off after a second");
    let log = server.stop();
    assert!(log.contains("unread=1"), "{log}");
}
