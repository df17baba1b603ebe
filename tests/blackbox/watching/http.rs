//! The statistics over HTTP, and OpenMetrics. Guards what each path answers, and that nobody can hold
//! it up.

use std::collections::BTreeMap;

use super::{LIMIT, STATS, stats_address};
use crate::harness::{Answer, Client, Server, now, wait_for};

fn server() -> Server {
    Server::start("probe", &[STATS, &["--stats-http", "true"]].concat())
}

fn ask(server: &Server, head: &str) -> Answer {
    let client = Client::connect(&stats_address(server)).unwrap();
    client.send(format!("{head}\r\n\r\n").as_bytes()).unwrap();
    let answer = if head.starts_with("HEAD") { client.answer_to_head() } else { client.answer() };
    answer.unwrap().expect("an answer")
}

#[test]
fn each_path_has_its_answer() {
    let server = server();
    for (head, status, media_type) in [
        ("GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html", 200, "text/html; charset=utf-8"),
        ("GET / HTTP/1.0", 200, "application/json"),
        ("GET /stats HTTP/1.1\r\nHost: x", 200, "application/json"),
        ("HEAD /stats HTTP/1.1\r\nHost: x", 200, "application/json"),
        ("GET /nowhere HTTP/1.1\r\nHost: x", 404, "text/plain; charset=utf-8"),
        ("POST /stats HTTP/1.1\r\nHost: x", 405, "text/plain; charset=utf-8"),
        ("what is this", 400, "text/plain; charset=utf-8"),
    ] {
        let answer = ask(&server, head);
        assert_eq!(answer.status, status, "{head}");
        assert_eq!(answer.header("Content-Type"), Some(media_type), "{head}");
        assert_eq!(answer.header("X-Content-Type-Options"), Some("nosniff"), "{head}");
    }
    let json = ask(&server, "GET / HTTP/1.1");
    let json: serde_json::Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(json["cleanslate"]["application"], "probe");
}

#[test]
fn who_asks_for_nothing_holds_up_nobody_for_long() {
    let server = server();
    let silent: Vec<_> =
        (0..3).map(|_| Client::connect(&stats_address(&server)).unwrap()).collect();
    let started = now();
    assert_eq!(ask(&server, "GET /stats HTTP/1.1").status, 200);
    assert!(started.elapsed() < LIMIT / 2, "{:?}", started.elapsed());
    // Who was too slow is told nothing.
    assert_eq!(silent[0].read_to_end(LIMIT).unwrap(), b"");
}

/// A name with its labels, and its value.
fn sample(line: &str) -> (&str, f64) {
    let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no value: {line}"));
    (name, value.parse().unwrap_or_else(|_| panic!("no number: {line}")))
}

#[test]
fn metrics_are_openmetrics() {
    // With a signal that is raised by a timer and counted for itself as well.
    let options = [STATS, &["--stats-http", "true", "--patient-tick", "1000"]].concat();
    let server = Server::start("probe", &options);
    for uri in ["/hello", "/hello", "/user/1", "/panic"] {
        server.get(uri);
    }
    // A job is entered when its thread is free again, which is after its answer.
    let answer = wait_for("a panic to be counted", LIMIT, || {
        let answer = ask(&server, "GET /metrics HTTP/1.1\r\nHost: x");
        answer.text().contains("job_panics_total{job=\"GET /panic\"} 1").then_some(answer)
    });
    let expected = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    assert_eq!(answer.header("Content-Type"), Some(expected));
    let text = answer.text();
    assert!(text.ends_with("# EOF\n"), "{text}");
    let (mut types, mut values) = (BTreeMap::new(), BTreeMap::new());
    for line in text.lines() {
        if let Some(described) = line.strip_prefix("# TYPE ") {
            let (name, kind) = described.split_once(' ').unwrap();
            assert_eq!(types.insert(name, kind), None, "described twice: {name}");
        } else if !line.starts_with('#') {
            let (name, value) = sample(line);
            assert_eq!(values.insert(name, value), None, "told twice: {name}");
            let family = name.split('{').next().unwrap();
            let is_of = |suffix: &str, kind: &str| {
                family.strip_suffix(suffix).is_some_and(|name| types.get(name) == Some(&kind))
            };
            let is_known = types.get(family) == Some(&"gauge")
                || is_of("_total", "counter")
                || ["_sum", "_count", "_bucket"].iter().any(|suffix| is_of(suffix, "histogram"));
            assert!(is_known, "of no type: {line}");
        }
    }
    assert_eq!(values[r#"cleanslate_job_runs_total{job="GET /hello"}"#], 2.0);
    assert_eq!(values[r#"cleanslate_job_panics_total{job="GET /panic"}"#], 1.0);
    let count = r#"{job="GET /hello",phase="whole"}"#;
    assert_eq!(values[format!("cleanslate_job_duration_seconds_count{count}").as_str()], 2.0);
    let all = r#"cleanslate_job_duration_seconds_bucket{le="+Inf",job="GET /hello",phase="whole"}"#;
    assert_eq!(values[all], 2.0);
    assert_eq!(values[r#"cleanslate_ticks_total{job="signal 11",became="run"}"#], 0.0);
}

/// What docs/monitoring.md has people alert on is there, and it has all there is.
#[test]
fn the_documentation_has_the_metrics_that_there_are() {
    let server = server();
    assert_eq!(server.get("/hello").status, 200);
    let answer = ask(&server, "GET /metrics HTTP/1.1\r\nHost: x");
    let answer = answer.text();
    let families = answer.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let families: BTreeMap<&str, &str> = families.filter_map(|line| line.split_once(' ')).collect();
    let page = include_str!("../../../docs/monitoring.md");
    let is_name = |letter: char| letter.is_ascii_lowercase() || letter == '_';
    let names =
        page.split(|letter| !is_name(letter)).filter(|word| word.starts_with("cleanslate_"));
    let family = |name: &str| {
        let ends = ["_total", "_bucket", ""];
        ends.iter().find_map(|end| families.get_key_value(name.strip_suffix(end)?))
    };
    let mut documented: Vec<&str> = names
        .map(|name| *family(name).unwrap_or_else(|| panic!("{name} is not there: {families:?}")).0)
        .collect();
    documented.sort_unstable();
    documented.dedup();
    let all: Vec<&str> = families.keys().copied().collect();
    assert_eq!(documented, all);
    for (name, kind) in families {
        let has_total = page.contains(&format!("{name}_total"));
        assert_eq!(has_total, kind == "counter", "{name} is a {kind}");
    }
}
