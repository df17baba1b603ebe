//! What nobody asks for: signals and their targets, timers that end or are added, crons, file
//! monitors. Guards that each runs as often as it should, and that none leaves anything behind.

mod commands;
mod ill;
mod limits;
mod stall;

use std::time::Duration;

use crate::harness::{Build, Server, fresh_folder, get, post, wait_for};

/// Generous, as machines are shared.
const SOON: Duration = Duration::from_secs(20);

/// How often the handler of a signal has run.
fn runs(server: &Server, signal: &str) -> u64 {
    let counts = server.get("/ticks").text();
    let counts: serde_json::Value = serde_json::from_str(&counts).unwrap();
    counts[signal].as_u64().unwrap()
}

fn wait_for_runs(server: &Server, signal: &str, expected: u64) {
    let what = format!("signal {signal} to run {expected} times");
    wait_for(&what, SOON, || (runs(server, signal) >= expected).then_some(()));
}

/// The status of a POST without a body.
fn ask(server: &Server, path: &str) -> u16 {
    server.ask(&post(path, b"")).status
}

#[test]
fn each_raised_signal_runs_on_its_target() {
    let server = Server::start("probe", &["--tick", "1000"]);
    for _ in 0..25 {
        for signal in ["2", "3", "4"] {
            assert_eq!(ask(&server, &format!("/signal/{signal}")), 204);
        }
    }
    assert_eq!(ask(&server, "/signal/7"), 204, "it raises itself nine times");
    assert_eq!(ask(&server, "/signal/99"), 500, "it is registered nowhere");
    for (signal, expected) in [("2", 25), ("3", 100), ("4", 25), ("7", 10)] {
        wait_for_runs(&server, signal, expected);
    }
    let again: Vec<u64> = ["2", "3", "4", "7"].map(|signal| runs(&server, signal)).into();
    assert_eq!(again, [25, 100, 25, 10], "and not once more");
    server.stop();
}

#[test]
fn timers_end_are_added_and_are_removed() {
    let server = Server::start("probe", &["--tick", "1000", "--rb-tick", "0.05"]);
    wait_for_runs(&server, "2", 3);
    assert_eq!(ask(&server, "/timer/4/20"), 200);
    wait_for_runs(&server, "4", 10);
    assert_eq!(server.ask(&post("/timer/4/0", b"")).text(), "removed true\n");
    assert_eq!(server.ask(&post("/timer/4/0", b"")).text(), "removed false\n");
    let removed = runs(&server, "4");
    // Some ticks of the cron later, nothing has been added but what was queued.
    wait_for_runs(&server, "6", runs(&server, "6") + 2);
    assert!(runs(&server, "4") <= removed + 1, "it ticks no more");
    assert_eq!(runs(&server, "2"), 3, "three times and no more");
    server.stop();
}

#[test]
fn a_file_that_changes_runs_its_handler() {
    let server = Server::start("probe", &["--tick", "1000"]);
    let file = server.folder().join("probe.watch");
    for change in ["made", "changed"] {
        let before = runs(&server, "5");
        std::fs::write(&file, change).unwrap();
        wait_for_runs(&server, "5", before + 1);
    }
    let other = server.folder().join("other");
    let before = runs(&server, "5");
    std::fs::write(&other, "replaced").unwrap();
    std::fs::rename(&other, &file).unwrap();
    wait_for_runs(&server, "5", before + 1);
    server.stop();
}

#[test]
fn every_kind_of_job_leaves_nothing_behind() {
    let options = ["--tick", "0.01", "--slow-tick", "0.05", "--rb-tick", "0.01", "--reads", "yes"];
    let server = Server::start("probe", &options);
    let file = server.folder().join("probe.watch");
    let round = || {
        let (ticks, cron) = (runs(&server, "1"), runs(&server, "6"));
        for number in 0..50 {
            for signal in ["2", "3", "4", "7"] {
                assert_eq!(ask(&server, &format!("/signal/{signal}")), 204);
            }
            std::fs::write(&file, format!("{number}")).unwrap();
        }
        wait_for_runs(&server, "1", ticks + 100);
        wait_for_runs(&server, "6", cron + 2);
        (server.process().descriptors(), server.process().memory_kib())
    };
    let warm = round();
    let databases = server.process().opened(&server.database());
    assert!((1..=8).contains(&databases), "{databases} for 8 threads");
    let rounds: Vec<_> = (0..3).map(|_| round()).collect();
    for (descriptors, resident) in rounds {
        // A thread may open its database late; of one left behind with each job there were hundreds.
        assert!(descriptors <= warm.0 + 24, "{descriptors} descriptors, {} before", warm.0);
        assert!(resident <= warm.1 + 2_048, "{resident} KiB, {} before", warm.1);
    }
    assert_eq!(server.ask(&get("/hello")).status, 200);
    server.stop();
}

/// What the test above would miss is not missed by it: where nothing cleans up after a job, each of every
/// kind leaves a database open.
#[test]
fn without_a_reset_every_kind_of_job_leaks() {
    let options = ["--tick", "1000", "--rb-tick", "0.01", "--slow-tick", "0.01"];
    let options =
        [&options[..], &["--processes", "1", "--threads", "1", "--reads", "yes"]].concat();
    let server = Server::start_in(&fresh_folder(), Build::WithoutReset, "probe", &options);
    let file = server.folder().join("probe.watch");
    for (signal, goal) in [("2", 3), ("slow", 3), ("3", 3), ("4", 3), ("5", 3), ("6", 3)] {
        let opened = server.process().opened(&server.database());
        let before = runs(&server, signal);
        wait_for(&format!("signal {signal} to have run"), SOON, || {
            match signal {
                "2" | "3" | "4" => assert_eq!(ask(&server, &format!("/signal/{signal}")), 204),
                "5" => std::fs::write(&file, "changed").unwrap(),
                _ => {}
            }
            (runs(&server, signal) >= before + goal).then_some(())
        });
        let more = server.process().opened(&server.database()) - opened;
        assert!(more >= 2, "signal {signal} leaves {more} open");
    }
    server.kill();
}
