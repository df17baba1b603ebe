//! What a server and a master do at a signal. Guards that a stop lets nobody down unless it is to be
//! fast, that it leaves nothing behind, and that the others do what their names promise.

use std::fs;
use std::time::Duration;

use rustix::process::Signal;

use super::{LIMIT, serving, wait_until_ready, with_master};
use crate::harness::{Client, Ended, Launch, Process, Server, fresh_folder, get, now, wait_for};

/// A server with a slow request under way, alone or with a master, and the processes that must go.
struct Busy {
    server: Server,
    slow: Client,
    processes: Vec<Process>,
}

impl Busy {
    fn start(master: bool, milliseconds: u32) -> Self {
        let options = if master { with_master(&[]) } else { Vec::new() };
        let server = Launch::probe(&options).start();
        if master {
            wait_until_ready(&server, 1);
        }
        let slow = slow_request(&server, milliseconds);
        let own = server.process();
        let processes = own.children().into_iter().chain([own]).collect();
        Self { server, slow, processes }
    }

    /// Waits for the end, of which nothing may be left.
    fn end(self) -> Ended {
        let socket = self.server.folder().join("probe.sock");
        let ended = self.server.end();
        assert!(!socket.exists(), "{ended:?}");
        let alive = self.processes.iter().filter(|process| process.is_alive()).count();
        assert_eq!(alive, 0, "{ended:?}");
        ended
    }
}

/// A request that takes its time, and that runs: a count of all the server's lines tells.
fn slow_request(server: &Server, milliseconds: u32) -> Client {
    let slow = server.send(&get(&format!("/sleep/{milliseconds}")));
    // Whoever connects later is served later, as there is one backlog.
    assert_eq!(server.get("/hello").status, 200);
    slow
}

/// The status of an answer; none if the connection just ends.
fn status(client: &Client) -> Option<u16> {
    // What was cut short may be reset.
    client.answer().ok().flatten().map(|answer| answer.status)
}

#[test]
fn a_stop_answers_what_is_under_way() {
    for signal in [Signal::TERM, Signal::QUIT] {
        for master in [false, true] {
            let busy = Busy::start(master, 700);
            busy.server.process().signal(signal);
            assert_eq!(status(&busy.slow), Some(200), "{signal:?}, master: {master}");
            assert_eq!(busy.end().code, Some(0), "{signal:?}, master: {master}");
        }
    }
}

#[test]
fn a_second_stop_and_an_interruption_are_fast() {
    for (signals, master) in [
        (vec![Signal::TERM, Signal::TERM], false),
        (vec![Signal::TERM, Signal::QUIT], true),
        (vec![Signal::INT], false),
        (vec![Signal::INT], true),
    ] {
        let busy = Busy::start(master, 60_000);
        let started = now();
        for (before, signal) in signals.iter().enumerate() {
            busy.server.process().signal(*signal);
            let lines = if master { 2 } else { 1 };
            wait_for("it to be stopping", LIMIT, || {
                let stopping = busy.server.log().matches(" stopping").count();
                (before > 0 || stopping >= lines).then_some(())
            });
        }
        let ended = busy.end();
        assert!(started.elapsed() < Duration::from_secs(5), "{signals:?}: {ended:?}");
        assert_eq!(ended.code, Some(70), "{signals:?}, master {master}: {ended:?}");
        assert!(ended.log.contains("a job was cut short"), "{signals:?}: {ended:?}");
    }
}

/// A stop during a reload: what the old server still has is answered as well.
#[test]
fn a_stop_lets_a_server_that_retires_answer() {
    let busy = Busy::start(true, 1_500);
    busy.server.process().signal(Signal::HUP);
    wait_until_ready(&busy.server, 2);
    wait_for("the old one to retire", LIMIT, || {
        busy.server.log().contains("retiring").then_some(())
    });
    busy.server.process().signal(Signal::TERM);
    assert_eq!(status(&busy.slow), Some(200));
    assert_eq!(busy.end().code, Some(0));
}

/// A server that is just being started when its master stops has nothing that could be cut short.
#[test]
fn a_stop_in_the_middle_of_a_reload_is_in_good_order() {
    for _ in 0..5 {
        let master = Launch::probe(&with_master(&[])).start();
        wait_until_ready(&master, 1);
        master.process().signal(Signal::HUP);
        master.process().signal(Signal::TERM);
        let ended = master.end();
        assert_eq!(ended.code, Some(0), "{ended:?}");
    }
}

#[test]
fn hup_alone_says_that_a_reload_needs_a_master() {
    let server = Launch::probe(&[]).start();
    server.process().signal(Signal::HUP);
    wait_for("a line that says so", LIMIT, || {
        server.log().contains("HUP is ignored: a reload needs a master").then_some(())
    });
    assert_eq!(server.get("/hello").status, 200);
    server.stop();
}

#[test]
fn usr1_opens_the_log_anew() {
    for options in [vec![], with_master(&[])] {
        let folder = fresh_folder();
        let launch = Launch::probe_in(&folder, &options).options(&["--log-requests", "true"]);
        let server = launch.logging_to("--logto", "server.log").start();
        let (file, aside) =
            (folder.path().join("server.log"), folder.path().join("server.log.aside"));
        assert_eq!(server.get("/hello?before").status, 200);
        wait_for("a line of the request", LIMIT, || {
            server.log().contains("/hello?before").then_some(())
        });
        fs::rename(&file, &aside).unwrap();
        server.process().signal(Signal::USR1);
        wait_for("a new log", LIMIT, || {
            server.log().contains("the log is opened anew").then_some(())
        });
        assert_eq!(server.get("/hello?after").status, 200);
        let log = server.stop();
        let old = fs::read_to_string(aside).unwrap();
        assert!(old.contains("/hello?before") && !old.contains("/hello?after"), "{old}");
        assert!(!log.contains("/hello?before") && log.contains("/hello?after"), "{log}");
        assert!(log.contains("stopped requests=2"), "{options:?}: {log}");
    }
}

/// A master that is killed can tell nobody: its server sees it and ends.
#[test]
fn a_server_ends_when_its_master_is_gone() {
    let master = Launch::probe(&with_master(&[])).start();
    wait_until_ready(&master, 1);
    let server = serving(&master);
    assert_eq!(master.process().children().iter().map(|one| one.0).collect::<Vec<_>>(), [server.0]);
    let ended = master.kill();
    assert_eq!(ended.signal, Some(9));
    let started = now();
    wait_for("the server to end", LIMIT, || (!server.is_alive()).then_some(()));
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}
