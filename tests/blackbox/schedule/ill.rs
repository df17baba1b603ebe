//! Background jobs that behave badly: they panic, take for ever, raise themselves, or are asked for far too
//! often. Guards that each is counted and told without a flood, and that all else runs on.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{SOON, ask, runs, wait_for_runs};
use crate::harness::{Server, let_pass, now, wait_for};

/// The timer on signal 1 ticks on as it should, and requests are answered at once.
fn check_all_else_runs_on(server: &Server) {
    let (started, before) = (now(), runs(server, "1"));
    wait_for_runs(server, "1", before + 10);
    let took = started.elapsed();
    assert!(took < Duration::from_millis(2_500), "ten ticks of 0.1 s took {took:?}");
    let asked = now();
    assert_eq!(server.get("/user/1").status, 200);
    assert!(asked.elapsed() < Duration::from_millis(500), "{:?}", asked.elapsed());
}

/// One of each kind of job has run, whatever became of it.
fn run_each_kind(server: &Server) {
    for signal in ["2", "3", "4"] {
        assert_eq!(ask(server, &format!("/signal/{signal}")), 204);
    }
    let watched = server.folder().join("probe.watch");
    wait_for("the file's handler to have run", SOON, || {
        fs::write(&watched, "changed").unwrap();
        (runs(server, "5") > 0).then_some(())
    });
    for (signal, least) in [("2", 4), ("3", 4), ("4", 1), ("6", 2), ("slow", 2)] {
        wait_for_runs(server, signal, least);
    }
}

const EACH: [&str; 6] = ["--tick", "0.1", "--rb-tick", "0.05", "--slow-tick", "0.5"];

#[test]
fn a_job_of_any_kind_that_panics_ends_alone() {
    let server = Server::start("probe", &[&EACH[..], &["--ill", "panic"]].concat());
    run_each_kind(&server);
    check_all_else_runs_on(&server);
    let log = server.stop();
    for job in ["signal 2", "signal 3", "signal 4", "file monitor 5", "cron 6", "timer slow"] {
        let line = format!("a handler panicked job=\"{job}\"");
        assert!(log.contains(&line), "{job}: {log}");
    }
    let told = log.matches("a handler panicked").count();
    let (_, counted) = log.split_once(" panics=").unwrap();
    let counted: usize = counted.split(' ').next().unwrap().parse().unwrap();
    assert!(counted >= 14 && told <= counted, "{told} of {counted} are told");
}

#[test]
fn a_query_that_never_ends_does_at_the_deadline_of_its_tick() {
    let server = Server::start("probe", &[&EACH[..], &["--ill", "query"]].concat());
    for signal in ["slow", "6"] {
        wait_for_runs(&server, signal, 3);
    }
    check_all_else_runs_on(&server);
    let log = server.stop();
    for job in ["timer slow", "cron 6"] {
        // Told by whoever is first: the query itself, or the warden.
        let itself = format!("a job failed job=\"{job}\" error=the job's deadline has passed");
        let warden = format!("a job missed its deadline job=\"{job}\"");
        assert!(log.contains(&itself) || log.contains(&warden), "{job}: {log}");
    }
    assert!(!log.contains("doesn't return"), "it was interrupted: {log}");
}

#[test]
fn a_tick_that_sleeps_on_costs_one_thread_more() {
    let server = Server::start("probe", &[&EACH[..], &["--ill", "sleep"]].concat());
    wait_for_runs(&server, "slow", 1);
    wait_for("another to take over", SOON, || {
        server.log().contains("another thread takes over").then_some(())
    });
    check_all_else_runs_on(&server);
    // Its run is not over, so that it doesn't begin again: it is counted as one that has to wait.
    wait_for_runs(&server, "slow", 2);
    let log = server.stop();
    for job in ["timer slow", "cron 6"] {
        assert!(log.contains(&format!("a job missed its deadline job=\"{job}\"")), "{job}: {log}");
    }
    assert!(log.contains("is back, and ends"), "{log}");
}

/// At one thread as well, which all of them have to share.
#[test]
fn a_signal_that_raises_itself_for_ever_starves_nobody() {
    for threads in [&["--processes", "1", "--threads", "1"][..], &[]] {
        let server = Server::start("probe", &[&["--tick", "0.1"], threads].concat());
        for signal in ["8", "9"] {
            assert_eq!(ask(&server, &format!("/signal/{signal}")), 204);
        }
        for signal in ["8", "9"] {
            wait_for_runs(&server, signal, 1_000);
        }
        check_all_else_runs_on(&server);
        let stopped = now();
        let log = server.stop();
        assert!(stopped.elapsed() < Duration::from_secs(3), "{:?}", stopped.elapsed());
        assert!(log.lines().count() < 40, "{log}");
    }
}

#[test]
fn a_file_that_changes_thousands_of_times_a_second_is_heard_at_its_last() {
    let server = Server::start("probe", &["--tick", "0.1"]);
    let watched = server.folder().join("probe.watch");
    let done = AtomicBool::new(false);
    let written = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let (file, mut number) = (File::create(&watched).unwrap(), 0);
            while !done.load(Ordering::Relaxed) {
                number += 1;
                file.write_all_at(format!("{number:09}").as_bytes(), 0).unwrap();
            }
            number
        });
        let_pass(Duration::from_millis(500));
        check_all_else_runs_on(&server);
        done.store(true, Ordering::Relaxed);
        writer.join().unwrap()
    });
    assert!(written > 10_000, "only {written} changes");
    wait_for("the last change to be seen", SOON, || {
        (server.get("/watched").text() == format!("{written:09}")).then_some(())
    });
    let log = server.stop();
    let ticks = log.lines().find(|line| line.contains("ticks job=\"file monitor 5\"")).unwrap();
    assert!(!ticks.contains(" coalesced=0 "), "they are counted: {ticks}");
    assert!(log.lines().count() < 40, "{log}");
}
