//! A process that stands still, or is away: what becomes of ticks that were due meanwhile. Guards that the
//! policies hold, and that every tick is run or counted.

use std::time::Duration;

use cleanslate::rusqlite::Connection;
use rustix::process::Signal;

use super::{SOON, runs, wait_for_runs};
use crate::harness::{Build, Server, fresh_folder, let_pass, now, wait_for};

/// What a server says at its end of the ticks of a timer: runs, coalesced, skipped and missed.
fn counts(log: &str, timer: &str) -> [u64; 4] {
    let line = log.lines().find(|line| line.contains(&format!("ticks job=\"{timer}\""))).unwrap();
    ["runs", "coalesced", "skipped", "missed"].map(|name| {
        let (_, after) = line.split_once(&format!(" {name}=")).unwrap();
        let digits: String = after.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    })
}

/// Three seconds without a moment: three ticks are due at once.
#[test]
fn missed_ticks_are_made_up_for_as_their_policy_says() {
    for (misfire, expected) in [("once", 1..=2), ("skip", 0..=1), ("all", 3..=4)] {
        let options = ["--slow-tick", "1", "--tick", "1", "--slow-misfire", misfire];
        let server = Server::start("probe", &options);
        wait_for_runs(&server, "slow", 2);
        // Its run ends after 0.3 s, and nothing is due for as long again.
        let_pass(Duration::from_millis(500));
        server.process().signal(Signal::STOP);
        let before = now();
        let_pass(Duration::from_secs(3));
        server.process().signal(Signal::CONT);
        assert!(before.elapsed() < Duration::from_millis(3_400), "the machine stalls as well");
        // As long as all of them take, and less than until the next but one.
        wait_for("requests to be answered", SOON, || {
            (server.get("/hello").status == 200).then_some(())
        });
        let log = server.stop();
        let [runs, coalesced, skipped, missed] = counts(&log, "timer slow");
        let [other_runs, other_coalesced, other_skipped, other_missed] = counts(&log, "timer 1");
        let all = runs + coalesced + skipped + missed;
        let others = other_runs + other_coalesced + other_skipped + other_missed;
        assert!(all.abs_diff(others) <= 1, "{misfire}: {all} ticks, and {others} of the other");
        let made_up = if misfire == "all" { runs + missed - 2 } else { runs - 2 };
        assert!(expected.contains(&made_up), "{misfire}: {made_up}, {log}");
    }
}

/// Ticks that come faster than their handler ends: in any policy each is run or counted.
#[test]
fn every_tick_of_a_slow_handler_is_run_or_counted() {
    for (overlap, least) in [("skip", 5), ("queue-one", 6), ("allow", 15)] {
        let options = ["--slow-tick", "0.1", "--tick", "0.1", "--slow-overlap", overlap];
        let server = Server::start("probe", &options);
        wait_for_runs(&server, "1", 30);
        let log = server.stop();
        let [runs, coalesced, skipped, missed] = counts(&log, "timer slow");
        let [other_runs, other_coalesced, other_skipped, other_missed] = counts(&log, "timer 1");
        let all = runs + coalesced + skipped + missed;
        let others = other_runs + other_coalesced + other_skipped + other_missed;
        assert!(all.abs_diff(others) <= 1, "{overlap}: {all} ticks, and {others} of the other");
        assert!(runs >= least, "{overlap}: {runs} runs");
        match overlap {
            "skip" => assert!(skipped > 10, "{overlap}: {log}"),
            _ => assert_eq!(skipped, 0, "{overlap}: {log}"),
        }
    }
}

/// A timer of a minute whose last run is kept: soon due after a restart if that was long ago, not if it
/// was just now, whether the server was stopped or killed.
#[test]
fn last_runs_are_kept_over_restarts_and_crashes() {
    let folder = fresh_folder();
    let store = folder.path().join("schedule.db");
    let options =
        ["--schedule-store", store.to_str().unwrap(), "--slow-tick", "60", "--tick", "0.2"];
    let start = || Server::start_in(&folder, Build::Clean, "probe", &options);
    start().stop();
    let ran = |seconds_ago: i64| {
        let database = Connection::open(&store).unwrap();
        let note = "INSERT INTO ran VALUES ('timer slow #1', unixepoch() - ?1)
             ON CONFLICT (job) DO UPDATE SET at = unixepoch() - ?1";
        database.execute(note, [seconds_ago]).unwrap();
    };
    ran(59);
    let server = start();
    wait_for_runs(&server, "slow", 1);
    server.kill();
    // It was noted before it started: the crash repeats nothing.
    let server = start();
    wait_for_runs(&server, "1", 10);
    assert_eq!(runs(&server, "slow"), 0);
    server.stop();
    ran(90 * 24 * 3_600);
    let server = start();
    wait_for_runs(&server, "slow", 1);
    wait_for_runs(&server, "1", 5);
    assert_eq!(runs(&server, "slow"), 1, "one makes up for all");
    server.stop();
}
