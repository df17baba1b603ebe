//! What our servers need of the CPU time of each other one, in one case. It must not know which of the
//! ratios matter. The floors are left out: each server has one of its own, in its line of the table.

use super::super::peers::{Peer, Software};
use super::super::plan::Case;
use super::super::results::Run;
use super::super::statistics::Spread;
use super::tables;

/// Ours are called so.
const OURS: &str = "cleanslate-";

/// Empty where there is nobody to compare.
pub(super) fn table(case: Case, runs: &[Run], peers: &[Peer]) -> String {
    let measured = |peer: &&Peer| {
        let is_floor = peer.needs.contains(&Software::Floor);
        !is_floor && tables::of(runs, &peer.name, case).next().is_some()
    };
    let (ours, others): (Vec<&Peer>, Vec<&Peer>) =
        peers.iter().filter(measured).partition(|peer| peer.name.starts_with(OURS));
    if ours.is_empty() || others.is_empty() {
        return String::new();
    }
    let names: Vec<&str> = others.iter().map(|peer| peer.name.as_str()).collect();
    let mut text = format!(
        "CPU time, ours over theirs in the same round:\n\n| server | {} |\n|---|{}\n",
        names.join(" | "),
        "--:|".repeat(names.len())
    );
    for our in ours {
        let cells: Vec<String> =
            names.iter().map(|other| cell(case, runs, &our.name, other)).collect();
        text.push_str(&format!("| {} | {} |\n", our.name, cells.join(" | ")));
    }
    text.push('\n');
    text
}

fn cell(case: Case, runs: &[Run], our: &str, other: &str) -> String {
    let ratios = tables::of(runs, our, case)
        .filter_map(|run| tables::ratio(runs, run, other, case, tables::cpu));
    Spread::of(ratios).map_or_else(String::new, |spread| format!("{:.2}", spread.median))
}
