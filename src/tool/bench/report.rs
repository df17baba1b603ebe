//! The result for people. It must not know how it came about.

use std::io::{self, Write};

use hdrhistogram::Histogram;
use indicatif::HumanBytes;

use super::json::Setting;
use super::result::{Result, to_float};

pub(super) fn write(
    out: &mut impl Write,
    setting: &Setting<'_>,
    result: &Result,
) -> io::Result<()> {
    let tally = &result.tally;
    let kept = if setting.keep { "kept connections" } else { "a connection a request" };
    let pace = match setting.rate {
        Some(rate) => format!("{rate} due a second, at most {} at once", setting.connections),
        None => format!("{} at once", setting.connections),
    };
    let seconds = result.time.as_secs_f64();
    writeln!(out, "{}: {kept}, {pace}, {seconds:.1} s\n", setting.target)?;
    writeln!(out, "requests    {}, {:.0} a second", tally.answers, result.per_second())?;
    for (kind, count) in &tally.failures {
        let example = tally.examples.get(kind).map(ToString::to_string).unwrap_or_default();
        writeln!(out, "errors      {count} {kind}: {example}")?;
    }
    writeln!(out, "received    {}", HumanBytes(tally.bytes))?;
    if setting.keep {
        writeln!(out, "reconnects  {}", tally.reconnects)?;
    }
    if let Some(server) = &result.server {
        let (user, system) = result.server_micros(server);
        let (cpu, switches) = (user + system, result.switches_per_request(server));
        writeln!(
            out,
            "server      {cpu:.1} us of CPU a request ({user:.1} user, {system:.1} system), \
             {switches:.2} switches"
        )?;
        if let Some(memory) = server.memory {
            let (pss, rss) = (HumanBytes(memory.pss), HumanBytes(memory.rss));
            writeln!(out, "            {pss} of memory (PSS), {rss} resident")?;
        }
    }
    let own = result.micros_per_request(result.generator_cpu());
    let busy = result.busy() * 100.0;
    writeln!(out, "this load   {own:.1} us of CPU a request, busy for {busy:.0} % of the time")?;
    latency(out, result)?;
    warnings(out, setting, result)
}

fn latency(out: &mut impl Write, result: &Result) -> io::Result<()> {
    if result.tally.latency.is_empty() {
        return Ok(());
    }
    write!(out, "latency     mean {}", micros(result.mean_micros()))?;
    for (name, quantile) in
        [("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("max", 1.0)]
    {
        write!(out, ", {name} {}", micros(result.latency_micros(quantile)))?;
    }
    writeln!(out, "\n")?;
    histogram(out, &result.tally.latency)
}

/// A row for each latency range, the ranges growing with the latency.
fn histogram(out: &mut impl Write, latency: &Histogram<u64>) -> io::Result<()> {
    let (least, most) = (latency.min(), latency.max());
    let mut rows = Vec::new();
    let mut low = 0;
    for high in bounds().skip_while(|&high| high <= least) {
        rows.push((low.max(1), high, latency.count_between(low, high - 1)));
        low = high;
        if high > most {
            break;
        }
    }
    let all = to_float(latency.len());
    let tallest = rows.iter().map(|&(_, _, count)| count).max().unwrap_or(1).max(1);
    for (_, high, count) in rows {
        let length = to_float(count) / to_float(tallest) * BAR;
        let percent = to_float(count) / all * 100.0;
        let below = micros(to_float(high) / 1e3);
        writeln!(out, "  < {below:>8} {percent:>6.2} % {}", bar(length))?;
    }
    Ok(())
}

/// Bounds in nanoseconds: 1, 1.5, 2, 3, 5 and 7 of each power of ten from a microsecond.
fn bounds() -> impl Iterator<Item = u64> {
    (2_u32..12).flat_map(|power| [10, 15, 20, 30, 50, 70].map(|one| one * 10_u64.pow(power)))
}

/// How wide a bar is at most, in characters.
const BAR: f64 = 50.0;

/// So many characters wide, to an eighth.
fn bar(length: f64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "at most 400")]
    let eighths = (length * 8.0).round() as usize;
    format!("{}{}", "█".repeat(eighths / 8), PARTS[eighths % 8])
}

fn warnings(out: &mut impl Write, setting: &Setting<'_>, result: &Result) -> io::Result<()> {
    if result.is_bottleneck() {
        writeln!(
            out,
            "\nWARNING: this load was busy all the time, so the server may be faster than that. \
             Give it more --threads, or a CPU of its own."
        )?;
    }
    let unsent = result.tally.unsent;
    if let Some(rate) = setting.rate.filter(|_| unsent > 0) {
        writeln!(
            out,
            "\nWARNING: the rate of {rate} was not kept: {unsent} requests were due and never \
             sent, as all {} connections waited for answers.",
            setting.connections
        )?;
    }
    Ok(())
}

/// A time in its own unit, with three digits.
fn micros(micros: f64) -> String {
    let (value, unit) = match micros {
        ..1e3 => (micros, "us"),
        ..1e6 => (micros / 1e3, "ms"),
        _ => (micros / 1e6, "s"),
    };
    let digits = match value {
        ..10.0 => 2,
        ..100.0 => 1,
        _ => 0,
    };
    format!("{value:.digits$} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_histogram_has_all_requests() {
        let mut latency = Histogram::new(3).unwrap();
        latency.record_n(12_000, 100).unwrap();
        latency.record_n(90_000, 50).unwrap();
        latency.record_n(2_500_000, 1).unwrap();
        let mut out = Vec::new();
        histogram(&mut out, &latency).unwrap();
        let text = String::from_utf8(out).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert!(lines[0].contains("15.0 us") && lines[0].ends_with(&"█".repeat(50)), "{text}");
        assert!(lines[5].contains("33.11 %") && lines[5].ends_with(&"█".repeat(25)), "{text}");
        assert!(lines.last().unwrap().contains("3.00 ms"), "{text}");
        let shares = lines.iter().map(|line| line.split_whitespace().nth(3).unwrap());
        let sum: f64 = shares.map(|share| share.parse::<f64>().unwrap()).sum();
        assert!((sum - 100.0).abs() < 0.1, "{text}");
    }
}
