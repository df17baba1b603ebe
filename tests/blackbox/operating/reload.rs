//! Servers that take each other's place under load. Guards that no request is lost when one is asked
//! to, that no tick is lost or comes twice, and that little is lost when one is killed.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use rustix::process::Signal;

use super::{LIMIT, ready, serving, ticks, wait_until_ready, with_master};
use crate::harness::{
    Address, Connection, Nginx, Protocol, Server, alone, fresh_folder, full, get, let_pass, now,
    wait_for, wrk,
};

/// What clients have seen.
#[derive(Default)]
struct Seen {
    answered: AtomicUsize,
    done: AtomicBool,
}

impl Seen {
    /// Asks until all is done, on connections that are kept for so many requests; what went wrong.
    fn ask(&self, protocol: Protocol, address: &Address, kept: usize) -> Vec<String> {
        let (mut wrong, body) = (Vec::new(), vec![b'x'; 3_000]);
        while !self.done.load(Ordering::Relaxed) && wrong.len() < 5 {
            match Connection::open(protocol, address) {
                Ok(mut connection) => {
                    if let Err(error) = self.ask_on(&mut connection, &body, kept) {
                        wrong.push(format!("{protocol} at {address}: {error}"));
                    }
                }
                Err(error) => wrong.push(format!("{protocol} at {address}: {error}")),
            }
        }
        wrong
    }

