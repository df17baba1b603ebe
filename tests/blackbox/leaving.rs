//! Peers that leave at any moment, and a process that has no descriptors left. Guards that neither
//! takes the server along, and that nothing of theirs is kept.

use std::time::Duration;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::harness::{Client, Server, get, post, wait_for};

fn wait_for_descriptors(server: &Server, most: usize) {
    wait_for("their connections to be closed", Duration::from_secs(20), || {
        (server.process().descriptors() <= most).then_some(())
    });
}

#[test]
fn peers_that_leave_leave_nothing() {
    let server = Server::start("probe", &["--tick", "3600"]);
    let before = server.idle_descriptors();
    for round in 0..200 {
        let whole = post("/echo", b"12345");
        server.send(&whole[..round % whole.len()]);
        server.send(&whole);
        server.send(&get("/sleep/1"));
        server.send(&get("/stream/2000"));
        server.send(&get("/bytes/2000000"));
        let reader = server.send(&get("/bytes/2000000"));
        reader.read_some(100).unwrap();
    }
    wait_for_descriptors(&server, before + 1);
    assert_eq!(server.get("/hello").status, 200);
    server.stop();
}

/// Who has left while its request waited for a thread is not served: its write does not happen.
#[test]
fn a_request_of_a_peer_that_has_left_is_not_run() {
    let server = Server::start("probe", &["--tick", "3600"]);
    let sleepers: Vec<Client> = (0..8).map(|_| server.send(&get("/sleep/1500"))).collect();
    wait_for("all threads to be busy", Duration::from_secs(10), || {
        server.send(&get("/hello")).is_silent_for(Duration::from_millis(200)).then_some(())
    });
    for _ in 0..10 {
        server.send(&post("/write", b"left"));
    }
    for client in &sleepers {
        client.answer().unwrap().expect("an answer");
    }
    assert_eq!(server.ask(&post("/write", b"stayed")).text(), "1\n", "the first row is the last");
    server.stop();
}

/// No new connection can be taken; those that are there are served, and all is well afterwards.
#[test]
fn out_of_descriptors_is_survived() {
    let server = Server::start("probe", &["--tick", "3600", "--socket-timeout", "30"]);
    let used = server.idle_descriptors() as u64;
    let pid = i32::try_from(server.process().0).ok().and_then(Pid::from_raw);
    let few = Rlimit { current: Some(used + 20), maximum: Some(20_000) };
    prlimit(pid, Resource::Nofile, few).unwrap();
    let packet = get("/hello");
    let clients: Vec<Client> = (0..100).map(|_| server.send(&packet[..10])).collect();
    wait_for("a line that says so", Duration::from_secs(10), || {
        server.log().contains("no connection can be accepted").then_some(())
    });
    let cpu = server.process().cpu();
    crate::harness::let_pass(Duration::from_secs(1));
    let spent = server.process().cpu() - cpu;
    assert!(spent < Duration::from_millis(200), "it spins: {spent:?} in a second");
    for client in clients {
        client.send(&packet[10..]).unwrap();
        assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(200));
    }
    assert_eq!(server.get("/hello").status, 200);
    server.stop();
}
