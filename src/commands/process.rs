//! The processes of a command: a group, whose first is a shell. Knows nothing of why it runs.

use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::Errno;
use rustix::process::{
    Pid, PidfdFlags, Signal, kill_process_group, pidfd_open, test_kill_process_group,
};
use serde::{Deserialize, Serialize};

use super::LOOK;
use crate::clock::now;
use crate::process::born;

/// A group of processes, by its first.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Serialize)]
pub(crate) struct Group {
    process: i32,
    /// When the kernel has started that, in its ticks since the machine was: another that gets the same number
    /// later is not taken for it.
    born: u64,
}

/// Starts a command in a group of its own, so that all it starts can be told as one.
pub(super) fn start(command: &str) -> io::Result<(Child, Group)> {
    let child = Command::new("/bin/sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()?;
    let process = i32::try_from(child.id()).map_err(io::Error::other)?;
    // It is not gone before somebody has waited for it.
    let born = born(process).unwrap_or_default();
    Ok((child, Group { process, born }))
}

impl Group {
    /// Whether its first process is this one still.
    pub(super) fn is_alive(self) -> bool {
        born(self.process) == Some(self.born)
    }

    /// Whether any of its processes is there.
    pub(super) fn has_members(self) -> bool {
        self.pid().is_some_and(|process| test_kill_process_group(process) != Err(Errno::SRCH))
    }

    /// Sends a signal to all of them.
    pub(super) fn signal(self, signal: Signal) {
        let sent = self.pid().map(|process| kill_process_group(process, signal));
        if let Some(Err(error)) = sent.filter(|sent| *sent != Err(Errno::SRCH)) {
            tracing::error!(%error, "a command can't be told to end");
        }
    }

    /// What can be waited on until its first process has ended; none if it is gone.
    pub(super) fn open(self) -> Option<OwnedFd> {
        let descriptor = pidfd_open(self.pid()?, PidfdFlags::empty()).ok()?;
        // It may have been another's number when it was opened.
        self.is_alive().then_some(descriptor)
    }

    /// Waits until none of them is there, or the time is over.
    pub(super) fn wait_for_members(self, until: Instant) {
        while self.has_members() && now() < until {
            std::thread::park_timeout(LOOK);
        }
    }

    fn pid(self) -> Option<Pid> {
        Pid::from_raw(self.process)
    }
}

/// Whether a process has ended within a time; without one it is waited for.
pub(super) fn has_ended(process: &OwnedFd, time: Option<Duration>) -> io::Result<bool> {
    let until = time.and_then(|time| now().checked_add(time));
    loop {
        let left = until.map(|until| until.saturating_duration_since(now()));
        let left = left.map(Timespec::try_from).transpose().map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(process, PollFlags::IN)], left.as_ref()) {
            Ok(count) => return Ok(count > 0),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
