//! The deadline of a request. Guards that each gets exactly one answer, in time, whatever its
//! handler does, and that nothing is committed after it.

use std::time::{Duration, Instant};

use cleanslate::rusqlite::Connection;

use crate::harness::{Client, Server, get, now, packet, post, wait_for};

const HARAKIRI: [&str; 2] = ["--harakiri", "1"];

/// A request that misses its deadline of one second gets one 504 then. That it is one, and no
/// more than one, is what reading up to the end shows.
fn check_504(client: &Client, sent: Instant, what: &str) {
    let answer = client.answer().unwrap_or_else(|error| panic!("{what}: {error}"));
    let took = sent.elapsed();
    assert_eq!(answer.map(|answer| answer.status), Some(504), "{what}");
    let expected = Duration::from_millis(950)..Duration::from_millis(2_000);
    assert!(expected.contains(&took), "{what}: 504 after {took:?}");
}

#[test]
fn a_handler_that_sleeps_is_answered_for() {
    let server = Server::start("probe", &HARAKIRI);
    let sent = now();
    let client = server.send(&get("/sleep/2500"));
    check_504(&client, sent, "sleep");
    assert_eq!(server.get("/hello").status, 200);
    let log = server.stop();
    assert!(sent.elapsed() > Duration::from_millis(2_400), "a stop waits for the handler");
    let line = log.lines().find(|line| line.contains("a job missed its deadline"));
    let line = line.unwrap_or_else(|| panic!("{log}"));
    assert!(line.contains(" queued=0.0"), "{line}");
    assert!(line.contains(" stands=\"in clock_nanosleep: it sleeps\""), "{line}");
    assert!(log.contains("late=1"), "the handler's own answer came late: {log}");
}

/// A path's own deadline stands in for `harakiri`, whether it is shorter, longer or none.
#[test]
fn a_path_may_have_a_deadline_of_its_own() {
    let server = Server::start("probe", &HARAKIRI);
    let ask = |(uri, status, least, most): (&str, u16, u64, u64)| {
        let sent = now();
        let answer = server.get(uri).status;
        let took = sent.elapsed();
        let expected = Duration::from_millis(least)..Duration::from_millis(most);
        assert_eq!(answer, status, "{uri}");
        assert!(expected.contains(&took), "{uri}: {status} after {took:?}");
    };
    let cases = [
        ("/hasty/100", 200, 100, 500),
        ("/hasty/2500", 504, 450, 1_400),
        ("/patient/1500", 200, 1_500, 2_900),
        ("/patient/5000", 504, 2_950, 4_500),
        ("/endless/1500", 200, 1_500, 4_500),
        ("/sleep/2500", 504, 950, 2_000),
    ];
    std::thread::scope(|scope| {
        for case in cases {
            scope.spawn(move || ask(case));
        }
    });
    let log = server.stop();
    assert!(log.contains("job=\"GET /hasty/{ms}\" limit=0.5"), "{log}");
    assert!(log.contains("job=\"GET /patient/{ms}\" limit=3"), "{log}");
}

/// Who waits for a thread is given up at its own deadline, and no earlier; its handler is not begun.
#[test]
fn a_path_has_its_own_deadline_in_the_queue_as_well() {
    for harakiri in ["0", "1"] {
        let one = ["--threads", "1", "--processes", "1", "--tick", "3600"];
        let options = [&["--harakiri", harakiri], &one[..]].concat();
        let server = Server::start("probe", &options);
        let sent = now();
        let first = server.send(&get("/endless/2000"));
        let waiting = [("/hasty/1", 504), ("/patient/1", 200), ("/endless/1", 200)]
            .map(|(uri, status)| (server.send(&get(uri)), uri, status));
        for (client, uri, status) in &waiting {
            let answer = client.answer().unwrap().map(|answer| answer.status);
            assert_eq!(answer, Some(*status), "{uri} at harakiri {harakiri}");
            // The first is given up while the only thread still sleeps; the others after it.
            let is_early = sent.elapsed() < Duration::from_millis(1_800);
            assert_eq!(is_early, *status == 504, "{uri} after {:?}", sent.elapsed());
        }
        assert_eq!(first.answer().unwrap().map(|answer| answer.status), Some(200));
        let log = server.stop();
        assert!(log.contains("expired=1") && !log.contains("GET /hasty"), "{log}");
    }
}

#[test]
fn a_query_ends_at_the_deadline_and_frees_its_thread() {
    let server = Server::start("probe", &HARAKIRI);
    let sent = now();
    let queries: Vec<Client> = (0..8).map(|_| server.send(&get("/slow-query"))).collect();
    for client in &queries {
        // Eight of them share the cores, and their threads with the one that answers.
        check_504(client, sent, "slow-query");
    }
    let asked = now();
    assert_eq!(server.get("/user/1").status, 200);
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
    let settled = server.process().cpu();
    crate::harness::let_pass(Duration::from_millis(500));
    let used = server.process().cpu() - settled;
    assert!(used < Duration::from_millis(100), "a query runs on: {used:?} in 0.5 s");
    server.stop();
}

