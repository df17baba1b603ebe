//! Servers whose master was killed. Guards that they give its sockets up at once, so that another can be
//! started there, and that whoever they serve, or who waits, still gets an answer.

use std::time::Duration;

use rustix::process::Signal;

use super::{LIMIT, ready, serving, wait_until_ready, with_master};
use crate::harness::{
    Address, Build, Client, Connection, Folder, Process, Protocol, Server, fresh_folder, get, now,
    wait_for,
};

/// A port that was free a moment ago.
fn free_port() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("it has one").to_string()
}

/// A server with a master, whose sockets are also at a TCP address, and which is asked for statistics.
fn start(folder: &Folder, ports: &[String; 2]) -> Server {
    let [tcp, stats] = ports;
    let options = ["--tick", "1000", "--socket", tcp, "--stats", stats, "--fastcgi-socket", "kept"];
    let master = Server::start_in(folder, Build::Clean, "probe", &with_master(&options));
    wait_until_ready(&master, 1);
    master
}

fn status(client: &Client) -> Option<u16> {
    client.answer().expect("an answer, not an error").map(|answer| answer.status)
}

#[test]
fn another_is_started_at_once_and_nobody_is_lost() {
    let folder = fresh_folder();
    let ports = [free_port(), free_port()];
    let tcp = Address::Tcp(ports[0].parse().expect("an address"));
    let first = start(&folder, &ports);
    let orphan = serving(&first);
    let slow: Vec<Client> = (0..3).map(|_| first.send(&get("/sleep/3000"))).collect();
    // One that was taken before is answered after them.
    assert_eq!(first.get("/hello").status, 200);
    let of_first = first.logs();
    first.kill();
    let killed = now();
    let second = start(&folder, &ports);
    assert!(killed.elapsed() < Duration::from_secs(1), "{:?}", killed.elapsed());
    assert!(orphan.is_alive(), "it has requests under way");
    for address in [&second.address, &tcp] {
        for _ in 0..20 {
            let client = Client::connect(address).expect("it takes connections");
            client.send(&get("/hello")).expect("it takes a request");
            assert_eq!(status(&client), Some(200), "{address}");
        }
    }
    assert!(orphan.is_alive() && killed.elapsed() < Duration::from_secs(3), "still under way");
    for client in slow {
        assert_eq!(status(&client), Some(200), "{}", of_first());
    }
    wait_for("the orphan to end", LIMIT, || (!orphan.is_alive()).then_some(()));
    assert_eq!(second.get("/user/1").status, 200, "its socket's file is the new one's");
    second.stop();
}

/// One that retires has kept connections, and is in nobody's way.
#[test]
fn one_that_retires_gives_its_sockets_up_too() {
    let folder = fresh_folder();
    let ports = [free_port(), free_port()];
    let first = start(&folder, &ports);
    let retired = serving(&first);
    let at = Address::Unix(folder.path().join("kept"));
    let mut kept = Connection::open(Protocol::FastCgi, &at).expect("it takes connections");
    assert_eq!(kept.get("/hello").expect("an answer").status, 200);
    first.process().signal(Signal::HUP);
    wait_until_ready(&first, 2);
    wait_for("the first to retire", LIMIT, || first.log().contains("retiring: ").then_some(()));
    // Both at once: nobody is left to take what waits, and nobody else to give the sockets up.
    let current = serving(&first);
    assert_ne!(current.0, retired.0);
    first.process().signal(Signal::STOP);
    current.signal(Signal::KILL);
    first.kill();
    let killed = now();
    let second = start(&folder, &ports);
    assert!(killed.elapsed() < Duration::from_secs(1), "{:?}", killed.elapsed());
    assert!(retired.is_alive());
    assert_eq!(kept.get("/hello").expect("it is served on").status, 200);
    for _ in 0..20 {
        assert_eq!(second.get("/hello").status, 200);
    }
    assert_eq!(ready(&second), 1);
    second.stop();
    retired.signal(Signal::TERM);
    wait_for("the retired one to end", LIMIT, || (!retired.is_alive()).then_some(()));
}

/// What waits in the backlog when the master dies is answered by its server.
#[test]
fn what_waits_when_the_master_dies_is_answered() {
    let folder = fresh_folder();
    let options = with_master(&["--processes", "1", "--threads", "1", "--tick", "1000"]);
    let first = Server::start_in(&folder, Build::Clean, "probe", &options);
    wait_until_ready(&first, 1);
    let orphan: Process = serving(&first);
    orphan.signal(Signal::STOP);
    let waiting: Vec<Client> = (0..50).map(|_| first.send(&get("/hello"))).collect();
    let address = first.address.clone();
    first.kill();
    orphan.signal(Signal::CONT);
    for client in waiting {
        assert_eq!(status(&client), Some(200));
    }
    wait_for("nobody to answer any more", LIMIT, || {
        Client::connect(&address).is_err().then_some(())
    });
    wait_for("the orphan to end", LIMIT, || (!orphan.is_alive()).then_some(()));
}
