//! What a process of an application is: the one that was started, its daemon, or a server of a master.
//! Knows nothing of what each does.

use std::process::Command;

/// What this process is.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Role {
    /// It was started by somebody else.
    First,
    /// Started by the first, to go on in the background.
    Daemon,
    /// Started by a master, to serve.
    Server,
    /// Started by itself, with the environment that was asked for.
    Again,
}

/// A variable says what a process is, and whose child: its own children, which inherit it, are not.
const VARIABLE: &str = "CLEANSLATE_ROLE";

impl Role {
    /// What this process is.
    pub(crate) fn of_this() -> Self {
        let text = std::env::var(VARIABLE).unwrap_or_default();
        let Some((role, process)) = text.split_once(':') else {
            return Self::First;
        };
        let parent = rustix::process::getppid().map(|parent| parent.as_raw_nonzero().get());
        let own = rustix::process::getpid().as_raw_nonzero().get();
        match (role, process.parse().ok()) {
            ("daemon", process) if process == parent => Self::Daemon,
            ("server", process) if process == parent => Self::Server,
            ("again", process) if process == Some(own) => Self::Again,
            _ => Self::First,
        }
    }

    /// Has a program that is about to be started know what it is.
    pub(crate) fn mark(self, command: &mut Command) {
        let name = match self {
            Self::First => return,
            Self::Daemon => "daemon",
            Self::Server => "server",
            Self::Again => "again",
        };
        command.env(VARIABLE, format!("{name}:{}", std::process::id()));
    }
}
