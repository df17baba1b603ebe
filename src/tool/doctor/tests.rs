//! Each finding in small readings, what is no finding, and the page of all. Knows no server.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::{Value, json};

use super::page;
use super::readings::Readings;
use super::report::Report;
use super::rules::{RULES, Rule};

const WATCHED: f64 = 5.0;
const AT: Duration = Duration::from_secs(1_700_000_100);

/// A server of ours that has nothing wrong.
fn healthy() -> Value {
    json!({
        "version": "1", "pid": 7, "sockets": [{"name": "a", "queue": 0, "max_queue": 1024}],
        "workers": [{"id": 1, "requests": 1000, "respawn_count": 1, "status": "idle"}],
        "cleanslate": {
            "application": "probe", "started": 5.0, "uptime": 100.0, "master": true,
            "memory": {"resident": 50 << 20, "address_space_grown": 0},
            "threads": {"all": 4, "busy": 1, "lost": 0},
            "queue": {"requests": 0, "requests_max": 100, "signals": 0, "signals_max": 100},
            "connections": 1, "open_descriptors": 20,
            "limits": {
                "listen": 1024, "somaxconn": 4096, "connections": 100, "descriptors": 100,
                "harakiri": 60.0, "reload_on_rss": 100 << 20, "reload_on_as": 100 << 20,
                "lost_threads": 2,
            },
            "traffic": {}, "vars": {"looked": 8}, "running": [], "lost": [],
            "jobs": [{"name": "GET /", "runs": 1000}],
            "schedule": [{"name": "timer 1", "runs": 1000}],
            "left_behind": [], "heap_is_counted": true, "leaks": [], "descriptors": [],
            "database": {"size": 1 << 20, "wal_size": 4 << 20}, "log": {"dropped": 0},
        },
    })
}

/// One of uWSGI's.
fn uwsgi() -> Value {
    json!({
        "version": "2.0.31", "pid": 7, "listen_queue": 0,
        "sockets": [{"name": "a", "queue": 0, "max_queue": 100}],
        "workers": [{
            "id": 1, "requests": 1000, "exceptions": 0, "harakiri_count": 0, "respawn_count": 1,
            "rss": 50 << 20, "cores": [{"id": 0, "in_request": 0, "vars": [], "req_info": {}}],
        }],
    })
}

/// The same with something changed: a pointer, and what is there then.
fn with(reading: &Value, changes: &[(&str, Value)]) -> Value {
    let mut reading = reading.clone();
    for (pointer, value) in changes {
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        match reading.pointer_mut(parent).unwrap() {
            Value::Object(fields) => fields.insert(name.to_owned(), value.clone()),
            Value::Array(values) => {
                values[name.parse::<usize>().unwrap()] = value.clone();
                None
            }
            other => panic!("{other} has no parts"),
        };
    }
    reading
}

/// The ids of what is found, with all details.
fn found(before: Value, after: Value) -> Vec<(&'static str, String)> {
    let read = |reading| serde_json::from_value(reading).unwrap();
    let readings = Readings::new(read(before), read(after), WATCHED, AT);
    let report = Report::new(&readings, RULES.iter().flat_map(|rules| *rules));
    report.findings.iter().map(|found| (found.id, found.details.join("\n"))).collect()
}

/// Changes of a healthy reading, and the one finding that they come to.
#[track_caller]
fn check(
    base: fn() -> Value,
    before: &[(&str, Value)],
    after: &[(&str, Value)],
    id: &str,
    says: &str,
) {
    let all = found(with(&base(), before), with(&base(), after));
    assert_eq!(all.len(), 1, "{id}: {all:?}");
    assert_eq!(all[0].0, id, "{all:?}");
    assert!(all[0].1.contains(says), "{id}: {all:?}");
}

#[test]
fn nothing_is_found_where_nothing_is_wrong() {
    assert_eq!(found(healthy(), healthy()), []);
    assert_eq!(found(uwsgi(), uwsgi()), []);
    // Of a server that tells nothing there is nothing to say.
    assert_eq!(found(json!({}), json!({})), []);
    assert_eq!(found(json!({"cleanslate": {}}), json!({"cleanslate": {}})), []);
}

#[test]
fn each_finding_of_jobs_has_its_cause() {
    let leak = json!([{"job": "GET /", "resource": "heap", "per_run": 99.7}]);
    check(
        healthy,
        &[],
        &[("/cleanslate/leaks", leak)],
        "CS001",
        "GET / keeps 100 bytes of the heap",
    );
    let leak = json!([{"job": "GET /", "resource": "descriptors", "per_run": 1.0}]);
    let of = json!([{"target": "/dev/null", "more": 9}]);
    let changes = [("/cleanslate/leaks", leak), ("/cleanslate/descriptors", of)];
    check(
        healthy,
        &[],
        &changes,
        "CS001",
        "1.0 descriptors in each run; there are 9 more of /dev/null",
    );
    for (field, id, count, too_few) in
        [("panics", "CS002", 1, 0), ("failures", "CS003", 10, 9), ("deadlines", "CS004", 1, 0)]
    {
        let pointer = format!("/cleanslate/jobs/0/{field}");
        let changes = [(pointer.as_str(), json!(count))];
        check(healthy, &changes, &changes, id, &format!("{count} of 1000"));
        let changes = [(pointer.as_str(), json!(too_few))];
        assert_eq!(found(with(&healthy(), &changes), with(&healthy(), &changes)), []);
        // What is little since the start may be much now.
        let runs = ("/cleanslate/jobs/0/runs", json!(1_000_000));
        let many = ("/cleanslate/jobs/0/runs", json!(1_000_010));
        check(healthy, &[runs], &[many, (&pointer, json!(5))], id, "5 in the last 5.0 s");
    }
    let left = json!([{"job": "GET /", "reason": "a pragma set", "count": 3}]);
    check(
        healthy,
        &[],
        &[("/cleanslate/left_behind", left)],
        "CS005",
        "GET / left: a pragma set (×3)",
    );
}

