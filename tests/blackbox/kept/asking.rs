//! Clients that ask before they send their body, as HTTP lets them.

use std::time::Duration;

use crate::harness::{Connection, Protocol, Server};

fn head(length: &str) -> String {
    format!("POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\n{length}\r\n\r\n")
}

fn told(connection: &mut Connection) {
    assert_eq!(connection.line().unwrap(), "HTTP/1.1 100 Continue");
    assert_eq!(connection.line().unwrap(), "");
}

/// A client that asks first is told to go on, and only then sends its body.
#[test]
fn clients_that_wait_are_told_to_continue() {
    let server = Server::by_all(&[]);
    let mut connection = server.open(Protocol::Http);
    for _ in 0..3 {
        connection.send(head("Content-Length: 4").as_bytes());
        told(&mut connection);
        connection.send(b"body");
        assert_eq!(connection.answer().unwrap().text(), "body");
        connection.send(head("Transfer-Encoding: chunked").as_bytes());
        told(&mut connection);
        connection.send(b"4\r\nbody\r\n0\r\n\r\n");
        assert_eq!(connection.answer().unwrap().text(), "body");
        // Behind another request, whose answer comes first.
        connection.send(&Protocol::Http.get("/hello"));
        connection.send(head("Content-Length: 4").as_bytes());
        assert_eq!(connection.answer().unwrap().text(), "hello, world\n");
        told(&mut connection);
        connection.send(b"body");
        assert_eq!(connection.answer().unwrap().text(), "body");
        // Who has no body to send needs no word.
        connection.send(head("Content-Length: 0").as_bytes());
        assert_eq!(connection.answer().unwrap().text(), "");
    }
    // One that is refused is not told to go on.
    connection.send(head("Content-Length: 99999999999").as_bytes());
    assert_eq!(connection.answer().unwrap().status, 413);
    connection.is_closed().unwrap();
    drop(connection);
    server.stop();
}

/// Who asks and sends at once, without waiting, gets its answer all the same; a word before it may
/// come or not.
#[test]
fn clients_that_do_not_wait_are_answered() {
    let server = Server::by_all(&["--post-buffering", "1000"]);
    for size in [4, 50_000] {
        let body = "x".repeat(size);
        let request = format!("{}{body}", head(&format!("Content-Length: {size}")));
        let request = request.as_bytes();
        for cut in (1..200).chain([request.len() - 1]) {
            let connection = server.open(Protocol::Http);
            connection.send(&request[..cut.min(request.len())]);
            connection.send(&request[cut.min(request.len())..]);
            connection.send(&Protocol::Http.last("GET", "/hello", b""));
            let came = connection.client.read_to_end(Duration::from_secs(20)).unwrap();
            let came = String::from_utf8(came).unwrap();
            let rest = came.strip_prefix("HTTP/1.1 100 Continue\r\n\r\n").unwrap_or(&came);
            assert_eq!(rest.matches("HTTP/1.1 200 OK\r\n").count(), 2, "{size} at {cut}: {came}");
            assert!(!rest.contains("100 Continue"), "{size} at {cut}: {came}");
            assert!(rest.contains(&body) && rest.ends_with("hello, world\n"), "{size} at {cut}");
        }
    }
    server.stop();
}
