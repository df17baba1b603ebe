//! A server as its master sees it: a child process, what is said to it, and where it is in its life.
//! Knows nothing of other servers.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::{Child, ExitStatus};
use std::time::{Duration, Instant};

use crossbeam_channel::Sender;
use rustix::process::{Pid, Signal, kill_process};

use super::Event;
use super::control::{self, ToMaster, ToServer};
use super::spawn::Spawner;
use crate::commands::Running;

/// A server.
pub(super) struct Server {
    child: Child,
    control: UnixStream,
    pub(super) started: Instant,
    pub(super) stage: Stage,
    /// Commands that it has said it runs.
    pub(super) commands: Vec<Running>,
    /// It retires, and was told to make haste.
    pub(super) is_hurried: bool,
}

/// Where it is in its life.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Stage {
    /// It is killed then, if then comes.
    Starting(Option<Instant>),
    /// It has not started in time, and is about to end.
    Late,
    /// It is ready, and waits for the schedule of the one before it until then.
    Waiting(Instant),
    Serving,
    /// It was told to retire, and is killed then.
    Retiring(Instant),
}

impl Server {
    /// Starts one, which must be ready until then; what it says comes as events.
    pub(super) fn start(
        spawner: &Spawner,
        events: &Sender<Event>,
        now: Instant,
        until: Option<Instant>,
    ) -> io::Result<Self> {
        let (control, theirs) = UnixStream::pair()?;
        let child = spawner.spawn(OwnedFd::from(theirs))?;
        let (process, heard, events) = (child.id(), control.try_clone()?, events.clone());
        std::thread::Builder::new().name("control".to_owned()).spawn(move || {
            for message in control::listen::<ToMaster>(heard) {
                if events.send(Event::Said { process, message }).is_err() {
                    return;
                }
            }
        })?;
        let stage = Stage::Starting(until);
        let commands = Vec::new();
        Ok(Self { child, control, started: now, stage, commands, is_hurried: false })
    }

    pub(super) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Whether it serves, or will.
    pub(super) fn is_current(&self) -> bool {
        !matches!(self.stage, Stage::Retiring(_))
    }

    pub(super) fn tell(&self, message: &ToServer) {
        if let Err(error) = control::tell(&self.control, message) {
            // It is about to end, which is seen to when it has.
            tracing::warn!(process = self.process(), %error, "a server doesn't listen any more");
        }
    }

    /// Has it retire; it is killed when it hasn't ended well after its mercy.
    pub(super) fn retire(&mut self, now: Instant, mercy: Duration) {
        /// For a server that ends what is left after its mercy.
        const GRACE: Duration = Duration::from_secs(5);
        self.stage = Stage::Retiring(now + mercy + GRACE);
        self.tell(&ToServer::Retire);
    }

    pub(super) fn signal(&self, signal: Signal) {
        if let Some(process) = i32::try_from(self.process()).ok().and_then(Pid::from_raw) {
            // One that has just ended is seen to by itself.
            let _ = kill_process(process, signal);
        }
    }

    /// How it ended, if it has.
    pub(super) fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }
}