/// Handlers that don't return hold their threads, and others take their places; who comes back goes.
#[test]
fn a_stuck_handler_never_costs_the_server() {
    let server = Server::start("probe", &["--harakiri", "0.5", "--tick", "3600"]);
    // All threads have had something to do.
    (0..200).for_each(|_| assert_eq!(server.get("/user/1").status, 200));
    let threads = server.process().threads();
    for round in 1..=2 {
        let sent = now();
        let stuck: Vec<Client> = (0..8).map(|_| server.send(&get("/sleep/4000"))).collect();
        for client in &stuck {
            let answer = client.answer().unwrap().map(|answer| answer.status);
            assert_eq!(answer, Some(504), "round {round}");
        }
        wait_for("others to take over", Duration::from_secs(2), || {
            (server.process().threads() >= threads + 8 * round).then_some(())
        });
        assert_eq!(server.get("/user/1").status, 200);
        assert!(sent.elapsed() < Duration::from_secs(2), "{:?}", sent.elapsed());
    }
    wait_for("all to come back and go", Duration::from_secs(20), || {
        (server.process().threads() == threads).then_some(())
    });
    (0..200).for_each(|_| assert_eq!(server.get("/user/1").status, 200));
    let log = server.stop();
    assert_eq!(log.matches("a handler doesn't return: another thread takes over").count(), 16);
    assert_eq!(log.matches("is back, and ends").count(), 16);
}

/// Threads that sleep can't be freed; who waits for one is told when its own deadline comes.
#[test]
fn a_request_that_waits_too_long_in_the_queue_is_answered() {
    let server = Server::start("probe", &HARAKIRI);
    let _sleepers: Vec<Client> = (0..8).map(|_| server.send(&get("/sleep/3000"))).collect();
    let (sent, waiting) = wait_for("a request that waits", Duration::from_secs(20), || {
        let (sent, client) = (now(), server.send(&get("/hello")));
        client.is_silent_for(Duration::from_millis(300)).then_some((sent, client))
    });
    check_504(&waiting, sent, "queued");
    server.stop();
}

#[test]
fn without_a_deadline_nobody_is_hurried() {
    let server = Server::start("probe", &["--harakiri", "0"]);
    assert_eq!(server.get("/sleep/1500").status, 200);
    server.stop();
}

/// A request that becomes whole late has its full time from then.
#[test]
fn the_deadline_counts_from_the_whole_request() {
    let server = Server::start("probe", &HARAKIRI);
    let packet = get("/sleep/600");
    let client = server.send(&packet[..20]);
    crate::harness::let_pass(Duration::from_millis(700));
    client.send(&packet[20..]).unwrap();
    assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(200));
    server.stop();
}

/// A client that was told 504 may try again: the first try must not be written after that.
#[test]
fn what_was_answered_504_is_not_committed() {
    let server = Server::start("probe", &HARAKIRI);
    assert_eq!(server.ask(&post("/write", b"before")).status, 201);
    let other = Connection::open(server.database()).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    let sent = now();
    let clients: Vec<Client> = (0..4).map(|_| server.send(&post("/write", b"held up"))).collect();
    clients.iter().for_each(|client| check_504(client, sent, "a write behind a lock"));
    other.execute_batch("COMMIT").unwrap();
    assert_eq!(server.ask(&post("/write", b"after")).status, 201);
    server.stop();
    let bodies = "SELECT group_concat(body, ', ') FROM (SELECT body FROM writes ORDER BY id)";
    let written: String = other.query_row(bodies, [], |row| row.get(0)).unwrap();
    assert_eq!(written, "before, after");
}

/// What tells where to look: the statement that was ended, and the request in nginx's log.
#[test]
fn a_failed_job_names_its_statement_and_its_request() {
    let server = Server::start("probe", &["--harakiri", "0.3"]);
    let packet = |uri| {
        let id = ("HTTP_X_REQUEST_ID", "from-nginx-7");
        packet(&[("REQUEST_METHOD", "GET"), ("PATH_INFO", uri), id], b"")
    };
    assert_eq!(server.ask(&packet("/slow-query")).status, 504);
    assert_eq!(server.ask(&packet("/panic")).status, 500);
    // One that nothing ends.
    assert_eq!(server.ask(&packet("/sleep/700")).status, 504);
    let log = server.stop();
    let line = |what: &str| {
        log.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{log}"))
    };
    let missed = line("a job missed its deadline job=\"GET /sleep/{ms}\"");
    for failed in [line("a job failed job=\"GET /slow-query\""), line("a handler panicked"), missed]
    {
        assert!(failed.contains(" request_id=\"from-nginx-7\""), "{failed}");
    }
    let query = line("a job failed");
    assert!(query.contains(" sql=\"WITH RECURSIVE "), "{query}");
}
