//! All threads of the server: started together, told to stop together. Knows nothing of their work.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use super::pool::{Phase, Pool};
use super::thread::PoolThread;
use super::warden::Warden;
use super::{THREAD_PREFIX, ticker};
use crate::clock::now;
use crate::pool::Counts;
use crate::schedule::{Files, Store};

/// The server's threads.
pub(crate) struct Crew {
    pool: Arc<Pool>,
    threads: Vec<JoinHandle<()>>,
    ticker: JoinHandle<()>,
    /// Held, as it watches only as long as it lives.
    _files: Option<Files>,
}

/// A panic that leaves a thread's life is our own bug: handlers' panics are caught where they are
/// called. The process ends, so that whoever supervises it starts another.
fn end_with_bugs(life: Box<dyn FnOnce() + Send>) {
    if catch_unwind(AssertUnwindSafe(life)).is_err() {
        tracing::error!("the server itself has panicked: the process ends");
        std::process::abort();
    }
}

/// Starts one of our threads.
pub(super) fn spawn(name: &str, life: Box<dyn FnOnce() + Send>) -> io::Result<JoinHandle<()>> {
    let name = format!("{THREAD_PREFIX}-{name}");
    Builder::new().name(name).stack_size(STACK).spawn(|| end_with_bugs(life))
}

/// A thread's stack. Handlers are the application's, which may recurse.
const STACK: usize = 2 << 20;

impl Crew {
    /// Starts everything.
    pub(crate) fn start(
        pool: Arc<Pool>,
        files: Option<Files>,
        store: Option<Store>,
    ) -> io::Result<Self> {
        let mut threads = Vec::new();
        let warden = Warden::new(Arc::clone(&pool));
        threads.push(spawn("warden", Box::new(|| warden.live()))?);
        for (index, seat) in pool.seats.taken().enumerate() {
            let own = Arc::clone(&pool);
            let life = move || PoolThread::new(&own, index, seat).live();
            threads.push(spawn(&pool.thread_name(index), Box::new(life))?);
        }
        let own = Arc::clone(&pool);
        let ticker = spawn("ticker", Box::new(move || ticker::live(&own, store.as_ref())))?;
        Ok(Self { pool, threads, ticker, _files: files })
    }

    /// What became of the ticks of each timer, cron and file monitor, by job name.
    pub(crate) fn ticks(&self) -> impl Iterator<Item = (&str, Counts)> {
        let application = &self.pool.surroundings.application;
        let triggers = application.triggers.iter().zip(&self.pool.ticks);
        triggers.map(|(trigger, ticks)| (application.signal_name(trigger.signal), ticks.counts()))
    }

    /// Takes nothing new; what is there gets its answer.
    pub(crate) fn drain(&self) {
        self.pool.enter(Phase::Draining);
        self.ticker.thread().unpark();
    }

    /// Whether nothing more comes due here.
    pub(crate) fn has_left_its_schedule(&self) -> bool {
        self.ticker.is_finished()
    }

    /// Ends all threads that are not inside a job by `until`; how many were.
    pub(crate) fn stop(self, until: Instant) -> usize {
        self.pool.enter(Phase::Stopped);
        self.ticker.thread().unpark();
        let mut threads = self.threads;
        threads.push(self.ticker);
        threads.extend(self.pool.stand_ins.take());
        while !threads.is_empty() && now() < until {
            threads.retain(|thread| !thread.is_finished());
            std::thread::park_timeout(Duration::from_millis(1));
        }
        threads.iter().filter(|thread| !thread.is_finished()).count()
    }
}
