//! How a server process is started: the same program with the same command line, the listening
//! sockets, and what tells it apart. Knows nothing of when.

use std::ffi::OsString;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use command_fds::{CommandFdExt, FdMapping};

use super::Outputs;
use super::role::Role;

/// All that servers are started with.
pub(super) struct Spawner {
    /// The file of the program, which is another when it was replaced.
    pub(super) program: PathBuf,
    pub(super) arguments: Vec<OsString>,
    /// Where the master was started, for the paths of the command line.
    pub(super) folder: PathBuf,
    pub(super) environment: Vec<(String, String)>,
    pub(super) sockets: Vec<Socket>,
    /// The address of the socket on which servers tell that they are ready.
    pub(super) notify: String,
    /// Where their output goes, if not where the master's goes.
    pub(super) output: Option<Outputs>,
}

/// A listening socket.
pub(super) struct Socket {
    /// The name of its protocol, or what else it is for.
    pub(super) purpose: String,
    /// Whether the master has bound it, and not somebody who keeps it.
    pub(super) is_own: bool,
    pub(super) socket: OwnedFd,
}

/// What tells a server which of its sockets are its master's own: a word for each.
const OWNERS: &str = "CLEANSLATE_SOCKETS";
const OWN: &str = "own";
const GIVEN: &str = "given";

/// Whether a socket that this server was given is its master's own, by its number.
pub(crate) fn is_masters(number: usize) -> bool {
    let owners = std::env::var(OWNERS).unwrap_or_default();
    owners.split(':').nth(number) == Some(OWN)
}

/// The first descriptor that is handed over, as systemd has it.
const FIRST: i32 = 3;

impl Spawner {
    /// Starts a server with this as its standard input.
    pub(super) fn spawn(&self, control: OwnedFd) -> io::Result<Child> {
        let mut command = Command::new(&self.program);
        let mut arguments = self.arguments.iter();
        if let Some(name) = arguments.next() {
            command.arg0(name);
        }
        command.args(arguments).current_dir(&self.folder).stdin(Stdio::from(control));
        if let Some(Outputs { output, errors }) = &self.output {
            command.stdout(Stdio::from(output.try_clone()?));
            command.stderr(Stdio::from(errors.try_clone()?));
        }
        let names: Vec<&str> = self.sockets.iter().map(|socket| socket.purpose.as_str()).collect();
        let owner = |socket: &Socket| if socket.is_own { OWN } else { GIVEN };
        let owners: Vec<&str> = self.sockets.iter().map(owner).collect();
        command
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .env("LISTEN_FDS", self.sockets.len().to_string())
            .env("LISTEN_FDNAMES", names.join(":"))
            .env(OWNERS, owners.join(":"))
            // It can't be known before the server runs; the role tells that they are meant for it.
            .env_remove("LISTEN_PID")
            .env_remove("WATCHDOG_USEC")
            .env_remove("WATCHDOG_PID")
            .env("NOTIFY_SOCKET", &self.notify);
        Role::Server.mark(&mut command);
        command.fd_mappings(self.mappings()?).map_err(io::Error::other)?;
        command.spawn()
    }

    fn mappings(&self) -> io::Result<Vec<FdMapping>> {
        let mapping = |(child_fd, own): (i32, &Socket)| {
            Ok(FdMapping { parent_fd: own.socket.try_clone()?, child_fd })
        };
        (FIRST..).zip(&self.sockets).map(mapping).collect()
    }
}
