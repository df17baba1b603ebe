//! What a server tells of itself while it runs. Knows the statistics as those who read them do.

mod audit;
mod http;
mod json;
mod leaks;
mod page;

use std::time::Duration;

use serde_json::Value;

use crate::harness::{Address, Client, Server};

/// Generous, as machines are shared.
const LIMIT: Duration = Duration::from_secs(60);

/// Where a server that was started with `--stats stats` has them.
const STATS: &[&str] = &["--stats", "stats"];

fn stats_address(server: &Server) -> Address {
    Address::Unix(server.folder().join("stats"))
}

/// All that it tells, as uWSGI's tools ask for it.
fn stats(server: &Server) -> Value {
    let client = Client::connect(&stats_address(server)).expect("statistics are served");
    let bytes = client.read_to_end(LIMIT).expect("the statistics come");
    serde_json::from_slice(&bytes).expect("they are JSON")
}

/// The same from a server with `--stats 127.0.0.1:0 --stats-http true`.
fn stats_over_http(server: &Server) -> Value {
    let client = Client::connect(&server.tcp()).expect("statistics are served");
    client.send(b"GET /stats HTTP/1.1\r\nHost: x\r\n\r\n").expect("they can be asked for");
    let answer = client.answer().expect("an answer").expect("and not only an end");
    serde_json::from_slice(&answer.body).expect("they are JSON")
}

/// What is told of a job.
fn job(stats: &Value, name: &str) -> Value {
    let jobs = stats["cleanslate"]["jobs"].as_array().expect("jobs");
    jobs.iter().find(|job| job["name"] == name).unwrap_or_else(|| panic!("no job {name}")).clone()
}