#[test]
fn each_finding_of_threads_has_its_cause() {
    let lost = json!([{"job": "GET /spin", "took": 20.0}]);
    let changes = [("/cleanslate/threads/lost", json!(1)), ("/cleanslate/lost", lost)];
    let says = "1 thread is lost, inside GET /spin for 20 s (max-lost-threads is 2)";
    check(healthy, &[], &changes, "CS006", says);
    let running = |took: f64, expired: bool| {
        let running =
            json!({"worker": 1, "thread": 2, "job": "GET /", "took": took, "expired": expired});
        ("/cleanslate/running", json!([running]))
    };
    let says = "thread 1.2 is inside GET / for 2.0 s";
    check(healthy, &[], &[running(2.0, true)], "CS007", says);
    let says = "thread 1.2 is inside GET / for 33 s";
    check(healthy, &[running(28.0, false)], &[running(33.0, false)], "CS008", says);
    let short = with(&healthy(), &[running(29.0, false)]);
    assert_eq!(found(with(&healthy(), &[running(24.0, false)]), short), []);
    let busy = [("/cleanslate/threads/busy", json!(4)), ("/listen_queue", json!(3))];
    check(healthy, &busy, &busy, "CS009", "all 4 threads are busy, and 3 requests wait");
    assert_eq!(found(healthy(), with(&healthy(), &busy)), [], "once is nothing");
    check(healthy, &[], &[("/pid", json!(8))], "CS010", "process 8");
}

#[test]
fn each_finding_of_traffic_has_its_cause() {
    let shed = ("/cleanslate/traffic/shed", json!(1));
    check(healthy, &[], std::slice::from_ref(&shed), "CS011", "1 in the last 5.0 s");
    let many = ("/cleanslate/jobs/0/runs", json!(1_000_000));
    let long_ago = with(&healthy(), &[shed, many]);
    assert_eq!(found(long_ago.clone(), long_ago), [], "one in a million, long ago");
    let queue = |field| format!("/cleanslate/queue/{field}");
    check(
        healthy,
        &[],
        &[(&queue("requests"), json!(50))],
        "CS012",
        "50 requests wait; queue is 100",
    );
    check(healthy, &[], &[(&queue("signals"), json!(50))], "CS012", "50 raised signals wait");
    check(healthy, &[], &[("/sockets/0/queue", json!(820))], "CS013", "a: 820 connections wait");
    let cut = ("/cleanslate/limits/somaxconn", json!(128));
    check(healthy, &[], &[cut], "CS014", "listen is 1024, net.core.somaxconn 128");
    for (field, id, count) in [
        ("bad", "CS015", 11),
        ("stalled", "CS016", 11),
        ("unread", "CS017", 11),
        ("left", "CS018", 53),
    ] {
        let pointer = format!("/cleanslate/traffic/{field}");
        let changes = [(pointer.as_str(), json!(count))];
        check(healthy, &changes, &changes, id, &format!("{count} of"));
        let fewer = with(&healthy(), &[(&pointer, json!(count * 9 / 10))]);
        assert_eq!(found(fewer.clone(), fewer), [], "{field}");
    }
}

#[test]
fn each_finding_of_the_schedule_has_its_cause() {
    for (field, id) in
        [("late", "CS019"), ("skipped", "CS020"), ("coalesced", "CS021"), ("missed", "CS022")]
    {
        let pointer = format!("/cleanslate/schedule/0/{field}");
        let changes = [(pointer.as_str(), json!(11))];
        check(healthy, &changes, &changes, id, "timer 1");
        let fewer = with(&healthy(), &[(&pointer, json!(9))]);
        assert_eq!(found(fewer.clone(), fewer), [], "{field}");
    }
}

