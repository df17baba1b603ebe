//! Signals and what raises them by itself, as an application registers them: nothing is settled
//! before all of it is known. Knows no clock and no thread.

use std::panic::Location;
use std::path::PathBuf;
use std::time::Duration;

use super::cron::{Cron, CronText};
use super::policy::{Overlap, Policy};
use super::{BackgroundHandler, FileMonitor, Interval, JobName, Reason};
use crate::config::Options;
use crate::schedule::{CronRule, Zone};

/// A handler that runs whenever its signal is raised.
pub(crate) struct SignalJob {
    pub(crate) number: Option<u8>,
    pub(crate) job: JobName,
    pub(crate) target: Target,
    pub(crate) handler: BackgroundHandler,
    /// Of runs whose timer, cron or file monitor has none.
    pub(crate) deadline: Option<Duration>,
}

/// Where a signal's handler runs.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Target {
    /// On the first free thread.
    Any,
    /// Once on each worker.
    Workers,
    /// On a thread of this worker, counted from 0.
    Worker(usize),
}

/// What raises a signal by itself.
pub(crate) struct Trigger {
    /// The signal's place in the application's list.
    pub(crate) signal: usize,
    pub(crate) source: Source,
    pub(crate) policy: Policy,
}

/// When.
pub(crate) enum Source {
    /// At an interval, so many times if not for ever.
    Timer(Duration, Option<u64>),
    Cron(Box<CronRule>),
    /// When this file, or one in this folder, changes.
    File(PathBuf),
    /// By a job or from outside, where what was raised so is not to overlap.
    Raised,
}

/// All of them, as they were registered.
#[derive(Default)]
pub(crate) struct Signals {
    signals: Vec<(SignalJob, &'static Location<'static>)>,
    raisers: Vec<Raiser>,
}

struct Raiser {
    signal: Which,
    kind: Kind,
    place: &'static Location<'static>,
}

enum Which {
    Number(u8),
    Place(usize),
}

/// What [`Trigger`] is made of.
pub(crate) enum Kind {
    Timer(Interval, Option<u64>),
    Cron(Cron),
    File(FileMonitor),
    Raised(Overlap),
}

impl Signals {
    /// Registers a signal; its place, or what is wrong with it.
    pub(crate) fn add(
        &mut self,
        signal: SignalJob,
        place: &'static Location<'static>,
    ) -> Result<usize, String> {
        let same = |known: &SignalJob| signal.number.is_some() && known.number == signal.number;
        if let Some((known, first)) = self.signals.iter().find(|(known, _)| same(known)) {
            let number = known.number.unwrap_or_default();
            return Err(format!("signal {number} is registered at {first} and at {place}"));
        }
        self.signals.push((signal, place));
        Ok(self.signals.len() - 1)
    }

    /// Has a signal that is registered here raised by itself.
    pub(crate) fn raise_by(&mut self, place: usize, kind: Kind, at: &'static Location<'static>) {
        self.raisers.push(Raiser { signal: Which::Place(place), kind, place: at });
    }

    /// The same for one that is registered anywhere under this number.
    pub(crate) fn raise_number_by(
        &mut self,
        number: u8,
        kind: Kind,
        at: &'static Location<'static>,
    ) {
        self.raisers.push(Raiser { signal: Which::Number(number), kind, place: at });
    }

    /// Settles everything; what is wrong goes to `mistakes`.
    pub(crate) fn resolve(
        self,
        options: &Options,
        name_of: impl Fn(JobName) -> String,
        mistakes: &mut Vec<String>,
    ) -> (Vec<SignalJob>, Vec<Trigger>) {
        let workers = options.parsed("processes").unwrap_or(usize::MAX);
        for (signal, place) in &self.signals {
            if let Target::Worker(worker) = signal.target
                && worker >= workers
            {
                let worker = worker + 1;
                let name = name_of(signal.job);
                mistakes.push(format!(
                    "{name}, registered at {place}: there is no worker{worker}, as processes is {workers}"
                ));
            }
        }
        let signals: Vec<SignalJob> = self.signals.into_iter().map(|(signal, _)| signal).collect();
        let mut triggers = Vec::new();
        for Raiser { signal, kind, place } in self.raisers {
            let found = match signal {
                Which::Place(at) => Ok(at),
                Which::Number(number) => signals
                    .iter()
                    .position(|signal| signal.number == Some(number))
                    .ok_or_else(|| format!("signal {number} at {place} is registered nowhere")),
            };
            let settled = found.and_then(|signal| {
                let name = || name_of(signals[signal].job);
                match settle(kind, options) {
                    Ok(settled) => {
                        Ok(settled.map(|(source, policy)| Trigger { signal, source, policy }))
                    }
                    Err(reason) => Err(format!("{} at {place}: {reason}", name())),
                }
            });
            match settled {
                Ok(trigger) => triggers.extend(trigger),
                Err(mistake) => mistakes.push(mistake),
            }
        }
        (signals, triggers)
    }
}

/// What it comes to; none for a timer that is switched off.
fn settle(kind: Kind, options: &Options) -> Result<Option<(Source, Policy)>, String> {
    let settled = settle_kind(kind, options)?;
    let deadline = settled.as_ref().and_then(|(_, policy)| policy.deadline);
    if deadline == Some(Duration::ZERO) { Err(NO_TIME.to_owned()) } else { Ok(settled) }
}

/// What is wrong with a deadline that no run can keep.
pub(super) const NO_TIME: &str = "a deadline of 0 s (without one it has none)";

fn settle_kind(kind: Kind, options: &Options) -> Result<Option<(Source, Policy)>, String> {
    match kind {
        Kind::Timer(interval, iterations) => {
            let resolved = interval.resolve(options);
            let resolved = resolved.map_err(|error| format!("its interval: {}", Reason(&error)))?;
            Ok(resolved.map(|(interval, policy)| (Source::Timer(interval, iterations), policy)))
        }
        Kind::Cron(cron) => {
            let zone =
                cron.zone.as_deref().or_else(|| options.text("cron-timezone")).unwrap_or("local");
            let zone = Zone::parse(zone).map_err(|error| error.to_string())?;
            let rule = match &cron.rule {
                CronText::Fields(text) => CronRule::parse(text, &zone),
                CronText::Uwsgi(numbers) => CronRule::of_uwsgi(*numbers, &zone),
            };
            let rule = rule.map_err(|error| error.to_string())?;
            Ok(Some((Source::Cron(Box::new(rule)), cron.policy)))
        }
        Kind::File(FileMonitor { path, policy }) => Ok(Some((Source::File(path), policy))),
        Kind::Raised(overlap) => {
            Ok(Some((Source::Raised, Policy { overlap, ..Policy::default() })))
        }
    }
}

impl Target {
    /// A target by uWSGI's name for it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        match text {
            "" | "worker" | "worker0" => Some(Self::Any),
            "workers" => Some(Self::Workers),
            _ => {
                let number: usize = text.strip_prefix("worker")?.parse().ok()?;
                number.checked_sub(1).map(Self::Worker)
            }
        }
    }
}
