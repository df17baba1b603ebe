//! What a schedule would do: a table of firings, by clocks that only it moves. Runs no handler.

use std::io;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::{Now, Schedule};

/// From when to when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Span {
    pub(crate) from: Timestamp,
    pub(crate) to: Timestamp,
    /// No more lines than these.
    pub(crate) lines_max: usize,
}

/// Writes a line for each tick in the order in which they come: when, in UTC and in the zone, and
/// whose. The schedule begins at `start`, the time of the span's begin by the clock that never
/// jumps.
pub(crate) fn simulate(
    schedule: &mut Schedule,
    start: Instant,
    span: Span,
    zone: &TimeZone,
    name_of: impl Fn(usize) -> String,
    out: &mut dyn io::Write,
) -> io::Result<()> {
    let mut passed = Duration::ZERO;
    let mut lines = 0;
    loop {
        let Ok(wall) = span.from.checked_add(passed) else { break };
        if wall > span.to {
            break;
        }
        let now = Now { monotonic: start + passed, wall };
        while let Some(firing) = schedule.poll_due(now) {
            if lines == span.lines_max {
                writeln!(out, "… and more: raise --lines")?;
                return Ok(());
            }
            lines += 1;
            let local = wall.to_zoned(zone.clone()).strftime("%Y-%m-%d %a %H:%M:%S %:z");
            writeln!(out, "{}  {local}  {}", wall.strftime("%FT%TZ"), name_of(firing.signal))?;
        }
        match schedule.until_due(now) {
            // What is due is due now: at least the clock's smallest step passes.
            Some(wait) => passed += wait.max(Duration::from_nanos(1)),
            None => break,
        }
    }
    Ok(())
}
