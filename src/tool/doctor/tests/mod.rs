//! Findings in small readings: that there are none where nothing is wrong, their order, and the page of
//! all. Knows no server.

mod rules;

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
