//! A schedule for itself. Knows nothing of how it is measured.

use std::time::{Duration, Instant};

use jiff::Timestamp;

use crate::app::Policy;
use crate::schedule::{EntryKey, Now, Plan, Schedule};

/// Timers of a schedule, under a clock that only the bench moves.
pub struct Timers {
    schedule: Schedule,
    keys: Vec<EntryKey>,
    now: Now,
}

impl Timers {
    /// None yet.
    pub fn new(start: Instant) -> Self {
        let now = Now { monotonic: start, wall: Timestamp::UNIX_EPOCH };
        Self { schedule: Schedule::new(now, 1), keys: Vec::new(), now }
    }

    /// Adds a timer as a job does.
    pub fn add(&mut self, interval: Duration) {
        let plan = Plan::of_timer(0, interval, &Policy::default());
        self.keys.extend(self.schedule.add(plan, self.now, None));
    }

    /// Lets time pass; how many ticks were due, each of which is run at once.
    pub fn pass(&mut self, time: Duration) -> usize {
        self.now.monotonic += time;
        let mut fired = 0;
        while let Some(firing) = self.schedule.poll_due(self.now) {
            if firing.ticks.come_due(firing.count, 1) {
                firing.ticks.start();
                firing.ticks.end(1);
            }
            fired += 1;
        }
        fired
    }

    /// Adds a timer and removes it at once.
    pub fn add_and_remove(&mut self, interval: Duration) {
        self.add(interval);
        self.remove();
    }

    /// Removes the timer that was added last.
    pub fn remove(&mut self) -> bool {
        self.keys.pop().is_some_and(|key| self.schedule.remove(key))
    }
}
