//! What is wrong with workers and threads: lost, stuck, all busy, replaced. It must not know how
//! findings are shown.

use super::super::readings::Readings;
use super::{Rule, Severity, line};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "CS006",
        name: "lost-threads",
        severity: Severity::Error,
        means: "Handlers didn't return when their deadline had answered for them. Each has its thread for \
                good, may use a core, and another thread was started in its place.",
        told: "At least one thread is lost now.",
        advice: "Have the handler look at `ctx.time_left()` in its loops, and give calls to others a \
                 timeout. A server with a master is replaced once max-lost-threads are lost.",
        find: lost,
    },
    Rule {
        id: "CS007",
        name: "past-deadline",
        severity: Severity::Warning,
        means: "A handler goes on after its deadline. Its client has had 504 already; what it still does \
                is for nothing.",
        told: "One was inside such a handler at the second look.",
        advice: "Have the handler end when `ctx.time_left()` is zero. Queries end by themselves.",
        find: expired,
    },
    Rule {
        id: "CS008",
        name: "stuck-job",
        severity: Severity::Warning,
        means: "A thread is inside the same job for long, so that there is one less for all others.",
        told: "A job runs for 30 s or more, and did so at both looks.",
        advice: "If it is a request, shorten its deadline or what it does. If it is background work that \
                 has to take long, keep background-threads below the number of threads.",
        find: stuck,
    },
    Rule {
        id: "CS009",
        name: "all-threads-busy",
        severity: Severity::Warning,
        means: "No thread is free. What comes now has to wait.",
        told: "All threads were busy at both looks.",
        advice: "See which jobs they are in (`cleanslate top`). If the processors have room, raise \
                 `processes` or `threads`; if they don't, make the slowest job faster.",
        find: busy,
    },
    Rule {
        id: "CS010",
        name: "server-replaced",
        severity: Severity::Notice,
        means: "Another server took the place of the first between the two looks: it was reloaded, it \
                outgrew a limit, or it died.",
        told: "The second look found another process, or a worker of uWSGI's that was started anew.",
        advice: "If nobody reloaded it, the log says why it was replaced.",
        find: replaced,
    },
];

const LONG: f64 = 30.0;

fn lost(readings: &Readings) -> Vec<String> {
    let Some(own) = readings.own().filter(|own| own.threads.lost > 0) else { return Vec::new() };
    let count = own.threads.lost;
    let jobs = own.lost.iter().map(|lost| format!("{} for {:.0} s", lost.job, lost.took));
    let jobs: Vec<String> = jobs.collect();
    let threads = if count == 1 {
        "1 thread is lost".to_owned()
    } else {
        format!("{count} threads are lost")
    };
    let most = own.limits.as_ref().map(|limits| limits.lost_threads).filter(|most| *most > 0);
    let most = most.map(|most| format!(" (max-lost-threads is {most})")).unwrap_or_default();
    let jobs =
        if jobs.is_empty() { String::new() } else { format!(", inside {}", jobs.join(", ")) };
    vec![format!("{threads}{jobs}{most}")]
}

fn expired(readings: &Readings) -> Vec<String> {
    let running = readings.own().into_iter().flat_map(|own| &own.running);
    let expired = running.filter(|running| running.expired);
    expired
        .map(|running| {
            let (worker, thread, job, took) =
                (running.worker, running.thread, &running.job, running.took);
            format!("thread {worker}.{thread} is inside {job} for {took:.1} s")
        })
        .collect()
}

fn stuck(readings: &Readings) -> Vec<String> {
    let Some(own) = readings.own() else { return stuck_cores(readings) };
    let before = readings.own_before();
    let was_there = |worker, thread, job: &str| {
        let mut running = before.into_iter().flat_map(|own| &own.running);
        running.any(|other| (other.worker, other.thread) == (worker, thread) && other.job == job)
    };
    let stuck = own.running.iter().filter(|running| {
        running.took >= LONG
            && running.took >= readings.seconds
            && was_there(running.worker, running.thread, &running.job)
    });
    stuck
        .map(|running| {
            let (worker, thread, job, took) =
                (running.worker, running.thread, &running.job, running.took);
            format!("thread {worker}.{thread} is inside {job} for {took:.0} s")
        })
        .collect()
}

/// The same in uWSGI's words, which tell in whole seconds when a request began.
fn stuck_cores(readings: &Readings) -> Vec<String> {
    let mut found = Vec::new();
    for worker in &readings.after.workers {
        for core in worker.cores.iter().filter(|core| core.in_request > 0) {
            let began = core.req_info.request_start;
            let took = readings.at.as_secs().saturating_sub(began);
            if began > 0 && took >= 30 {
                let (worker, core) = (worker.id, core.id);
                found.push(format!(
                    "core {core} of worker {worker} is inside a request for {took} s"
                ));
            }
        }
    }
    found
}

fn busy(readings: &Readings) -> Vec<String> {
    let ((before, before_all), (after, all)) = (readings.before.busy(), readings.after.busy());
    let is_full = |busy: u64, all: u64| all > 0 && busy >= all;
    line(is_full(before, before_all) && is_full(after, all), || {
        let waiting = readings.after.listen_queue;
        format!("all {all} threads are busy, and {waiting} requests wait")
    })
}

fn replaced(readings: &Readings) -> Vec<String> {
    if readings.is_replaced {
        return vec![format!("process {} serves now", readings.after.pid)];
    }
    let workers = readings.after.workers.iter().filter(|worker| {
        let mut before = readings.before.workers.iter();
        before.any(|before| before.id == worker.id && before.respawn_count < worker.respawn_count)
    });
    workers
        .map(|worker| format!("worker {} was started anew: process {}", worker.id, worker.pid))
        .collect()
}
