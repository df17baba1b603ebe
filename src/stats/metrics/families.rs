//! Which metrics there are: of jobs, of the schedule, of the process. Knows nothing of how they are written.

use std::collections::BTreeMap;
use std::time::Duration;

use prometheus_client::registry::Unit;

use super::{Family, Histogram, Labels, Values};
use crate::ledger::Distribution;
use crate::stats::Snapshot;
use crate::stats::backlog::Backlog;
use crate::stats::own::word;
use crate::stats::snapshot::{Job, Socket};

/// The bounds of a histogram's buckets, in seconds: from what a cached answer takes to a deadline.
const BOUNDS: [f64; 15] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0,
    30.0,
];

pub(super) fn families(snapshot: &Snapshot<'_>) -> Vec<Family> {
    let mut all = of_jobs(snapshot);
    all.extend(of_schedule(snapshot));
    all.extend(of_process(snapshot));
    all
}

fn counters(name: &'static str, help: &'static str, all: Vec<(Labels, u64)>) -> Family {
    Family { name, help, unit: None, values: Values::Counters(all) }
}

fn gauges(
    name: &'static str,
    help: &'static str,
    unit: Option<Unit>,
    all: Vec<(Labels, f64)>,
) -> Family {
    Family { name, help, unit, values: Values::Gauges(all) }
}

fn label(name: &'static str, value: &str) -> (&'static str, String) {
    (name, value.to_owned())
}

fn of_jobs(snapshot: &Snapshot<'_>) -> Vec<Family> {
    let each = |of: fn(&Job<'_>) -> u64| {
        snapshot.jobs.iter().map(|job| (vec![label("job", job.name)], of(job))).collect()
    };
    type Of = for<'a> fn(&'a Job<'a>) -> &'a Distribution;
    let phases: [(&str, Of); 5] = [
        ("queued", |job| &job.sum.queued),
        ("handled", |job| &job.sum.handled),
        ("database", |job| &job.sum.database),
        ("written", |job| &job.sum.written),
        ("whole", |job| &job.sum.whole),
    ];
    let times = snapshot.jobs.iter().flat_map(|job| {
        // Of a phase that a job never had there is nothing to draw.
        let own = phases.into_iter().map(|(phase, of)| (phase, of(job)));
        own.filter(|(_, of)| of.count() > 0)
            .map(|(phase, of)| (vec![label("job", job.name), label("phase", phase)], histogram(of)))
    });
    let held = snapshot.findings.held.iter().flatten();
    let held = snapshot.jobs.iter().zip(held);
    let leaks = snapshot.findings.leaks.iter().filter_map(|leak| {
        let job = snapshot.jobs.get(leak.job.0)?.name;
        Some((vec![label("job", job), label("resource", word(leak.resource))], leak.per_run))
    });
    vec![
        counters("job_runs", "Runs of a job", each(|job| job.sum.runs)),
        counters(
            "job_failures",
            "Runs that returned an error of 500 or above",
            each(|job| job.sum.failures),
        ),
        counters("job_panics", "Runs that panicked", each(|job| job.sum.panics)),
        counters("job_deadlines", "Runs whose deadline came", each(|job| job.deadlines)),
        counters("job_received_bytes", "Bytes of requests", each(|job| job.sum.bytes_in)),
        counters("job_sent_bytes", "Bytes of answers", each(|job| job.sum.bytes_out)),
        Family {
            name: "job_duration",
            help: "How long a run took, phase by phase; whole is all of them",
            unit: Some(Unit::Seconds),
            values: Values::Histograms(times.collect()),
        },
        gauges(
            "job_held",
            "Bytes of the heap that were allocated in runs of a job and are not freed",
            Some(Unit::Bytes),
            held.map(|(job, held)| (vec![label("job", job.name)], float(*held))).collect(),
        ),
        gauges(
            "job_leaked_per_run",
            "What each run of a job that leaks retains: bytes of heap, descriptors or threads",
            None,
            leaks.collect(),
        ),
    ]
}

