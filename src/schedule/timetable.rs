//! When everything is due: timers by the clock that never jumps, crons by the one on the wall. Pure:
//! the time is an argument, and what is due is an answer.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use slab::Slab;

use super::dice::Dice;
use super::passed::{Due, Entry, Passed};
use super::plan::{EntryKey, Firing, Now, Plan, When};
use crate::app::Misfire;
use crate::pool::Ticks;

/// Everything that ticks.
pub(crate) struct Schedule {
    pub(super) entries: Slab<Entry>,
    timers: BinaryHeap<Reverse<(Instant, EntryKey)>>,
    crons: BinaryHeap<Reverse<(Timestamp, EntryKey)>>,
    generation: u64,
    dice: Dice,
    last: Now,
    /// Those that have had all their ticks.
    pub(super) spent: Vec<Plan>,
}

/// A clock that is set back further was wrong: what it had passed comes again.
const SET_BACK: SignedDuration = SignedDuration::from_hours(3);
/// How long a clock that was set may go unnoticed.
const LOOK_AT_WALL: Duration = Duration::from_secs(1);
impl Schedule {
    /// An empty one; `seed` is for the jitter.
    pub(crate) fn new(now: Now, seed: u64) -> Self {
        Self {
            entries: Slab::new(),
            timers: BinaryHeap::new(),
            crons: BinaryHeap::new(),
            generation: 0,
            dice: Dice::new(seed),
            last: now,
            spent: Vec::new(),
        }
    }

    /// Adds an entry, first due one interval, or at the first time of its rule, after now; or, if
    /// it ran last at `ran`, after that, so that it makes up for what it has missed since. None: it
    /// will never be due.
    pub(crate) fn add(&mut self, plan: Plan, now: Now, ran: Option<Timestamp>) -> Option<EntryKey> {
        let due = match &plan.when {
            When::Every(interval) => Due::At(now.monotonic + first_wait(*interval, now, ran)),
            When::At(rule) => Due::Wall(rule.next_after(ran.unwrap_or(now.wall).min(now.wall))?),
        };
        self.generation += 1;
        let generation = self.generation;
        let index = self.entries.insert(Entry { plan, generation, due });
        let key = EntryKey { index, generation };
        self.enter(key, due);
        Some(key)
    }

    /// Takes an entry out; false if it is gone already.
    pub(crate) fn remove(&mut self, key: EntryKey) -> bool {
        let removed = self.find(key).is_some() && self.entries.try_remove(key.index).is_some();
        self.sweep();
        removed
    }

    /// What is taken out leaves its place in a heap, which is found empty when its time comes; where
    /// most are empty, they are swept out together.
    fn sweep(&mut self) {
        /// So many empty places are not worth a sweep.
        const FEW: usize = 64;
        if self.timers.len() + self.crons.len() <= 2 * self.entries.len() + FEW {
            return;
        }
        let entries = &self.entries;
        let lives = |key: &EntryKey| {
            entries.get(key.index).is_some_and(|entry| entry.generation == key.generation)
        };
        self.timers.retain(|Reverse((_, key))| lives(key));
        self.crons.retain(|Reverse((_, key))| lives(key));
    }

    /// How long nothing is due by the clocks as they go now; none: for ever.
    pub(crate) fn until_due(&self, now: Now) -> Option<Duration> {
        let timer = self.timers.peek();
        let timer = timer.map(|Reverse((at, _))| at.saturating_duration_since(now.monotonic));
        [timer, self.until_cron(now)].into_iter().flatten().min()
    }

    /// How long until each of those that were added first is due, whoever was removed since left out.
    pub(crate) fn first_upcoming(&self, count: usize, now: Now) -> Vec<(Arc<Ticks>, Duration)> {
        let first = self.entries.iter().take_while(|(index, _)| *index < count);
        first
            .map(|(_, entry)| {
                let wait = match entry.due {
                    Due::At(at) => at.saturating_duration_since(now.monotonic),
                    Due::Wall(at) => at.duration_since(now.wall).try_into().unwrap_or_default(),
                };
                (Arc::clone(&entry.plan.ticks), wait)
            })
            .collect()
    }

    /// The same, but no longer than a clock that is set may go unnoticed.
    pub(crate) fn wait(&self, now: Now) -> Option<Duration> {
        let wait = self.until_due(now)?;
        Some(if self.crons.is_empty() { wait } else { wait.min(LOOK_AT_WALL) })
    }

    fn until_cron(&self, now: Now) -> Option<Duration> {
        let Reverse((at, _)) = self.crons.peek()?;
        Some(Duration::try_from(at.duration_since(now.wall)).unwrap_or_default())
    }

