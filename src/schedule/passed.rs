//! An entry of the schedule, and what the time that has passed means for it: what is due, what was missed,
//! what is next. Pure.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

use super::cron::CronRule;
use super::plan::{Now, Plan, When};

pub(super) struct Entry {
    pub(super) plan: Plan,
    pub(super) generation: u64,
    /// When it is due next, jitter left out: by the clock of its kind.
    pub(super) due: Due,
}

#[derive(Clone, Copy)]
pub(super) enum Due {
    At(Instant),
    Wall(Timestamp),
}

/// So long after it was due a cron's tick is one that was missed.
const CRON_MISSED: SignedDuration = SignedDuration::from_secs(60);
/// More missed times of a cron than these are not counted.
const COUNT_MAX: u64 = 10_000;

/// What the time that has passed means for an entry.
pub(super) struct Passed {
    /// Ticks that were due beside the one that is due now.
    pub(super) missed: u64,
    /// Whether they, or this one, are the policy's to decide.
    pub(super) is_missed: bool,
    pub(super) next: Option<Due>,
    pub(super) due_at: Instant,
    pub(super) wall: Timestamp,
}

impl Entry {
    pub(super) fn pass(&self, now: Now) -> Passed {
        match (&self.plan.when, self.due) {
            (When::Every(interval), Due::At(due_at)) => pass_timer(*interval, due_at, now),
            (When::At(rule), Due::Wall(due)) => pass_cron(rule, due, now),
            // Neither is ever entered by the other's clock.
            (When::Every(_), Due::Wall(_)) | (When::At(_), Due::At(_)) => Passed {
                missed: 0,
                is_missed: false,
                next: None,
                due_at: now.monotonic,
                wall: now.wall,
            },
        }
    }
}

fn pass_timer(interval: Duration, due_at: Instant, now: Now) -> Passed {
    let missed = whole_intervals(now.monotonic.saturating_duration_since(due_at), interval);
    let next = due_at.checked_add(multiple(interval, missed + 1)).map(Due::At);
    Passed { missed, is_missed: missed > 0, next, due_at, wall: now.wall }
}

fn pass_cron(rule: &CronRule, due: Timestamp, now: Now) -> Passed {
    let (mut missed, mut last) = (0, due);
    let mut next = rule.next_after(due);
    while let Some(at) = next.filter(|at| *at <= now.wall) {
        missed += 1;
        last = at;
        // Who has missed so many goes on from now.
        next = rule.next_after(if missed < COUNT_MAX { at } else { now.wall });
    }
    let late = now.wall.duration_since(due);
    let behind = Duration::try_from(late).unwrap_or_default();
    Passed {
        missed,
        is_missed: missed > 0 || late > CRON_MISSED,
        next: next.map(Due::Wall),
        due_at: now.monotonic.checked_sub(behind).unwrap_or(now.monotonic),
        wall: last,
    }
}

fn whole_intervals(time: Duration, interval: Duration) -> u64 {
    u64::try_from(time.as_nanos() / interval.as_nanos().max(1)).unwrap_or(u64::MAX - 1)
}

fn multiple(interval: Duration, times: u64) -> Duration {
    let nanos = interval.as_nanos().saturating_mul(u128::from(times));
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
