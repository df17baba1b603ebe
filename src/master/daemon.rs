//! Going on in the background: the program is started once more, and whoever started the first waits
//! until that one is ready, or sees it fail. Knows nothing of what it does there.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::process::{Command, Stdio};

use super::exit_code;
use super::role::Role;

/// The way back to the process that was started first, until that is let go.
pub(crate) struct Starter(UnixStream);

/// Starts this program once more, with these variables, and waits until it is ready; the exit code if it
/// ends before.
///
/// # Errors
/// The system's.
pub(crate) fn start(environment: &[(String, String)]) -> io::Result<u8> {
    let (mut ready, theirs) = UnixStream::pair()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(std::env::args_os().skip(1)).stdin(Stdio::from(OwnedFd::from(theirs)));
    command.envs(environment.iter().cloned());
    Role::Daemon.mark(&mut command);
    let mut child = command.spawn()?;
    // It holds the other end of the pair.
    drop(command);
    let mut said = [0];
    match ready.read(&mut said) {
        Ok(1) => Ok(0),
        _ => {
            // It serves nothing, however well it ended.
            Ok(exit_code(child.wait()?))
        }
    }
}

impl Starter {
    /// In the daemon: leaves the session of whoever started it, and standard input, which was the
    /// way back.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn take() -> io::Result<Self> {
        let stream = UnixStream::from(take_input()?);
        rustix::process::setsid()?;
        Ok(Self(stream))
    }

    /// Lets it go: from here on what is written goes to `output`.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn let_go(mut self, output: impl AsFd) -> io::Result<()> {
        redirect_output(&output)?;
        // It may have been killed meanwhile, which is nothing to us.
        let _ = self.0.write_all(b".");
        Ok(())
    }
}

/// Standard input as it was given; from here on there is nothing to be read.
///
/// # Errors
/// The system's.
pub(crate) fn take_input() -> io::Result<OwnedFd> {
    let input = io::stdin().as_fd().try_clone_to_owned()?;
    rustix::stdio::dup2_stdin(File::open("/dev/null")?)?;
    Ok(input)
}

/// What is written to standard output and standard error goes here.
///
/// # Errors
/// The system's.
pub(crate) fn redirect_output(output: &impl AsFd) -> io::Result<()> {
    rustix::stdio::dup2_stdout(output)?;
    rustix::stdio::dup2_stderr(output)?;
    Ok(())
}
