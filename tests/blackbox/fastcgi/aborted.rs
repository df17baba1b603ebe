//! What comes beside requests on a connection: requests that are given up or tried too early, and
//! questions about the server.

use std::time::Duration;

use cleanslate_proto::fastcgi::{Cut, EndRequest, Kind};

use super::{begin, check, echo, open, params, record};
use crate::harness::{Connection, Server};

const ABORTED: EndRequest = EndRequest { app_status: 0, protocol_status: 0 };
const CANT_MULTIPLEX: EndRequest = EndRequest { app_status: 0, protocol_status: 1 };
const UNKNOWN_ROLE: EndRequest = EndRequest { app_status: 0, protocol_status: 3 };
const POST: [(&str, &str); 3] =
    [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo"), ("CONTENT_LENGTH", "5")];

/// The request of this id ends without a byte of an answer.
fn check_end(connection: &mut Connection, id: u16, expected: EndRequest, case: &str) {
    let ended = connection.stdout(id).unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(ended, (Vec::new(), expected), "{case}");
}

#[test]
fn an_aborted_request_ends_without_an_answer() {
    let server = Server::by_all(&["--post-buffering", "1000"]);
    let all = params(1, &POST);
    let large = record(Kind::STDIN, 1, &[b'x'; 40_000]);
    let large_vars = [POST[0], POST[1], ("CONTENT_LENGTH", "100000")];
    for flags in [0, 1] {
        for (name, before) in [
            ("after BEGIN_REQUEST", Vec::new()),
            ("in the params", record(Kind::PARAMS, 1, &all[8..20])),
            ("after the params", all.clone()),
            ("in the body", [&all[..], &record(Kind::STDIN, 1, b"123")].concat()),
            ("after the whole body", [&all[..], &record(Kind::STDIN, 1, b"12345")].concat()),
            ("in a body that is in a file", [params(1, &large_vars), large.clone()].concat()),
        ] {
            let case = format!("{name}, flags {flags}");
            let mut connection = open(&server);
            for _ in 0..=2 * flags {
                connection.send(&[begin(1, 1, flags), before.clone()].concat());
                connection.send(&record(Kind::ABORT_REQUEST, 1, b""));
                check_end(&mut connection, 1, ABORTED, &case);
            }
            if flags == 0 {
                connection.is_closed().unwrap_or_else(|error| panic!("{case}: {error}"));
                continue;
            }
            // What is still on its way of it is nobody's; the next request has nothing of it.
            connection.send(&record(Kind::STDIN, 1, b"45").repeat(2));
            connection.send(&record(Kind::ABORT_REQUEST, 1, b""));
            connection.send(&echo(1, true, b"after", Cut::default()));
            check(&mut connection, 1, b"after", &case);
            assert!(connection.is_silent_for(Duration::from_millis(20)), "{case}");
        }
    }
    server.stop();
}

/// A request is aborted while its handler runs: it is answered or ended, and the connection goes on.
#[test]
fn an_abort_that_comes_too_late_harms_nothing() {
    let server = Server::by_all(&[]);
    let mut connection = open(&server);
    let sleep = [("REQUEST_METHOD", "GET"), ("PATH_INFO", "/sleep/100")];
    let mut sent = begin(2, 1, 1);
    sent.extend(params(2, &sleep));
    sent.extend(record(Kind::STDIN, 2, b""));
    sent.extend(record(Kind::ABORT_REQUEST, 2, b""));
    sent.extend(echo(3, true, b"next", Cut::default()));
    connection.send(&sent);
    let (_, end) = connection.stdout(2).unwrap();
    assert_eq!(end, ABORTED);
    check(&mut connection, 3, b"next", "after the abort");
    server.stop();
}

#[test]
fn a_second_request_at_once_and_other_roles_are_refused() {
    let server = Server::by_all(&[]);
    let mut connection = open(&server);
    for _ in 0..3 {
        let vars = params(1, &POST);
        connection.send(&[begin(1, 1, 1), vars[..30].to_vec()].concat());
        // In the middle of a record nothing can be said; behind it, at once.
        connection.send(&[&vars[30..], &begin(2, 1, 1)].concat());
        check_end(&mut connection, 2, CANT_MULTIPLEX, "while params come");
        connection.send(&record(Kind::STDIN, 1, b"12"));
        connection.send(&echo(3, true, b"other", Cut::default()));
        check_end(&mut connection, 3, CANT_MULTIPLEX, "while the body comes");
        connection.send(&[record(Kind::STDIN, 1, b"345"), record(Kind::STDIN, 1, b"")].concat());
        check(&mut connection, 1, b"12345", "the first");
    }
    for role in [0, 2, 3, 255] {
        connection.send(&begin(4, role, 1));
        check_end(&mut connection, 4, UNKNOWN_ROLE, "a role");
        // The rest of it is nobody's.
        connection.send(&[params(4, &POST), record(Kind::STDIN, 4, b"12345")].concat());
        connection.send(&echo(4, true, b"after", Cut::default()));
        check(&mut connection, 4, b"after", "after another role");
    }
    connection.send(&begin(5, 2, 0));
    check_end(&mut connection, 5, UNKNOWN_ROLE, "a role of one that isn't kept");
    connection.is_closed().unwrap();
    drop(connection);
    server.stop();
}

/// Questions about the server are answered at once, between requests and in the middle of one.
#[test]
fn questions_are_answered_at_any_time() {
    let server = Server::by_all(&["--max-connections", "1234"]);
    let ask_values = record(
        Kind::GET_VALUES,
        0,
        b"\x0f\0FCGI_MPXS_CONNS\x0e\0FCGI_MAX_CONNS\x0d\0FCGI_MAX_REQS\x05\0OTHER",
    );
    let values = |connection: &mut Connection| {
        let head = connection.take(8).unwrap();
        assert_eq!(&head[..4], [1, 10, 0, 0], "GET_VALUES_RESULT");
        let size = usize::from(u16::from_be_bytes([head[4], head[5]]));
        let content = connection.take(size + usize::from(head[6])).unwrap();
        let text = String::from_utf8_lossy(&content[..size]).into_owned();
        assert!(text.contains("FCGI_MPXS_CONNS0"), "{text}");
        assert!(text.contains("FCGI_MAX_CONNS1234") && !text.contains("OTHER"), "{text}");
        assert!(text.contains("FCGI_MAX_REQS"), "{text}");
    };
    let mut connection = open(&server);
    for _ in 0..2 {
        connection.send(&ask_values);
        values(&mut connection);
        connection.send(&[begin(1, 1, 1), ask_values.clone(), params(1, &POST)].concat());
        values(&mut connection);
        connection.send(&record(Kind::STDIN, 1, b"12"));
        // A kind of record about the connection that nobody knows, with content.
        connection.send(&record(Kind(99), 0, b"what"));
        assert_eq!(connection.take(8).unwrap(), [1, 11, 0, 0, 0, 8, 0, 0], "UNKNOWN_TYPE");
        assert_eq!(connection.take(8).unwrap(), [99, 0, 0, 0, 0, 0, 0, 0]);
        connection.send(&[record(Kind::STDIN, 1, b"345"), record(Kind::STDIN, 1, b"")].concat());
        check(&mut connection, 1, b"12345", "a request with questions in it");
        // Along with a request and its answer.
        connection.send(&[ask_values.clone(), echo(1, true, b"x", Cut::default())].concat());
        values(&mut connection);
        check(&mut connection, 1, b"x", "a request behind a question");
    }
    server.stop();
}
