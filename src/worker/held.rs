//! The schedule between two processes: the new one holds back until the old one has ended its own.
//! Knows nothing of how they speak to each other.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use super::pool::{Phase, Pool};
use crate::clock::moment;
use crate::schedule::{Carried, HandOver};

/// Whether the schedule is held back, and what changed meanwhile.
pub(super) struct Held {
    held: AtomicBool,
    /// When each monitored file changed last, by the place of its trigger.
    changes: Mutex<Vec<Option<Instant>>>,
}

impl Held {
    pub(super) fn new(triggers: usize) -> Self {
        Self { held: AtomicBool::new(true), changes: Mutex::new(vec![None; triggers]) }
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.load(Ordering::SeqCst)
    }

    /// Takes note of a file's change while the schedule is held back; false when it isn't.
    pub(super) fn note_change(&self, place: usize, at: Instant) -> bool {
        if !self.is_held() {
            return false;
        }
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        // Looked at again, as whoever lets go of it takes the changes afterwards.
        let is_held = self.is_held();
        if is_held {
            changes[place] = Some(at);
        }
        is_held
    }

    /// Lets go; the files that have changed.
    fn release(&self) -> Vec<Option<Instant>> {
        let mut changes = self.changes.lock().unwrap_or_else(PoisonError::into_inner);
        self.held.store(false, Ordering::SeqCst);
        std::mem::take(&mut *changes)
    }
}

impl Pool {
    /// Starts the schedule, from where another process has left it.
    pub(crate) fn begin_schedule(&self, from: Option<&HandOver>) {
        if !self.held.is_held() {
            return;
        }
        let moment = moment();
        let ended_at = from.map(|from| from.ended_at(moment));
        if let Some(from) = from {
            self.schedule().take_up(&from.entries, moment);
        }
        let changes = self.held.release();
        self.wake_ticker();
        let triggers = &self.surroundings.application.triggers;
        for (place, change) in changes.into_iter().enumerate() {
            // What changed before was seen by the other.
            if let Some(at) = change.filter(|at| ended_at.is_none_or(|ended| *at > ended)) {
                self.tick(triggers[place].signal, at, 1, &self.ticks[place]);
            }
        }
    }

    /// Ends the schedule and leaves new connections to another process; what that one needs to go on
    /// with the schedule.
    pub(crate) fn retire(&self) -> HandOver {
        // Phase first: whatever ticks after it is not this process's.
        self.enter(Phase::Retiring);
        let moment = moment();
        let entries: Vec<Carried> = self.schedule().hand_over(moment);
        self.wake_ticker();
        HandOver { entries, ended: moment.nanos }
    }
}
