//! Who waits for whom. A kept connection waits in one worker's loop; its request must not wait
//! for that worker's threads while others are free.

use std::time::{Duration, Instant};

use super::open;
use crate::harness::{Connection, Protocol, Server, alone, now};

/// Well below twice the sleep of 300 ms: nobody has waited for another.
const ONE_SLEEP: Duration = Duration::from_millis(550);

fn finish(all: &mut [Connection], sent: Instant) -> Duration {
    for connection in all {
        assert_eq!(connection.answer().unwrap().text(), "slept\n");
    }
    sent.elapsed()
}

/// The first round is the first ever of that name: nobody knows yet that it is slow.
#[test]
fn eight_that_sleep_at_once_sleep_at_the_same_time() {
    let _alone = alone();
    for protocol in Protocol::KEPT {
        let server = Server::by_all(&[]);
        let mut all = open(&server, protocol, 8);
        for round in 0..4 {
            let sent = now();
            all.iter().for_each(|one| one.send(&protocol.get("/sleep/300")));
            let took = finish(&mut all, sent);
            println!("{protocol}, round {round}: {took:?}");
            assert!(took < ONE_SLEEP, "{protocol}, round {round}: {took:?}");
        }
        server.stop();
    }
}

/// Sixteen on eight threads take two sleeps, however they are spread over the workers.
#[test]
fn sixteen_that_sleep_take_two_turns() {
    let _alone = alone();
    for protocol in Protocol::KEPT {
        let server = Server::by_all(&[]);
        let mut all = open(&server, protocol, 16);
        let sent = now();
        all.iter().for_each(|one| one.send(&protocol.get("/sleep/300")));
        let took = finish(&mut all, sent);
        println!("{protocol}: {took:?}");
        assert!(took < ONE_SLEEP + Duration::from_millis(300), "{protocol}: {took:?}");
        server.stop();
    }
}

/// A quick request that comes together with slow ones finds one of the threads that are left.
#[test]
fn a_quick_request_does_not_wait_behind_slow_ones() {
    let _alone = alone();
    for protocol in Protocol::KEPT {
        let server = Server::by_all(&[]);
        let mut sleepers = open(&server, protocol, 6);
        let mut quick = open(&server, protocol, 8);
        let mut worst = Duration::ZERO;
        for round in 0..6 {
            let sent = now();
            // Now the slow ones come first, and now the quick ones; all of them at once.
            let (early, late) = quick.split_at_mut(round % 8);
            early.iter().for_each(|one| one.send(&protocol.get("/hello")));
            sleepers.iter().for_each(|one| one.send(&protocol.get("/sleep/300")));
            late.iter().for_each(|one| one.send(&protocol.get("/hello")));
            for one in &mut quick {
                assert_eq!(one.answer().unwrap().text(), "hello, world\n");
                worst = worst.max(sent.elapsed());
            }
            let took = finish(&mut sleepers, sent);
            assert!(took < ONE_SLEEP, "{protocol}, round {round}: {took:?}");
        }
        println!("{protocol}: the last of eight quick ones after {worst:?} at worst");
        assert!(worst < Duration::from_millis(100), "{protocol}: {worst:?}");
        server.stop();
    }
}

/// One thread is left, and whichever worker's it is, it serves the connections of all.
#[test]
fn one_free_thread_serves_the_kept_connections_of_all_workers() {
    let _alone = alone();
    for protocol in Protocol::KEPT {
        let server = Server::by_all(&[]);
        let mut quick = open(&server, protocol, 16);
        let sleepers = open(&server, protocol, 7);
        sleepers.iter().for_each(|one| one.send(&protocol.get("/sleep/60000")));
        let mut times: Vec<Duration> = Vec::new();
        for _ in 0..25 {
            for one in &mut quick {
                let sent = now();
                assert_eq!(one.get("/hello").unwrap().status, 200);
                times.push(sent.elapsed());
            }
        }
        times.sort_unstable();
        let (median, worst) = (times[times.len() / 2], times[times.len() - 1]);
        println!("{protocol}: beside seven that sleep: median {median:?}, worst {worst:?}");
        assert!(median < Duration::from_millis(10), "{protocol}: {median:?}");
        assert!(worst < Duration::from_millis(100), "{protocol}: {worst:?}");
        server.kill();
    }
}

/// Who sends thousands of requests at once gets them answered, and nobody waits for that.
#[test]
fn who_sends_thousands_at_once_holds_up_nobody() {
    let _alone = alone();
    for protocol in Protocol::KEPT {
        // One loop and one thread, so that all of them share it.
        let server = Server::by_all(&["--processes", "1", "--threads", "1"]);
        let mut greedy = open(&server, protocol, 2);
        let mut other = open(&server, protocol, 1).remove(0);
        let (count, many) = (20_000, protocol.get("/user/7").repeat(500));
        let worst = std::thread::scope(|scope| {
            let busy: Vec<_> = greedy
                .iter_mut()
                .map(|connection| {
                    scope.spawn(|| {
                        for _ in 0..count / 500 {
                            connection.send(&many);
                            for _ in 0..500 {
                                assert_eq!(connection.answer().unwrap().status, 200);
                            }
                        }
                    })
                })
                .collect();
            let (mut worst, mut asked) = (Duration::ZERO, 0);
            while !busy.iter().all(|one| one.is_finished()) {
                let sent = now();
                assert_eq!(other.get("/hello").unwrap().status, 200);
                worst = worst.max(sent.elapsed());
                asked += 1;
            }
            println!("{protocol}: {asked} asked meanwhile, at worst {worst:?}");
            assert!(asked > 100, "{protocol}: only {asked} were answered meanwhile");
            worst
        });
        assert!(worst < Duration::from_millis(100), "{protocol}: {worst:?}");
        server.stop();
    }
}
