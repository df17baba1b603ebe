//! Bodies both ways, large and small, and answers that must not have one.

use std::time::Duration;

use cleanslate_proto::http::{encode_chunk, encode_last_chunk};

use crate::harness::{Connection, Protocol, Server, let_pass, now};

/// Bytes that show where one is missing.
fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

/// Everything that a connection can carry, one after the other on the same, twice.
#[test]
fn every_kind_of_answer_leaves_the_connection_clean() {
    let server = Server::by_all(&["--post-buffering", "100000"]);
    for protocol in Protocol::KEPT {
        let mut connection = server.open(protocol);
        for (method, uri, size, status, came) in [
            ("GET", "/hello", 0, 200, 13),
            ("HEAD", "/hello", 0, 200, 0),
            ("GET", "/status/204", 0, 204, 0),
            ("HEAD", "/status/204", 0, 204, 0),
            ("GET", "/status/304", 0, 304, 0),
            ("HEAD", "/bytes/1000000", 0, 200, 0),
            ("GET", "/bytes/1000000", 0, 200, 1_000_000),
            ("GET", "/bytes/0", 0, 200, 0),
            ("HEAD", "/stream/1000", 0, 200, 0),
            ("GET", "/stream/1000", 0, 200, 1_000_000),
            ("GET", "/stream/0", 0, 200, 0),
            ("GET", "/stream/1", 0, 200, 1_000),
            ("GET", "/nowhere", 0, 404, 10),
            ("HEAD", "/nowhere", 0, 404, 0),
            ("DELETE", "/hello", 0, 405, 19),
            ("POST", "/echo", 0, 200, 0),
            ("POST", "/echo", 1, 200, 1),
            ("POST", "/echo", 99_999, 200, 99_999),
            ("POST", "/echo", 3_000_000, 200, 3_000_000),
            ("POST", "/status/204", 3_000_000, 405, 19),
            ("GET", "/status/500", 0, 500, 0),
        ]
        .repeat(2)
        {
            let case = format!("{protocol}: {method} {uri} with {size} bytes");
            let answer = connection.ask(method, uri, &pattern(size));
            let answer = answer.unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!((answer.status, answer.body.len()), (status, came), "{case}");
            assert!(uri != "/echo" || answer.body == pattern(size), "{case}");
        }
        assert!(connection.is_silent_for(Duration::from_millis(50)), "{protocol}: a byte too many");
    }
    server.stop();
}

/// A request to `/echo` in chunks of this size.
fn in_chunks(body: &[u8], size: usize) -> Vec<u8> {
    let mut request =
        b"POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    body.chunks(size).for_each(|piece| encode_chunk(&mut request, piece));
    encode_last_chunk(&mut request);
    request
}

#[test]
fn chunked_bodies_come_whole_whatever_their_chunks() {
    let server = Server::by_all(&["--post-buffering", "100000"]);
    let mut connection = server.open(Protocol::Http);
    for (size, chunk) in
        [(0, 1), (1, 1), (5_000, 1), (300_000, 7), (1_000_000, 65_536), (3 << 20, 3 << 20)]
    {
        let body = pattern(size);
        let mut request = in_chunks(&body, chunk);
        // Another behind it, which must not be taken for a part of it.
        request.extend(Protocol::Http.get("/hello"));
        connection.send(&request);
        let answer = connection.answer().unwrap();
        assert!(answer.body == body, "{size} in chunks of {chunk}: {}", answer.body.len());
        assert_eq!(connection.answer().unwrap().text(), "hello, world\n");
    }
    server.stop();
}

/// Bodies in memory and in files, one behind the other, in writes that know nothing of their ends.
#[test]
fn large_bodies_in_a_row_come_back_as_they_went() {
    let server = Server::by_all(&["--post-buffering", "100000"]);
    let sizes = [0, 150_000, 5, 1_000_000, 99_999, 100_000, 100_001, 1, 300_000];
    for protocol in Protocol::KEPT {
        let all: Vec<u8> = sizes
            .iter()
            .flat_map(|size| match (protocol, size % 2) {
                (Protocol::Http, 1) => in_chunks(&pattern(*size), 7_777),
                _ => protocol.request("POST", "/echo", &pattern(*size)),
            })
            .collect();
        for write in [4_001, 70_001, all.len()] {
            let mut connection = server.open(protocol);
            let sender = Connection::of(protocol, connection.client.another().unwrap());
            std::thread::scope(|scope| {
                scope.spawn(|| all.chunks(write).for_each(|piece| sender.send(piece)));
                for size in sizes {
                    let answer = connection.answer();
                    let answer = answer.unwrap_or_else(|e| panic!("{protocol}, {write}: {e}"));
                    let is_same = answer.body == pattern(size);
                    assert!(is_same, "{protocol}, {write}: {size} became {}", answer.body.len());
                }
            });
        }
    }
    server.stop();
}

/// A large answer that is read late, and another request behind it: neither a byte is lost nor a
/// thread held.
#[test]
fn a_slow_reader_gets_all_and_may_ask_again() {
    let server = Server::by_all(&["--processes", "1", "--threads", "1"]);
    for protocol in Protocol::KEPT {
        let (mut connection, mut other) = (server.open(protocol), server.open(protocol));
        for uri in ["/bytes/20000000", "/stream/20000", "/bytes/20000000"] {
            connection.send(&protocol.get(uri));
            // Behind it, before a byte of the first is read.
            connection.send(&protocol.request("POST", "/echo", b"behind"));
            let until = now() + Duration::from_millis(300);
            // A thread that the slow reader holds would come back when it has read, which is after this.
            while now() < until {
                let asked = now();
                assert_eq!(other.get("/hello").unwrap().status, 200);
                assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
                let_pass(Duration::from_millis(5));
            }
            let answer = connection.answer().unwrap_or_else(|error| panic!("{uri}: {error}"));
            assert_eq!((answer.status, answer.body.len()), (200, 20_000_000), "{uri}");
            let letter = answer.body[0];
            assert!(answer.body.iter().all(|byte| *byte == letter), "{uri}: one letter all over");
            assert_eq!(connection.answer().unwrap().text(), "behind", "{protocol}: {uri}");
        }
    }
    let log = server.stop();
    assert!(log.contains("unread=0"), "{log}");
}

/// What is refused by its head is told at once, and the answer isn't lost while the body is still
/// on its way.
#[test]
fn an_early_refusal_arrives_though_the_body_is_sent() {
    let server = Server::by_all(&["--limit-post", "100000"]);
    for protocol in Protocol::ALL {
        for address in [server.at(protocol), server.tcp_at(protocol)] {
            let mut connection = Connection::open(protocol, &address).unwrap();
            // It may be cut off at some time.
            connection.client.send(&protocol.request("POST", "/echo", &pattern(5_000_000))).ok();
            let answer = connection.answer();
            let status = answer.map(|answer| answer.status);
            assert_eq!(status, Ok(413), "{protocol} at {address}");
        }
    }
    server.stop();
}
