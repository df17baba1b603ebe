//! What the runs say: tables, the ratios that matter, and plots. It must not measure.

mod picture;
mod plots;
mod tables;
mod targets;

use std::fs;
use std::path::Path;

use super::peers::Peer;
use super::results::{self, Run};

/// Writes report.md and the plots beside the results, and prints the former.
pub(super) fn write(folder: &Path, peers: &[Peer]) -> Result<(), String> {
    let runs = results::read(folder)?;
    let report = text(&runs, peers);
    let file = folder.join("report.md");
    fs::write(&file, &report).map_err(|e| format!("{}: {e}", file.display()))?;
    let plots = plots::draw(folder, &runs, peers)?;
    println!("\n{report}\n    {}", file.display());
    for plot in plots {
        println!("    {}", plot.display());
    }
    Ok(())
}

fn text(runs: &[Run], peers: &[Peer]) -> String {
    let tables: String =
        tables::cases(runs).into_iter().map(|case| tables::table(case, runs, peers)).collect();
    format!(
        "{}{}{}{}",
        targets::table(runs),
        tables,
        tables::memory(runs, peers),
        tables::noise(runs)
    )
}

#[cfg(test)]
mod tests;
