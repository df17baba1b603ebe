//! The schedule of an application: its timers and crons, entered at its start. Knows nothing of what
//! a tick leads to.

use std::collections::HashMap;
use std::sync::Arc;

use super::store::{LONG, Ran};
use super::{Now, Plan, Schedule, When};
use crate::app::{Application, Source};
use crate::pool::Ticks;

impl Schedule {
    /// Enters all timers and crons of an application, of whose triggers `ticks` has what is known
    /// of each, and `ran` when each ran last. `never` is told the job name of each that will never be due.
    pub(crate) fn of(
        application: &Application,
        ticks: &[Arc<Ticks>],
        now: Now,
        seed: u64,
        ran: &Ran,
        never: impl Fn(&str),
    ) -> Self {
        let mut schedule = Self::new(now, seed);
        let mut names: HashMap<&str, usize> = HashMap::new();
        for (trigger, ticks) in application.triggers.iter().zip(ticks) {
            let (when, iterations) = match &trigger.source {
                Source::Timer(interval, iterations) => (When::Every(*interval), *iterations),
                Source::Cron(rule) => (When::At(rule.clone()), None),
                Source::File(_) | Source::Raised => continue,
            };
            let is_kept = match &when {
                When::Every(interval) => *interval >= LONG,
                When::At(_) => true,
            };
            // Of several for one signal each has its own.
            let signal = application.signal_name(trigger.signal);
            let number = names.entry(signal).and_modify(|number| *number += 1).or_insert(1);
            let name: Arc<str> = Arc::from(format!("{signal} #{number}"));
            let last = if is_kept { ran.get(&*name).copied() } else { None };
            let plan = Plan {
                signal: trigger.signal,
                when,
                misfire: trigger.policy.misfire,
                jitter: trigger.policy.jitter,
                iterations,
                ticks: Arc::clone(ticks),
                name: Some(name),
                is_kept,
            };
            if schedule.add(plan, now, last).is_none() {
                never(application.signal_name(trigger.signal));
            }
        }
        schedule
    }
}
