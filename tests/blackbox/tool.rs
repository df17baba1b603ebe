//! The command line tool against `probe`, by every protocol, and against servers that break off.
//! Guards what `curl` shows and exits with; the conformance suite is in `conform`.

mod bench;
mod conform;
mod doctor;
mod replay;
mod signal;
mod top;

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::thread;

use crate::harness::{Folder, Server, fresh_folder};

/// The protocols, each with the option that opens its socket.
const PROTOCOLS: [(&str, &str); 4] = [
    ("uwsgi", "--socket"),
    ("scgi", "--scgi-socket"),
    ("fastcgi", "--fastcgi-socket"),
    ("http", "--http-socket"),
];

/// `probe` with a socket for each protocol: the target for one is its name in the folder.
fn start(more: &[&str]) -> (Server, Folder) {
    let folder = fresh_folder();
    let paths = PROTOCOLS.map(|(protocol, _)| folder.path().join(protocol));
    let mut options: Vec<&str> = more.to_vec();
    for ((_, option), path) in PROTOCOLS.iter().zip(&paths) {
        options.extend([option, path.to_str().unwrap()]);
    }
    (Server::start("probe", &options), folder)
}

fn target(folder: &Folder, protocol: &str) -> String {
    format!("{protocol}://{}", folder.path().join(protocol).display())
}

fn tool(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_cleanslate"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let (mut stdin, input) = (child.stdin.take().unwrap(), input.to_vec());
    // One that ends without reading has said why.
    let writer = thread::spawn(move || stdin.write_all(&input).ok());
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap();
    output
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn curl_shows_answers_of_every_protocol() {
    let (server, folder) = start(&[]);
    let large: Vec<u8> = (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect();
    let file = folder.path().join("answer");
    let file = file.to_str().unwrap();
    for (protocol, _) in PROTOCOLS {
        let target = target(&folder, protocol);
        let curl = |options: &[&str], input: &[u8]| {
            let output = tool(&[&["curl", &target][..], options].concat(), input);
            let (code, out) = (output.status.code().unwrap(), output.stdout);
            (code, out, text(&output.stderr))
        };
        for (options, code, expected) in [
            (&["/hello"][..], 0, "hello, world\n"),
            (&["/echo", "-d", "a=b", "-d", "c"], 0, "a=b&c"),
            (&["/env?x=%20", "-H", "X-Some: y"], 0, "\"HTTP_X_SOME\":\"y\""),
            (&["/env?x=%20"], 0, "\"QUERY_STRING\":\"x=%20\""),
            (&["/en%76"], 0, "\"PATH_INFO\":\"/env\""),
            (&["-i", "/hello"], 0, "Content-Length: 13\r\n"),
            (&["-I", "/hello"], 0, "Content-Length: 13\r\n"),
            (&["/status/404"], 0, ""),
            (&["-f", "/status/404"], 22, ""),
            (&["-m", "0.3", "/sleep/5000"], 28, ""),
            (&["-H", "none", "/hello"], 2, ""),
        ] {
            let (found, out, error) = curl(options, b"");
            assert_eq!(found, code, "{protocol} {options:?}: {error}");
            assert!(text(&out).contains(expected), "{protocol} {options:?}: {}", text(&out));
        }
        let (code, out, error) = curl(&["/echo", "--data-binary", "@-"], &large);
        assert!(code == 0 && out == large, "{protocol}: {code}, {} bytes: {error}", out.len());
        let (code, out, error) = curl(&["--timing", "-v", "-o", file, "/stream/20000"], b"");
        assert_eq!((code, out.len()), (0, 0), "{protocol}: {error}");
        assert_eq!(std::fs::metadata(file).unwrap().len(), 20_000_000, "{protocol}");
        assert!(error.contains("first byte") && error.contains("200 OK"), "{protocol}: {error}");
        let keeps = ["fastcgi", "http"].contains(&protocol);
        let (code, out, error) = curl(&["--keep", "3", "/hello"], b"");
        let expected = if keeps { (0, 39) } else { (2, 0) };
        assert_eq!((code, out.len()), expected, "{protocol}: {error}");
        let (code, out, _) = curl(&["--var", "X=y", "/env"], b"");
        let expected = if protocol == "http" { (2, false) } else { (0, true) };
        assert_eq!((code, text(&out).contains("\"X\":\"y\"")), expected, "{protocol}");
    }
    server.stop();
}

#[test]
fn curl_tells_how_an_answer_is_broken() {
    let folder = fresh_folder();
    let path = folder.path().join("broken");
    for (protocol, options, answer, code, expected) in [
        ("uwsgi", &["--modifier1", "100"][..], &b"d\0\0\x01"[..], 0, "modifier1 100, modifier2 1"),
        ("uwsgi", &[], b"\x01\x02\0\0hi", 0, "2 bytes\nhi"),
        ("uwsgi", &[], b"Status: 404 x\r\n\r\nnone", 0, "none"),
        ("uwsgi", &[], b"", 52, ""),
        ("http", &[], b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 56, "ab"),
        ("http", &[], b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n", 56, "a"),
        ("http", &[], b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\nab", 0, "ab"),
        ("scgi", &[], b"nothing like a head\r\n\r\n", 56, ""),
        ("fastcgi", &[], b"\x01\x03\0\x01\0\x08\0\0\0\0\0\0\x02\0\0\0", 56, ""),
        ("fastcgi", &[], b"\x01\x06\0\x01\0\x08\0\0Status: ", 56, ""),
    ] {
        let output = against(&path, answer, |path| {
            tool(&[&["curl", &format!("{protocol}://{path}")][..], options].concat(), b"")
        });
        let said = format!("{} {}", text(&output.stdout), text(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{protocol} {}: {said}", text(answer));
        assert!(text(&output.stdout).contains(expected), "{protocol} {}: {said}", text(answer));
    }
    let nobody = format!("uwsgi://{}", path.display());
    assert_eq!(tool(&["curl", &nobody], b"").status.code(), Some(7));
    assert_eq!(tool(&["conform", &nobody], b"").status.code(), Some(2));
    assert_eq!(tool(&["curl", "nowhere"], b"").status.code(), Some(3));
}

/// Does something beside a server that reads some bytes, says this and leaves.
fn against(path: &Path, answer: &[u8], work: impl Fn(&str) -> Output) -> Output {
    let listener = UnixListener::bind(path).unwrap();
    let output = thread::scope(|scope| {
        scope.spawn(|| {
            let (mut client, _) = listener.accept().unwrap();
            let mut room = [0; 65_536];
            assert!(client.read(&mut room).unwrap() > 0);
            client.write_all(answer).unwrap();
        });
        work(path.to_str().unwrap())
    });
    std::fs::remove_file(path).unwrap();
    output
}
