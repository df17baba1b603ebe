//! What nobody asks for: handlers of timers, crons, signals and file monitors, and what counts them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use cleanslate::{
    Context, Error, Interval, Misfire, Options, Overlap, Request, Response, Result, TimerId, every,
    never,
};

use crate::{database, leaks, work};

/// How often the handler of each signal ran.
pub(crate) struct Counts {
    runs: [AtomicU64; 14],
    /// Timers that were added by requests, the last of them.
    added: Mutex<Option<TimerId>>,
    /// What the watched file said.
    watched: Mutex<String>,
}

impl Counts {
    pub(crate) fn note(&self, signal: usize) {
        self.runs[signal].fetch_add(1, Ordering::Relaxed);
    }
}

impl Default for Counts {
    fn default() -> Self {
        Self {
            runs: std::array::from_fn(|_| AtomicU64::new(0)),
            added: Mutex::new(None),
            watched: Mutex::default(),
        }
    }
}

/// The number of the timer `slow`, which has no signal.
const SLOW: usize = 0;

/// Signal 1: reads all users, so that it holds what a request does.
pub(crate) fn tick(ctx: &mut Context) -> Result<()> {
    let users = ctx.db()?.query_all("SELECT id, name, email FROM users", [], database::read)?;
    count::<1>(ctx)?;
    if ctx.option("tick-keeps") == "yes" {
        leaks::keep_connection(ctx)?;
    }
    assert!(
        !users.is_empty() && ctx.option("tick-panics") != "yes",
        "a tick that was told to panic"
    );
    Ok(())
}

/// Counts a run of this signal's handler, which reads as signal 1 does; then does what it was told.
pub(crate) fn count<const SIGNAL: usize>(ctx: &mut Context) -> Result<()> {
    ctx.state::<Counts>()?.runs[SIGNAL].fetch_add(1, Ordering::Relaxed);
    if ctx.option("reads") == "yes" {
        ctx.db()?.query_all(
            "SELECT id, name, email FROM users WHERE id < 9",
            [],
            database::read,
        )?;
    }
    // Who has no deadline would never end.
    let has_deadline = ctx.time_left().is_some();
    match ctx.option("ill") {
        "panic" => panic!("a handler that was told to panic"),
        "query" if has_deadline => work::endless_query(ctx).map(drop),
        "sleep" if has_deadline => {
            std::thread::park_timeout(Duration::from_secs(3));
            Ok(())
        }
        _ => Ok(()),
    }
}

/// Signals 8 and 9 raise themselves for ever.
pub(crate) fn for_ever<const SIGNAL: u8>(ctx: &mut Context) -> Result<()> {
    ctx.state::<Counts>()?.runs[usize::from(SIGNAL)].fetch_add(1, Ordering::Relaxed);
    ctx.signal(SIGNAL)
}

/// Keeps what is in the file that it watches.
pub(crate) fn watched(ctx: &mut Context) -> Result<()> {
    let text = std::fs::read_to_string("probe.watch").unwrap_or_default();
    *ctx.state::<Counts>()?.watched.lock().map_err(|_| Error::internal("poisoned"))? = text;
    count::<5>(ctx)
}

/// What was in the file when its handler ran last.
pub(crate) fn seen(ctx: &mut Context, _: &Request) -> Result<Response> {
    let seen = ctx.state::<Counts>()?.watched.lock().map_err(|_| Error::internal("poisoned"))?;
    Ok(Response::text(seen.clone()))
}

/// Signal 7 raises itself, ten times in all.
pub(crate) fn again(ctx: &mut Context) -> Result<()> {
    count::<7>(ctx)?;
    if ctx.state::<Counts>()?.runs[7].load(Ordering::Relaxed) % 10 != 0 {
        ctx.signal(7)?;
    }
    Ok(())
}

/// Takes longer than a tick: at most one waits for it, and none runs beside it.
pub(crate) fn slow(ctx: &mut Context) -> Result<()> {
    count::<SLOW>(ctx)?;
    std::thread::park_timeout(Duration::from_millis(300));
    Ok(())
}

pub(crate) fn slow_interval(options: &Options) -> Result<Interval> {
    let overlap = match options.text("slow-overlap") {
        Some("skip") => Overlap::Skip,
        Some("allow") => Overlap::Allow(3),
        _ => Overlap::QueueOne,
    };
    let misfire = match options.text("slow-misfire") {
        Some("skip") => Misfire::Skip,
        Some("all") => Misfire::All(100),
        _ => Misfire::Once,
    };
    let interval = seconds("slow-tick")(options)?.overlap(overlap).misfire(misfire);
    let is_ill = options.text("ill").is_some_and(|how| how != "no");
    Ok(if is_ill { interval.deadline(Duration::from_millis(200)) } else { interval })
}

/// An interval that an option gives, in seconds; 0 is never. Its deadline is longer than any clock goes,
/// which is none.
pub(crate) fn seconds(option: &'static str) -> impl Fn(&Options) -> Result<Interval> + Send + Sync {
    move |options| {
        let seconds: f64 = options.parsed(option)?;
        Ok(if seconds == 0.0 { never() } else { every(seconds).deadline(Duration::MAX) })
    }
}

/// How often each ran, by its signal; the timer `slow` by its name.
pub(crate) fn ticks(ctx: &mut Context, _: &Request) -> Result<Response> {
    let runs = &ctx.state::<Counts>()?.runs;
    let named = |(signal, runs): (usize, &AtomicU64)| {
        let name = if signal == SLOW { "slow".to_owned() } else { signal.to_string() };
        (name, runs.load(Ordering::Relaxed).into())
    };
    let all: serde_json::Map<String, serde_json::Value> =
        runs.iter().enumerate().map(named).collect();
    Response::json(&all)
}

/// Raises a signal.
pub(crate) fn raise(ctx: &mut Context, request: &Request) -> Result<Response> {
    ctx.signal(request.parsed("n")?)?;
    Ok(Response::empty(204))
}

/// Adds a timer for a signal and removes the one that was added before; 0 ms only removes.
pub(crate) fn add_timer(ctx: &mut Context, request: &Request) -> Result<Response> {
    let milliseconds: u64 = request.parsed("ms")?;
    let added = match milliseconds {
        0 => None,
        _ => ctx.add_timer(request.parsed("n")?, Duration::from_millis(milliseconds))?,
    };
    let mut last = ctx.state::<Counts>()?.added.lock().map_err(|_| Error::internal("poisoned"))?;
    let removed = std::mem::replace(&mut *last, added).is_some_and(|timer| ctx.remove_timer(timer));
    Ok(Response::text(format!("removed {removed}\n")))
}
