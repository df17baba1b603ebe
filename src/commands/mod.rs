//! Commands of the system that a server runs: started, kept to their deadlines, ended with the server, and
//! told to whoever comes after it. Knows nothing of schedules, nor of how an option is written.

mod process;
#[cfg(test)]
mod tests;
mod watch;

use std::io;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

pub(crate) use self::process::Group;
use crate::clock::{moment, now};
use crate::config::CronCommand;

/// A command that runs, as all processes of the application know it.
#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Running {
    pub(crate) command: String,
    pub(crate) group: Group,
    /// How long it may take, and when that is over: nanoseconds since the machine was started.
    pub(crate) limit: Option<(Duration, u64)>,
}

/// Those that run now.
#[derive(Default)]
pub(crate) struct Commands {
    state: Mutex<State>,
    /// Who is to know when others run than before.
    changed: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

#[derive(Default)]
struct State {
    running: Vec<Running>,
    /// Whether another process sees to them.
    is_left: bool,
}

/// How long a command that is told to end may take.
const GRACE: Duration = Duration::from_secs(2);
/// How often it is looked at whether it has ended.
const LOOK: Duration = Duration::from_millis(5);

impl Commands {
    /// Has somebody told when others run than before. Only the first is.
    pub(crate) fn when_changed(&self, tell: impl Fn() + Send + Sync + 'static) {
        // There is one who asks.
        let _ = self.changed.set(Box::new(tell));
    }

    /// Starts a command and leaves it to a thread of its own; false when it still runs and must not twice.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn start(self: &Arc<Self>, command: &CronCommand) -> io::Result<bool> {
        let (child, running) = {
            let mut state = self.lock();
            let same = |running: &Running| running.command == command.command;
            if command.unique && state.running.iter().any(same) {
                return Ok(false);
            }
            let (child, group) = process::start(&command.command)?;
            let nanos = |limit: Duration| u64::try_from(limit.as_nanos()).unwrap_or(u64::MAX);
            let ends = |limit| (limit, moment().nanos.saturating_add(nanos(limit)));
            let limit = command.harakiri.map(ends);
            let running = Running { command: command.command.clone(), group, limit };
            state.running.push(running.clone());
            (child, running)
        };
        self.tell();
        let place = command.place.clone();
        self.watch(&running, move |own, running| watch::own(own, running, child, &place))?;
        Ok(true)
    }

    /// Sees to those that another process has started as well.
    pub(crate) fn adopt(self: &Arc<Self>, told: Vec<Running>) {
        for running in told {
            if self.lock().running.contains(&running) || !running.group.is_alive() {
                continue;
            }
            self.lock().running.push(running.clone());
            self.tell();
            if let Err(error) = self.watch(&running, watch::adopted) {
                tracing::error!(%error, "a command can't be watched");
            }
        }
    }

    fn watch(
        self: &Arc<Self>,
        running: &Running,
        life: impl FnOnce(&Self, &Running) + Send + 'static,
    ) -> io::Result<()> {
        let (own, of) = (Arc::clone(self), running.clone());
        let life = move || {
            life(&own, &of);
            own.forget(&of);
        };
        let started = std::thread::Builder::new().name("command".to_owned()).spawn(life);
        started.inspect_err(|_| self.forget(running)).map(drop)
    }

    fn forget(&self, running: &Running) {
        self.lock().running.retain(|own| own != running);
        self.tell();
    }

    /// Those that run now.
    pub(crate) fn running(&self) -> Vec<Running> {
        self.lock().running.clone()
    }

    /// Another process sees to them from here on.
    pub(crate) fn leave(&self) {
        self.lock().is_left = true;
    }

    fn is_left(&self) -> bool {
        self.lock().is_left
    }

    /// Whether none runs that this process would have to end.
    pub(crate) fn is_quiet(&self) -> bool {
        let state = self.lock();
        state.is_left || state.running.is_empty()
    }

    /// Tells those that still run to end, and kills what doesn't; how many there were.
    pub(crate) fn end(&self) -> usize {
        if self.is_quiet() {
            return 0;
        }
        let cut_short = self.running();
        for running in &cut_short {
            tracing::error!(command = running.command, "a command was cut short");
            running.group.signal(Signal::TERM);
        }
        let wait = |until: Instant| {
            while now() < until && cut_short.iter().any(|running| running.group.has_members()) {
                std::thread::park_timeout(LOOK);
            }
        };
        wait(now() + GRACE);
        cut_short.iter().for_each(|running| running.group.signal(Signal::KILL));
        cut_short.len()
    }

    fn tell(&self) {
        if let Some(tell) = self.changed.get() {
            tell();
        }
    }

    /// Nothing is waited for while it is held but the start of a process.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
