//! Timers that only say when they ticked, into a file: for measurements of how late they are.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::sync::OnceLock;

use rustix::time::{ClockId, clock_gettime};

use cleanslate::{App, Context, Error, Result};

use crate::schedule::seconds;

/// The signals of the timers.
const SIGNALS: std::ops::Range<u8> = 100..150;

/// The file, once a timer has ticked.
#[derive(Default)]
struct Recorder(OnceLock<File>);

/// Adds fifty timers, which tick only if the option `timers` says how often.
pub(crate) fn add(app: App) -> App {
    let app = app
        .option("timers", "0", "Seconds between ticks of signals 100 to 149; 0 is never")
        .option(
            "timers-file",
            "",
            "The file into which each of them writes its number and the time",
        )
        .state(Recorder::default());
    SIGNALS.fold(app, |app, signal| {
        app.timer(signal, seconds("timers"), move |ctx| record(ctx, signal))
    })
}

/// A line: the signal, and nanoseconds since the machine was started.
fn record(ctx: &mut Context, signal: u8) -> Result<()> {
    let now = clock_gettime(ClockId::Monotonic);
    let now = i128::from(now.tv_sec) * 1_000_000_000 + i128::from(now.tv_nsec);
    let path = ctx.option("timers-file").to_owned();
    let recorder = ctx.state::<Recorder>()?;
    let mut file = match recorder.0.get() {
        Some(file) => file,
        None => {
            let opened = OpenOptions::new().append(true).create(true).open(&path);
            let opened = opened.map_err(|error| Error::internal(format!("{path}: {error}")))?;
            recorder.0.get_or_init(|| opened)
        }
    };
    file.write_all(format!("{signal} {now}\n").as_bytes())
        .map_err(|error| Error::internal(format!("{path}: {error}")))
}
