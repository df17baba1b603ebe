//! What one process tells the next of its schedule, so that no tick is lost in between and none comes
//! twice. Knows nothing of processes, nor of how it is told.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::passed::{Due, Entry};
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{CronRule, Plan, Zone};
    use super::*;
    use crate::app::{Misfire, Policy};
    use crate::pool::Ticks;

    fn plan(name: &str, when: When, iterations: Option<u64>) -> Plan {
        let (ticks, jitter) = (Arc::new(Ticks::new(&Policy::default())), Duration::ZERO);
        let (misfire, name) = (Misfire::Once, Some(Arc::from(name)));
        Plan { signal: 0, when, misfire, jitter, iterations, ticks, name, is_kept: false }
    }

    /// A schedule of an application, as each of its processes makes it at its start.
    fn application(now: Now, third: Duration) -> Schedule {
        let mut schedule = Schedule::new(now, 7);
        let rule = CronRule::parse("*/5 * * * * *", &Zone::parse("UTC").unwrap()).unwrap();
        schedule.add(plan("a #1", When::Every(Duration::from_millis(700)), None), now, None);
        schedule.add(plan("b #1", When::Every(Duration::from_millis(900)), Some(9)), now, None);
        schedule.add(plan("c #1", When::At(Box::new(rule)), None), now, None);
        schedule.add(plan("d #1", When::Every(third), None), now, None);
        schedule
    }

    /// What is due, in order; time is counted from the start.
    fn due(schedule: &mut Schedule, now: Now, start: Now) -> Vec<(Duration, u64)> {
        let mut all = Vec::new();
        while let Some(firing) = schedule.poll_due(now) {
            all.push((firing.due_at - start.monotonic, firing.count));
        }
        all
    }

    proptest! {
        /// However often another process goes on with it, it is the schedule of one.
        #[test]
        fn a_chain_of_processes_ticks_as_one(
            steps in prop::collection::vec((1_u64..400, any::<bool>()), 1..200),
        ) {
            let start = Now {
                monotonic: crate::clock::now(),
                wall: "2026-03-28T12:00:00Z".parse().unwrap(),
            };
            let third = Duration::from_millis(1_100);
            let (mut one, mut chain) = (application(start, third), application(start, third));
            let mut passed = Duration::ZERO;
            for (milliseconds, hands_over) in steps {
                passed += Duration::from_millis(milliseconds);
                let now = Now {
                    monotonic: start.monotonic + passed,
                    wall: start.wall.checked_add(passed).unwrap(),
                };
                let mut expected = due(&mut one, now, start);
                let mut seen = Vec::new();
                if hands_over {
                    let nanos = 5_000_000_000 + u64::try_from(passed.as_nanos()).unwrap();
                    let moment = Moment { now, nanos };
                    let carried = chain.hand_over(moment);
                    prop_assert!(due(&mut chain, now, start).is_empty(), "it has ended");
                    // As it is said.
                    let text = serde_json::to_string(&carried).unwrap();
                    let carried: Vec<Carried> = serde_json::from_str(&text).unwrap();
                    chain = application(now, third);
                    chain.take_up(&carried, moment);
                }
                seen.extend(due(&mut chain, now, start));
                expected.sort();
                seen.sort();
                prop_assert_eq!(seen, expected);
            }
        }
    }

    #[test]
    fn another_interval_begins_anew() {
        let wall = "2026-03-28T12:00:00Z".parse().unwrap();
        let now = Now { monotonic: crate::clock::now(), wall };
        let moment = Moment { now, nanos: 1 };
        let carried = application(now, Duration::from_secs(1)).hand_over(moment);
        assert_eq!(carried.len(), 4);
        let later = Now { monotonic: now.monotonic + Duration::from_millis(500), wall };
        let mut next = application(later, Duration::from_secs(2));
        next.take_up(&carried, Moment { now: later, nanos: 500_000_001 });
        let at = |milliseconds| Now {
            monotonic: now.monotonic + Duration::from_millis(milliseconds),
            wall,
        };
        let first: Vec<Duration> =
            due(&mut next, at(2_499), now).into_iter().map(|(at, _)| at).collect();
        assert!(!first.contains(&Duration::from_secs(1)), "{first:?}");
        let at_2500 = due(&mut next, at(2_500), now);
        assert_eq!(at_2500, [(Duration::from_millis(2_500), 1)]);
    }
}
