//! An audit as a table with a verdict, or as JSON. Knows nothing of how it was made.

use std::collections::BTreeMap;
use std::io::Write;
use std::time::Duration;

use serde::Serialize;

use super::Audited;
use super::verdict::Verdict;

/// One subject, for scripts. A run's amounts are averages; bytes, descriptors and threads.
#[derive(Serialize)]
struct Row<'a> {
    job: &'a str,
    runs: usize,
    failures: usize,
    left_behind: usize,
    seconds: f64,
    heap_per_run: Option<f64>,
    descriptors_per_run: Option<f64>,
    threads_per_run: Option<f64>,
    descriptors: &'a [(String, usize)],
    leaks: bool,
    /// How often a request was answered with each status.
    statuses: BTreeMap<u16, usize>,
}

/// Writes it to the standard output. Nobody may be there to read it; the exit code says it too.
pub(super) fn tell(audited: &[Audited], is_json: bool) {
    let mut out = std::io::stdout().lock();
    let _ = if is_json { write_json(&mut out, audited) } else { write_table(&mut out, audited) };
}

fn write_json(out: &mut impl Write, audited: &[Audited]) -> std::io::Result<()> {
    let rows: Vec<Row<'_>> = audited
        .iter()
        .map(|Audited { subject, samples, verdict }| Row {
            job: &subject.name,
            runs: samples.len(),
            failures: verdict.failures,
            left_behind: verdict.left_behind,
            seconds: mean(audited_times(samples)).as_secs_f64(),
            heap_per_run: verdict.heap,
            descriptors_per_run: verdict.descriptors,
            threads_per_run: verdict.threads,
            descriptors: &verdict.targets,
            leaks: verdict.is_leak(),
            statuses: statuses(samples),
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &rows).map_err(std::io::Error::other)?;
    writeln!(out)
}

fn statuses(samples: &[super::Sample]) -> BTreeMap<u16, usize> {
    let mut statuses = BTreeMap::new();
    for status in samples.iter().filter_map(|sample| sample.status) {
        *statuses.entry(status).or_default() += 1;
    }
    statuses
}

fn audited_times(samples: &[super::Sample]) -> impl ExactSizeIterator<Item = Duration> {
    samples.iter().map(|sample| sample.took)
}

fn mean(times: impl ExactSizeIterator<Item = Duration>) -> Duration {
    let count = u32::try_from(times.len()).unwrap_or(u32::MAX).max(1);
    times.sum::<Duration>() / count
}

fn write_table(out: &mut impl Write, audited: &[Audited]) -> std::io::Result<()> {
    let names = audited.iter().map(|audited| audited.subject.name.chars().count());
    let width = names.max().unwrap_or(0).max(3);
    writeln!(
        out,
        "{:width$}  {:>5}  {:>6}  {:>9}  {:>10}  {:>11}  {:>7}  {:>5}  what it holds, run by run",
        "job", "runs", "failed", "each", "heap/run", "descr./run", "threads", "dirty"
    )?;
    for Audited { subject, samples, verdict } in audited {
        let each = mean(audited_times(samples)).as_secs_f64() * 1e3;
        let number = |value: Option<f64>| {
            value.map_or_else(|| "0".to_owned(), |value| format!("{value:.1}"))
        };
        let heap = match samples.first().and_then(|sample| sample.heap) {
            None => "?".to_owned(),
            Some(_) => number(verdict.heap),
        };
        writeln!(
            out,
            "{:width$}  {:>5}  {:>6}  {:>6.2} ms  {:>10}  {:>11}  {:>7}  {:>5}  {}",
            subject.name,
            samples.len(),
            verdict.failures,
            each,
            heap,
            number(verdict.descriptors),
            number(verdict.threads),
            verdict.left_behind,
            plot(&held(samples, verdict)),
        )?;
    }
    writeln!(out)?;
    write_verdict(out, audited)
}

fn write_verdict(out: &mut impl Write, audited: &[Audited]) -> std::io::Result<()> {
    for Audited { subject, samples, verdict } in audited {
        let name = &subject.name;
        if let Some(bytes) = verdict.heap {
            writeln!(out, "LEAK  {name} keeps {bytes:.0} bytes of the heap in each run")?;
        }
        if let Some(count) = verdict.descriptors {
            let most = verdict.targets.iter().take(3);
            let most: Vec<String> =
                most.map(|(target, more)| format!("{target} ×{more}")).collect();
            writeln!(
                out,
                "LEAK  {name} keeps {count:.1} descriptors in each run: {}",
                most.join(", ")
            )?;
        }
        if let Some(count) = verdict.threads {
            writeln!(out, "LEAK  {name} keeps {count:.1} threads in each run")?;
        }
        let statuses = statuses(samples);
        if !statuses.is_empty() {
            let each = statuses.iter().map(|(status, count)| format!("{status} ×{count}"));
            writeln!(out, "said  {name} answered {}", each.collect::<Vec<_>>().join(", "))?;
        }
        if verdict.failures > 0 {
            let (failures, all) = (verdict.failures, samples.len());
            writeln!(out, "fails {name} failed in {failures} of {all} runs")?;
        }
        if verdict.left_behind > 0 {
            let count = verdict.left_behind;
            writeln!(
                out,
                "dirty {name} left its context dirty in {count} runs; the server cleans it up"
            )?;
        }
    }
    let leaks = audited.iter().filter(|audited| audited.verdict.is_leak()).count();
    match leaks {
        0 => writeln!(out, "none of {} leaks", audited.len()),
        _ => writeln!(out, "{leaks} of {} leak", audited.len()),
    }
}

/// What a subject holds run by run, of what it leaks first.
fn held(samples: &[super::Sample], verdict: &Verdict) -> Vec<i64> {
    let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
    let of = |sample: &super::Sample| match verdict {
        Verdict { descriptors: Some(_), heap: None, .. } => count(sample.descriptor_count()),
        Verdict { threads: Some(_), heap: None, .. } => count(sample.threads),
        _ => sample.heap.unwrap_or(0),
    };
    samples.iter().map(of).collect()
}

/// A line of bars, each for some runs.
fn plot(held: &[i64]) -> String {
    const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    const WIDTH: usize = 24;
    let low = held.iter().copied().min().unwrap_or(0);
    let span = held.iter().copied().max().unwrap_or(0) - low;
    let width = WIDTH.min(held.len()).max(1);
    let steps = (0..width).filter_map(|step| held.get(step * held.len() / width));
    let bar = |held: &i64| {
        let height = if span == 0 { 0 } else { (held - low) * 7 / span };
        BARS[usize::try_from(height).unwrap_or(0).min(7)]
    };
    steps.map(bar).collect()
}
