//! What the doctor finds of limits that are near, of schedules that can't keep up, and of what nginx sends;
//! and that the server tells what no test can bring about here.

use std::io::Read;
use std::os::unix::net::UnixStream;

use serde_json::Value;

use super::{LIMIT, WELL, details, examine, expect, whole};
use crate::harness::{Launch, Server, get, request, wait_for};

/// All that the server tells.
fn stats(server: &Server) -> Value {
    let mut stream = UnixStream::connect(server.folder().join("stats")).expect("it is served");
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).expect("it comes");
    serde_json::from_slice(&bytes).expect("it is JSON")
}

#[test]
fn descriptors_that_run_out_are_found() {
    let options = ["--stats", "stats", "--tick", "3600", "--processes", "1"];
    let server = Launch::probe(&options).after("ulimit -n 80;").start();
    let (_, report) = examine(&server, &[]);
    assert_eq!(details(&report, "CS026"), None);
    let found = wait_for("the limit to be near", LIMIT, || {
        server.ask(&get("/leak/fd"));
        details(&examine(&server, &[]).1, "CS026")
    });
    let open: usize = found.split(' ').next().unwrap().parse().unwrap();
    assert!((64..80).contains(&open) && found.ends_with(" are open, of 80"), "{found}");
}

#[test]
fn memory_that_nears_its_limit_is_found() {
    const MEBIBYTE: u64 = 1 << 20;
    let server = Server::start("probe", &[WELL, &["--reload-on-rss", "100"]].concat());
    let resident = stats(&server)["cleanslate"]["memory"]["resident"].as_u64().unwrap();
    let (_, report) = examine(&server, &[]);
    assert_eq!(details(&report, "CS024"), None);
    let half = (95 * MEBIBYTE - resident) / 2;
    for _ in 0..2 {
        assert_eq!(server.get(&format!("/leak/heap/{half}")).status, 200);
    }
    expect(&server, "CS024", "; reload-on-rss is 100.0 MiB");
}

#[test]
fn connections_that_near_their_limit_are_found() {
    let server = Server::start("probe", &[WELL, &["--max-connections", "10"]].concat());
    let waiting: Vec<_> = (0..8).map(|_| server.send(&get("/hello")[..5])).collect();
    expect(&server, "CS027", "8 connections wait; max-connections is 10");
    drop(waiting);
}

#[test]
fn a_backlog_that_the_kernel_cuts_is_found() {
    let server = Server::start("probe", &[WELL, &["--listen", "2000000000"]].concat());
    expect(&server, "CS014", "listen is 2000000000, net.core.somaxconn ");
}

#[test]
fn a_timer_that_cannot_keep_up_is_found() {
    let options = ["--slow-tick", "0.1", "--slow-overlap", "skip"];
    let server = Server::start("probe", &[WELL, &options].concat());
    expect(&server, "CS020", "slow was skipped: ");
}

#[test]
fn what_nginx_sends_twice_is_found() {
    let server = Server::start("probe", WELL);
    let whole = whole("/hello");
    // The same vars, and one of them once more behind the others.
    let twice = request("GET", "/hello", &[("REQUEST_METHOD", "GET")], &[]);
    server.ask(&twice);
    expect(&server, "CS030", "REQUEST_METHOD comes twice in ");
    let report = examine(&server, &[]).1;
    assert!(!details(&report, "CS030").unwrap().contains("REQUEST_URI"), "{report}");
    server.ask(&whole);
}

/// A name that the tool would look for in vain is nothing to it, and no test of a finding would fail.
#[test]
fn the_server_tells_all_that_the_tool_reads() {
    let options = ["--reload-on-rss", "1000", "--reload-on-as", "1000"];
    let server = Server::start("probe", &[WELL, &options].concat());
    server.get("/user/7");
    let told = stats(&server);
    for pointer in [
        "/version",
        "/listen_queue",
        "/pid",
        "/sockets/0/name",
        "/sockets/0/queue",
        "/sockets/0/max_queue",
        "/workers/0/respawn_count",
        "/workers/0/last_spawn",
        "/workers/0/tx",
        "/workers/0/avg_rt",
        "/workers/0/cores/0/requests",
        "/cleanslate/started",
        "/cleanslate/memory/address_space_grown",
        "/cleanslate/queue/signals",
        "/cleanslate/queue/signals_max",
        "/cleanslate/limits/listen",
        "/cleanslate/limits/connections",
        "/cleanslate/limits/descriptors",
        "/cleanslate/limits/harakiri",
        "/cleanslate/limits/reload_on_rss",
        "/cleanslate/limits/reload_on_as",
        "/cleanslate/limits/lost_threads",
        "/cleanslate/traffic/bad",
        "/cleanslate/traffic/stalled",
        "/cleanslate/traffic/unread",
        "/cleanslate/traffic/left",
        "/cleanslate/jobs/0/held",
        "/cleanslate/schedule/0/late",
        "/cleanslate/schedule/0/coalesced",
        "/cleanslate/schedule/0/missed",
        "/cleanslate/database/size",
        "/cleanslate/database/wal_size",
        "/cleanslate/log/dropped",
    ] {
        let value = told.pointer(pointer).unwrap_or_else(|| panic!("no {pointer}: {told}"));
        assert!(!value.is_null(), "{pointer}: {told}");
    }
    assert_eq!(told["cleanslate"]["limits"]["reload_on_as"], 1_000_u64 << 20);
    server.stop();
}
