//! A stop in good order. Guards that what was taken is answered, that nobody is taken and then let
//! down, and that it has an end.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{Address, Build, Client, Server, fresh_folder, get, let_pass, now, wait_for};
use crate::sockets::abstract_name;

/// When nothing is in the way, an answer takes far less.
const SOON: Duration = Duration::from_millis(500);

#[test]
fn a_stop_ends_what_is_under_way_and_takes_nothing_new() {
    let folder = fresh_folder();
    let server = Server::start_in(&folder, Build::Clean, "probe", &[]);
    let address = server.address.clone();
    let started = now();
    let slow: Vec<Client> = (0..12).map(|_| server.send(&get("/sleep/700"))).collect();
    let_pass(Duration::from_millis(100));
    let stopping = std::thread::spawn(move || server.stop());
    for client in slow {
        let answer = client.answer().unwrap().expect("an answer, as it had been taken");
        assert_eq!(answer.status, 200);
    }
    let log = stopping.join().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(log.contains("requests=12"), "{log}");
    assert!(!folder.path().join("probe.sock").exists() && Client::connect(&address).is_err());
}

/// Clients that are busy when the server stops: each is answered, or told at once that there is no
/// server; none is taken and then let down. (TCP can't promise that: the kernel takes connections
/// by itself, and resets those that come too late.)
#[test]
fn a_stop_under_load_lets_nobody_down() {
    for round in 0..6 {
        let name = abstract_name();
        let server = Server::start("probe", &["--socket", &format!("@{name}")]);
        let address = if round % 2 == 0 { server.address.clone() } else { Address::Abstract(name) };
        let answered = AtomicUsize::new(0);
        let results = std::thread::scope(|scope| {
            let clients: Vec<_> =
                (0..16).map(|_| scope.spawn(|| ask_until_refused(&address, &answered))).collect();
            wait_for("requests to be answered", Duration::from_secs(20), || {
                (answered.load(Ordering::Relaxed) > 2_000).then_some(())
            });
            server.stop();
            clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
        });
        let let_down: Vec<String> = results.into_iter().filter_map(Result::err).collect();
        assert!(let_down.is_empty(), "{address}: {} of 16: {let_down:?}", let_down.len());
    }
}

/// Asks again and again until no connection can be made any more.
fn ask_until_refused(address: &Address, answered: &AtomicUsize) -> Result<(), String> {
    loop {
        let Ok(client) = Client::connect(address) else { return Ok(()) };
        client.send(&get("/hello")).map_err(|error| format!("connected, then {error}"))?;
        let answer = client.answer()?.ok_or("connected, then closed without an answer")?;
        if answer.status != 200 {
            return Err(format!("{}", answer.status));
        }
        answered.fetch_add(1, Ordering::Relaxed);
    }
}

/// While a long job ends, nobody new is kept waiting for a server that is about to go.
#[test]
fn nobody_new_waits_for_a_server_that_stops() {
    let name = abstract_name();
    let options = ["--socket", "127.0.0.1:0", "--socket", &format!("@{name}")];
    let server = Server::start("probe", &options);
    let addresses = [server.address.clone(), server.tcp(), Address::Abstract(name)];
    let slow = server.send(&get("/sleep/3000"));
    server.process().signal(Signal::TERM);
    wait_for("it to be stopping", Duration::from_secs(10), || {
        server.log().contains("stopping").then_some(())
    });
    let_pass(Duration::from_millis(100));
    let is_kept_waiting = |address: &Address| {
        let Ok(client) = Client::connect(address) else { return false };
        let answer = client.send(&get("/hello")).map(|()| client.answer_within(SOON));
        answer.is_ok_and(|answer| answer.is_err())
    };
    let waiting: Vec<String> =
        addresses.iter().filter(|one| is_kept_waiting(one)).map(ToString::to_string).collect();
    assert_eq!(slow.answer().unwrap().map(|answer| answer.status), Some(200));
    assert_eq!(server.end().code, Some(0));
    assert!(waiting.is_empty(), "kept waiting: {waiting:?}");
}

/// A stop does not wait for peers that may never go on, nor for ever.
#[test]
fn mercy_has_an_end() {
    let server = Server::start("probe", &["--reload-mercy", "1"]);
    let _sleeper = server.send(&get("/sleep/60000"));
    let _half = server.send(&get("/hello")[..20]);
    let_pass(Duration::from_millis(100));
    let started = now();
    server.process().signal(Signal::TERM);
    let ended = server.end();
    let took = started.elapsed();
    assert!(took < Duration::from_secs(5), "{took:?}: {ended:?}");
    // Not in good order: whoever supervises the server is told.
    assert_eq!(ended.code, Some(70), "{ended:?}");
    assert!(ended.log.contains("a job was cut short job=\"GET /sleep/{ms}\""), "{ended:?}");
}
