//! The master: owns the listening sockets, and sees to it that a server runs on them: starts one,
//! starts another when it dies, and replaces it without a request that is lost. Knows nothing of what
//! servers do.

pub(crate) mod control;
pub(crate) mod daemon;
mod life;
mod notify;
pub(crate) mod pidfile;
pub(crate) mod privileges;
pub(crate) mod role;
mod server;
pub(crate) mod spawn;
mod touch;

use std::ffi::OsString;
use std::io::{self, PipeWriter};
use std::os::fd::AsFd;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::ExitStatus;
use std::time::Duration;

use crossbeam_channel::{Receiver, Sender, unbounded};

use self::control::ToMaster;
use self::life::Life;
use self::notify::Notify;
use self::spawn::{Socket, Spawner};
use self::touch::Touch;
use crate::log::Log;
use crate::net::Listener;
use crate::schedule::WatchError;

/// What a master is told.
pub(crate) struct Orders {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<OsString>,
    /// Where it was started.
    pub(crate) folder: PathBuf,
    pub(crate) environment: Vec<(String, String)>,
    /// Where the servers' output goes, if not where its own goes.
    pub(crate) output: Option<Outputs>,
    pub(crate) reload_mercy: Duration,
    /// So long a server may take to start, but for the first.
    pub(crate) start_timeout: Option<Duration>,
    /// Files whose change asks for a reload.
    pub(crate) touch_reload: Vec<PathBuf>,
}

/// Where a process's standard output and standard error go.
pub(crate) struct Outputs {
    pub(crate) output: PipeWriter,
    pub(crate) errors: PipeWriter,
}

/// Something that a master acts on.
#[derive(Debug)]
enum Event {
    Signal(i32),
    /// A server says something.
    Said {
        process: u32,
        message: ToMaster,
    },
    /// A server is ready to serve.
    Ready {
        process: u32,
    },
    /// A file that was to be watched for it has changed.
    Touched(PathBuf),
}

/// Why a master ends badly.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MasterError {
    #[error("{0}: {1}")]
    System(&'static str, io::Error),
    #[error("touch-reload: {0}")]
    Touch(WatchError),
    /// The first server ended before it was ready.
    #[error("the server doesn't start: {0}")]
    NotStarted(ExitStatus),
    #[error("servers had to be killed")]
    CutShort,
}

impl Outputs {
    /// Other writers of the same.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        Ok(Self { output: self.output.try_clone()?, errors: self.errors.try_clone()? })
    }
}

/// The exit code that says how another process has ended, which was not well.
pub(crate) fn exit_code(status: ExitStatus) -> u8 {
    let killed = || status.signal().map(|signal| 128 + signal);
    let code = status.code().or_else(killed).and_then(|code| u8::try_from(code).ok());
    code.filter(|code| *code != 0).unwrap_or(70)
}

/// Lives until it is told to stop. `started` is called when the first server is ready.
///
/// # Errors
/// [`MasterError`].
pub(crate) fn run(
    orders: Orders,
    listeners: Vec<Listener>,
    signals: Receiver<i32>,
    log: &Log,
    started: impl FnOnce() -> io::Result<()>,
) -> Result<(), MasterError> {
    let (sender, events) = unbounded();
    forward(signals, sender.clone()).map_err(|error| MasterError::System("threads", error))?;
    let notify = Notify::listen(sender.clone())
        .map_err(|error| MasterError::System("the socket that servers notify", error))?;
    let _touch = Touch::watch(&orders.touch_reload, sender.clone()).map_err(MasterError::Touch)?;
    let sockets = listeners
        .iter()
        .map(|listener| {
            let socket = listener.as_fd().try_clone_to_owned()?;
            Ok(Socket { purpose: listener.purpose(), is_own: listener.is_own(), socket })
        })
        .collect::<io::Result<_>>()
        .map_err(|error| MasterError::System("the sockets", error))?;
    let spawner = Spawner {
        program: orders.program,
        arguments: orders.arguments,
        folder: orders.folder,
        environment: orders.environment,
        sockets,
        notify: notify.address().to_owned(),
        output: orders.output,
    };
    let (mercy, limit) = (orders.reload_mercy, orders.start_timeout);
    Life::new(spawner, listeners, mercy, limit, sender).live(&events, log, started)
}

/// Signals are events like others.
fn forward(signals: Receiver<i32>, events: Sender<Event>) -> io::Result<()> {
    let life = move || {
        for signal in signals {
            if events.send(Event::Signal(signal)).is_err() {
                return;
            }
        }
    };
    std::thread::Builder::new().name("signals".to_owned()).spawn(life).map(drop)
}
