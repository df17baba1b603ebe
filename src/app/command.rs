//! Commands of the system as crons of an application: uWSGI's `cron = ` and `cron2 = `. Knows nothing of how
//! an option is written, nor of how a command runs.

use std::panic::Location;
use std::sync::Arc;

use super::cron::CronText;
use super::signals::Kind;
use super::{App, Cron, Error, Result, SignalJob, Target};
use crate::commands::Commands;
use crate::config::CronCommand;

impl App {
    /// Has a command run at times by the clock on the wall. No thread of the pool waits for it.
    #[must_use]
    pub(crate) fn command(mut self, command: &CronCommand, commands: &Arc<Commands>) -> Self {
        let place = Location::caller();
        let job = self.job(format!("command {}", command.command));
        let kind = Kind::Cron(Cron::of(CronText::Uwsgi(command.schedule)));
        let (own, commands) = (command.clone(), Arc::clone(commands));
        let handler = Arc::new(move |_: &mut crate::Context| start(&own, &commands));
        let target = Target::Any;
        let signal = SignalJob { number: None, job, target, handler, deadline: None };
        match self.signals.add(signal, place) {
            Ok(at) => self.signals.raise_by(at, kind, place),
            Err(mistake) => self.mistakes.push(mistake),
        }
        self
    }
}

fn start(command: &CronCommand, commands: &Arc<Commands>) -> Result<()> {
    let started = commands
        .start(command)
        .map_err(|error| Error::internal(format!("`{}` can't be run: {error}", command.command)))?;
    if !started {
        tracing::warn!(command = command.command, "it still runs: left out");
    }
    Ok(())
}
