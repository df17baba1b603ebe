//! Whoever has started this server and sees to it: a master, systemd, or nobody. Knows nothing of how
//! the server does what it is told.

use std::io;
use std::os::unix::net::UnixStream;

use crossbeam_channel::{Receiver, Sender, unbounded};

use crate::commands::Running;
use crate::master::control::{self, ToMaster, ToServer};
use crate::master::daemon::take_input;
use crate::schedule::HandOver;
use crate::systemd;

/// Something that a server is told.
#[derive(Debug)]
pub(super) enum Told {
    Signal(i32),
    /// To start its schedule.
    Begin(Option<HandOver>),
    /// To see its connections out, as another accepts.
    Retire,
    /// Commands that another server has started run on, and are this one's to see to.
    Adopt(Vec<Running>),
    /// Other commands run than before.
    CommandsChanged,
    /// The master is gone.
    Orphaned,
    /// It has outgrown a limit: which, and the jobs that hold most.
    Outgrown {
        reason: String,
        holders: Option<String>,
    },
}

/// The way to the supervisor, and all that a server is told.
pub(super) struct Supervisor {
    master: Option<UnixStream>,
    pub(super) told: Receiver<Told>,
    sender: Sender<Told>,
}

impl Supervisor {
    /// Listens to signals, and to the master if there is one.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn new(signals: Receiver<i32>, has_master: bool) -> io::Result<Self> {
        let (sender, told) = unbounded();
        let signalled = sender.clone();
        let life =
            move || signals.iter().try_for_each(|signal| signalled.send(Told::Signal(signal)));
        std::thread::Builder::new().name("told".to_owned()).spawn(life)?;
        let master = if has_master { Some(UnixStream::from(take_input()?)) } else { None };
        if let Some(master) = &master {
            listen(master.try_clone()?, sender.clone())?;
        }
        Ok(Self { master, told, sender })
    }

    pub(super) fn has_master(&self) -> bool {
        self.master.is_some()
    }

    /// A way to tell the server something.
    pub(super) fn teller(&self) -> Sender<Told> {
        self.sender.clone()
    }

    /// The server serves. Without a master it may begin its schedule.
    pub(super) fn ready(&self) {
        systemd::ready();
        if self.master.is_none() {
            // Whoever hears it is the one who calls this.
            let _ = self.sender.send(Told::Begin(None));
        }
    }

    pub(super) fn tell(&self, message: &ToMaster) {
        let told = self.master.as_ref().map(|master| control::tell(master, message));
        if let Some(Err(error)) = told {
            tracing::warn!(%error, "the master doesn't listen any more");
        }
    }
}

fn listen(master: UnixStream, told: Sender<Told>) -> io::Result<()> {
    let life = move || {
        for message in control::listen(master) {
            let message = match message {
                ToServer::Begin(schedule) => Told::Begin(schedule),
                ToServer::Retire => Told::Retire,
                ToServer::Adopt(commands) => Told::Adopt(commands),
            };
            if told.send(message).is_err() {
                return;
            }
        }
        // Nobody hears it when the server has ended.
        let _ = told.send(Told::Orphaned);
    };
    std::thread::Builder::new().name("master".to_owned()).spawn(life).map(drop)
}
