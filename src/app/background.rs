//! How an application registers what nobody asks for: signals, timers, crons, file monitors. Knows
//! nothing of when they are raised.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use super::cron::CronText;
use super::signal::SignalPolicy;
use super::signals::{Kind, NO_TIME};
use super::{
    App, BackgroundHandler, Cron, FileMonitor, IntoInterval, Result, Signal, SignalJob, Target,
};
use crate::context::Context;

/// What a timer, a cron or a file monitor is called: the number of its signal, so that it can be
/// raised otherwise too, or a name.
pub trait IntoName {
    /// The number, if it is one, and how it is shown.
    fn into_name(self) -> (Option<u8>, String);
}

impl IntoName for u8 {
    fn into_name(self) -> (Option<u8>, String) {
        (Some(self), self.to_string())
    }
}

impl IntoName for &'static str {
    fn into_name(self) -> (Option<u8>, String) {
        (None, self.to_owned())
    }
}

impl App {
    /// Runs a handler at an interval, in the same pool and on the same contexts as requests, on the
    /// first free thread. The first run is one interval after the start. Its name is the number of its
    /// signal, as in uWSGI, or a text: `timer 99`, `timer expire` in the log.
    #[must_use]
    #[track_caller]
    pub fn timer<H>(self, name: impl IntoName, interval: impl IntoInterval, handler: H) -> Self
    where
        H: Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
    {
        let kind = Kind::Timer(interval.into_interval(), None);
        self.raised_by("timer", name.into_name(), kind, Arc::new(handler), Location::caller())
    }

    /// Runs a handler at the times of a cron: `"30 3 * * *"`, `"@daily"`, or [`cron`](crate::cron) with a
    /// time zone and more.
    #[must_use]
    #[track_caller]
    pub fn cron<H>(self, name: impl IntoName, rule: impl Into<Cron>, handler: H) -> Self
    where
        H: Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
    {
        let kind = Kind::Cron(rule.into());
        self.raised_by("cron", name.into_name(), kind, Arc::new(handler), Location::caller())
    }

    /// Runs a handler when a file changes, is made, replaced or removed; or, for a folder, any file in
    /// it. Changes that come while it runs lead to one more run after it, unless it is a
    /// [`file_monitor`](crate::file_monitor()) that says otherwise.
    #[must_use]
    #[track_caller]
    pub fn file_monitor<H>(
        self,
        name: impl IntoName,
        file: impl Into<FileMonitor>,
        handler: H,
    ) -> Self
    where
        H: Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
    {
        let kind = Kind::File(file.into());
        self.raised_by(
            "file monitor",
            name.into_name(),
            kind,
            Arc::new(handler),
            Location::caller(),
        )
    }

    /// Registers a signal's handler, as uWSGI's `register_signal`. `target` says where it runs:
    /// `""` or `"worker"` on the first free thread, `"workers"` once on each worker, `"worker2"` on a
    /// thread of that one. A signal is raised by what is added for its number, by
    /// [`Context::signal`], and from outside where `--allow-signals` is on. It is a number, or a
    /// [`signal`](crate::signal()) with a deadline.
    #[must_use]
    #[track_caller]
    pub fn signal<H>(mut self, signal: impl Into<Signal>, target: &str, handler: H) -> Self
    where
        H: Fn(&mut Context) -> Result<()> + Send + Sync + 'static,
    {
        let Signal { number, policy } = signal.into();
        let place = Location::caller();
        let job = self.job(format!("signal {number}"));
        let Some(target) = Target::parse(target) else {
            self.mistakes.push(format!("signal {number} at {place}: there is no target {target}"));
            return self;
        };
        let handler: BackgroundHandler = Arc::new(handler);
        let SignalPolicy { deadline, overlap } = policy;
        if deadline == Some(Duration::ZERO) {
            self.mistakes.push(format!("signal {number} at {place}: {NO_TIME}"));
        }
        let signal = SignalJob { number: Some(number), job, target, handler, deadline };
        match (self.signals.add(signal, place), overlap) {
            (Ok(at), Some(overlap)) => self.signals.raise_by(at, Kind::Raised(overlap), place),
            (Ok(_), None) => {}
            (Err(mistake), _) => self.mistakes.push(mistake),
        }
        self
    }

    /// Raises a signal at an interval, as uWSGI's `add_timer`. It may have any number of timers.
    #[must_use]
    #[track_caller]
    pub fn add_timer(mut self, signal: u8, interval: impl IntoInterval) -> Self {
        let kind = Kind::Timer(interval.into_interval(), None);
        self.signals.raise_number_by(signal, kind, Location::caller());
        self
    }

    /// Raises a signal so many times at an interval, as uWSGI's `add_rb_timer`; 0 times is for ever.
    #[must_use]
    #[track_caller]
    pub fn add_rb_timer(
        mut self,
        signal: u8,
        interval: impl IntoInterval,
        iterations: u64,
    ) -> Self {
        let kind = Kind::Timer(interval.into_interval(), (iterations > 0).then_some(iterations));
        self.signals.raise_number_by(signal, kind, Location::caller());
        self
    }

    /// Raises a signal at times by the clock on the wall, as uWSGI's `add_cron`: -1 is any value,
    /// -N every value that N divides, weekday 0 and 7 are Sunday. Where day and weekday are both
    /// given, either will do.
    #[must_use]
    #[track_caller]
    pub fn add_cron(
        mut self,
        signal: u8,
        minute: i32,
        hour: i32,
        day: i32,
        month: i32,
        weekday: i32,
    ) -> Self {
        let kind = Kind::Cron(Cron::of(CronText::Uwsgi([minute, hour, day, month, weekday])));
        self.signals.raise_number_by(signal, kind, Location::caller());
        self
    }

    /// Raises a signal when a file, or one in a folder, changes, as uWSGI's `add_file_monitor`.
    #[must_use]
    #[track_caller]
    pub fn add_file_monitor(mut self, signal: u8, file: impl Into<FileMonitor>) -> Self {
        let kind = Kind::File(file.into());
        self.signals.raise_number_by(signal, kind, Location::caller());
        self
    }

    fn raised_by(
        mut self,
        what: &str,
        (number, name): (Option<u8>, String),
        kind: Kind,
        handler: BackgroundHandler,
        place: &'static Location<'static>,
    ) -> Self {
        let job = self.job(format!("{what} {name}"));
        let target = Target::Any;
        let signal = SignalJob { number, job, target, handler, deadline: None };
        match self.signals.add(signal, place) {
            Ok(at) => self.signals.raise_by(at, kind, place),
            Err(mistake) => self.mistakes.push(mistake),
        }
        self
    }
}
