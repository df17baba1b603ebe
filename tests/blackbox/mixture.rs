//! Everything at once, in every shape of pool: requests that are quick, slow, dirty, or panic,
//! peers that stall, leave, or come in bursts. Guards the hand-over between event loops and
//! threads: every request gets its one answer, and nothing is left when all is quiet.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::harness::{
    Address, Client, Dice, Server, alone, full, get, in_parallel, let_pass, now, post, wait_for,
};
use crate::nothing_grows::Usage;

/// One thing that a peer may do, as the dice fall; an error says what went wrong.
fn act(address: &Address, dice: &mut Dice) -> Result<(), String> {
    let connect = || Client::connect(address).map_err(|error| error.to_string());
    let ask = |packet: &[u8], cut: usize, status: u16, size: usize| {
        let client = connect()?;
        let (first, rest) = packet.split_at(cut.min(packet.len()));
        client.send(first).and_then(|()| client.send(rest)).map_err(|error| error.to_string())?;
        let answer = client.answer()?.ok_or("closed without an answer")?;
        match answer.status == status && (size == 0 || answer.body.len() == size) {
            true => Ok(()),
            false => Err(format!("{} instead of {status}: {}", answer.status, answer.text())),
        }
    };
    let number = usize::try_from(dice.roll(1_000)).unwrap();
    match dice.roll(20) {
        0..=5 => ask(&get("/hello"), number, 200, 13),
        6..=7 => ask(&get(&format!("/user/{}", number + 1)), number % 50, 200, 0),
        8 => ask(&get(&format!("/sleep/{}", number % 20)), 0, 200, 6),
        9 => ask(&get(&format!("/spin/{}", number % 3)), 0, 200, 5),
        10 => ask(&get("/panic"), 0, 500, 0),
        11 => ask(&get("/dirty/stmt"), 0, 200, 6),
        12 => ask(&post("/write", b"x"), number % 100, 201, 0),
        13 => ask(&get(&format!("/bytes/{}", number * 500 + 1)), 0, 200, number * 500 + 1),
        14 => ask(&get(&format!("/stream/{}", number + 1)), 0, 200, (number + 1) * 1_000),
        15 => ask(&post("/echo", &vec![b'x'; number * 100 + 1]), number, 200, number * 100 + 1),
        16 => ask(&[7; 40], number % 40, 501, 0),
        // Left before, in the middle of, and after the request.
        17 => connect().map(drop),
        18 => connect()?.send(&get("/user/1")[..30]).map_err(|error| error.to_string()),
        _ => connect()?.send(&get("/stream/300")).map_err(|error| error.to_string()),
    }
}

/// Of the largest pool; each opens a database, which is two files and sometimes a third.
const THREADS_MAX: usize = 64;

/// Runs the mixture for a while and looks what is left of it.
fn check(options: &[&str], time: Duration) {
    let options = [options, &["--tick", "0.02"]].concat();
    let server = Server::start("probe", &options);
    let idle = server.idle_descriptors();
    let done = AtomicUsize::new(0);
    let until = now() + time;
    let results = in_parallel(24, |number| {
        let mut dice = Dice(number as u64);
        while now() < until {
            act(&server.address, &mut dice)?;
            done.fetch_add(1, Ordering::Relaxed);
            if dice.roll(50) == 0 {
                // Threads that have just fallen asleep are woken by what comes next.
                let_pass(Duration::from_millis(dice.roll(4)));
            }
        }
        Ok::<(), String>(())
    });
    let wrong: Vec<String> = results.into_iter().filter_map(Result::err).collect();
    assert!(wrong.is_empty(), "{options:?}: {wrong:?}");
    println!("{options:?}: {} done", done.into_inner());
    wait_for("all connections to be closed", Duration::from_secs(20), || {
        (server.process().descriptors() <= idle + 3 * THREADS_MAX).then_some(())
    });
    let log = server.stop();
    assert!(log.contains("late=0"), "nobody has missed a deadline: {}", &log[log.len() - 2_000..]);
}

#[test]
fn every_shape_of_pool_answers_all() {
    let _alone = alone();
    let time = Duration::from_secs(if full() { 30 } else { 3 });
    for (processes, threads) in [("4", "2"), ("1", "1"), ("1", "8"), ("8", "1"), ("2", "32")] {
        check(&["--processes", processes, "--threads", threads], time);
    }
    check(&["--db-reset", "close"], time);
}

/// Between bursts all threads fall asleep; a wake-up that is lost would leave a request waiting.
#[test]
fn no_request_of_a_burst_is_overlooked() {
    let _alone = alone();
    let server = Server::start("probe", &["--tick", "3600"]);
    let mut dice = Dice(1);
    let mut worst = Duration::ZERO;
    for _ in 0..if full() { 20_000 } else { 2_000 } {
        let started = now();
        let burst: Vec<Client> = (0..=dice.roll(12)).map(|_| server.send(&get("/hello"))).collect();
        for client in burst {
            assert_eq!(client.answer().unwrap().map(|answer| answer.status), Some(200));
        }
        worst = worst.max(started.elapsed());
        let_pass(Duration::from_micros(dice.roll(3_000)));
    }
    assert!(worst < Duration::from_millis(500), "the slowest burst took {worst:?}");
    println!("the slowest burst took {worst:?}");
    let usage = Usage::of(&server);
    usage.check(&usage).unwrap();
    server.stop();
}
