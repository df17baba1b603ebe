//! What a job costs beside its handler and the kernel: to be handed over, to have its context proved
//! clean, to be entered in the ledger, to come due. Knows nothing of requests.

use std::time::{Duration, Instant};

use cleanslate::internals::{Entries, HandOver, Handlers, Timers};
use cleanslate::{App, Context, Result};
use divan::Bencher;

/// A job that is queued, and taken by the same thread.
#[divan::bench(sample_size = 100)]
fn hand_over_to_itself(bencher: Bencher<'_, '_>) {
    let pool = HandOver::new(now());
    pool.settle();
    bencher.bench_local(|| assert!(pool.queue_and_take()));
}

/// A job that is queued for a thread that sleeps, until that has it: one a sample, as the thread is awake after
/// it.
#[divan::bench(sample_size = 1, sample_count = 1_000)]
fn hand_over_to_a_sleeping_thread(bencher: Bencher<'_, '_>) {
    let pool = HandOver::new(now());
    bencher.with_inputs(|| pool.settle()).bench_local_values(|()| pool.hand_over());
}

/// A handler that reads a row so many times. The second query adds what a query costs, and the first that and
/// the proof that the connection is clean.
#[divan::bench(args = [0, 1, 2], sample_size = 100)]
fn job_with_queries(bencher: Bencher<'_, '_>, queries: usize) {
    run(bencher, move |ctx| {
        for _ in 0..queries {
            ctx.db()?.query_row("SELECT 1729", [], |row| row.get::<_, u32>(0))?;
        }
        Ok(())
    });
}

/// A handler that leaves a transaction open, which is rolled back.
#[divan::bench(sample_size = 100)]
fn job_that_leaves_a_transaction_open(bencher: Bencher<'_, '_>) {
    run(bencher, |ctx| Ok(ctx.db()?.execute_batch("BEGIN")?));
}

/// A run that is entered, with its five times; of so many names in turns.
#[divan::bench(args = [1, 100], sample_size = 1_000)]
fn ledger_entry(bencher: Bencher<'_, '_>, names: usize) {
    let mut entries = Entries::new(names, now());
    bencher.bench_local(|| entries.note());
}

/// A hundred names that are added up for whoever reads the statistics.
#[divan::bench(sample_size = 100)]
fn ledger_of_a_hundred_names(bencher: Bencher<'_, '_>) {
    let mut entries = Entries::new(100, now());
    (0..10_000).for_each(|_| entries.note());
    bencher.bench_local(|| assert_eq!(entries.sum(), 10_000));
}

/// A thousand timers of a thousand seconds each, of which one comes due.
#[divan::bench(sample_size = 100)]
fn timer_comes_due(bencher: Bencher<'_, '_>) {
    let mut timers = Timers::new(now());
    for _ in 0..1_000 {
        timers.add(Duration::from_secs(1_000));
        timers.pass(Duration::from_secs(1));
    }
    bencher.bench_local(|| assert_eq!(timers.pass(Duration::from_secs(1)), 1));
}

/// Runs a handler again and again on one thread's context, with a database in memory.
fn run(
    bencher: Bencher<'_, '_>,
    handler: impl Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
) {
    let folder = tempfile::tempdir_in("/dev/shm").expect("there is a folder for files in memory");
    let app = App::new("pieces").on_start(handler);
    let mut handlers =
        Handlers::new(app, Some(&folder.path().join("pieces.db"))).expect("it is an application");
    bencher.bench_local(|| assert!(handlers.run(0)));
}

#[allow(clippy::disallowed_methods, reason = "a bench measures by the clock")]
fn now() -> Instant {
    Instant::now()
}