fn histogram(of: &Distribution) -> Histogram {
    let mut below = 0;
    let count = of.count();
    let mut buckets: Vec<(f64, u64)> = BOUNDS
        .map(|bound| {
            let within = of.within(Duration::from_secs_f64(bound));
            (bound, within - std::mem::replace(&mut below, within))
        })
        .into();
    buckets.push((f64::INFINITY, count - below));
    Histogram { sum: of.sum.as_secs_f64(), count, buckets }
}

fn of_schedule(snapshot: &Snapshot<'_>) -> Vec<Family> {
    // A signal may have several that raise it.
    let mut sums: BTreeMap<(&str, &str), u64> = BTreeMap::new();
    for entry in &snapshot.schedule {
        let counts = entry.counts;
        for (became, count) in [
            ("run", counts.runs),
            ("coalesced", counts.coalesced),
            ("skipped", counts.skipped),
            ("missed", counts.missed),
            ("late", counts.late),
        ] {
            *sums.entry((entry.name, became)).or_default() += count;
        }
    }
    let all = sums.into_iter();
    let all =
        all.map(|((job, became), sum)| (vec![label("job", job), label("became", became)], sum));
    let help =
        "What became of the ticks of timers, crons, file monitors and signals that don't overlap";
    vec![counters("ticks", help, all.collect())]
}

fn of_process(snapshot: &Snapshot<'_>) -> Vec<Family> {
    let one = |value: f64| vec![(Vec::new(), value)];
    let by = |name, all: &[(&str, usize)]| -> Vec<(Labels, f64)> {
        let value = |count: usize| float(i64::try_from(count).unwrap_or(i64::MAX));
        all.iter().map(|(word, count)| (vec![label(name, word)], value(*count))).collect()
    };
    let Snapshot { threads, queue, traffic, memory, connections, sockets, .. } = snapshot;
    let backlogs = |of: fn(&Backlog) -> u32| {
        let labels = |socket: &Socket<'_>| vec![label("socket", socket.name)];
        sockets.iter().map(|socket| (labels(socket), of(&socket.backlog).into())).collect()
    };
    let refused = [
        ("bad", traffic.bad),
        ("stalled", traffic.stalled),
        ("unread", traffic.unread),
        ("expired", traffic.expired),
        ("shed", traffic.shed),
        ("left", traffic.left),
    ];
    let refused = refused.map(|(why, count)| (vec![label("why", why)], count)).into();
    let idle = threads.all - threads.busy.min(threads.all);
    let all = [("busy", threads.busy), ("idle", idle), ("lost", threads.lost)];
    let bytes = |bytes: u64| float(i64::try_from(bytes).unwrap_or(i64::MAX));
    vec![
        counters("ended", "Requests and connections that no handler saw to the end", refused),
        gauges("threads", "Threads of the pool", None, by("state", &all)),
        gauges(
            "waiting",
            "What waits for a thread",
            None,
            by("what", &[("requests", queue.requests), ("signals", queue.signals)]),
        ),
        gauges(
            "connections",
            "Connections that wait in event loops",
            None,
            by("state", &[("waiting", *connections)]),
        ),
        gauges(
            "backlog",
            "Connections that nobody has accepted yet",
            None,
            backlogs(|backlog| backlog.waiting),
        ),
        gauges(
            "backlog_limit",
            "How many may wait there, as far as the kernel grants it",
            None,
            backlogs(|backlog| backlog.most),
        ),
        gauges(
            "resident_memory",
            "Memory of the process",
            Some(Unit::Bytes),
            one(bytes(memory.resident)),
        ),
        gauges(
            "database_memory",
            "What the database's library holds for its connections: pages, schema, statements",
            Some(Unit::Bytes),
            one(bytes(snapshot.database_memory)),
        ),
        gauges(
            "uptime",
            "Since the server serves",
            Some(Unit::Seconds),
            one(snapshot.uptime.as_secs_f64()),
        ),
    ]
}

#[allow(clippy::cast_precision_loss, reason = "15 digits are enough for whoever draws it")]
fn float(count: i64) -> f64 {
    count as f64
}
