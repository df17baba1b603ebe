//! Handlers that leave their connection dirty. Guards that the next job, whoever runs it, finds a
//! clean one, and that a lock never outlives its job.

use super::Usage;
use crate::harness::{Address, Build, Server, crowd, fresh_folder, full, get, post};

const WAYS: [&str; 5] = ["tx", "stmt", "temp", "attach", "pragma"];

/// Leaves dirt so often that each thread has some, and looks what is left of it.
fn check(build: Build, how: &str, rounds: usize) -> Result<(), String> {
    let server = Server::start_in(&fresh_folder(), build, "probe", &["--harakiri", "3"]);
    let address = &server.address;
    leave(address, how, 40)?;
    let early = Usage::of(&server);
    early.check(&early).map_err(|error| format!("{how}: {error}"))?;
    for _ in 0..rounds {
        leave(address, how, 200)?;
        // A lock that is left would hold these up.
        ask(address, 8, &post("/write", b"x"), 201)
            .map_err(|error| format!("{how}, then {error}"))?;
        // The row that `tx` deletes is there: nobody's transaction is anyone else's.
        ask(address, 8, &get("/user/1000"), 200).map_err(|error| format!("{how}, then {error}"))?;
    }
    let late = Usage::of(&server);
    println!("{how}: {early:?}, then {late:?}");
    late.check(&early).map_err(|error| format!("{how}: {error}"))?;
    let log = server.stop();
    match log.contains("left behind, and cleaned up") {
        true => Ok(()),
        false => Err(format!("{how}: not counted: {log}")),
    }
}

/// Each is told that all went well; what it did wrong shows afterwards, if it does.
fn leave(address: &Address, how: &str, times: usize) -> Result<(), String> {
    ask(address, times, &get(&format!("/dirty/{how}")), 200)
        .map_err(|error| format!("{how}: {error}"))
}

fn ask(address: &Address, times: usize, request: &[u8], status: u16) -> Result<(), String> {
    crowd(address, 8, times, |_| request.to_vec(), |_, answer| answer.status == status)
}

#[test]
fn whatever_a_job_leaves_behind_is_gone() {
    let rounds = if full() { 50 } else { 5 };
    let wrong: Vec<String> =
        WAYS.iter().filter_map(|how| check(Build::Clean, how, rounds).err()).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_same_checks_notice_a_missing_reset() {
    for how in WAYS {
        let verdict = check(Build::WithoutReset, how, 1);
        println!("{how}: {verdict:?}");
        assert!(verdict.is_err(), "{how} was not noticed");
    }
}

/// Panics cost a context each, and nothing that lasts.
#[test]
fn handlers_that_panic_leave_nothing() {
    let server = Server::start("probe", &[]);
    // Whose databases are open at either look is chance: what they took may be with the allocator.
    let panic = || {
        ask(&server.address, 1_000, &get("/panic"), 500).unwrap();
        ask(&server.address, 100, &get("/user/7"), 200).unwrap();
    };
    panic();
    let early = Usage::of(&server);
    (0..5).for_each(|_| panic());
    Usage::of(&server).check_after_load(&early).unwrap();
    let log = server.stop();
    assert!(log.contains("panics=6000"), "{log}");
}

/// What a handler leaks beside its context can't be given back: it shows that these checks see
/// less than a context, too.
#[test]
fn the_checks_notice_small_leaks() {
    for (uri, times, says) in
        [("/leak/heap/3000", 1_000, "memory"), ("/leak/fd", 40, "descriptors")]
    {
        let server = Server::start("probe", &[]);
        ask(&server.address, 200, &get("/user/7"), 200).unwrap();
        let early = Usage::of(&server);
        ask(&server.address, times, &get(uri), 200).unwrap();
        let verdict = Usage::of(&server).check(&early);
        assert!(verdict.as_ref().is_err_and(|error| error.contains(says)), "{uri}: {verdict:?}");
        server.stop();
    }
}
