//! The same application by other protocols than uwsgi. Guards that handlers can't tell which, and
//! that each socket speaks its own.

use std::path::PathBuf;

use cleanslate_proto::scgi;

use crate::harness::{Address, Answer, Client, Folder, Server, fresh_folder, get};

fn start() -> (Server, Address, Folder) {
    let folder = fresh_folder();
    let path: PathBuf = folder.path().join("scgi.sock");
    let server = Server::start("probe", &["--scgi-socket", path.to_str().unwrap()]);
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
    let (server, scgi, _folder) = start();
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
    let (server, scgi, _folder) = start();
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
