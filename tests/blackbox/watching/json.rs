//! uWSGI's statistics, as its tools read them, and ours beside them. Guards names, units and sums.

use serde_json::Value;

use super::{LIMIT, STATS, job, stats, stats_address};
use crate::harness::{Client, Server, get, wait_for};

/// What uwsgitop cannot do without, for each worker.
const OF_WORKERS: [&str; 12] = [
    "id",
    "pid",
    "requests",
    "exceptions",
    "status",
    "avg_rt",
    "rss",
    "vsz",
    "tx",
    "respawn_count",
    "harakiri_count",
    "running_time",
];

fn sum(stats: &Value, field: &str) -> u64 {
    let workers = stats["workers"].as_array().unwrap();
    workers.iter().map(|worker| worker[field].as_u64().unwrap()).sum()
}

#[test]
fn who_answers_for_the_statistics_lets_those_go_first_who_serve() {
    let server = Server::start("probe", STATS);
    stats(&server);
    let process = server.process();
    assert_eq!(process.niceness("stats"), process.niceness("log") + 10);
}

#[test]
fn what_was_done_adds_up() {
    let options = ["--processes", "3", "--harakiri", "0.3", "--tick", "0.05"];
    let server = Server::start("probe", &[STATS, &options].concat());
    for (uri, count, status) in [
        ("/hello", 5, 200),
        ("/user/7", 3, 200),
        ("/panic", 2, 500),
        ("/slow-query", 1, 504),
        ("/nowhere", 1, 404),
    ] {
        for _ in 0..count {
            assert_eq!(server.get(uri).status, status, "{uri}");
        }
    }
    // A job is entered when its thread is free again, which is after its answer.
    let seen = wait_for("all to be counted", LIMIT, || {
        let seen = stats(&server);
        (job(&seen, "GET /slow-query")["runs"] == 1 && sum(&seen, "signals") >= 3).then_some(seen)
    });
    let workers = seen["workers"].as_array().unwrap();
    assert_eq!(workers.len(), 3);
    for worker in workers {
        for field in OF_WORKERS {
            assert!(!worker[field].is_null(), "{field} is missing: {worker}");
        }
        assert_eq!(worker["cores"].as_array().unwrap().len(), 2);
    }
    assert_eq!(sum(&seen, "requests"), 12);
    // The panics; the query that its deadline has ended has failed as well.
    assert_eq!(sum(&seen, "exceptions"), 3);
    assert_eq!(sum(&seen, "harakiri_count"), 1);
    let pages = resident(&server);
    assert!(sum(&seen, "rss").abs_diff(pages) < pages / 4, "{} {pages}", sum(&seen, "rss"));
    assert_eq!(job(&seen, "GET /hello")["runs"], 5);
    assert_eq!(job(&seen, "GET /hello")["database"]["count"], 0);
    assert_eq!(job(&seen, "GET /user/{id}")["database"]["count"], 3);
    assert_eq!(job(&seen, "GET /panic")["panics"], 2);
    assert_eq!(job(&seen, "GET /slow-query")["deadlines"], 1);
    let slow = &job(&seen, "GET /slow-query");
    for phase in ["handled", "database", "whole"] {
        let sum = slow[phase]["sum"].as_f64().unwrap();
        assert!((0.29..3.0).contains(&sum), "{phase} took {sum}");
    }
    let ours = &seen["cleanslate"];
    assert_eq!(ours["application"], "probe");
    assert_eq!(ours["threads"]["all"], 6);
    let timer =
        ours["schedule"].as_array().unwrap().iter().find(|entry| entry["name"] == "timer 1");
    let timer = timer.expect("the timer is there");
    assert!(timer["next"].as_f64().unwrap() <= 0.05, "{timer}");
    assert!(timer["last"].as_f64().unwrap() < 10.0, "{timer}");
}

/// Each thread looks at its own once in a while.
#[test]
fn what_the_database_holds_is_told() {
    let server = Server::start("probe", STATS);
    let held = wait_for("the database's memory", LIMIT, || {
        assert_eq!(server.get("/user/7").status, 200);
        stats(&server)["cleanslate"]["memory"]["database"].as_u64().filter(|bytes| *bytes > 0)
    });
    assert!((10_000..100_000_000).contains(&held), "{held}");
}

#[test]
fn a_stuck_pool_still_tells_what_it_is_stuck_in() {
    let options = ["--processes", "1", "--threads", "2", "--tick", "1000"];
    let server = Server::start("probe", &[STATS, &options].concat());
    let stuck: Vec<_> = (0..4).map(|_| server.send(&get("/sleep/60000?password=secret"))).collect();
    let seen = wait_for("all threads to be busy and two requests to wait", LIMIT, || {
        let seen = stats(&server);
        let ours = &seen["cleanslate"];
        (ours["threads"]["busy"] == 2 && ours["queue"]["requests"] == 2).then_some(seen)
    });
    assert_eq!(seen["listen_queue"], 2);
    assert_eq!(seen["workers"][0]["status"], "busy");
    let core = &seen["workers"][0]["cores"][0];
    assert_eq!(core["in_request"], 1);
    assert!(core["req_info"]["request_start"].as_u64().unwrap() > 1_700_000_000);
    let vars = core["vars"].as_array().unwrap();
    for var in ["JOB=GET /sleep/{ms}", "REQUEST_METHOD=GET", "REQUEST_URI=/sleep/60000?password="] {
        assert!(vars.iter().any(|told| told == var), "{var} is not told: {vars:?}");
    }
    let running = seen["cleanslate"]["running"].as_array().unwrap();
    assert_eq!(running.len(), 2);
    assert!(running.iter().all(|running| running["job"] == "GET /sleep/{ms}"), "{running:?}");
    assert!(!seen.to_string().contains("secret"), "what a client sends is nobody's business");
    drop(stuck);
}

/// What the kernel granted of it shows that it was the kernel who was asked; that it counts those who
/// wait is tested beside the code.
#[test]
fn each_socket_is_told_with_its_backlog() {
    let options = ["--listen", "77", "--http-socket", "127.0.0.1:0"];
    let server = Server::start("probe", &[STATS, &options].concat());
    let seen = stats(&server);
    let sockets = seen["sockets"].as_array().unwrap();
    assert_eq!(sockets.len(), 2, "{sockets:?}");
    for socket in sockets {
        assert_eq!((&socket["queue"], &socket["max_queue"]), (&0.into(), &77.into()), "{socket}");
    }
}

#[test]
fn they_are_there_through_a_reload() {
    let server = Server::start("probe", &[STATS, &["--master", "true"]].concat());
    let first = wait_for("a first server", LIMIT, || stats(&server)["pid"].as_u64());
    server.process().signal(rustix::process::Signal::HUP);
    wait_for("another server to tell", LIMIT, || {
        // Who is being answered as its server ends gets nothing, and asks again.
        let client = Client::connect(&stats_address(&server)).expect("statistics are served");
        let told = client.read_to_end(LIMIT).ok()?;
        let told: Value = serde_json::from_slice(&told).ok()?;
        (told["pid"].as_u64() != Some(first)).then_some(())
    });
    let log = server.stop();
    assert_eq!(log.matches("a server is ready").count(), 2, "{log}");
}

fn resident(server: &Server) -> u64 {
    let kilobytes = server.process().status("VmRSS");
    kilobytes[0].parse::<u64>().unwrap() * 1024
}
