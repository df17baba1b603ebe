//! Limits at their true sizes, and answers that come before the request is whole. Guards that the
//! largest request passes, the next larger doesn't, and that its peer can read why.

use std::time::Duration;

use crate::harness::{Client, Server, get, packet, post, request, wait_for};

#[test]
fn the_largest_vars_pass_and_one_more_is_told() {
    let server = Server::start("probe", &[]);
    let vars = request("GET", "/len", &[("HTTP_X_PAD", "")], b"").len() - 4;
    let fill = "x".repeat(65_535 - vars);
    let answer = server.ask(&request("GET", "/len", &[("HTTP_X_PAD", &fill)], b""));
    assert_eq!(answer.text(), format!("{}\n", fill.len()));

    let others = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/hello")];
    for (count, status) in [(1_000, 200), (1_001, 431)] {
        let mut vars = others.to_vec();
        vars.resize(count, ("A", ""));
        assert_eq!(server.ask(&packet(&vars, b"")).status, status, "{count} vars");
    }
    server.stop();
}

#[test]
fn a_large_body_arrives_whole() {
    let server = Server::start("probe", &["--socket", "127.0.0.1:0"]);
    let body: Vec<u8> = (0..5_000_000_u32).map(|at| (at % 251) as u8).collect();
    for address in [server.address.clone(), server.tcp()] {
        let client = Client::connect(&address).unwrap();
        client.send(&post("/echo", &body)).unwrap();
        let answer = client.answer().unwrap().expect("an answer");
        assert!(answer.status == 200 && answer.body == body, "{address}: {}", answer.status);
    }
    server.stop();
}

/// A peer that is in the middle of sending when it is refused reads the answer, and no reset.
fn check_early(server: &Server, status: u16, head: &[u8], size: usize) {
    for address in [server.address.clone(), server.tcp()] {
        let client = Client::connect(&address).unwrap();
        let body = vec![b'x'; size];
        let sent = client.send(head).and_then(|()| client.send(&body));
        sent.unwrap_or_else(|error| panic!("{address} {size}: cut off while sending: {error}"));
        let answer = client.answer().unwrap_or_else(|error| panic!("{address} {size}: {error}"));
        assert_eq!(answer.map(|answer| answer.status), Some(status), "{address} {size}");
    }
}

#[test]
fn an_early_answer_is_read_by_who_is_still_sending() {
    let server = Server::start("probe", &["--socket", "127.0.0.1:0"]);
    let vars = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo"), ("CONTENT_LENGTH", "67108865")];
    let too_large = packet(&vars, b"");
    for size in [1, 100_000, 8_000_000] {
        check_early(&server, 413, &too_large, size);
        // Another protocol, by which nginx is configured wrongly.
        check_early(&server, 501, b"POST /echo HTTP/1.1\r\n", size);
    }
    server.stop();
}

/// A peer that waits for its answer before it sends more gets it at once.
#[test]
fn an_early_answer_does_not_wait_for_the_body() {
    let server = Server::start("probe", &["--socket-timeout", "60"]);
    let vars = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo"), ("CONTENT_LENGTH", "67108865")];
    let client = server.send(&packet(&vars, b""));
    let answer = client.answer_within(Duration::from_secs(5)).unwrap();
    assert_eq!(answer.map(|answer| answer.status), Some(413));
    server.stop();
}

/// Connections above the limit are told to come again; those that were taken are served.
#[test]
fn connections_above_the_limit_are_shed() {
    let server = Server::start("probe", &["--max-connections", "10", "--socket-timeout", "60"]);
    let request = get("/hello");
    let (half, rest) = request.split_at(20);
    let waiting: Vec<Client> = (0..10).map(|_| server.send(half)).collect();
    let above = wait_for("a refusal", Duration::from_secs(20), || {
        let client = server.send(half);
        let answer = client.answer_within(Duration::from_millis(200));
        answer.ok().flatten()
    });
    assert_eq!((above.status, above.header("retry-after")), (503, Some("1")));
    for client in waiting {
        client.send(rest).unwrap();
        let answer = client.answer().unwrap().expect("an answer");
        assert_eq!(answer.status, 200);
    }
    server.stop();
}

/// Large bodies wait in files: their peers may be slow without a cost in memory.
#[test]
fn large_bodies_that_stall_cost_no_memory() {
    let server = Server::start("probe", &["--socket-timeout", "60"]);
    let vars = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/body"), ("CONTENT_LENGTH", "4000000")];
    let body = vec![b'x'; 4_000_000];
    let whole = packet(&vars, &body);
    let (most, rest) = whole.split_at(whole.len() - 1);
    let before = server.process().memory_kib();
    let stalled: Vec<Client> = (0..30).map(|_| server.send(most)).collect();
    assert_eq!(server.get("/hello").status, 200);
    let after = server.process().memory_kib();
    assert!(after < before + 20_000, "{before} KiB before, {after} with 120 MB of bodies");
    for client in &stalled {
        client.send(rest).unwrap();
    }
    for client in stalled {
        let answer = client.answer().unwrap().expect("an answer");
        assert!(answer.text().starts_with("4000000 "), "{}", answer.text());
    }
    server.stop();
}
