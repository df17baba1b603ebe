//! Handlers that leak, beside others that don't. Guards that those are named, with the true amount, and
//! nobody else is.

use serde_json::Value;

use super::{LIMIT, STATS, stats};
use crate::harness::{Connection, Dice, Protocol, Server, alone, crowd, full, get, let_pass, now};

/// What is asked for, again and again: one in a hundred leaks heap, one a descriptor.
fn mixture(number: usize) -> Vec<u8> {
    // As clients come: in no order.
    let chance = Dice(number as u64).roll(100);
    let uri = match chance {
        0 => "/leak/heap/1000".to_owned(),
        50 => "/leak/fd".to_owned(),
        1 => "/cache/10485760".to_owned(),
        other => match other % 5 {
            0 => format!("/user/{}", 1 + number % 1_000),
            1 => format!("/bytes/{}", 1 << (number % 18)),
            2 => "/stream/20".to_owned(),
            3 => "/status/204".to_owned(),
            _ => "/hello".to_owned(),
        },
    };
    get(&uri)
}

/// Requests between two looks.
const ROUND: usize = 2_000;

/// Each leak: whose, of what, how much a run.
fn leaks(stats: &Value) -> Vec<(String, String, f64)> {
    let leaks = stats["cleanslate"]["leaks"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let all = leaks.iter().map(|leak| {
        (text(&leak["job"]), text(&leak["resource"]), leak["per_run"].as_f64().unwrap())
    });
    all.collect()
}

/// Under load until two leaks are named; they must be the two, and must still be a while later.
fn both_are_named() {
    let server = Server::start("probe", &[STATS, &["--tick", "0.5"]].concat());
    let check = |looked: &str, named: usize| {
        let all = leaks(&stats(&server));
        for (job, resource, per_run) in &all {
            let amount = match (job.as_str(), resource.as_str()) {
                ("GET /leak/heap/{bytes}", "heap") => 1_000.0,
                ("GET /leak/fd", "descriptors") => 1.0,
                _ => panic!("{looked}: {job} doesn't leak {resource}: {all:?}"),
            };
            assert!((per_run / amount - 1.0).abs() <= 0.05, "{looked}: {all:?}");
        }
        assert!(all.len() >= named, "{looked}: {all:?}");
        all.len()
    };
    let ask = |round: usize| {
        let request = |number| mixture(round * ROUND + number);
        crowd(&server.address, 4, ROUND, request, |_, answer| answer.status < 300).unwrap();
    };
    let started = now();
    let mut rounds = 0;
    while check("under load", 0) < 2 {
        assert!(started.elapsed() < LIMIT, "not named in {rounds} rounds: {}", server.log());
        ask(rounds);
        rounds += 1;
    }
    for round in rounds..rounds + 3 {
        ask(round);
        check("later", 2);
    }
    let log = server.stop();
    assert_eq!(log.matches("a handler leaks").count(), 2, "{log}");
    assert!(log.contains("what=\"/dev/null ×"), "{log}");
}

#[test]
fn a_leak_is_named_with_its_amount_and_nobody_else_is() {
    let _alone = alone();
    for _ in 0..if full() { 10 } else { 1 } {
        both_are_named();
    }
}

/// Each request leaves a connection to another server open, while clients come that stay: those are
/// sockets of the process too, and nobody's leak.
#[test]
fn a_socket_that_each_request_leaves_is_named_with_its_peer_and_clients_that_stay_are_not() {
    let _alone = alone();
    let elsewhere = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let peer = elsewhere.local_addr().unwrap();
    let server = Server::start("probe", &[STATS, &["--http-socket", "127.0.0.1:0"]].concat());
    let mut clients = Vec::new();
    let mut taken = Vec::new();
    let mut dice = Dice(7);
    let started = now();
    let seen = loop {
        // Each as often as chance will have it, so that the two can be told apart.
        for _ in 0..dice.roll(6) {
            let mut client = Connection::open(Protocol::Http, &server.tcp()).unwrap();
            assert_eq!(client.get("/hello").unwrap().status, 200);
            clients.push(client);
        }
        for _ in 0..dice.roll(6) {
            assert_eq!(server.get(&format!("/leak/socket/{}", peer.port())).status, 200);
            taken.push(elsewhere.accept().unwrap());
        }
        let seen = stats(&server);
        if !leaks(&seen).is_empty() {
            break seen;
        }
        assert!(started.elapsed() < LIMIT, "not named: {}", server.log());
        let_pass(std::time::Duration::from_millis(100));
    };
    let all = leaks(&seen);
    let [(job, resource, per_run)] = &all[..] else { panic!("{all:?}") };
    assert_eq!((job.as_str(), resource.as_str()), ("GET /leak/socket/{port}", "descriptors"));
    // It is named as soon as it can be, from few runs.
    assert!((0.8..=1.2).contains(per_run), "{per_run}");
    let descriptors = &seen["cleanslate"]["descriptors"];
    assert_eq!(descriptors[0]["target"], format!("socket to {peer}"));
    let others = descriptors.as_array().unwrap()[1..].iter();
    let is_socket = |other: &Value| other["target"].as_str().unwrap().starts_with("socket");
    assert_eq!(others.filter(|other| is_socket(other)).count(), 0, "{descriptors}");
}

/// As in the days before: what a tick keeps for itself is what no reset can reach.
#[test]
fn a_connection_that_each_tick_keeps_is_named_with_its_file() {
    let _alone = alone();
    let options = ["--tick", "0.05", "--tick-keeps", "yes"];
    let server = Server::start("probe", &[STATS, &options].concat());
    let started = now();
    let named = loop {
        let stats = stats(&server);
        let named = leaks(&stats).into_iter().find(|(_, resource, _)| resource == "descriptors");
        if let Some((job, _, per_run)) = named {
            break (job, per_run, stats["cleanslate"]["descriptors"][0]["target"].clone());
        }
        assert!(started.elapsed() < LIMIT, "not named: {}", server.log());
        let_pass(std::time::Duration::from_millis(200));
    };
    let (job, per_run, target) = named;
    assert_eq!(job, "timer 1");
    // The file and its write-ahead log.
    assert!((1.8..=2.2).contains(&per_run), "{per_run}");
    assert!(target.as_str().unwrap().contains("service.db"), "{target}");
}