    /// A POST, which nginx doesn't send again by itself when it fails.
    fn ask_on(&self, connection: &mut Connection, body: &[u8], kept: usize) -> Result<(), String> {
        for _ in 0..kept {
            let answer = connection.ask("POST", "/echo", body)?;
            if answer.status != 200 || answer.body != body {
                return Err(format!("{} with {} bytes", answer.status, answer.body.len()));
            }
            self.answered.fetch_add(1, Ordering::Relaxed);
            let ends = answer.header("Connection").is_some_and(|value| value == "close");
            if ends || self.done.load(Ordering::Relaxed) {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Waits until so many more are answered.
    fn wait_for(&self, more: usize) {
        let goal = self.answered.load(Ordering::Relaxed) + more;
        wait_for("requests to be answered", LIMIT, || {
            (self.answered.load(Ordering::Relaxed) >= goal).then_some(())
        });
    }
}

/// Through nginx by every protocol, and directly by two, of which one keeps its connections.
#[test]
fn reloads_under_load_lose_no_request_and_no_tick() {
    let _alone = alone();
    let reloads = if full() { 100 } else { 12 };
    let nginx = Nginx::by_all(&with_master(&["--tick", "0.1"]));
    let (master, seen, started) = (&nginx.server, Seen::default(), now());
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let clients: Vec<_> = Protocol::ALL
            .map(|protocol| (Protocol::Http, nginx.front(protocol), 500))
            .into_iter()
            .chain([
                (Protocol::Uwsgi, master.at(Protocol::Uwsgi), 1),
                (Protocol::Http, master.at(Protocol::Http), 200),
            ])
            .map(|(protocol, address, kept)| {
                let seen = &seen;
                scope.spawn(move || seen.ask(protocol, &address, kept))
            })
            .collect();
        for reload in 1..=reloads {
            seen.wait_for(200);
            master.process().signal(Signal::HUP);
            wait_until_ready(master, reload + 1);
        }
        seen.wait_for(200);
        seen.done.store(true, Ordering::Relaxed);
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    assert!(wrong.is_empty(), "of {:?}: {wrong:?}", seen.answered);
    // Those that nginx keeps connections to go on until it closes them.
    master.process().signal(Signal::TERM);
    let took = started.elapsed();
    wait_for("all servers to end", LIMIT, || {
        let log = master.log();
        (log.matches("a server has ended").count() == reloads + 1).then_some(())
    });
    let log = master.log();
    let (runs, others) = ticks(&log, "timer 1");
    let due = took.as_millis() / 100;
    let (least, most) = (due.saturating_sub(2), due + 1);
    let all = u128::from(runs + others);
    assert!((least..=most).contains(&all), "{runs} and {others} of {due} ticks in {took:?}");
    assert!(!log.contains("ERROR"), "{log}");
}

/// How often a signal's handler has run in the server that answers.
fn runs(master: &Server, signal: &str) -> u64 {
    let counts: serde_json::Value =
        serde_json::from_str(&master.get("/ticks").text()).expect("it is JSON");
    counts[signal].as_u64().expect("it is counted")
}

#[test]
fn a_timer_goes_on_where_another_server_has_left_it() {
    let master = Server::start("probe", &with_master(&["--tick", "1000", "--rb-tick", "0.3"]));
    let started = now();
    for server in 1..=3 {
        wait_for("the one before to end", LIMIT, || {
            (master.log().matches("a server has ended").count() == server - 1).then_some(())
        });
        wait_until_ready(&master, server);
        wait_for("a tick", LIMIT, || (runs(&master, "2") > 0).then_some(()));
        master.process().signal(Signal::HUP);
    }
    // Nothing was put off: the third tick is due after three intervals.
    let took = started.elapsed();
    assert!(took < Duration::from_millis(1_700), "three ticks of 0.3 s took {took:?}");
    wait_for("the others to end", LIMIT, || {
        (master.log().matches("a server has ended").count() == 3).then_some(())
    });
    // So many ticks of the cron later it has certainly ended.
    wait_for("the cron to have run", LIMIT, || (runs(&master, "6") >= 2).then_some(()));
    assert_eq!(runs(&master, "2"), 0, "it had three ticks");
    assert_eq!(ticks(&master.stop(), "signal 2"), (3, 0), "over all servers");
}

#[test]
fn a_connection_that_is_kept_stays_with_its_server() {
    let folder = fresh_folder();
    let mercy = with_master(&["--reload-mercy", "3", "--keepalive", "60"]);
    let master = Server::by_all_in(&folder, &mercy);
    wait_until_ready(&master, 1);
    let mut kept = Protocol::KEPT.map(|protocol| master.open(protocol));
    for connection in &mut kept {
        assert_eq!(connection.get("/hello").unwrap().status, 200);
    }
    master.process().signal(Signal::HUP);
    wait_until_ready(&master, 2);
    let retired = now();
    // Longer than a stop waits for connections that ask for nothing.
    let_pass(Duration::from_millis(900));
    for connection in &mut kept {
        assert_eq!(connection.get("/hello").unwrap().status, 200, "it is served on");
    }
    // HTTP was told that this answer is the last; FastCGI can't be.
    let [fastcgi, http] = &mut kept;
    assert!(http.get("/hello").is_err());
    assert_eq!(fastcgi.get("/hello").unwrap().status, 200);
    wait_for("the old server to end", LIMIT, || {
        master.log().contains("a server has ended").then_some(())
    });
    let took = retired.elapsed();
    assert!(took >= Duration::from_millis(2_900), "mercy was 3 s: {took:?}");
    assert_eq!(master.open(Protocol::FastCgi).get("/hello").unwrap().status, 200);
    master.stop();
}

#[test]
fn when_a_server_is_killed_only_what_it_had_is_lost() {
    let master = Server::start("probe", &with_master(&[]));
    wait_until_ready(&master, 1);
    let (seen, address) = (Seen::default(), master.address.clone());
    let clients = 8;
    let wrong: Vec<String> = std::thread::scope(|scope| {
        let asking: Vec<_> =
            (0..clients).map(|_| scope.spawn(|| seen.ask(Protocol::Uwsgi, &address, 1))).collect();
        for kill in 1..=3 {
            seen.wait_for(500);
            serving(&master).signal(Signal::KILL);
            let killed = now();
            wait_until_ready(&master, kill + 1);
            assert!(killed.elapsed() < Duration::from_secs(2), "{:?}", killed.elapsed());
            seen.wait_for(1);
        }
        seen.wait_for(500);
        seen.done.store(true, Ordering::Relaxed);
        asking.into_iter().flat_map(|client| client.join().unwrap()).collect()
    });
    // Each client has one connection at a time, which the killed one may have had.
    assert!(wrong.len() <= 3 * clients, "{wrong:?}");
    assert!(wrong.iter().all(|wrong| !wrong.contains("os error 111")), "refused: {wrong:?}");
    let log = master.stop();
    assert_eq!(log.matches("a server died").count(), 3, "{log}");
}

#[test]
fn a_server_that_grows_is_replaced_and_nobody_notices() {
    let _alone = alone();
    let options = ["--reload-on-rss", "60", "--min-worker-lifetime", "0.1", "--tick", "1000"];
    let nginx = Nginx::start("probe", &with_master(&options));
    let master = &nginx.server;
    let goal = if full() { 20 } else { 4 };
    let started = now();
    while ready(master) < goal && started.elapsed() < LIMIT {
        wrk(&nginx.url("/leak/heap/20000"), 1).unwrap();
    }
    assert!(ready(master) >= goal, "{}", master.log());
    let log = master.log();
    assert!(log.contains("reloading reason=\"reload-on-rss 60: it has "), "{log}");
    // It says who has made it grow.
    let told = "another server should take over reason=\"reload-on-rss 60: it has ";
    let line = log.lines().find(|line| line.contains(told)).expect("a server tells");
    assert!(line.contains(" holders=\"GET /leak/heap/{bytes} "), "{line}");
    assert_eq!(nginx.log(), "");
    assert_eq!(master.ask(&get("/hello")).status, 200);
}

#[test]
fn a_server_that_loses_its_threads_is_replaced() {
    let options = ["--harakiri", "0.3", "--reload-mercy", "1", "--tick", "1000"];
    let master = Server::start("probe", &with_master(&options));
    wait_until_ready(&master, 1);
    let stuck: Vec<_> = (0..4).map(|_| master.send(&get("/sleep/60000"))).collect();
    for client in &stuck {
        assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(504));
    }
    wait_until_ready(&master, 2);
    assert_eq!(master.get("/user/1").status, 200);
    wait_for("the old server to have been ended", LIMIT, || {
        master.log().contains("a server has ended").then_some(())
    });
    let log = master.stop();
    assert!(log.contains("reloading reason=\"max-lost-threads 4: 4 handlers"), "{log}");
    assert_eq!(log.matches("a job was cut short job=\"GET /sleep/{ms}\"").count(), 4, "{log}");
}
