//! The same application by other protocols than uwsgi. Guards that handlers can't tell which, and
//! that each socket speaks its own.

use crate::harness::{Address, Answer, Connection, Protocol, Server, get};

fn start() -> Server {
    Server::by_all(&[])
}

/// Sends a request in these pieces on a connection of its own.
fn ask(protocol: Protocol, address: &Address, pieces: &[&[u8]]) -> Answer {
    let mut connection = Connection::open(protocol, address).unwrap();
    for piece in pieces {
        connection.send(piece);
    }
    connection.answer().unwrap()
}

#[test]
fn every_protocol_is_answered_however_it_is_cut() {
    let server = start();
    for protocol in Protocol::ALL {
        let at = server.at(protocol);
        assert_eq!(ask(protocol, &at, &[&protocol.get("/hello")]).text(), "hello, world\n");
        let echo = protocol.request("POST", "/echo", b"a body of some length");
        for cut in 1..echo.len() {
            let (first, rest) = echo.split_at(cut);
            let answer = ask(protocol, &at, &[first, rest]);
            assert_eq!(answer.text(), "a body of some length", "{protocol} cut at {cut}");
        }
        let large = vec![b'x'; 3_000_000];
        let answer = ask(protocol, &at, &[&protocol.request("POST", "/echo", &large)]);
        assert!(answer.body == large, "{protocol}: {} bytes", answer.body.len());
    }
    server.stop();
}

#[test]
fn each_socket_refuses_what_it_does_not_speak() {
    let server = start();
    let scgi = server.at(Protocol::Scgi);
    for (what, bytes, status) in [
        ("uwsgi", get("/hello"), 400),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 400),
        ("no CONTENT_LENGTH", b"7:SCGI\x001\x00,".to_vec(), 400),
        ("no comma", b"24:CONTENT_LENGTH\x000\x00SCGI\x001\x00;".to_vec(), 400),
        ("too many digits", b"999999:".to_vec(), 431),
    ] {
        assert_eq!(ask(Protocol::Scgi, &scgi, &[&bytes]).status, status, "{what}");
    }
    let bytes = Protocol::Scgi.get("/hello");
    assert_eq!(ask(Protocol::Uwsgi, &server.address, &[&bytes]).status, 501);
    for other in [Protocol::Uwsgi, Protocol::Scgi, Protocol::FastCgi] {
        // Whoever doesn't speak HTTP sees its line end late or never, and says so by leaving.
        let mut connection = server.open(Protocol::Http);
        connection.send(&other.get("/hello"));
        connection.client.half_close().unwrap();
        assert_eq!(connection.answer().unwrap().status, 400, "{other} to HTTP");
        connection.is_closed().unwrap();
    }
    // Records of another version have no id that could be answered.
    for other in [Protocol::Scgi, Protocol::Http] {
        let connection = server.open(Protocol::FastCgi);
        connection.send(&other.get("/hello"));
        connection.is_closed().unwrap_or_else(|error| panic!("{other} to FastCGI: {error}"));
    }
    server.stop();
}

#[test]
fn http_is_answered_however_it_is_cut() {
    let server = start();
    let http = server.at(Protocol::Http);
    let head =
        "POST /echo?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\nConnection: close\r\n";
    let plain = format!("{head}Content-Length: 11\r\n\r\nhello, body");
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n, body\r\n0\r\nT: z\r\n\r\n"
    );
    for request in [plain.as_bytes(), chunked.as_bytes()] {
        for cut in 1..request.len() {
            let (first, rest) = request.split_at(cut);
            let mut connection = Connection::open(Protocol::Http, &http).unwrap();
            connection.send(first);
            connection.send(rest);
            let answer = connection.answer().unwrap();
            assert_eq!((answer.status, &*answer.text()), (200, "hello, body"), "cut at {cut}");
            assert_eq!(answer.header("content-type"), Some("text/x"));
            assert_eq!(answer.header("connection"), Some("close"));
            connection.is_closed().unwrap();
        }
    }
    server.stop();
}

#[test]
fn http_answers_as_its_clients_expect() {
    let server = start();
    let http = server.at(Protocol::Http);
    for (request, status, text) in [
        ("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n", 200, "hello, world\n"),
        ("GET /hello HTTP/1.0\r\n\r\n", 200, "hello, world\n"),
        ("GET /user?id=%35 HTTP/1.1\r\nHost: x\r\n\r\n", 200, "\"id\":5"),
        ("GET /us%65r/7 HTTP/1.1\r\nHost: x\r\n\r\n", 200, "\"id\":7"),
        (
            "GET /env HTTP/1.1\r\nHost: x\r\nX-Some-Thing: y\r\n\r\n",
            200,
            "\"HTTP_X_SOME_THING\":\"y\"",
        ),
        ("GET /stream/3 HTTP/1.1\r\nHost: x\r\n\r\n", 200, "sss"),
        ("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404, "Not Found"),
        ("GET /panic HTTP/1.1\r\nHost: x\r\n\r\n", 500, ""),
        ("GET / HTTP/1.1\r\n\r\n", 400, ""),
        ("GET / HTTP/3.0\r\nHost: x\r\n\r\n", 505, ""),
        ("GARBAGE\r\n\r\n", 400, ""),
        (
            "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
            "",
        ),
        ("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n", 413, ""),
    ] {
        let answer = ask(Protocol::Http, &http, &[request.as_bytes()]);
        assert_eq!(answer.status, status, "{request}");
        assert!(answer.text().contains(text), "{request}: {}", answer.text());
        let date = answer.header("date").unwrap_or_else(|| panic!("{request}: no Date"));
        assert!(date.len() == 29 && date.ends_with(" GMT"), "{request}: {date}");
    }
    server.stop();
}
