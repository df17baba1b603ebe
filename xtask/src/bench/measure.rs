//! The turns, one after the other. It must not know how a load is made, nor what becomes of the runs.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::load::{Amount, Latency, Load, Measured};
use super::machine::{self, Moment, Used};
use super::peers::Places;
use super::plan::{Case, Path, Turn};
use super::results::{Results, Run};
use super::server::Server;

/// The same for all runs.
pub(super) struct Setting {
    pub(super) places: Places,
    pub(super) run_time: Duration,
    pub(super) warm_up: Duration,
    /// A run in which others used more of the machine is repeated.
    pub(super) others_percent: f64,
    pub(super) stop: Arc<AtomicBool>,
}

/// A machine that isn't quiet by then will not be.
const ATTEMPTS: usize = 4;

/// Runs all of them, each into `results` as soon as it is there.
pub(super) fn measure(
    turns: &[Turn<'_>],
    setting: &Setting,
    results: &mut Results,
) -> Result<(), String> {
    let series = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    for turn in turns {
        println!("\n=== round {}: {}", turn.round + 1, turn.peer.name);
        let started = Server::start(turn.peer, &setting.places, &setting.stop)?;
        let mut server = started.ok_or_else(stopped)?;
        let pss_at_rest_bytes = machine::proportional_set(server.groups()[0])?;
        for case in &turn.cases {
            let all = attempts(&mut server, *case, setting)?;
            let quietest = quietest(&all);
            for (attempt, once) in (1..).zip(&all) {
                let run = Run {
                    series,
                    round: turn.round,
                    peer: turn.peer.name.clone(),
                    case: *case,
                    attempt,
                    counts: attempt == quietest,
                    others_percent: once.used.others_percent,
                    nginx_micros_per_request: once.nginx_micros_per_request(case.path),
                    pss_at_rest_bytes,
                    measured: once.measured.clone(),
                };
                println!("{}", line(&run));
                results.add(&run)?;
            }
        }
    }
    Ok(())
}

/// One run, and what the machine did meanwhile.
struct Once {
    measured: Measured,
    used: Used,
}

/// Repeats a run until others don't disturb it, or too often.
fn attempts(server: &mut Server, case: Case, setting: &Setting) -> Result<Vec<Once>, String> {
    let mut all = Vec::new();
    while all.len() < ATTEMPTS {
        let once = once(server, case, setting)?;
        let is_quiet = once.used.others_percent <= setting.others_percent;
        all.push(once);
        if is_quiet {
            break;
        }
    }
    Ok(all)
}

/// The number of the attempt that others have disturbed least, from 1.
fn quietest(all: &[Once]) -> u32 {
    let others = |once: &Once| once.used.others_percent;
    let quietest = (1..).zip(all).min_by(|(_, a), (_, b)| others(a).total_cmp(&others(b)));
    quietest.map_or(1, |(attempt, _)| attempt)
}

fn once(server: &mut Server, case: Case, setting: &Setting) -> Result<Once, String> {
    server.check()?;
    let groups = server.groups();
    let target = server.target(case.path);
    let (time, warm_up) = (setting.run_time, setting.warm_up);
    let load = Load { target, case, amount: Amount::Time { time, warm_up }, pid: Some(groups[0]) };
    let before = Moment::now(groups)?;
    let measured = load.run(&setting.stop)?.ok_or_else(stopped)?;
    let used = Moment::now(groups)?.used_since(&before)?;
    Ok(Once { measured, used })
}

impl Once {
    /// The requests of the warm-up aren't counted, while nginx's time for them is: as many a second.
    fn nginx_micros_per_request(&self, path: Path) -> Option<f64> {
        let seconds = self.used.seconds;
        let requests = self.measured.per_second * seconds;
        (path == Path::Nginx && requests > 0.0).then(|| self.used.nginx_seconds * 1e6 / requests)
    }
}

fn line(run: &Run) -> String {
    let Measured { per_second, latency_micros: Latency { p50, p99, .. }, .. } = run.measured;
    let cpu = match &run.measured.server {
        Some(server) => format!("{:.1} µs", server.cpu_micros_per_request),
        None => "unknown".to_owned(),
    };
    let errors: u64 = run.measured.errors.values().sum();
    let errors = if errors == 0 { String::new() } else { format!("; {errors} ERRORS") };
    let others = run.others_percent;
    let verdict = if run.counts { "" } else { ", too many: does not count" };
    let title = run.case.title();
    format!(
        "{title}: {cpu} of CPU a request; {per_second:.0} a second, p50 {p50:.0} µs, p99 {p99:.0} µs; \
         others {others:.0} %{verdict}{errors}"
    )
}

fn stopped() -> String {
    "stopped; `cargo xtask bench --report` has what was measured until then".to_owned()
}
