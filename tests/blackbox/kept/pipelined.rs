//! HTTP requests one behind the other, and what decides whether a connection goes on.

use std::time::Duration;

use crate::harness::{Connection, Protocol, Server};

/// Three requests of different kinds; their answers' bodies.
const THREE: [(&str, &str); 3] = [
    ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nfirst", "first"),
    (
        "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nsec\r\n3\r\nond\r\n0\r\n\r\n",
        "second",
    ),
    ("GET /user/7 HTTP/1.1\r\nHost: x\r\n\r\n", "\"id\":7"),
];

/// Sends all three in these pieces, and checks that three answers come and no byte more.
fn check(connection: &mut Connection, pieces: &[&[u8]]) -> Result<(), String> {
    pieces.iter().for_each(|piece| connection.send(piece));
    for (_, expected) in THREE {
        let answer = connection.answer()?;
        if answer.status != 200 || !answer.text().contains(expected) {
            return Err(format!("{expected} expected: {answer:?}"));
        }
    }
    Ok(())
}

#[test]
fn three_in_a_row_are_answered_in_order_however_they_are_cut() {
    let server = Server::by_all(&[]);
    let all = THREE.map(|(request, _)| request).concat();
    let all = all.as_bytes();
    let mut connection = server.open(Protocol::Http);
    for cut in 0..all.len() {
        let (first, rest) = all.split_at(cut);
        check(&mut connection, &[first, rest])
            .unwrap_or_else(|error| panic!("cut at {cut}: {error}"));
    }
    // Byte by byte, and many at once.
    check(&mut connection, &all.chunks(1).collect::<Vec<_>>()).unwrap();
    connection.send(&all.repeat(200));
    for _ in 0..200 {
        check(&mut connection, &[]).unwrap();
    }
    assert!(connection.is_silent_for(Duration::from_millis(50)), "nothing is left over");
    // One that ends its side is answered all the same.
    connection.send(all);
    connection.client.half_close().unwrap();
    check(&mut connection, &[]).unwrap();
    connection.is_closed().unwrap();
    server.stop();
}

/// What a client says of its connection, and what the server says and does.
#[test]
fn who_asks_for_it_is_kept() {
    let server = Server::by_all(&[]);
    for (request, says, goes_on) in [
        ("GET /hello HTTP/1.1\r\nHost: x\r\n", None, true),
        ("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: keep-alive\r\n", None, true),
        ("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: x, y\r\n", None, true),
        ("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", Some("close"), false),
        ("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: CLOSE\r\n", Some("close"), false),
        ("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: x, close\r\n", Some("close"), false),
        ("GET /hello HTTP/1.0\r\n", Some("close"), false),
        ("GET /hello HTTP/1.0\r\nConnection: keep-alive\r\n", Some("keep-alive"), true),
        ("GET /hello HTTP/1.0\r\nConnection: Keep-Alive\r\n", Some("keep-alive"), true),
        ("GET /hello HTTP/1.0\r\nConnection: close\r\n", Some("close"), false),
        // Only the end of the connection can end what has no length and no chunks.
        ("GET /stream/3 HTTP/1.0\r\nConnection: keep-alive\r\n", Some("close"), false),
        ("GET /stream/3 HTTP/1.1\r\nHost: x\r\n", None, true),
        ("GET /stream/3 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", Some("close"), false),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\n", None, true),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\nConnection: close\r\n", Some("close"), false),
        ("PUT /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n", None, true),
    ] {
        let mut connection = server.open(Protocol::Http);
        connection.send(request.as_bytes());
        connection.send(b"\r\n");
        let answer = connection.answer().unwrap_or_else(|error| panic!("{request}: {error}"));
        assert_eq!(answer.header("connection"), says, "{request}");
        match goes_on {
            true => assert_eq!(connection.get("/hello").unwrap().status, 200, "{request}"),
            false => connection.is_closed().unwrap_or_else(|error| panic!("{request}: {error}")),
        }
    }
    server.stop();
}

/// What can't be understood ends the connection, but what came before it is answered first.
#[test]
fn an_error_behind_a_request_is_answered_after_it() {
    let server = Server::by_all(&[]);
    for (first, method) in [
        ("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", "GET"),
        ("HEAD /hello HTTP/1.1\r\nHost: x\r\n\r\n", "HEAD"),
        ("GET /sleep/100 HTTP/1.1\r\nHost: x\r\n\r\n", "GET"),
        ("GET /stream/100 HTTP/1.1\r\nHost: x\r\n\r\n", "GET"),
    ] {
        for (second, status) in [
            ("GARBAGE\r\n\r\n", 400),
            ("GET /hello HTTP/1.1\r\n\r\n", 400),
            ("GET /hello HTTP/2.0\r\nHost: x\r\n\r\n", 505),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
            ("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", 400),
        ] {
            let mut connection = server.open(Protocol::Http);
            let third = "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n";
            connection.send(format!("{first}{second}{third}").as_bytes());
            let case = format!("{first:?}, then {second:?}");
            let answer = connection.answer_to(method).unwrap_or_else(|e| panic!("{case}: {e}"));
            assert_eq!(answer.status, 200, "{case}");
            let answer = connection.answer().unwrap_or_else(|error| panic!("{case}: {error}"));
            assert_eq!((answer.status, answer.header("connection")), (status, Some("close")));
            connection.is_closed().unwrap_or_else(|error| panic!("{case}: {error}"));
        }
    }
    server.stop();
}
