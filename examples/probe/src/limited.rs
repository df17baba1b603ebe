//! Signals and a file monitor that say what their runs may take, and what becomes of those that come
//! while one still runs.

use std::time::Duration;

use cleanslate::{App, Context, Interval, Options, Overlap, Result, file_monitor, signal};

use crate::{schedule, work};

/// What signal 10 and file monitor 13 may take.
const HASTY: Duration = Duration::from_millis(300);

/// The file that is watched.
const FILE: &str = "probe.hasty";

/// Adds them.
pub(crate) fn add(app: App) -> App {
    let file = file_monitor(FILE).deadline(HASTY).overlap(Overlap::Skip);
    app.option(
        "patient-tick",
        "0",
        "Seconds between ticks of signals 10 and 11, for 3 s each; 0 is never",
    )
    .signal(signal(10).deadline(HASTY), "", too_slow::<10>)
    .add_timer(10, patient)
    .signal(signal(11).overlap(Overlap::QueueOne), "", takes_time::<11>)
    .add_timer(11, patient)
    .signal(signal(12).overlap(Overlap::Skip), "workers", takes_time::<12>)
    .file_monitor(13, file, too_slow::<13>)
}

/// Takes 0.8 s, or as long as a query that never ends if its file says so.
fn too_slow<const SIGNAL: usize>(ctx: &mut Context) -> Result<()> {
    ctx.state::<schedule::Counts>()?.note(SIGNAL);
    if std::fs::read_to_string(FILE).is_ok_and(|text| text == "query") {
        return work::endless_query(ctx).map(drop);
    }
    std::thread::park_timeout(Duration::from_millis(800));
    Ok(())
}

fn takes_time<const SIGNAL: usize>(ctx: &mut Context) -> Result<()> {
    ctx.state::<schedule::Counts>()?.note(SIGNAL);
    std::thread::park_timeout(Duration::from_millis(500));
    Ok(())
}

/// A timer whose runs may take longer than others of its signal.
fn patient(options: &Options) -> Result<Interval> {
    Ok(schedule::seconds("patient-tick")(options)?.deadline(Duration::from_secs(3)))
}
