//! What is said on a signal or a file monitor: its deadline, and what becomes of those that find a run
//! still running. Guards that it counts for whatever raises it, and is told as a request's is.

use std::time::Duration;

use super::{SOON, ask, runs, wait_for_runs};
use crate::harness::{Client, Server, get, now, wait_for};

/// The lines that tell of missed deadlines.
fn missed(log: &str, job: &str) -> Vec<String> {
    let line = format!("a job missed its deadline job=\"{job}\"");
    log.lines().filter(|own| own.contains(&line)).map(str::to_owned).collect()
}

/// What a line has between a name and the next space.
fn field(line: &str, name: &str) -> f64 {
    let (_, after) = line.split_once(&format!(" {name}=")).unwrap_or_else(|| panic!("{line}"));
    after.split(' ').next().unwrap().parse().unwrap_or_else(|_| panic!("{name} in {line}"))
}

fn has_told(server: &Server, job: &str, lines: usize) {
    let what = format!("{lines} missed deadlines of {job}");
    wait_for(&what, SOON, || (missed(&server.log(), job).len() >= lines).then_some(()));
}

/// Raised by a handler, from outside and by a change, and told in the words of a request's deadline.
#[test]
fn a_signal_and_a_file_monitor_keep_their_deadlines() {
    let server =
        Server::start("probe", &["--tick", "1000", "--allow-signals", "true", "--harakiri", "0.3"]);
    assert_eq!(ask(&server, "/signal/10"), 204);
    has_told(&server, "signal 10", 1);
    let outside = server.connect();
    outside.send(&[110, 0, 0, 10]).unwrap();
    has_told(&server, "signal 10", 2);
    std::fs::write(server.folder().join("probe.hasty"), "changed").unwrap();
    has_told(&server, "file monitor 13", 1);
    let request: Client = server.send(&get("/sleep/800"));
    assert_eq!(request.answer().unwrap().map(|answer| answer.status), Some(504));
    let log = server.stop();
    let jobs = ["signal 10", "file monitor 13", "GET /sleep/{ms}"];
    let names = |line: &String| -> Vec<String> {
        let (_, fields) = line.split_once("a job missed its deadline").unwrap();
        let names = fields.split('=').filter_map(|part| part.split(' ').next_back());
        names
            .map(str::to_owned)
            .filter(|name| name.chars().all(|it| it.is_alphabetic() || it == '_'))
            .collect()
    };
    let [signal, file, request] = jobs.map(|job| missed(&log, job).remove(0));
    for line in [&signal, &file, &request] {
        assert!((0.3..0.31).contains(&field(line, "limit")), "{line}");
        assert!((0.3..0.8).contains(&field(line, "took")), "{line}");
        assert!(line.contains(" stands="), "{line}");
    }
    assert_eq!(names(&signal), names(&request), "{signal}\n{request}");
    assert_eq!(names(&file), names(&request), "{file}\n{request}");
}

/// What is in the middle of a query is ended there.
#[test]
fn a_query_of_a_raised_signal_ends_at_its_deadline() {
    let server = Server::start("probe", &["--tick", "1000"]);
    std::fs::write(server.folder().join("probe.hasty"), "query").unwrap();
    let raised = now();
    assert_eq!(ask(&server, "/signal/10"), 204);
    let ended = "a job failed job=\"signal 10\" error=the job's deadline has passed";
    wait_for("the query to end", SOON, || server.log().contains(ended).then_some(()));
    assert!(raised.elapsed() >= Duration::from_millis(300), "{:?}", raised.elapsed());
    server.stop();
}

/// What a timer says of its own ticks counts for these.
#[test]
fn a_timers_own_deadline_is_that_of_its_ticks() {
    let server = Server::start("probe", &["--tick", "1000", "--patient-tick", "1"]);
    wait_for_runs(&server, "10", 2);
    assert_eq!(missed(&server.log(), "signal 10").len(), 0, "{}", server.log());
    assert_eq!(ask(&server, "/signal/10"), 204);
    has_told(&server, "signal 10", 1);
    server.stop();
}

/// The counts of those that were raised, as the last lines tell them.
fn counts(log: &str, job: &str) -> [f64; 3] {
    let line = format!("ticks job=\"{job}\"");
    let line = log.lines().find(|own| own.contains(&line)).unwrap_or_else(|| panic!("{log}"));
    ["runs", "coalesced", "skipped"].map(|name| field(line, name))
}

#[test]
fn raised_signals_overlap_as_they_say() {
    let server = Server::start("probe", &["--tick", "1000"]);
    // The third and those after it are one with the second, which waits for the first to end.
    assert_eq!(ask(&server, "/signal/11"), 204);
    wait_for_runs(&server, "11", 1);
    for _ in 0..20 {
        assert_eq!(ask(&server, "/signal/11"), 204);
    }
    // On each of four workers, and nothing of those that come while they run.
    assert_eq!(ask(&server, "/signal/12"), 204);
    wait_for_runs(&server, "12", 4);
    for _ in 0..20 {
        assert_eq!(ask(&server, "/signal/12"), 204);
    }
    wait_for_runs(&server, "11", 2);
    let ended = now();
    wait_for("them to have ended", SOON, || {
        (ended.elapsed() > Duration::from_millis(700)).then_some(())
    });
    assert_eq!([runs(&server, "11"), runs(&server, "12")], [2, 4]);
    let log = server.stop();
    assert_eq!(counts(&log, "signal 11"), [2.0, 19.0, 0.0], "{log}");
    assert_eq!(counts(&log, "signal 12"), [4.0, 0.0, 20.0], "{log}");
}
