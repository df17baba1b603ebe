//! What goes wrong with one request and must not reach the next on its connection.

use std::time::Duration;

use crate::harness::{Connection, Protocol, Server, in_parallel, let_pass, now, wait_for};

const LIMIT: Duration = Duration::from_secs(20);

/// Asks for something that shows whose answer it is.
fn check_goes_on(connection: &mut Connection, case: &str) {
    let answer = connection.ask("POST", "/echo", case.as_bytes());
    assert_eq!(answer.unwrap_or_else(|error| panic!("{case}: {error}")).text(), case);
}

/// An answer of this status, with a body unless it is to HEAD.
fn check_refused(connection: &mut Connection, method: &str, status: u16, case: &str) {
    let answer = connection.answer_to(method).unwrap_or_else(|error| panic!("{case}: {error}"));
    assert_eq!(answer.status, status, "{case}");
    assert!(method == "HEAD" || !answer.body.is_empty(), "{case}: it says what is wrong");
}

#[test]
fn handlers_that_fail_cost_no_connection() {
    let server = Server::by_all(&[]);
    for protocol in Protocol::KEPT {
        let mut connection = server.open(protocol);
        for (uri, status) in [("/panic", 500), ("/heads/70000", 500), ("/user/0", 404)] {
            for method in ["GET", "HEAD", "GET"] {
                let case = format!("{protocol}: {method} {uri}");
                connection.send(&protocol.request(method, uri, b""));
                check_refused(&mut connection, method, status, &case);
                check_goes_on(&mut connection, &case);
            }
        }
    }
    server.stop();
}

/// The handler goes on after its deadline has answered: what it answers in the end is for nobody.
#[test]
fn a_late_answer_never_reaches_the_next_request() {
    let server = Server::by_all(&["--harakiri", "0.4"]);
    let uris = [("GET", "/sleep/1200"), ("HEAD", "/sleep/1200"), ("GET", "/slow-query")];
    let check = |protocol: Protocol, (method, uri): (&str, &str)| {
        let case = format!("{protocol}: {method} {uri}");
        let mut connection = server.open(protocol);
        check_goes_on(&mut connection, "before");
        let sent = now();
        connection.send(&protocol.request(method, uri, b""));
        // One that waits behind it, and must not be answered by it.
        connection.send(&protocol.request("POST", "/echo", b"behind"));
        check_refused(&mut connection, method, 504, &case);
        let took = sent.elapsed();
        let expected = Duration::from_millis(380)..Duration::from_millis(1_000);
        assert!(expected.contains(&took), "{case}: 504 after {took:?}");
        let behind = connection.answer().unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!(behind.text(), "behind");
        // Asked without a pause while the handler still runs and when it ends.
        while sent.elapsed() < Duration::from_millis(1_500) {
            check_goes_on(&mut connection, &case);
            let_pass(Duration::from_millis(10));
        }
        assert!(connection.is_silent_for(Duration::from_millis(50)), "{case}: a late answer");
    };
    for what in uris {
        in_parallel(2, |number| check(Protocol::KEPT[number], what));
    }
    let log = server.stop();
    assert!(log.contains("a job missed its deadline"), "{log}");
}

/// What is shed, or waits in vain, may ask again on the same connection.
#[test]
fn shed_requests_cost_no_connection() {
    let options = ["--processes", "1", "--threads", "1", "--queue", "1", "--harakiri", "1"];
    in_parallel(2, |number| {
        let (server, protocol) = (Server::by_all(&options), Protocol::KEPT[number]);
        ["GET", "HEAD"].into_iter().for_each(|method| check_shed(&server, protocol, method));
        server.stop();
    });
}

fn check_shed(server: &Server, protocol: Protocol, method: &str) {
    let case = format!("{protocol}: {method}");
    let mut all = [(); 3].map(|()| server.open(protocol));
    all.iter_mut().for_each(|one| check_goes_on(one, "before"));
    let [sleeper, waiting, shed] = &mut all;
    sleeper.send(&protocol.get("/sleep/2000"));
    // While the thread sleeps, one has room in the queue.
    wait_for("a request that waits", LIMIT, || {
        waiting.send(&protocol.request(method, "/hello", b""));
        if waiting.is_silent_for(Duration::from_millis(100)) {
            return Some(());
        }
        // It was quicker than the sleeper.
        assert_eq!(waiting.answer_to(method).unwrap().status, 200, "{case}");
        None
    });
    for _ in 0..3 {
        shed.send(&protocol.request(method, "/hello", b""));
        let answer = shed.answer_to(method).unwrap_or_else(|error| panic!("{case}: {error}"));
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("1")), "{case}");
    }
    check_refused(sleeper, "GET", 504, &case);
    let answer = waiting.answer_to(method).unwrap_or_else(|error| panic!("{case}: {error}"));
    assert!(matches!(answer.status, 200 | 504), "{case}: {}", answer.status);
    wait_for("the thread to be free", LIMIT, || {
        (shed.get("/hello").unwrap().status == 200).then_some(())
    });
    all.iter_mut().for_each(|one| check_goes_on(one, &case));
}

/// An answer that is cut short must not look whole, nor be followed by another.
#[test]
fn an_answer_that_is_cut_short_ends_its_connection() {
    let options = ["--post-buffering", "100000", "--limit-answer", "1000000"];
    let server = Server::by_all(&options);
    for protocol in Protocol::KEPT {
        let mut connection = server.open(protocol);
        check_goes_on(&mut connection, "before");
        connection.send(&[protocol.get("/stream/100000"), protocol.get("/hello")].concat());
        wait_for("a line in the log", LIMIT, || {
            server.log().contains("limit-answer").then_some(())
        });
        let error = connection.answer().expect_err("half an answer that looks whole");
        // A reset where something was left unread, which tells the peer still more clearly.
        let is_cut = ["closed with", "reset"].iter().any(|what| error.contains(what));
        assert!(is_cut, "{protocol}: {error}");
    }
    server.stop();
}