    /// A tick that is due; to be called until there is none.
    pub(crate) fn poll_due(&mut self, now: Now) -> Option<Firing> {
        self.notice_jump(now);
        loop {
            let timer = self.timers.peek().filter(|Reverse((at, _))| *at <= now.monotonic);
            let key = match timer {
                Some(Reverse((_, key))) => {
                    let key = *key;
                    self.timers.pop();
                    key
                }
                None => {
                    let Reverse((_, key)) =
                        *self.crons.peek().filter(|Reverse((at, _))| *at <= now.wall)?;
                    self.crons.pop();
                    key
                }
            };
            if let Some(firing) = self.fire(key, now) {
                return Some(firing);
            }
        }
    }

    /// Moves an entry on to its next time; its tick, unless it is one that is left out.
    fn fire(&mut self, key: EntryKey, now: Now) -> Option<Firing> {
        let entry = self.find(key)?;
        let Passed { missed, is_missed, next, due_at, wall } = entry.pass(now);
        let plan = &mut entry.plan;
        let count = match plan.misfire {
            _ if !is_missed => 1,
            Misfire::Once => 1,
            Misfire::Skip => 0,
            Misfire::All(most) => (missed + 1).min(most.max(1)),
        };
        plan.ticks.miss(missed + 1 - count);
        if let Some(left) = &mut plan.iterations {
            *left = left.saturating_sub(count);
        }
        let (signal, ticks) = (plan.signal, Arc::clone(&plan.ticks));
        let kept_as = plan.name.clone().filter(|_| plan.is_kept);
        match next.filter(|_| plan.iterations != Some(0)) {
            Some(next) => {
                entry.due = next;
                self.enter(key, next);
            }
            None => self.spend(key.index),
        }
        (count > 0).then_some(Firing { signal, due_at, wall, kept_as, count, ticks })
    }

    /// Takes out an entry that has had all its ticks.
    pub(super) fn spend(&mut self, index: usize) {
        let spent = self.entries.try_remove(index).map(|entry| entry.plan);
        self.spent.extend(spent.filter(|plan| plan.name.is_some()));
    }

    /// Has an entry due at another time.
    pub(super) fn put_off(&mut self, index: usize, due: Due) {
        self.generation += 1;
        let generation = self.generation;
        if let Some(entry) = self.entries.get_mut(index) {
            // What the heap has of it belongs to nobody any more.
            entry.generation = generation;
            entry.due = due;
            self.enter(EntryKey { index, generation }, due);
            self.sweep();
        }
    }

    fn enter(&mut self, key: EntryKey, due: Due) {
        let jitter = self.entries[key.index].plan.jitter;
        let jitter = if jitter.is_zero() { jitter } else { jitter.mul_f64(self.dice.part()) };
        match due {
            Due::At(at) => self.timers.push(Reverse((at + jitter, key))),
            Due::Wall(at) => {
                let at = at.checked_add(jitter).unwrap_or(Timestamp::MAX);
                self.crons.push(Reverse((at, key)));
            }
        }
    }

    /// How many places its heaps have.
    #[cfg(test)]
    pub(super) fn places(&self) -> usize {
        self.timers.len() + self.crons.len()
    }

    fn find(&mut self, key: EntryKey) -> Option<&mut Entry> {
        self.entries.get_mut(key.index).filter(|entry| entry.generation == key.generation)
    }

    /// A clock that was set back by little passes the same times twice, and each counts once. Set
    /// back by much, it was wrong before: crons go by the new time.
    fn notice_jump(&mut self, now: Now) {
        let last = std::mem::replace(&mut self.last, now);
        let passed = now.monotonic.saturating_duration_since(last.monotonic);
        let expected = last.wall.checked_add(passed).unwrap_or(Timestamp::MAX);
        if expected.duration_since(now.wall) < SET_BACK {
            return;
        }
        self.crons.clear();
        let keys: Vec<EntryKey> = self
            .entries
            .iter()
            .map(|(index, entry)| EntryKey { index, generation: entry.generation })
            .collect();
        for key in keys {
            let entry = &mut self.entries[key.index];
            if let When::At(rule) = &entry.plan.when
                && let Some(next) = rule.next_after(now.wall)
            {
                entry.due = Due::Wall(next);
                let due = entry.due;
                self.enter(key, due);
            }
        }
    }
}

/// How long a timer that ran last at `ran` waits for its first tick here.
fn first_wait(interval: Duration, now: Now, ran: Option<Timestamp>) -> Duration {
    let since = ran.and_then(|ran| Duration::try_from(now.wall.duration_since(ran)).ok());
    interval.saturating_sub(since.unwrap_or_default())
}
