//! Many requests. Guards that each is answered and none leaves anything behind.

use std::sync::atomic::{AtomicUsize, Ordering};

use crate::harness::{
    Address, Connection, Nginx, Protocol, Server, alone, crowd, full, get, in_parallel, wrk,
};
use crate::nothing_grows::Usage;

const REQUESTS: usize = 100_000;

/// One row by its key: every request uses its thread's database.
fn ask(address: &Address, count: usize) -> Result<(), String> {
    crowd(
        address,
        16,
        count,
        |number| get(&format!("/user/{}", number % 1_000 + 1)),
        |number, answer| {
            let id = format!("{{\"id\":{},", number % 1_000 + 1);
            answer.status == 200 && answer.text().starts_with(&id)
        },
    )
}

#[test]
fn a_hundred_thousand_requests_directly() {
    let _alone = alone();
    let server = Server::start("probe", &[]);
    ask(&server.address, 10_000).unwrap();
    let before = Usage::of(&server);
    ask(&server.address, REQUESTS).unwrap();
    Usage::of(&server).check_after_load(&before).unwrap();
    let log = server.stop();
    assert!(log.contains("requests=110000") && log.contains("failures=0"), "{log}");
}

/// The same by the other protocols, each on a fresh connection or many on one.
fn ask_by(server: &Server, protocol: Protocol, kept: bool, count: usize) -> Result<(), String> {
    let next = AtomicUsize::new(0);
    let results = in_parallel(8, |_| {
        let mut open: Option<Connection> = None;
        loop {
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number >= count {
                return Ok(());
            }
            let id = number % 1_000 + 1;
            let mut connection = open.take().unwrap_or_else(|| server.open(protocol));
            let answer = connection.get(&format!("/user/{id}"))?;
            if answer.status != 200 || !answer.text().starts_with(&format!("{{\"id\":{id},")) {
                return Err(format!("{protocol}, request {number}: {answer:?}"));
            }
            open = kept.then_some(connection);
        }
    });
    results.into_iter().collect()
}

#[test]
fn as_many_by_every_protocol() {
    let _alone = alone();
    let count = if full() { REQUESTS } else { 10_000 };
    for (protocol, kept) in [
        (Protocol::Scgi, false),
        (Protocol::FastCgi, false),
        (Protocol::FastCgi, true),
        (Protocol::Http, false),
        (Protocol::Http, true),
    ] {
        let server = Server::by_all(&[]);
        ask_by(&server, protocol, kept, 5_000).unwrap();
        let before = Usage::of(&server);
        ask_by(&server, protocol, kept, count).unwrap();
        let after = Usage::of(&server);
        after.check_after_load(&before).unwrap_or_else(|error| panic!("{protocol}: {error}"));
        let log = server.stop();
        assert!(log.contains(&format!("requests={}", count + 5_000)), "{log}");
        assert!(log.contains("failures=0"), "{log}");
    }
}

/// The same through nginx, with the repository's configuration.
fn through_nginx(program: &str, uri: &str) {
    let _alone = alone();
    let nginx = Nginx::start(program, &[]);
    wrk(&nginx.url(uri), 10_000).unwrap();
    let before = Usage::of(&nginx.server);
    let done = wrk(&nginx.url(uri), REQUESTS as u64).unwrap();
    assert!(done >= REQUESTS as u64);
    Usage::of(&nginx.server).check_after_load(&before).unwrap();
    assert_eq!(nginx.log(), "", "nginx has nothing to complain of");
}

#[test]
fn a_hundred_thousand_requests_through_nginx() {
    through_nginx("probe", "/user/7");
}

#[test]
fn users_through_nginx() {
    through_nginx("users", "/users/7");
}
