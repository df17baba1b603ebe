//! What one process tells the next of its schedule, so that no tick is lost in between and none comes
//! twice. Knows nothing of processes, nor of how it is told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::plan::{Due, Entry};
use super::{Now, Schedule, When};

/// A moment as all processes of a machine know it, since none shares its `Instant`s.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Moment {
    pub(crate) now: Now,
    /// Nanoseconds of the same clock since the machine was started.
    pub(crate) nanos: u64,
}

/// All that a process tells the next.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct HandOver {
    pub(crate) entries: Vec<Carried>,
    /// When its own schedule ended, in nanoseconds since the machine was started.
    pub(crate) ended: u64,
}

impl HandOver {
    pub(crate) fn ended_at(&self, moment: Moment) -> Instant {
        instant(self.ended, moment)
    }
}

/// An entry of the application's own schedule.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Carried {
    name: String,
    /// Its interval or rule: who has another starts anew.
    when: String,
    due: CarriedDue,
    /// How many ticks are left, if it ends.
    left: Option<u64>,
}

#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
enum CarriedDue {
    /// It has had all its ticks.
    Never,
    /// Nanoseconds since the machine was started.
    Monotonic(u64),
    Wall(Timestamp),
}

impl Schedule {
    /// Ends here: nothing is due any more. What another process needs to go on with.
    pub(crate) fn hand_over(&mut self, moment: Moment) -> Vec<Carried> {
        let ended = Self::new(moment.now, 0);
        let Self { entries, spent, .. } = std::mem::replace(self, ended);
        let carried = entries.iter().filter_map(|(_, entry)| entry.carried(moment));
        let spent = spent.iter().filter_map(|plan| {
            let name = plan.name.as_deref()?.to_owned();
            Some(Carried { name, when: text(&plan.when), due: CarriedDue::Never, left: Some(0) })
        });
        carried.chain(spent).collect()
    }

    /// Goes on where another process has ended. What that didn't have, or had with another interval
    /// or rule, stays as it is.
    pub(crate) fn take_up(&mut self, carried: &[Carried], moment: Moment) {
        let carried: HashMap<&str, &Carried> =
            carried.iter().map(|carried| (carried.name.as_str(), carried)).collect();
        let found: Vec<(usize, &Carried)> = self
            .entries
            .iter()
            .filter_map(|(index, entry)| {
                let carried = carried.get(entry.plan.name.as_deref()?)?;
                (carried.when == text(&entry.plan.when)).then_some((index, *carried))
            })
            .collect();
        for (index, carried) in found {
            let due = match &carried.due {
                CarriedDue::Never => {
                    self.spend(index);
                    continue;
                }
                CarriedDue::Monotonic(nanos) => Due::At(instant(*nanos, moment)),
                CarriedDue::Wall(at) => Due::Wall(*at),
            };
            self.entries[index].plan.iterations = carried.left;
            self.put_off(index, due);
        }
    }
}

impl Entry {
    fn carried(&self, moment: Moment) -> Option<Carried> {
        let name = Arc::clone(self.plan.name.as_ref()?);
        let due = match self.due {
            Due::At(at) => CarriedDue::Monotonic(nanos(at, moment)),
            Due::Wall(at) => CarriedDue::Wall(at),
        };
        let left = self.plan.iterations;
        Some(Carried { name: name.to_string(), when: text(&self.plan.when), due, left })
    }
}

fn text(when: &When) -> String {
    match when {
        When::Every(interval) => format!("{} ns", interval.as_nanos()),
        When::At(rule) => rule.identity(),
    }
}

fn nanos(at: Instant, Moment { now, nanos }: Moment) -> u64 {
    let part = |time: Duration| u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
    let ahead = part(at.saturating_duration_since(now.monotonic));
    let behind = part(now.monotonic.saturating_duration_since(at));
    nanos.saturating_add(ahead).saturating_sub(behind)
}

fn instant(at: u64, Moment { now, nanos }: Moment) -> Instant {
    let ahead = Duration::from_nanos(at.saturating_sub(nanos));
    let behind = Duration::from_nanos(nanos.saturating_sub(at));
    let back = now.monotonic.checked_sub(behind).unwrap_or(now.monotonic);
    back.checked_add(ahead).unwrap_or(back)
}
