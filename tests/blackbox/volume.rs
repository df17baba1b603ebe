//! Many requests. Guards that each is answered and none leaves anything behind.

use crate::harness::{Address, Nginx, Server, alone, crowd, get, wrk};
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
