//! How background work gets into the pool: ticks that are due, signals that are raised, and what is
//! owed when a run has ended. Knows nothing of how it is run.

use std::path::Path;
use std::sync::atomic::Ordering;
use std::sync::{Arc, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::pool::{Phase, Pool};
use crate::app::{Policy, Source, Target, Trigger};
use crate::clock::{both, now};
use crate::context::{Control, NotRaised, Raiser, TimerId};
use crate::pool::{Tick, Ticks};
use crate::schedule::{Files, Firing, Plan, Schedule, WatchError};

impl Pool {
    /// Queues what a firing comes to.
    pub(super) fn fire(&self, firing: Firing) {
        let Firing { signal, due_at, count, ticks, .. } = firing;
        self.tick(signal, due_at, count, &ticks);
    }

    /// Something has ticked; a run is queued unless one waits, or runs, that rules it out.
    pub(super) fn tick(&self, signal: usize, due_at: Instant, count: u64, ticks: &Arc<Ticks>) {
        if ticks.come_due(count, self.copies(signal)) {
            self.queue_runs(signal, due_at, Some(ticks));
        }
    }

    /// Watches the files that the application monitors.
    ///
    /// # Errors
    /// One that can't be watched.
    pub(crate) fn watch_files(self: &Arc<Self>) -> Result<Option<Files>, WatchError> {
        let triggers = self.surroundings.application.triggers.iter().enumerate();
        let monitors: Vec<(usize, usize, &Path)> = triggers
            .filter_map(|(place, trigger)| match &trigger.source {
                Source::File(path) => Some((place, trigger.signal, path.as_path())),
                Source::Timer(..) | Source::Cron(_) | Source::Raised => None,
            })
            .collect();
        if monitors.is_empty() {
            return Ok(None);
        }
        let paths: Vec<&Path> = monitors.iter().map(|(_, _, path)| *path).collect();
        let of: Vec<(usize, usize)> =
            monitors.iter().map(|(place, signal, _)| (*place, *signal)).collect();
        // The watches are the pool's, and end with it.
        let pool = Arc::downgrade(self);
        let changed = move |number: usize| {
            let (place, signal) = of[number];
            if let Some(pool) = pool.upgrade()
                && pool.phase() == Phase::Serving
                && !pool.held.note_change(place, now())
            {
                pool.tick(signal, now(), 1, &pool.ticks[place]);
            }
        };
        Files::watch(&paths, changed).map(Some)
    }

    /// A run has ended: one that was owed is queued.
    pub(super) fn settle_owed(&self, tick: &Tick) {
        let Some(ticks) = &tick.ticks else {
            return;
        };
        if self.phase() >= Phase::Draining {
            // Nothing is begun any more that nobody waits for.
            ticks.forget_owed();
        }
        if ticks.end(self.copies(tick.signal)) {
            self.queue_runs(tick.signal, now(), Some(ticks));
        }
    }

    /// On how many workers a signal's handler runs at once.
    fn copies(&self, signal: usize) -> usize {
        match self.surroundings.application.signals[signal].target {
            Target::Workers => self.workers.len(),
            Target::Any | Target::Worker(_) => 1,
        }
    }

    fn queue_runs(&self, signal: usize, due_at: Instant, ticks: Option<&Arc<Ticks>>) {
        let queue = |worker| {
            let ticks = ticks.cloned();
            self.lanes.push_tick(Tick { signal, worker, due_at, ticks });
            match worker {
                None => self.roster.wake_one(),
                Some(worker) => self.roster.wake_one_of(worker),
            }
        };
        match self.surroundings.application.signals[signal].target {
            Target::Any => queue(None),
            Target::Worker(worker) => queue(Some(worker)),
            Target::Workers => (0..self.workers.len()).for_each(|worker| queue(Some(worker))),
        }
    }

    /// A raised signal has left the queue.
    pub(super) fn raised_left(&self) {
        self.raised.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn schedule(&self) -> MutexGuard<'_, Schedule> {
        self.schedule.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Has the ticker look at the schedule anew.
    pub(super) fn wake_ticker(&self) {
        if let Some(ticker) = self.ticker.get() {
            ticker.unpark();
        }
    }

    /// What is known of the runs that are raised by hand, where these are not to overlap.
    fn raised_ticks(&self, signal: usize) -> Option<&Arc<Ticks>> {
        let triggers = &self.surroundings.application.triggers;
        let is_own = |trigger: &Trigger| {
            trigger.signal == signal && matches!(trigger.source, Source::Raised)
        };
        triggers.iter().position(is_own).map(|place| &self.ticks[place])
    }

    fn place_of(&self, number: u8) -> Result<usize, NotRaised> {
        let signals = &self.surroundings.application.signals;
        let place = signals.iter().position(|signal| signal.number == Some(number));
        place.ok_or(NotRaised::Unknown { signal: number })
    }
}

impl Control for Pool {
    fn raise(&self, number: u8, by: Raiser) -> Result<(), NotRaised> {
        // What raises itself for ever would hold up the end for as long as mercy lasts.
        if by == Raiser::Background && self.phase() > Phase::Retiring {
            return Err(NotRaised::Ending { signal: number });
        }
        let signal = self.place_of(number)?;
        if let Some(ticks) = self.raised_ticks(signal) {
            // At most one waits: the queue is not filled by it.
            self.tick(signal, now(), 1, ticks);
            return Ok(());
        }
        let copies = self.copies(signal);
        let limit = self.raised_max;
        let waiting = self.raised.fetch_add(copies, Ordering::Relaxed);
        if waiting + copies > limit {
            self.raised.fetch_sub(copies, Ordering::Relaxed);
            return Err(NotRaised::Full { signal: number, limit });
        }
        self.queue_runs(signal, now(), None);
        Ok(())
    }

    fn add_timer(&self, number: u8, every: Duration, policy: Policy) -> Result<TimerId, NotRaised> {
        let signal = self.place_of(number)?;
        let plan = Plan::of_timer(signal, every, &policy);
        let added = self.schedule().add(plan, both(), None);
        self.wake_ticker();
        added.map(TimerId::new).ok_or(NotRaised::Unknown { signal: number })
    }

    fn remove_timer(&self, timer: TimerId) -> bool {
        self.schedule().remove(timer.key())
    }
}
