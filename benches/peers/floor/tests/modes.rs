//! Each mode of `floor`, as a client sees it.

#![allow(clippy::unwrap_used, reason = "a test that panics has failed, which is what is wanted")]
#![allow(clippy::disallowed_methods, reason = "a deadline needs the time")]

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// Longer than anything here takes.
const LIMIT: Duration = Duration::from_secs(20);

struct Floor {
    child: Child,
    folder: TempDir,
}

impl Floor {
    fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_floor"));
        let child = command.args(arguments).arg(folder.path().join("socket")).spawn().unwrap();
        Self { child, folder }
    }

    fn connect(&self) -> UnixStream {
        let socket: PathBuf = self.folder.path().join("socket");
        let started = Instant::now();
        loop {
            if let Ok(stream) = UnixStream::connect(&socket) {
                stream.set_read_timeout(Some(LIMIT)).unwrap();
                return stream;
            }
            assert!(started.elapsed() < LIMIT, "floor does not listen");
            thread::yield_now();
        }
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

const ANSWER: &str =
    "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 13\r\n\r\nhello, world\n";

#[test]
fn a_fresh_connection_is_answered_and_closed() {
    for arguments in [&["--loops", "2"][..], &["--hand-over", "2"][..]] {
        let floor = Floor::start(arguments);
        for _ in 0..20 {
            // The first is accepted before it sends anything, as is seen by the second's answer.
            let (mut late, mut early) = (floor.connect(), floor.connect());
            for client in [&mut early, &mut late] {
                client.write_all(b"anything").unwrap();
                let mut answer = String::new();
                client.read_to_string(&mut answer).unwrap();
                assert_eq!(answer, ANSWER, "{arguments:?}");
            }
        }
    }
}

#[test]
fn a_kept_connection_is_answered_for_each_read() {
    let floor = Floor::start(&["--loops", "2", "--keep", "--protocol", "http"]);
    let mut client = floor.connect();
    for _ in 0..20 {
        client.write_all(b"anything").unwrap();
        let mut answer = vec![0; ANSWER.len()];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(answer, ANSWER.as_bytes());
    }
}

#[test]
fn by_fastcgi_the_answer_is_in_records() {
    let floor = Floor::start(&["--keep", "--protocol", "fastcgi"]);
    let mut client = floor.connect();
    client.write_all(b"anything").unwrap();
    let mut records = Vec::new();
    for _ in 0..2 {
        let mut header = [0; 8];
        client.read_exact(&mut header).unwrap();
        let [version, kind, id_high, id_low, length_high, length_low, padding, _] = header;
        assert_eq!((version, id_high, id_low, padding), (1, 0, 1, 0));
        let mut content = vec![0; usize::from(length_high) << 8 | usize::from(length_low)];
        client.read_exact(&mut content).unwrap();
        records.push((kind, content));
    }
    let (_, fields) = ANSWER.split_once("\r\n").unwrap();
    assert_eq!(records, [(0x06, fields.as_bytes().to_vec()), (0x03, vec![0; 8])]);
}
