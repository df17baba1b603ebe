//! All threads are inside handlers. Guards that the server still sees to its connections: it takes
//! them, sheds them, times them out, and its timers are late and told, never lost in silence.

use std::time::Duration;

use crate::harness::{Client, Server, get, in_parallel, let_pass, now, post, wait_for};

const SOON: Duration = Duration::from_millis(300);
const LIMIT: Duration = Duration::from_secs(20);

/// Puts `count` threads into a handler that sleeps; those connections.
fn occupy(server: &Server, count: usize, uri: &str) -> Vec<Client> {
    (0..count).map(|_| server.send(&get(uri))).collect()
}

/// Sends requests until one is not answered at once, since no thread is free.
fn first_that_waits(server: &Server) -> Client {
    wait_for("a request that has to wait", LIMIT, || {
        let client = server.send(&get("/hello"));
        client.is_silent_for(SOON).then_some(client)
    })
}

#[test]
fn with_all_threads_busy_the_server_is_not_deaf() {
    let server = Server::start("probe", &["--queue", "4", "--socket-timeout", "2"]);
    let sleepers = occupy(&server, 8, "/sleep/60000");
    let mut waiting = vec![first_that_waits(&server)];
    waiting.extend((0..3).map(|_| server.send(&get("/hello"))));
    assert!(waiting.iter().all(|client| client.is_silent_for(SOON)), "the queue has room for four");

    for _ in 0..20 {
        let started = now();
        let shed = server.get("/hello");
        assert_eq!((shed.status, shed.header("retry-after")), (503, Some("1")));
        assert!(started.elapsed() < SOON, "shed after {:?}", started.elapsed());
    }

    let started = now();
    let half = server.send(&get("/hello")[..20]);
    let mute = server.connect();
    let packet = post("/echo", b"12345");
    let body = server.send(&packet[..packet.len() - 2]);
    for (name, client) in [("half a head", &half), ("half a body", &body)] {
        let answer = client.answer().unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(answer.map(|answer| answer.status), Some(408), "{name}");
    }
    assert!(mute.answer().unwrap().is_none(), "who says nothing is told nothing");
    let took = started.elapsed();
    let expected = Duration::from_millis(1_900)..Duration::from_millis(3_500);
    assert!(expected.contains(&took), "a timeout of 2 s took {took:?}");

    assert!(sleepers.iter().chain(&waiting).all(|client| client.is_silent_for(SOON / 10)));
    server.kill();
}

/// Connections that were waiting in any of the event loops when their threads got busy: they are
/// given up in time, and slow readers get on with their answers.
#[test]
fn loops_that_no_thread_attends_are_seen_to() {
    let server = Server::start("probe", &["--socket-timeout", "2", "--tick", "3600"]);
    let packet = post("/echo", b"12345");
    // Under load, so that all loops take a share.
    let halves: Vec<Client> = in_parallel(16, |_| {
        let open = |_| {
            server.get("/hello");
            server.send(&packet[..packet.len() - 2])
        };
        (0..10).map(open).collect::<Vec<_>>()
    })
    .into_iter()
    .flatten()
    .collect();
    let readers = in_parallel(8, |_| server.send(&get("/bytes/3000000")));
    readers.iter().for_each(|reader| drop(reader.read_some(9).unwrap()));
    let sent = now();
    let sleepers = occupy(&server, 8, "/sleep/60000");
    for reader in &readers {
        assert!(reader.read_to_end(LIMIT).unwrap().len() > 2_900_000, "the rest of the answer");
    }
    assert!(sent.elapsed() < Duration::from_millis(1_500), "{:?}", sent.elapsed());
    for half in &halves {
        assert_eq!(half.answer().unwrap().map(|answer| answer.status), Some(408));
    }
    let took = sent.elapsed();
    assert!(took < Duration::from_millis(3_500), "a timeout of 2 s took {took:?}");
    assert!(sleepers.iter().all(|client| client.is_silent_for(SOON / 10)));
    server.kill();
}

#[test]
fn what_waited_is_answered_and_late_ticks_are_told() {
    let server = Server::start("probe", &["--tick", "0.5"]);
    let sleepers = occupy(&server, 8, "/sleep/4000");
    let ninth = first_that_waits(&server);
    for client in sleepers.iter().chain([&ninth]) {
        assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(200));
    }
    let ticks = || {
        let ticks: serde_json::Value = serde_json::from_slice(&server.get("/ticks").body).unwrap();
        ticks["1"].as_u64().unwrap()
    };
    let then = ticks();
    wait_for("ticks to go on", LIMIT, || (ticks() > then + 2).then_some(()));
    let log = server.stop();
    let late =
        log.lines().find(|line| line.contains("a tick ran late")).expect("a line in the log");
    // The log tells of one of those that were late at once: the timer, or the cron of each second.
    let is_named = ["timer 1", "cron 6"].iter().any(|job| late.contains(job));
    assert!(is_named && late.contains("coalesced="), "{late}");
    assert!(!late.contains("coalesced=0"), "several were due meanwhile: {late}");
}

/// Seven sleep; the eighth thread serves requests and ticks, whatever share ticks are given.
#[test]
fn with_one_thread_free_ticks_and_requests_go_on() {
    for options in [&["--tick", "0.25"][..], &["--tick", "0.25", "--background-threads", "1"]] {
        let server = Server::start("probe", options);
        let _sleepers = occupy(&server, 7, "/sleep/60000");
        let ticks = || {
            let started = now();
            let answer = server.get("/ticks");
            assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
            serde_json::from_slice::<serde_json::Value>(&answer.body).unwrap()["1"]
                .as_u64()
                .unwrap()
        };
        let (started, before) = (now(), ticks());
        wait_for("12 more ticks", LIMIT, || (ticks() >= before + 12).then_some(()));
        let took = started.elapsed();
        assert!(took < Duration::from_secs(5), "12 ticks of 0.25 s took {took:?}");
        assert!(!server.log().contains("a tick ran late"), "{}", server.log());
        server.kill();
    }
}

/// Ticks that are due all the time take turns with requests, on one thread as on many.
#[test]
fn ticks_without_a_pause_do_not_starve_requests() {
    for shape in [["1", "1"], ["1", "2"], ["4", "2"]] {
        let [processes, threads] = shape;
        let options = ["--tick", "0.0001", "--processes", processes, "--threads", threads];
        let server = Server::start("probe", &options);
        let started = now();
        for _ in 0..100 {
            assert_eq!(server.get("/user/7").status, 200);
        }
        let took = started.elapsed();
        println!("{shape:?}: 100 requests took {took:?}");
        assert!(took < Duration::from_secs(3), "{shape:?}: 100 requests took {took:?}");
        server.stop();
    }
}

/// Connections that come in a burst to a busy server are all served in the end.
#[test]
fn a_burst_above_the_threads_is_served_in_turn() {
    let server = Server::start("probe", &[]);
    let burst: Vec<Client> = (0..400).map(|_| server.send(&get("/sleep/20"))).collect();
    for client in burst {
        assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(200));
    }
    server.stop();
}

/// Idle threads wait in the kernel, and the warden sleeps.
#[test]
fn an_idle_server_uses_no_time() {
    let server = Server::start("probe", &["--tick", "3600"]);
    occupy(&server, 20, "/hello").into_iter().for_each(|client| {
        client.answer().unwrap().expect("an answer");
    });
    let_pass(Duration::from_millis(200));
    let before = server.process().cpu();
    let_pass(Duration::from_secs(2));
    let used = server.process().cpu() - before;
    assert!(used <= Duration::from_millis(10), "{used:?} in 2 s with nothing to do");
    server.stop();
}
