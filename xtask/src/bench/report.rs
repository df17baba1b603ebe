//! What the runs say: tables, the ratios that matter, and plots. It must not measure.

mod picture;
mod plots;
mod ratios;
mod tables;
mod targets;

use std::fs;
use std::path::Path;

use super::peers::Peer;
use super::results::{self, Run};

/// Writes report.md and the plots beside the results, and prints the former.
pub(super) fn write(folder: &Path, peers: &[Peer]) -> Result<(), String> {
    let all = results::read(folder)?;
    let report = text(&all, peers);
    let file = folder.join("report.md");
    fs::write(&file, &report).map_err(|e| format!("{}: {e}", file.display()))?;
    let plots = plots::draw(folder, &counting(&all), peers)?;
    println!("\n{report}\n    {}", file.display());
    for plot in plots {
        println!("    {}", plot.display());
    }
    Ok(())
}

fn text(all: &[Run], peers: &[Peer]) -> String {
    let runs = counting(all);
    let mut text = targets::table(&runs);
    for case in tables::cases(&runs) {
        text.push_str(&tables::table(case, &runs, peers));
        text.push_str(&ratios::table(case, &runs, peers));
    }
    text.push_str(&tables::memory(&runs, peers));
    text.push_str(&tables::noise(&runs, all.len() - runs.len()));
    text
}

/// Without those that others have disturbed.
fn counting(all: &[Run]) -> Vec<Run> {
    all.iter().filter(|run| run.counts).cloned().collect()
}

#[cfg(test)]
mod tests;
