//! Requests cut into records and into reads in many ways, one behind the other.

use cleanslate_proto::fastcgi::Cut;

use super::{check, echo, open, request};
use crate::harness::{Protocol, Server, let_pass};

fn pattern(size: usize) -> Vec<u8> {
    (0..size).map(|at| u8::try_from(at % 251).unwrap()).collect()
}

#[test]
fn records_of_any_size_and_padding_are_understood() {
    let server = Server::by_all(&["--post-buffering", "50000"]);
    let mut connection = open(&server);
    for size_max in [1, 2, 7, 8, 100, 4_096, 65_528, u16::MAX] {
        for padding in [0, 1, 7, 8, 255] {
            for size in [0, 1, 5_000, 200_000] {
                if size / usize::from(size_max) > 5_000 {
                    continue;
                }
                let case = format!("{size} bytes in records of {size_max} with {padding} behind");
                let cut = Cut { size_max, padding };
                connection.send(&echo(1, true, &pattern(size), cut));
                check(&mut connection, 1, &pattern(size), &case);
            }
        }
    }
    server.stop();
}

#[test]
fn requests_in_a_row_are_answered_in_order_however_they_are_cut() {
    let server = Server::by_all(&[]);
    let mut connection = open(&server);
    // Ids are reused or not, as the peer likes: one request is in progress at a time.
    let ids = [7, 7, u16::MAX];
    let small = Cut { size_max: 50, padding: 3 };
    let all: Vec<u8> =
        ids.iter().flat_map(|id| echo(*id, true, &id.to_be_bytes(), small)).collect();
    let check_all = |connection: &mut crate::harness::Connection, case: &str| {
        ids.iter().for_each(|id| check(connection, *id, &id.to_be_bytes(), case));
    };
    for cut in 0..all.len() {
        let (first, rest) = all.split_at(cut);
        connection.send(first);
        connection.send(rest);
        check_all(&mut connection, &format!("cut at {cut}"));
    }
    all.chunks(1).for_each(|byte| connection.send(byte));
    check_all(&mut connection, "byte by byte");
    connection.send(&all.repeat(200));
    (0..200).for_each(|_| check_all(&mut connection, "600 at once"));
    // The last one says that the connection ends; what is behind it is nobody's.
    connection.send(&[&all[..], &echo(9, false, b"last", small), &all].concat());
    check_all(&mut connection, "before the last");
    check(&mut connection, 9, b"last", "the last");
    connection.is_closed().unwrap();
    server.stop();
}

/// Who doesn't ask for more is closed after its answer, whatever it is.
#[test]
fn a_connection_ends_unless_it_is_to_be_kept() {
    let server = Server::by_all(&["--post-buffering", "50000"]);
    for (method, uri, status, size) in [
        ("GET", "/hello", 200, 13),
        ("HEAD", "/hello", 200, 0),
        ("GET", "/status/204", 204, 0),
        ("GET", "/bytes/3000000", 200, 3_000_000),
        ("GET", "/stream/3000", 200, 3_000_000),
        ("HEAD", "/stream/3", 200, 0),
        ("GET", "/nowhere", 404, 10),
        ("GET", "/panic", 500, 26),
        ("POST", "/echo", 200, 100_000),
    ] {
        let body = if method == "POST" { pattern(size) } else { Vec::new() };
        for kept_before in [false, true] {
            let case = format!("{method} {uri}, kept before: {kept_before}");
            let mut connection = open(&server);
            if kept_before {
                assert_eq!(connection.get("/hello").unwrap().status, 200);
            }
            connection.send(&Protocol::FastCgi.last(method, uri, &body));
            let answer = connection.answer_to(method);
            let answer = answer.unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!((answer.status, answer.body.len()), (status, size), "{case}");
            connection.is_closed().unwrap_or_else(|error| panic!("{case}: {error}"));
        }
    }
    server.stop();
}

/// Without a length, the body is what comes until its end.
#[test]
fn a_body_needs_no_length() {
    let server = Server::by_all(&["--post-buffering", "50000"]);
    let mut connection = open(&server);
    for length in [None, Some("")] {
        for size in [0, 1, 49_999, 50_001, 500_000] {
            let mut vars = vec![("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo")];
            vars.extend(length.map(|length| ("CONTENT_LENGTH", length)));
            let cut = Cut { size_max: 9_999, padding: 1 };
            connection.send(&request(3, true, &vars, &pattern(size), cut));
            check(&mut connection, 3, &pattern(size), &format!("{size} with {length:?}"));
        }
    }
    server.stop();
}

/// A body may take its time as long as it moves, and so may the vars within theirs.
#[test]
fn a_request_that_trickles_is_answered() {
    let server = Server::by_all(&["--socket-timeout", "2"]);
    let mut connection = open(&server);
    let bytes = echo(1, true, &pattern(400), Cut { size_max: 100, padding: 0 });
    let head = bytes.len() - (4 * 108 + 8);
    for (piece, pause) in [(&bytes[..head], 1), (&bytes[head..], 30)] {
        for some in piece.chunks(5) {
            connection.send(some);
            let_pass(std::time::Duration::from_millis(pause));
        }
    }
    check(&mut connection, 1, &pattern(400), "trickled");
    server.stop();
}
