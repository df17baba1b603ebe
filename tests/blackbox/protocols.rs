//! The same application by other protocols than uwsgi. Guards that handlers can't tell which, and
//! that each socket speaks its own.

use std::path::PathBuf;

use cleanslate_proto::scgi;

use crate::harness::{Address, Answer, Client, Folder, Server, fresh_folder, get};

/// `probe` with one more socket, of this kind.
fn start(option: &str) -> (Server, Address, Folder) {
    let folder = fresh_folder();
    let path: PathBuf = folder.path().join("other.sock");
    let server = Server::start("probe", &[option, path.to_str().unwrap()]);
    (server, Address::Unix(path), folder)
}

/// An SCGI request with this body.
fn request(method: &str, path: &str, body: &[u8]) -> Vec<u8> {
    let vars: [(&[u8], &[u8]); 3] = [
        (b"REQUEST_METHOD", method.as_bytes()),
        (b"PATH_INFO", path.as_bytes()),
        (b"CONTENT_TYPE", b"text/plain"),
    ];
    let mut bytes = Vec::new();
    scgi::encode(&mut bytes, vars, body.len() as u64).unwrap();
    bytes.extend_from_slice(body);
    bytes
}

fn ask(address: &Address, pieces: &[&[u8]]) -> Answer {
    let client = Client::connect(address).unwrap();
    for piece in pieces {
        client.send(piece).unwrap();
    }
    client.answer().unwrap().expect("an answer")
}

#[test]
fn scgi_is_answered_however_it_is_cut() {
    let (server, scgi, _folder) = start("--scgi-socket");
    let hello = request("GET", "/hello", b"");
    assert_eq!(ask(&scgi, &[&hello]).text(), "hello, world\n");
    let echo = request("POST", "/echo", b"a body of some length");
    for cut in 1..echo.len() {
        let (first, rest) = echo.split_at(cut);
        let answer = ask(&scgi, &[first, rest]);
        assert_eq!(answer.text(), "a body of some length", "cut at {cut}");
        assert_eq!(answer.header("content-type"), Some("text/plain"));
    }
    let large = vec![b'x'; 3_000_000];
    assert_eq!(ask(&scgi, &[&request("POST", "/echo", &large)]).body, large);
    // The other socket speaks uwsgi as ever.
    assert_eq!(server.get("/hello").status, 200);
    server.stop();
}

#[test]
fn each_socket_refuses_what_it_does_not_speak() {
    let (server, scgi, _folder) = start("--scgi-socket");
    for (what, bytes, status) in [
        ("uwsgi", get("/hello"), 400),
        ("HTTP", b"GET / HTTP/1.1\r\nHost: x\r\n\r\n".to_vec(), 400),
        ("no CONTENT_LENGTH", b"7:SCGI\x001\x00,".to_vec(), 400),
        ("no comma", b"24:CONTENT_LENGTH\x000\x00SCGI\x001\x00;".to_vec(), 400),
        ("too many digits", b"999999:".to_vec(), 431),
    ] {
        assert_eq!(ask(&scgi, &[&bytes]).status, status, "{what}");
    }
    assert_eq!(ask(&server.address, &[&request("GET", "/hello", b"")]).status, 501);
    server.stop();
}

#[test]
fn http_is_answered_however_it_is_cut() {
    let (server, http, _folder) = start("--http-socket");
    let head = "POST /echo?a=b HTTP/1.1\r\nHost: x\r\nContent-Type: text/x\r\n";
    let plain = format!("{head}Content-Length: 11\r\n\r\nhello, body");
    let chunked = format!(
        "{head}Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6;x=y\r\n, body\r\n0\r\nT: z\r\n\r\n"
    );
    for request in [plain.as_bytes(), chunked.as_bytes()] {
        for cut in 1..request.len() {
            let (first, rest) = request.split_at(cut);
            let answer = ask(&http, &[first, rest]);
            assert_eq!((answer.status, &*answer.text()), (200, "hello, body"), "cut at {cut}");
            assert_eq!(answer.header("content-type"), Some("text/x"));
            assert_eq!(answer.header("connection"), Some("close"));
        }
    }
    let large = vec![b'x'; 3_000_000];
    let head = b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 3000000\r\n\r\n";
    assert_eq!(ask(&http, &[head, &large]).body, large);
    server.stop();
}

#[test]
fn http_answers_as_its_clients_expect() {
    let (server, http, _folder) = start("--http-socket");
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
        let answer = ask(&http, &[request.as_bytes()]);
        assert_eq!(answer.status, status, "{request}");
        assert!(answer.text().contains(text), "{request}: {}", answer.text());
    }
    server.stop();
}

/// A client that asks first is told to go on, and only then sends its body.
#[test]
fn http_clients_that_wait_are_told_to_continue() {
    let (server, http, _folder) = start("--http-socket");
    let client = Client::connect(&http).unwrap();
    let head =
        "POST /echo HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 4\r\n\r\n";
    client.send(head.as_bytes()).unwrap();
    assert_eq!(client.read_some(100).unwrap(), b"HTTP/1.1 100 Continue\r\n\r\n");
    client.send(b"body").unwrap();
    assert_eq!(client.answer().unwrap().expect("an answer").text(), "body");
    server.stop();
}
