//! `simulate`: prints what an application's schedule would do. Runs nothing.

use std::io::Write;
use std::sync::Arc;

use super::Failure;
use crate::app::App;
use crate::clock::{self, now};
use crate::config::{Options, SpanText};
use crate::pool::Ticks;
use crate::schedule::{self, Now, Ran, Schedule, Zone};

/// Prints the firing table of a span of time.
pub(super) fn simulate(app: App, options: Options, span: &SpanText) -> Result<(), Failure> {
    let zone = Zone::parse(options.text("cron-timezone").unwrap_or("local"));
    let zone = zone.map_err(|error| Failure::Usage(error.to_string()))?;
    let span = span.resolve(clock::both().wall).map_err(Failure::Usage)?;
    let application =
        app.build(options).map_err(|mistakes| Failure::Settings(mistakes.join("\n")))?;
    let ticks: Vec<_> =
        application.triggers.iter().map(|trigger| Arc::new(Ticks::new(&trigger.policy))).collect();
    let start = Now { monotonic: now(), wall: span.from };
    let never = |job: &str| {
        let _ = writeln!(std::io::stderr(), "{job}: it will never be due");
    };
    let mut schedule = Schedule::of(&application, &ticks, start, 1, &Ran::new(), never);
    let name_of = |signal| application.signal_name(signal).to_owned();
    let mut out = std::io::stdout().lock();
    // A reader that has seen enough is no failure.
    let _ = schedule::simulate(
        &mut schedule,
        start.monotonic,
        span,
        zone.time_zone(),
        name_of,
        &mut out,
    );
    Ok(())
}