#[test]
fn each_finding_of_resources_has_its_cause() {
    let wal = |mebibytes: u64| ("/cleanslate/database/wal_size", json!(mebibytes << 20));
    check(healthy, &[wal(64)], &[wal(64)], "CS023", "64.0 MiB beside a database of 1.0 MiB");
    check(healthy, &[wal(15)], &[wal(17)], "CS023", "grew by 2.0 MiB");
    assert_eq!(found(with(&healthy(), &[wal(17)]), with(&healthy(), &[wal(17)])), []);
    let resident = |mebibytes: u64| ("/cleanslate/memory/resident", json!(mebibytes << 20));
    check(healthy, &[resident(91)], &[resident(91)], "CS024", "resident memory is 91.0 MiB");
    let grown = ("/cleanslate/memory/address_space_grown", json!(95 << 20));
    check(healthy, &[], &[grown], "CS024", "reload-on-as is 100.0 MiB");
    check(healthy, &[], &[resident(66)], "CS025", "from 50.0 MiB to 66.0 MiB");
    let young = ("/cleanslate/uptime", json!(59.0));
    assert_eq!(found(with(&healthy(), &[young]), with(&healthy(), &[resident(66)])), []);
    check(
        healthy,
        &[],
        &[("/cleanslate/open_descriptors", json!(80))],
        "CS026",
        "80 are open, of 100",
    );
    check(healthy, &[], &[("/cleanslate/connections", json!(80))], "CS027", "80 connections wait");
    check(
        healthy,
        &[],
        &[("/cleanslate/log/dropped", json!(5))],
        "CS028",
        "5 since the start, 5 in",
    );
}

#[test]
fn each_finding_of_the_setup_has_its_cause() {
    let var = |count| json!([{"name": "REMOTE_ADDR", "count": count}]);
    check(
        healthy,
        &[],
        &[("/cleanslate/vars/missing", var(4))],
        "CS029",
        "REMOTE_ADDR is missing in 4 of 8",
    );
    check(
        healthy,
        &[],
        &[("/cleanslate/vars/doubled", var(8))],
        "CS030",
        "REMOTE_ADDR comes twice in 8 of 8",
    );
    let fewer = with(&healthy(), &[("/cleanslate/vars/missing", var(3))]);
    assert_eq!(found(healthy(), fewer), []);
    check(healthy, &[], &[("/cleanslate/master", json!(false))], "CS031", "without a master");
    check(healthy, &[], &[("/cleanslate/limits/harakiri", Value::Null)], "CS032", "harakiri is 0");
    check(healthy, &[], &[("/cleanslate/heap_is_counted", json!(false))], "CS033", "isn't counted");
}

#[test]
fn uwsgi_has_findings_as_well() {
    let worker = |field: &str| format!("/workers/0/{field}");
    check(uwsgi, &[], &[(&worker("exceptions"), json!(10))], "CS003", "10 of 1000");
    check(uwsgi, &[], &[(&worker("harakiri_count"), json!(1))], "CS004", "1 of 1000");
    let idle = json!({"id": 1, "in_request": 0, "req_info": {}});
    let busy = json!({"id": 0, "in_request": 1, "req_info": {"request_start": 1_700_000_060}});
    let cores = (worker("cores"), json!([busy, idle]));
    check(
        uwsgi,
        &[],
        &[(&cores.0, cores.1)],
        "CS008",
        "core 0 of worker 1 is inside a request for 40 s",
    );
    let busy = json!([{"id": 0, "in_request": 1, "req_info": {"request_start": 1_700_000_099}}]);
    let cores = [(worker("cores"), busy)];
    let changes = [(cores[0].0.as_str(), cores[0].1.clone())];
    check(uwsgi, &changes, &changes, "CS009", "all 1 threads are busy");
    check(
        uwsgi,
        &[],
        &[(&worker("respawn_count"), json!(2))],
        "CS010",
        "worker 1 was started anew",
    );
    check(
        uwsgi,
        &[],
        &[("/listen_queue", json!(90))],
        "CS013",
        "90 connections wait, of at most 100",
    );
    check(uwsgi, &[], &[(&worker("rss"), json!(100 << 20))], "CS025", "from 50.0 MiB to 100.0 MiB");
}

#[test]
fn the_worst_comes_first() {
    let after = with(
        &healthy(),
        &[
            ("/cleanslate/master", json!(false)),
            ("/cleanslate/log/dropped", json!(5)),
            ("/cleanslate/open_descriptors", json!(80)),
            ("/cleanslate/left_behind", json!([{"job": "a", "reason": "b", "count": 1}])),
        ],
    );
    let ids: Vec<&str> = found(healthy(), after).into_iter().map(|(id, _)| id).collect();
    assert_eq!(ids, ["CS026", "CS005", "CS028", "CS031"]);
}

#[test]
fn ids_and_names_are_unique_and_in_order() {
    let rules: Vec<&Rule> = RULES.iter().flat_map(|rules| *rules).collect();
    for (place, rule) in rules.iter().enumerate() {
        assert_eq!(rule.id, format!("CS{:03}", place + 1));
        let same = rules.iter().filter(|other| other.name == rule.name).count();
        assert_eq!(same, 1, "{}", rule.name);
    }
}

/// With the variable `UPDATE_DOCS` the page is written, and not compared.
#[test]
fn the_page_of_findings_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/doctor.md");
    let page = page::page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let says = "docs/doctor.md is out of date: UPDATE_DOCS=1 cargo test -p cleanslate --bin cleanslate page";
    assert!(kept == page, "{says}");
}
