//! Waiting for children, until something is so, time is up or a signal comes. Must not know what for.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};

use crate::process::Process;

/// From here on a signal is a wish to be stopped in order, so that nothing is left behind: it sets this.
pub(crate) fn stop_flag() -> Result<Arc<AtomicBool>, String> {
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM, SIGHUP] {
        signal_hook::flag::register(signal, Arc::clone(&stop))
            .map_err(|e| format!("cannot take signal {signal}: {e}"))?;
    }
    Ok(stop)
}

/// How a wait has ended.
pub(crate) enum End {
    Done,
    Stopped,
    TimeUp,
}

/// Waits until `done`, while all children must live.
pub(crate) fn wait(
    children: &mut [&mut Process],
    limit: Duration,
    stop: &AtomicBool,
    done: &dyn Fn() -> bool,
) -> Result<End, String> {
    let started = Instant::now();
    loop {
        for child in &mut *children {
            child.check()?;
        }
        if stop.load(Ordering::Relaxed) {
            return Ok(End::Stopped);
        }
        if done() {
            return Ok(End::Done);
        }
        if started.elapsed() > limit {
            return Ok(End::TimeUp);
        }
        thread::sleep(Duration::from_millis(50));
    }
}
