//! What systemd is told (`Type=notify-reload`, `WatchdogSec=`). Guards that it is told of each step when
//! it is so, and that a watchdog hears of a server that is lost.

use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::{LIMIT, wait_until_ready, with_master};
use crate::harness::{Client, Folder, Launch, Server, fresh_folder, get, now, wait_for};
use crate::sockets::abstract_name;

/// Stands in for systemd.
struct Manager {
    socket: UnixDatagram,
    /// As a process is told of it.
    address: String,
}

impl Manager {
    fn at_path(folder: &Folder) -> Self {
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        Self { socket, address: path.display().to_string() }
    }

    fn at_name() -> Self {
        let name = abstract_name();
        let address = SocketAddr::from_abstract_name(&name).expect("an address");
        let socket = UnixDatagram::bind_addr(&address).expect("a socket");
        Self { socket, address: format!("@{name}") }
    }

    /// What is told next, and when; none if nothing is for so long.
    fn hear(&self, limit: Duration) -> Option<(String, Instant)> {
        self.socket.set_read_timeout(Some(limit)).expect("a timeout");
        let mut text = [0; 4_096];
        let size = self.socket.recv(&mut text).ok()?;
        Some((String::from_utf8_lossy(&text[..size]).into_owned(), now()))
    }

    /// What is told next, which must be this; the lines of it.
    fn expect(&self, first: &str) -> Vec<String> {
        let (text, _) = self.hear(LIMIT).unwrap_or_else(|| panic!("{first} is not told"));
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        assert_eq!(lines.first().map(String::as_str), Some(first), "{text}");
        lines
    }

    fn expect_ready(&self, server: &Server) {
        let lines = self.expect("READY=1");
        assert_eq!(lines[1..], [format!("MAINPID={}", server.process().0)]);
    }
}

/// A clock that other processes have too, in microseconds.
fn microseconds() -> u64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::Monotonic);
    u64::try_from(time.tv_sec).unwrap() * 1_000_000 + u64::try_from(time.tv_nsec).unwrap() / 1_000
}

#[test]
fn systemd_is_told_of_each_step() {
    for master in [false, true] {
        let folder = fresh_folder();
        let manager = if master { Manager::at_name() } else { Manager::at_path(&folder) };
        let options = if master { with_master(&[]) } else { Vec::new() };
        let launch = Launch::probe_in(&folder, &options);
        let server = launch.variable("NOTIFY_SOCKET", &manager.address).start();
        manager.expect_ready(&server);
        assert_eq!(server.get("/hello").status, 200);
        if master {
            check_reload(&server, &manager);
        }
        server.process().signal(Signal::TERM);
        manager.expect("STOPPING=1");
        assert_eq!(server.end().code, Some(0));
        assert_eq!(manager.hear(Duration::from_millis(100)), None);
    }
}

/// A reload that succeeds, and one that doesn't: either way it is over when READY is told.
fn check_reload(master: &Server, manager: &Manager) {
    for spoil in [false, true] {
        if spoil {
            std::fs::remove_file(master.database()).unwrap();
            std::fs::create_dir(master.database()).unwrap();
        }
        let before = microseconds();
        master.process().signal(Signal::HUP);
        let lines = manager.expect("RELOADING=1");
        let at = lines[1].strip_prefix("MONOTONIC_USEC=").expect("when it began");
        let at: u64 = at.parse().expect("a number");
        assert!((before..=microseconds()).contains(&at), "{before} {at}");
        manager.expect_ready(master);
        let says = if spoil { "the old one serves on" } else { "a server is ready" };
        wait_for(says, LIMIT, || master.log().contains(says).then_some(()));
    }
    wait_until_ready(master, 2);
}

/// What was heard of the watchdog until the time is up, as gaps.
fn gaps(manager: &Manager, time: Duration) -> Vec<Duration> {
    let (mut last, end, mut gaps) = (now(), now() + time, Vec::new());
    while now() < end {
        let Some((text, at)) = manager.hear(end.saturating_duration_since(now())) else { break };
        if text.contains("WATCHDOG=1") {
            gaps.push(at.saturating_duration_since(last));
            last = at;
        }
    }
    gaps
}

#[test]
fn the_watchdog_is_fed_in_time() {
    let every = Duration::from_millis(600);
    for options in [vec![], with_master(&[])] {
        let manager = Manager::at_name();
        let launch = Launch::probe(&options).variable("NOTIFY_SOCKET", &manager.address);
        let server = launch.variable("WATCHDOG_USEC", every.as_micros().to_string()).start();
        manager.expect_ready(&server);
        let gaps = gaps(&manager, Duration::from_secs(2));
        assert!(gaps.len() >= 4 && gaps.iter().all(|gap| *gap < every), "{options:?}: {gaps:?}");
        server.stop();
    }
}

/// A watchdog that is meant for another process is none.
#[test]
fn another_ones_watchdog_is_left_alone() {
    let manager = Manager::at_name();
    let launch = Launch::probe(&[]).variable("NOTIFY_SOCKET", &manager.address);
    let launch = launch.variable("WATCHDOG_USEC", "100000").variable("WATCHDOG_PID", "1");
    let server = launch.start();
    manager.expect_ready(&server);
    assert_eq!(manager.hear(Duration::from_millis(300)), None);
    server.stop();
}

/// When all threads, and all that could replace them, are lost to handlers that never return.
#[test]
fn the_watchdog_is_not_fed_by_a_server_that_is_lost() {
    let manager = Manager::at_name();
    let options = ["--processes", "4", "--threads", "8", "--harakiri", "0.1", "--tick", "1000"];
    let launch = Launch::probe(&options).variable("NOTIFY_SOCKET", &manager.address);
    let server = launch.variable("WATCHDOG_USEC", "300000").start();
    manager.expect_ready(&server);
    let stuck: Vec<Client> = (0..64).map(|_| server.send(&get("/sleep/600000"))).collect();
    wait_for("all threads to be lost", LIMIT, || {
        // Some were answered while they still waited for a thread.
        if server.log().contains("no more can be replaced") {
            return Some(());
        }
        server.send(&get("/sleep/600000"));
        None
    });
    // The last that was told when it was not lost may still be on its way.
    gaps(&manager, Duration::from_millis(300));
    assert_eq!(manager.hear(Duration::from_millis(600)), None);
    drop(stuck);
    server.kill();
}
