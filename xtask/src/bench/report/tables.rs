//! One table a case, memory, and how noisy it was. It must not know which server is ours.

use std::fmt::Write;

use super::super::peers::Peer;
use super::super::plan::{Case, Path, Route};
use super::super::results::Run;
use super::super::statistics::Spread;

/// All cases that were measured, in the order in which they were.
pub(super) fn cases(runs: &[Run]) -> Vec<Case> {
    let mut cases = Vec::new();
    for run in runs {
        if !cases.contains(&run.case) {
            cases.push(run.case);
        }
    }
    cases
}

/// The runs of a peer in a case.
pub(super) fn of<'a>(runs: &'a [Run], peer: &str, case: Case) -> impl Iterator<Item = &'a Run> {
    runs.iter().filter(move |run| run.peer == peer && run.case == case)
}

/// A figure of a run over the same of another peer's in the same round; `None` where either is missing.
pub(super) fn ratio(
    runs: &[Run],
    run: &Run,
    peer: &str,
    case: Case,
    figure: impl Fn(&Run) -> Option<f64>,
) -> Option<f64> {
    let same_round = |other: &&Run| (other.series, other.round) == (run.series, run.round);
    let other = of(runs, peer, case).find(same_round)?;
    let divisor = figure(other).filter(|divisor| *divisor > 0.0)?;
    Some(figure(run)? / divisor)
}

pub(super) fn cpu(run: &Run) -> Option<f64> {
    run.measured.server.map(|server| server.cpu_micros_per_request)
}

pub(super) fn table(case: Case, runs: &[Run], peers: &[Peer]) -> String {
    let mut text = format!("### {}\n\n", case.title());
    text.push_str(
        "| server | CPU µs a request | × floor | of it in the kernel | context switches a request \
         | requests a second | p50 µs | p99 µs | p99.9 µs | errors |",
    );
    if case.path == Path::Nginx {
        text.push_str(" nginx's CPU µs |");
    }
    text.push_str("\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    text.push_str(if case.path == Path::Nginx { "--:|\n" } else { "\n" });
    for peer in peers {
        let own: Vec<&Run> = of(runs, &peer.name, case).collect();
        if !own.is_empty() {
            text.push_str(&row(peer, &own, runs));
        }
    }
    text.push('\n');
    text
}

fn row(peer: &Peer, own: &[&Run], runs: &[Run]) -> String {
    let case = own[0].case;
    let spread = |figure: &dyn Fn(&Run) -> Option<f64>, decimals: usize| {
        let figures = own.iter().filter_map(|run| figure(run));
        Spread::of(figures).map_or_else(String::new, |spread| format!("{spread:.decimals$}"))
    };
    let floor = |run: &Run| {
        let floor = peer.floor.as_deref()?;
        // What a row costs, no floor says; so the line of text is it for both.
        ratio(runs, run, floor, Case { route: Route::Hello, ..case }, cpu)
    };
    let server = |run: &Run| run.measured.server;
    let kernel = |run: &Run| server(run).map(|server| server.system_micros_per_request);
    let switches = |run: &Run| server(run).map(|server| server.switches_per_request);
    // Where the generator was the bottleneck, it isn't the server's.
    let limited = own.iter().any(|run| run.measured.generator.is_bottleneck);
    let errors: u64 = own.iter().flat_map(|run| run.measured.errors.values()).sum();
    let mut cells = vec![
        peer.name.clone(),
        spread(&cpu, 1),
        spread(&floor, 2),
        spread(&kernel, 1),
        spread(&switches, 2),
        spread(&|run| Some(run.measured.per_second), 0) + if limited { " ¹" } else { "" },
        spread(&|run| Some(run.measured.latency_micros.p50), 0),
        spread(&|run| Some(run.measured.latency_micros.p99), 0),
        spread(&|run| Some(run.measured.latency_micros.p999), 0),
        errors.to_string(),
    ];
    if case.path == Path::Nginx {
        cells.push(spread(&|run| run.nginx_micros_per_request, 1));
    }
    format!("| {} |\n", cells.join(" | "))
}

/// Of all processes of a server: before its first load, and the most under any of them.
pub(super) fn memory(runs: &[Run], peers: &[Peer]) -> String {
    let mut text = "### Memory, in MB (proportional set size)\n\n\
                    | server | at rest | under load, at most |\n|---|--:|--:|\n"
        .to_owned();
    for peer in peers {
        let own = || runs.iter().filter(|run| run.peer == peer.name);
        let megabytes = |bytes: u64| bytes as f64 / 1e6;
        let rest = Spread::of(own().map(|run| megabytes(run.pss_at_rest_bytes)));
        let load = own().filter_map(|run| run.measured.server?.pss_bytes).max();
        if let (Some(rest), Some(load)) = (rest, load) {
            let _ = writeln!(text, "| {} | {rest:.1} | {:.1} |", peer.name, megabytes(load));
        }
    }
    text.push('\n');
    text
}

/// How far the same server is from itself, and what others did.
pub(super) fn noise(runs: &[Run], disturbed: usize) -> String {
    let mut text = "### Noise\n\n".to_owned();
    for case in cases(runs) {
        let again = of(runs, "floor-again", case);
        let ratios = again.filter_map(|run| ratio(runs, run, "floor", case, cpu));
        if let Some(spread) = Spread::of(ratios) {
            let title = case.title();
            let _ = writeln!(text, "- {title}: CPU of floor-again over floor's {spread:.2}");
        }
    }
    if let Some(others) = Spread::of(runs.iter().map(|run| run.others_percent)) {
        let _ = writeln!(
            text,
            "- other processes used {others:.1} % of the machine in {} runs; {disturbed} more were \
             disturbed and don't count",
            runs.len()
        );
    }
    if runs.iter().any(|run| run.measured.generator.is_bottleneck) {
        text.push_str("- ¹ the load generator was the bottleneck: rate and latency are its own\n");
    }
    text
}
