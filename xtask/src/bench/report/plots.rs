//! Two pictures a case, as SVG: CPU time as bars, latency as points on a logarithmic scale. It must not
//! know which server is ours.

use std::path::{Path, PathBuf};

use plotters::coord::Shift;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use super::super::peers::Peer;
use super::super::plan::{self, Case, Route};
use super::super::results::Run;
use super::super::statistics::Spread;
use super::tables;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), Box<dyn std::error::Error>>;

/// A server's line in a picture.
struct Line<'a> {
    name: &'a str,
    runs: Vec<&'a Run>,
}

/// Draws all of them into `folder`; their files.
pub(super) fn draw(folder: &Path, runs: &[Run], peers: &[Peer]) -> Result<Vec<PathBuf>, String> {
    let mut files = Vec::new();
    for case in tables::cases(runs) {
        let line = |peer: &'_ Peer| {
            let runs: Vec<&Run> = tables::of(runs, &peer.name, case).collect();
            (!runs.is_empty()).then(|| (peer.name.clone(), runs))
        };
        let owned: Vec<(String, Vec<&Run>)> = peers.iter().filter_map(line).collect();
        let lines: Vec<Line<'_>> =
            owned.iter().map(|(name, runs)| Line { name, runs: runs.clone() }).collect();
        for (kind, picture) in
            [("cpu", cpu as fn(&Area<'_>, &[Line<'_>]) -> Drawn), ("latency", latency)]
        {
            let file = folder.join(format!("{}-{kind}.svg", stem(case)));
            let title = format!("{} — {kind}", case.title());
            let failed = |e| format!("{}: {e}", file.display());
            one(&file, &title, &lines, picture).map_err(failed)?;
            files.push(file);
        }
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

fn one(
    file: &Path,
    title: &str,
    lines: &[Line<'_>],
    picture: fn(&Area<'_>, &[Line<'_>]) -> Drawn,
) -> Drawn {
    let height = TOP + LINE * i32::try_from(lines.len())? + BOTTOM;
    let area =
        SVGBackend::new(file, (u32::try_from(WIDTH)?, u32::try_from(height)?)).into_drawing_area();
    area.fill(&WHITE)?;
    write(&area, title, (10, 20), 16, HPos::Left)?;
    for (at, line) in lines.iter().enumerate() {
        write(&area, line.name, (LEFT - 10, middle(at)?), 13, HPos::Right)?;
    }
    picture(&area, lines)?;
    area.present()?;
    Ok(())
}

/// A bar each, the kernel's part darker, with a line from the least to the most.
fn cpu(area: &Area<'_>, lines: &[Line<'_>]) -> Drawn {
    let spread = |line: &Line<'_>, figure: &dyn Fn(&Run) -> Option<f64>| {
        Spread::of(line.runs.iter().filter_map(|run| figure(run)))
    };
    let kernel = |run: &Run| run.measured.server.map(|server| server.system_micros_per_request);
    let all: Vec<_> = lines
        .iter()
        .map(|line| Some((spread(line, &tables::cpu)?, spread(line, &kernel)?)))
        .collect();
    let most = all.iter().flatten().map(|(all, _)| all.most).fold(0.0, f64::max);
    let x = |micros: f64| place(micros / most);
    for (at, (all, kernel)) in
        all.iter().enumerate().filter_map(|(at, both)| Some((at, both.as_ref()?)))
    {
        let y = middle(at)?;
        let bar = |to: f64, color: RGBColor| {
            Rectangle::new([(LEFT, y - 8), (x(to), y + 8)], color.filled())
        };
        area.draw(&bar(all.median, LIGHT))?;
        area.draw(&bar(kernel.median.min(all.median), DARK))?;
        area.draw(&PathElement::new(vec![(x(all.least), y), (x(all.most), y)], BLACK))?;
        write(area, &format!("{all:.1}"), (x(all.most) + 6, y), 12, HPos::Left)?;
    }
    let height = middle(lines.len())? + 4;
    write(
        area,
        "µs of CPU a request, the darker part in the kernel",
        (LEFT, height),
        12,
        HPos::Left,
    )
}

/// The medians of p50, p99 and p99.9.
fn latency(area: &Area<'_>, lines: &[Line<'_>]) -> Drawn {
    let median = |line: &Line<'_>, figure: &dyn Fn(&Run) -> f64| {
        Spread::of(line.runs.iter().map(|run| figure(run)))
            .map_or(1.0, |spread| spread.median.max(1.0))
    };
    let all: Vec<[f64; 3]> = lines
        .iter()
        .map(|line| {
            [
                median(line, &|run| run.measured.latency_micros.p50),
                median(line, &|run| run.measured.latency_micros.p99),
                median(line, &|run| run.measured.latency_micros.p999),
            ]
        })
        .collect();
    let figures = || all.iter().flatten().copied();
    let least = figures().fold(f64::MAX, f64::min).log10().floor();
    let most = figures().fold(1.0, f64::max).log10().ceil().max(least + 1.0);
    let x = |micros: f64| place((micros.log10() - least) / (most - least));
    let (top, bottom) = (TOP - 4, middle(lines.len())? - 10);
    let mut power = least;
    while power <= most {
        let micros = 10_f64.powf(power);
        area.draw(&PathElement::new(vec![(x(micros), top), (x(micros), bottom)], GRID))?;
        write(area, &format!("{micros:.0} µs"), (x(micros), bottom + 14), 12, HPos::Center)?;
        power += 1.0;
    }
    for (at, figures) in all.iter().enumerate() {
        let y = middle(at)?;
        area.draw(&PathElement::new(vec![(x(figures[0]), y), (x(figures[2]), y)], DARK))?;
        for (micros, color) in figures.iter().zip([LIGHT, DARK, BLACK]) {
            area.draw(&Circle::new((x(*micros), y), 5, color.filled()))?;
        }
    }
    write(area, "p50, p99, p99.9: from light to dark", (WIDTH - 10, 20), 12, HPos::Right)
}

fn write(area: &Area<'_>, text: &str, at: (i32, i32), size: u32, side: HPos) -> Drawn {
    let style = ("sans-serif", size).into_text_style(area).pos(Pos::new(side, VPos::Center));
    Ok(area.draw(&Text::new(text, at, style))?)
}

/// The middle of a line.
fn middle(line: usize) -> Result<i32, std::num::TryFromIntError> {
    Ok(TOP + LINE * i32::try_from(line)? + LINE / 2)
}

/// A part of the width, from 0 to 1.
#[allow(clippy::cast_possible_truncation, reason = "it is a pixel of the picture")]
fn place(part: f64) -> i32 {
    LEFT + (part.clamp(0.0, 1.0) * f64::from(WIDTH - LEFT - RIGHT)) as i32
}

const WIDTH: i32 = 820;
const LEFT: i32 = 160;
/// Room for a figure behind the longest bar.
const RIGHT: i32 = 140;
const TOP: i32 = 40;
const LINE: i32 = 26;
const BOTTOM: i32 = 36;

const LIGHT: RGBColor = RGBColor(0x9e, 0xc5, 0xe8);
const DARK: RGBColor = RGBColor(0x2f, 0x6d, 0xa8);
const GRID: RGBColor = RGBColor(0xdd, 0xdd, 0xdd);
