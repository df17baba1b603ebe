//! Whether nginx's connections to the server go on: by FastCGI and HTTP, and by no other.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::{
    Connection, Nginx, Protocol, alone, full, in_parallel, unix_connections, wait_for,
};

const LIMIT: Duration = Duration::from_secs(10);
/// How many idle connections nginx keeps to each socket.
const KEPT_MOST: usize = 16;

/// The kernel's numbers of the connections that are open to the server's socket.
fn connections(nginx: &Nginx, protocol: Protocol) -> Vec<u64> {
    unix_connections(&nginx.server.folder().join(format!("{protocol}.sock")))
}

#[test]
fn nginx_keeps_the_connections_of_two_protocols() {
    let _alone = alone();
    let nginx = Nginx::by_all(&["--tick", "3600"]);
    for protocol in Protocol::ALL {
        let mut front = nginx.open(protocol);
        assert_eq!(front.get("/hello").unwrap().status, 200);
        if !Protocol::KEPT.contains(&protocol) {
            wait_for("its connection to be closed", LIMIT, || {
                connections(&nginx, protocol).is_empty().then_some(())
            });
            continue;
        }
        let first = connections(&nginx, protocol);
        assert_eq!(first.len(), 1, "{protocol}");
        // None of these ends it: not an error, a panic, an answer in steps, or a large body.
        for (method, uri, size) in [
            ("GET", "/hello", 0),
            ("GET", "/nowhere", 0),
            ("GET", "/panic", 0),
            ("GET", "/stream/300", 0),
            ("GET", "/bytes/1000000", 0),
            ("POST", "/echo", 100_000),
            ("HEAD", "/hello", 0),
            ("GET", "/status/204", 0),
        ] {
            let head_only = method == "HEAD" || uri == "/status/204";
            if head_only && protocol == Protocol::FastCgi {
                // nginx reads no further than the head, and so not to the record that ends it.
                continue;
            }
            for _ in 0..10 {
                front.ask(method, uri, &vec![b'x'; size]).unwrap();
            }
            let now = connections(&nginx, protocol);
            assert_eq!(now, first, "{protocol}: {method} {uri}: it is another now");
        }
    }
    let complaints = nginx.log();
    let complaints: Vec<&str> =
        complaints.lines().filter(|line| !line.contains("to a temporary file")).collect();
    assert!(complaints.is_empty(), "{complaints:?}");
}

/// Many clients over few connections: each gets its own answer, of every kind and in any order.
#[test]
fn a_crowd_on_kept_connections_gets_its_own_answers() {
    let nginx = Nginx::by_all(&[]);
    let count = if full() { 5_000 } else { 500 };
    let results = in_parallel(12, |number| {
        let protocol = Protocol::ALL[number % 4];
        let mut front = nginx.open(protocol);
        for round in 0..count {
            if round % 200 == 199 {
                // nginx itself ends a client's connection after 1,000 requests.
                front = nginx.open(protocol);
            }
            let mark = format!("{number}-{round}");
            let size = [0, 10, 3_000, 70_000][(number + round) % 4];
            let body = mark.repeat(size / mark.len());
            let answers = [
                front.ask("POST", "/echo", body.as_bytes()).map(|answer| answer.text() == body),
                front.get(&format!("/nowhere/{mark}")).map(|answer| answer.status == 404),
                front.get(&format!("/bytes/{round}")).map(|answer| answer.body.len() == round),
                front
                    .get(&format!("/stream/{}", round % 9))
                    .map(|a| a.body.len() == round % 9 * 1_000),
            ];
            if answers != [const { Ok(true) }; 4] {
                return Err(format!("{protocol}, {mark}: {answers:?}"));
            }
        }
        Ok(())
    });
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
    for protocol in Protocol::ALL {
        let most = if Protocol::KEPT.contains(&protocol) { KEPT_MOST } else { 0 };
        wait_for("connections above those that are kept to be closed", LIMIT, || {
            (connections(&nginx, protocol).len() <= most).then_some(())
        });
    }
}

/// The server is stopped and started again under nginx, which holds connections to the old one.
/// Whatever is answered is answered whole, meanwhile there is 502, and afterwards all is well.
#[test]
fn a_restart_under_nginx_breaks_no_answer() {
    let mut nginx = Nginx::by_all(&[]);
    let fronts = Protocol::ALL.map(|protocol| nginx.front(protocol));
    let (answered, is_back) = (AtomicUsize::new(0), AtomicBool::new(false));
    let client = |number: usize| -> Result<usize, String> {
        let protocol = Protocol::ALL[number % 4];
        let open = || Connection::open(Protocol::Http, &fronts[number % 4]).unwrap();
        let (mut front, mut told, mut after) = (open(), 0, 0);
        while after < 50 {
            let was_back = is_back.load(Ordering::SeqCst);
            let answer = front.get("/bytes/20000");
            let answer = answer.map_err(|error| format!("{protocol}: {error}"))?;
            match (answer.status, answer.body.len()) {
                (200, 20_000) => drop(answered.fetch_add(1, Ordering::Relaxed)),
                (502, _) if !was_back => told += 1,
                other => return Err(format!("{protocol}: {other:?}, back: {was_back}")),
            }
            if answer.header("connection") == Some("close") {
                front = open();
            }
            after += usize::from(was_back);
        }
        Ok(told)
    };
    let results = std::thread::scope(|scope| {
        let client = &client;
        let clients: Vec<_> = (0..8).map(|number| scope.spawn(move || client(number))).collect();
        wait_for("requests to be answered", LIMIT, || {
            (answered.load(Ordering::Relaxed) > 500).then_some(())
        });
        nginx.restart_server();
        is_back.store(true, Ordering::SeqCst);
        clients.into_iter().map(|client| client.join().unwrap()).collect::<Vec<_>>()
    });
    println!("502 to each client while there was no server: {results:?}");
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{wrong:?}");
}
