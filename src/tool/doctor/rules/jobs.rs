//! What is wrong with single jobs: they leak, fail, panic, take too long or leave things behind. It must
//! not know how findings are shown.

use super::super::readings::{Readings, Share};
use super::{Rule, Severity};
use crate::tool::statistics::Job;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "CS001",
        name: "leaking-handler",
        severity: Severity::Error,
        means: "Each run of a handler keeps something that is never given back: bytes of the heap, \
                descriptors or threads. The server grows until it meets a limit.",
        told: "The server has watched what the job holds grow with its runs, and no cache that fills \
               explains it.",
        advice: "Run `APPLICATION audit --request 'GET /its/path'`, which runs each handler by itself and \
                 tells what each run keeps. Until it is mended, have the server replaced in time with \
                 master and reload-on-rss.",
        find: leaking,
    },
    Rule {
        id: "CS002",
        name: "panicking-handler",
        severity: Severity::Warning,
        means: "A handler panics. Its request is answered with 500, and its database connection is thrown \
                away.",
        told: "One run in 1,000 panicked, since the start or while it was watched.",
        advice: "Look for the job's name in the log: it has the panic's message and its place in the \
                 program.",
        find: |readings| of_jobs(readings, 0.001, "panicked", |job| job.panics),
    },
    Rule {
        id: "CS003",
        name: "failing-handler",
        severity: Severity::Warning,
        means: "A handler returns errors of 500 or above, or a background job returns an error.",
        told: "One run in 100 failed, since the start or while it was watched; of uWSGI, one request in \
               100 ended in an exception.",
        advice: "Look for the job's name in the log: it has each error, with the statement and the \
                 request's id where there is one.",
        find: failing,
    },
    Rule {
        id: "CS004",
        name: "deadlines-hit",
        severity: Severity::Warning,
        means: "Jobs are still running at their deadline (harakiri, or one of their own). Their clients get \
                504.",
        told: "One run in 1,000 met its deadline, since the start or while it was watched; of uWSGI, one \
               request.",
        advice: "The log's line says how long the job was queued, how long it ran and where its thread \
                 stands. If it was queued, the pool is too small; if it ran, give it less to do, move it to \
                 a timer, or give its route a deadline of its own.",
        find: deadlines,
    },
    Rule {
        id: "CS005",
        name: "dirty-context",
        severity: Severity::Warning,
        means: "A job ends with something left on its context: an open transaction, a statement in the \
                middle of its rows, a changed pragma. The next job doesn't see it, but what was written in \
                a transaction that was never committed is lost, and a connection that is thrown away has \
                to be opened anew.",
        told: "It happened at least once since the start.",
        advice: "Commit or roll back on every path of the handler; `ctx.write` does so by itself. Pragmas \
                 and attached files belong into no handler.",
        find: dirty,
    },
];

fn leaking(readings: &Readings) -> Vec<String> {
    let Some(own) = readings.own() else { return Vec::new() };
    let leaks = own.leaks.iter().map(|leak| {
        let (job, per_run) = (&leak.job, leak.per_run);
        match leak.resource.as_str() {
            "heap" => format!("{job} keeps {per_run:.0} bytes of the heap in each run"),
            "descriptors" => {
                let most = own.descriptors.first();
                let what =
                    most.map(|most| format!("; there are {} more of {}", most.more, most.target));
                format!(
                    "{job} keeps {per_run:.1} descriptors in each run{}",
                    what.unwrap_or_default()
                )
            }
            other => format!("{job} keeps {per_run:.1} {other} in each run"),
        }
    });
    leaks.collect()
}

/// How often something befell each job.
fn shares<'r>(
    readings: &'r Readings,
    count: impl Fn(&Job) -> u64 + Copy + 'r,
) -> impl Iterator<Item = (&'r str, Share)> + 'r {
    let jobs = readings.own().into_iter().flat_map(|own| &own.jobs);
    jobs.map(move |job| {
        let before = readings.own_before().and_then(|own| own.job(&job.name));
        let before = before.map_or((0, 0), |before| (count(before), before.runs));
        (job.name.as_str(), readings.share_of((count(job), job.runs), before))
    })
}

fn of_jobs(readings: &Readings, least: f64, what: &str, count: fn(&Job) -> u64) -> Vec<String> {
    let all = shares(readings, count).filter(|(_, share)| share.is_at_least(least));
    all.map(|(job, share)| format!("{job} {what}: {share}")).collect()
}

fn failing(readings: &Readings) -> Vec<String> {
    if readings.own().is_some() {
        return of_jobs(readings, 0.01, "failed", |job| job.failures);
    }
    of_workers(readings, 0.01, "requests ended in exceptions", |reading| {
        (reading.sum(|worker| worker.exceptions), reading.requests())
    })
}

fn deadlines(readings: &Readings) -> Vec<String> {
    if readings.own().is_some() {
        return of_jobs(readings, 0.001, "met its deadline", |job| job.deadlines);
    }
    of_workers(readings, 0.0, "requests were ended by harakiri", |reading| {
        (reading.sum(|worker| worker.harakiri_count), reading.requests())
    })
}

/// The same of a server that doesn't know jobs by name.
fn of_workers(
    readings: &Readings,
    least: f64,
    what: &str,
    value: fn(&crate::tool::statistics::Statistics) -> (u64, u64),
) -> Vec<String> {
    let share = readings.share(value);
    super::line(share.is_at_least(least), || format!("{what}: {share}"))
}

fn dirty(readings: &Readings) -> Vec<String> {
    let left = readings.own().into_iter().flat_map(|own| &own.left_behind);
    // Those have a finding of their own.
    let left = left.filter(|left| left.reason != "a panic");
    left.map(|left| format!("{} left: {} (×{})", left.job, left.reason, left.count)).collect()
}
