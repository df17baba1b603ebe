//! What a bad day brings: a log that can't be written, answers nobody reads, uploads that break off,
//! connections without end. Guards that each has its bound and that the server outlives it.

use std::fs::File;
use std::process::{Command, Stdio};
use std::time::Duration;

use cleanslate_proto::uwsgi;

use crate::harness::{
    Address, Build, Client, Server, binary, fresh_folder, get, now, packet, wait_for,
};

const SOON: Duration = Duration::from_secs(10);

#[test]
fn a_log_that_cannot_be_written_ends_nothing() {
    let folder = fresh_folder();
    let socket = folder.path().join("s.sock");
    let full = File::options().write(true).open("/dev/full").unwrap();
    let mut server = Command::new(binary(Build::Clean, "probe"))
        .args(["--socket", socket.to_str().unwrap()])
        .args(["--database", folder.path().join("p.db").to_str().unwrap()])
        .stderr(Stdio::from(full))
        .spawn()
        .unwrap();
    let address = Address::Unix(socket);
    let ask = |uri: &str| {
        let client = Client::connect(&address).ok()?;
        client.send(&get(uri)).ok()?;
        client.answer().ok()?.map(|answer| answer.status)
    };
    let answers = wait_for("an answer", SOON, || {
        ask("/hello").map(|status| (status, ask("/panic"), ask("/dirty/tx"), ask("/hello")))
    });
    server.kill().unwrap();
    server.wait().unwrap();
    assert_eq!(answers, (200, Some(500), Some(200), Some(200)));
}

/// The only thread writes to a peer that never reads: at the deadline it is free again.
#[test]
fn an_answer_without_end_ends_at_its_deadline() {
    let options = ["--harakiri", "0.3", "--processes", "1", "--threads", "1"];
    let server = Server::start("probe", &options);
    let reader = server.send(&get("/stream/1000000"));
    reader.read_some(9).unwrap();
    let asked = now();
    assert!(matches!(server.get("/hello").status, 200 | 504));
    assert!(asked.elapsed() < Duration::from_secs(2), "{:?}", asked.elapsed());
    drop(reader);
    let log = server.stop();
    assert!(log.contains("the job's deadline has come"), "{log}");
}

#[test]
fn an_answer_that_nobody_takes_has_a_limit() {
    let options = ["--post-buffering", "100000", "--limit-answer", "1000000"];
    let server = Server::start("probe", &options);
    let reader = server.send(&get("/stream/100000"));
    reader.read_some(9).unwrap();
    assert_eq!(server.get("/hello").status, 200);
    let log = wait_for("a line in the log", SOON, || {
        Some(server.log()).filter(|log| log.contains("limit-answer"))
    });
    assert!(log.contains("job=\"GET /stream/{n}\""), "{log}");
    // What is out stays out, and then it ends.
    let received = reader.read_to_end(SOON).map_or_else(|_| 0, |bytes| bytes.len());
    assert!(received < 100_000_000, "{received}");
    server.stop();
}

#[test]
fn uploads_that_break_off_leave_no_memory_behind() {
    let server = Server::start("probe", &["--processes", "1", "--threads", "1"]);
    let vars = [("REQUEST_METHOD", "POST"), ("PATH_INFO", "/echo"), ("CONTENT_LENGTH", "30000000")];
    let upload = packet(&vars, &vec![b'x'; 20_000_000]);
    let before = server.process().memory_kib();
    // All at once, so that each has a buffer of its own when it breaks off.
    let clients: Vec<Client> = (0..12).map(|_| server.send(&upload)).collect();
    for client in clients {
        client.half_close().unwrap();
        assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(400));
    }
    let after = server.process().memory_kib();
    assert!(after < before + 30_000, "{before} KiB before, {after} after");
    server.stop();
}

#[test]
fn refused_connections_are_not_kept() {
    let server = Server::start("probe", &["--max-connections", "10", "--socket-timeout", "60"]);
    let before = server.process().descriptors();
    let crowd: Vec<Client> = (0..200).map(|_| server.connect()).collect();
    // The last of the crowd is dealt with before this one.
    assert_eq!(server.get("/hello").status, 200);
    let after = server.process().descriptors();
    assert!(after <= before + 20, "{before} descriptors before, {after} after");
    drop(crowd);
    server.stop();
}

#[test]
fn a_method_that_is_no_text_is_none() {
    let server = Server::start("probe", &[]);
    let mut bytes = Vec::new();
    let vars: [(&[u8], &[u8]); 2] = [(b"REQUEST_METHOD", b"\xff"), (b"PATH_INFO", b"/echo")];
    uwsgi::encode(&mut bytes, 0, 0, vars).unwrap();
    assert_eq!(server.ask(&bytes).status, 405);
    server.stop();
}
