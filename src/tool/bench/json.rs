//! The result as a JSON object, whose names others rely on. It must not know how it came about.

use std::collections::BTreeMap;

use serde::Serialize;

use super::failure::Kind;
use super::result::Result;

/// What was measured.
#[derive(Clone, Copy, Debug)]
pub(super) struct Setting<'a> {
    pub(super) target: &'a str,
    pub(super) protocol: &'a str,
    pub(super) keep: bool,
    pub(super) connections: u32,
    pub(super) threads: u32,
    pub(super) rate: Option<f64>,
}

#[derive(Serialize)]
struct Object<'a> {
    target: &'a str,
    protocol: &'a str,
    keep: bool,
    connections: u32,
    threads: u32,
    rate: Option<f64>,
    seconds: f64,
    /// Those that were answered well.
    requests: u64,
    errors: &'a BTreeMap<Kind, u64>,
    /// Of the first of each kind.
    error_examples: BTreeMap<Kind, String>,
    /// Requests of a fixed rate that were due and never sent.
    unsent: u64,
    per_second: f64,
    bytes_received: u64,
    latency_micros: Latency,
    server: Option<Server>,
    generator: Generator,
    reconnects: u64,
}

#[derive(Serialize)]
struct Latency {
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    p999: f64,
    max: f64,
}

#[derive(Serialize)]
struct Server {
    user_micros_per_request: f64,
    system_micros_per_request: f64,
    cpu_micros_per_request: f64,
    switches_per_request: f64,
    pss_bytes: Option<u64>,
    rss_bytes: Option<u64>,
}

#[derive(Serialize)]
struct Generator {
    cpu_micros_per_request: f64,
    busy: f64,
    is_bottleneck: bool,
}

pub(super) fn object(setting: &Setting<'_>, result: &Result) -> serde_json::Result<String> {
    let Setting { target, protocol, keep, connections, threads, rate } = *setting;
    let tally = &result.tally;
    let examples = tally.examples.iter();
    let server = result.server.as_ref().map(|server| {
        let (user, system) = result.server_micros(server);
        Server {
            user_micros_per_request: user,
            system_micros_per_request: system,
            cpu_micros_per_request: user + system,
            switches_per_request: result.switches_per_request(server),
            pss_bytes: server.memory.map(|memory| memory.pss),
            rss_bytes: server.memory.map(|memory| memory.rss),
        }
    });
    serde_json::to_string(&Object {
        target,
        protocol,
        keep,
        connections,
        threads,
        rate,
        seconds: result.time.as_secs_f64(),
        requests: tally.answers,
        errors: &tally.failures,
        error_examples: examples.map(|(&kind, failure)| (kind, failure.to_string())).collect(),
        unsent: tally.unsent,
        per_second: result.per_second(),
        bytes_received: tally.bytes,
        latency_micros: Latency {
            mean: result.mean_micros(),
            p50: result.latency_micros(0.5),
            p90: result.latency_micros(0.9),
            p99: result.latency_micros(0.99),
            p999: result.latency_micros(0.999),
            max: result.latency_micros(1.0),
        },
        server,
        generator: Generator {
            cpu_micros_per_request: result.micros_per_request(result.generator_cpu()),
            busy: result.busy(),
            is_bottleneck: result.is_bottleneck(),
        },
        reconnects: tally.reconnects,
    })
}
