//! What others may see of the pool while it works. Knows nothing of what they make of it.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::counters::Totals;
use super::pool::Pool;
use super::slot::Slot;
use crate::app::Packet;
use crate::clock::{both, now};
use crate::pool::{Counts, Ticks};

/// A job that runs.
pub(crate) struct RunningJob<'p> {
    pub(crate) name: &'p str,
    /// Since it was whole, or due.
    pub(crate) took: Duration,
    /// Whether its deadline has come.
    pub(crate) is_expired: bool,
    /// What is asked for; none of a background job.
    pub(crate) packet: Option<Arc<Packet>>,
}

impl Pool {
    /// The seat of each thread, worker by worker.
    pub(crate) fn seats(&self) -> impl Iterator<Item = usize> {
        self.seats.taken()
    }

    /// What was done in a seat.
    pub(crate) fn seat(&self, seat: usize) -> Totals {
        Totals::of(&self.counters[seat..=seat])
    }

    /// How many deadlines came for jobs in a seat.
    pub(crate) fn expired_in(&self, seat: usize) -> u64 {
        self.slots[seat].expired.load(Ordering::Relaxed)
    }

    /// The job that runs in a seat.
    pub(crate) fn job_in(&self, seat: usize) -> Option<RunningJob<'_>> {
        let (job, since) = self.slots[seat].running()?;
        let name = self.surroundings.application.job_name(job);
        let is_expired = self.slots[seat].deadline.expired();
        let took = now().saturating_duration_since(since);
        Some(RunningJob { name, took, is_expired, packet: self.slots[seat].packet() })
    }

    /// The jobs of threads that were given up, as they don't return.
    pub(crate) fn lost_jobs(&self) -> impl Iterator<Item = RunningJob<'_>> {
        let taken: Vec<usize> = self.seats.taken().collect();
        let others = (0..self.slots.len()).filter(move |seat| !taken.contains(seat));
        others.filter_map(|seat| self.job_in(seat))
    }

    /// Bytes that the database's library holds for all threads, as they have seen lately.
    pub(crate) fn database_memory(&self) -> u64 {
        self.slots.iter().map(|slot| slot.database.load(Ordering::Relaxed)).sum()
    }

    /// Raised signals that wait.
    pub(crate) fn raised_waiting(&self) -> usize {
        self.raised.load(Ordering::Relaxed)
    }

    /// The application's timers, crons and file monitors: whose signal each raises, and what became of
    /// its ticks.
    pub(crate) fn triggers(&self) -> impl Iterator<Item = (usize, &Arc<Ticks>, Counts)> {
        let triggers = self.surroundings.application.triggers.iter().zip(&self.ticks);
        triggers.map(|(trigger, ticks)| (trigger.signal, ticks, ticks.counts()))
    }

    /// How long until each of them is due, but for files.
    pub(crate) fn upcoming(&self) -> Vec<(Arc<Ticks>, Duration)> {
        self.schedule().first_upcoming(self.ticks.len(), both())
    }

    /// How many threads are lost now to handlers that don't return.
    pub(crate) fn lost_threads(&self) -> usize {
        self.seats.lost()
    }

    /// The jobs that run now: their names, and since when.
    pub(crate) fn running(&self) -> Vec<(&str, Instant)> {
        let application = &self.surroundings.application;
        self.slots
            .iter()
            .filter_map(Slot::running)
            .map(|(job, since)| (application.job_name(job), since))
            .collect()
    }

    /// What a thread is called: its worker's number and its own.
    pub(super) fn thread_name(&self, thread: usize) -> String {
        let per_worker = self.threads_per_worker;
        format!("{}.{}", thread / per_worker + 1, thread % per_worker + 1)
    }

    /// The name of the job that runs in a slot.
    pub(super) fn job_name(&self, seat: usize) -> &str {
        let job = self.slots[seat].running();
        job.map_or("unknown", |(job, _)| self.surroundings.application.job_name(job))
    }

    pub(crate) fn totals(&self) -> Totals {
        Totals::of(&self.counters)
    }
}
