//! Two pictures a case, as SVG: CPU time as bars, latency as points on a logarithmic scale. It must not
//! know which server is ours.

use std::path::{Path, PathBuf};

use super::super::peers::Peer;
use super::super::plan::{self, Case, Route};
use super::super::results::Run;
use super::super::statistics::Spread;
use super::picture::{Picture, Shade};
use super::tables;

/// A server's name and its runs.
struct Row<'a> {
    name: &'a str,
    runs: Vec<&'a Run>,
}

/// Draws all of them into `folder`; their files.
pub(super) fn draw(folder: &Path, runs: &[Run], peers: &[Peer]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for case in tables::cases(runs) {
        let row = |peer: &'_ Peer| tables::of(runs, &peer.name, case).collect::<Vec<&Run>>();
        let rows: Vec<Row<'_>> = peers
            .iter()
            .map(|peer| Row { name: &peer.name, runs: row(peer) })
            .filter(|row| !row.runs.is_empty())
            .collect();
        let [cpu_file, latency_file] =
            ["cpu", "latency"].map(|kind| folder.join(format!("{}-{kind}.svg", stem(case))));
        cpu(&cpu_file, case, &rows).map_err(|e| format!("{}: {e}", cpu_file.display()))?;
        latency(&latency_file, case, &rows)
            .map_err(|e| format!("{}: {e}", latency_file.display()))?;
        files.extend([cpu_file, latency_file]);
    }
    Ok(files)
}

/// The beginning of a file's name: `direct-hello-64`.
fn stem(case: Case) -> String {
    let path = match case.path {
        plan::Path::Direct => "direct",
        plan::Path::Nginx => "nginx",
    };
    let route = match case.route {
        Route::Hello => "hello",
        Route::User => "user",
    };
    let rate = case.rate.map_or_else(String::new, |rate| format!("-at-{rate}"));
    format!("{path}-{route}-{}{rate}", case.connections)
}

/// A bar each, with a line from the least to the most.
fn cpu(file: &Path, case: Case, rows: &[Row<'_>]) -> Result<(), String> {
    let title = format!("CPU time: {}", case.title());
    let note = "µs a request; the darker part is in the kernel";
    let picture = Picture::new(file, &title, note, &names(rows))?;
    let kernel = |run: &Run| run.measured.server.map(|server| server.system_micros_per_request);
    let figures: Vec<Option<(Spread, Spread)>> =
        rows.iter().map(|row| Some((row.spread(tables::cpu)?, row.spread(kernel)?))).collect();
    let most = figures.iter().flatten().map(|(all, _)| all.most).fold(f64::EPSILON, f64::max);
    for (row, figures) in figures.iter().enumerate() {
        let Some((all, kernel)) = figures else { continue };
        picture.bar(row, all.median / most, Shade::Light)?;
        picture.bar(row, kernel.median.min(all.median) / most, Shade::Dark)?;
        picture.stroke(row, [all.least / most, all.most / most], Shade::Black)?;
        picture.label(row, all.most / most, &format!("{all:.1}"))?;
    }
    picture.finish()
}

/// The medians of p50, p99 and p99.9.
fn latency(file: &Path, case: Case, rows: &[Row<'_>]) -> Result<(), String> {
    let title = format!("Latency: {}", case.title());
    let note = "p50, p99 and p99.9, from light to dark; each the median of its rounds";
    let picture = Picture::new(file, &title, note, &names(rows))?;
    let median = |row: &Row<'_>, figure: fn(&Run) -> f64| {
        row.spread(|run| Some(figure(run))).map_or(1.0, |spread| spread.median.max(1.0))
    };
    let of_row = |row: &Row<'_>| {
        [
            median(row, |run| run.measured.latency_micros.p50),
            median(row, |run| run.measured.latency_micros.p99),
            median(row, |run| run.measured.latency_micros.p999),
        ]
    };
    let figures: Vec<[f64; 3]> = rows.iter().map(of_row).collect();
    let least = figures.iter().flatten().fold(f64::MAX, |least, one| least.min(*one));
    let most = figures.iter().flatten().fold(1.0, |most: f64, one| most.max(*one));
    let least = least.log10().floor();
    let most = most.log10().ceil().max(least + 1.0);
    let place = |micros: f64| (micros.log10() - least) / (most - least);
    let mut power = least;
    while power <= most {
        let micros = 10_f64.powf(power);
        picture.grid(place(micros), &time(micros))?;
        power += 1.0;
    }
    for (row, figures) in figures.iter().enumerate() {
        picture.stroke(row, [place(figures[0]), place(figures[2])], Shade::Dark)?;
        for (micros, shade) in figures.iter().zip([Shade::Light, Shade::Dark, Shade::Black]) {
            picture.point(row, place(*micros), shade)?;
        }
    }
    picture.finish()
}

impl Row<'_> {
    fn spread(&self, figure: impl Fn(&Run) -> Option<f64>) -> Option<Spread> {
        Spread::of(self.runs.iter().filter_map(|run| figure(run)))
    }
}

fn names<'a>(rows: &[Row<'a>]) -> Vec<&'a str> {
    rows.iter().map(|row| row.name).collect()
}

/// A power of ten, in the unit that suits it.
fn time(micros: f64) -> String {
    match micros {
        ..1e3 => format!("{micros:.0} µs"),
        ..1e6 => format!("{:.0} ms", micros / 1e3),
        _ => format!("{:.0} s", micros / 1e6),
    }
}
