//! Each finding in small readings, and what is just too little for it. Knows no server.

use serde_json::{Value, json};

use super::{check, found, healthy, uwsgi, with};

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
