//! Commands of the system that are run at times of the clock: uWSGI's `cron = ` and `cron2 = `. Knows
//! nothing of how an option is written.

use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::panic::Location;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, Signal, kill_process_group, pidfd_open};

use super::cron::CronText;
use super::signals::Kind;
use super::{App, Cron, Error, Result, SignalJob, Target};
use crate::clock::now;
use crate::config::CronCommand;

impl App {
    /// Has a command run at times by the clock on the wall. No thread of the pool waits for it.
    #[must_use]
    pub(crate) fn command(mut self, command: &CronCommand) -> Self {
        let place = Location::caller();
        let job = self.job(format!("command {}", command.command));
        let kind = Kind::Cron(Cron::of(CronText::Uwsgi(command.schedule)));
        let runs = Arc::new(AtomicBool::new(false));
        let own = command.clone();
        let handler = Arc::new(move |_: &mut crate::Context| start(&own, &runs));
        let target = Target::Any;
        let signal = SignalJob { number: None, job, target, handler, deadline: None };
        match self.signals.add(signal, place) {
            Ok(at) => self.signals.raise_by(at, kind, place),
            Err(mistake) => self.mistakes.push(mistake),
        }
        self
    }
}

/// Starts a command and leaves it to a thread of its own.
fn start(command: &CronCommand, runs: &Arc<AtomicBool>) -> Result<()> {
    if runs.swap(true, Ordering::SeqCst) && command.unique {
        tracing::warn!(command = command.command, "it still runs: left out");
        return Ok(());
    }
    let failed = |error: io::Error| {
        runs.store(false, Ordering::SeqCst);
        Error::internal(format!("`{}` can't be run: {error}", command.command))
    };
    // A group of its own, so that all it starts ends with it.
    let child = Command::new("/bin/sh")
        .args(["-c", &command.command])
        .stdin(Stdio::null())
        .process_group(0)
        .spawn()
        .map_err(failed)?;
    let (command, own) = (command.clone(), Arc::clone(runs));
    let life = move || {
        watch(&command, child);
        own.store(false, Ordering::SeqCst);
    };
    std::thread::Builder::new().name("command".to_owned()).spawn(life).map_err(failed)?;
    Ok(())
}

/// Waits for a command's end, which comes at its deadline at the latest, and tells how it was.
fn watch(command: &CronCommand, mut child: Child) {
    let started = now();
    let process = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    let is_over = match (process, command.harakiri) {
        (Some(process), Some(limit)) => wait_until(process, limit),
        (_, None) | (None, _) => Ok(true),
    };
    if !is_over.unwrap_or(true)
        && let Some(process) = process
    {
        let limit = command.harakiri.unwrap_or_default().as_secs_f64();
        tracing::error!(
            command = command.command,
            limit,
            "a command missed its deadline: it is killed"
        );
        if let Err(error) = kill_process_group(process, Signal::KILL) {
            tracing::error!(command = command.command, %error, "a command can't be killed");
        }
    }
    let took = now().saturating_duration_since(started).as_secs_f64();
    match child.wait() {
        Ok(status) if status.success() => {
            tracing::info!(command = command.command, took, "a command has ended");
        }
        Ok(status) => {
            let ended = how(status);
            let place = &command.place;
            tracing::warn!(command = command.command, place, took, ended, "a command has failed");
        }
        Err(error) => tracing::error!(command = command.command, %error, "a command is lost"),
    }
}

/// Whether a process has ended within a time.
fn wait_until(process: Pid, limit: Duration) -> io::Result<bool> {
    let descriptor = pidfd_open(process, PidfdFlags::empty())?;
    let until = now() + limit;
    loop {
        let left = until.saturating_duration_since(now());
        let left = Timespec::try_from(left).map_err(io::Error::other)?;
        match poll(&mut [PollFd::new(&descriptor, PollFlags::IN)], Some(&left)) {
            Ok(count) => return Ok(count > 0),
            Err(rustix::io::Errno::INTR) => {}
            Err(error) => return Err(error.into()),
        }
    }
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn command(line: &str, harakiri: Option<Duration>) -> CronCommand {
        let (schedule, command, place) = ([-1; 5], line.to_owned(), String::new());
        CronCommand { schedule, command, unique: true, harakiri, place }
    }

    /// Waits until nobody runs it any more.
    fn wait(runs: &AtomicBool) -> Duration {
        let started = now();
        while runs.load(Ordering::SeqCst) {
            assert!(started.elapsed() < Duration::from_secs(20), "it never ends");
            std::thread::park_timeout(Duration::from_millis(2));
        }
        started.elapsed()
    }

    #[test]
    fn it_runs_once_at_a_time_and_leaves_what_it_does() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("runs");
        let line = format!("echo run >> {}; sleep 0.3", file.display());
        let (command, runs) = (command(&line, None), Arc::new(AtomicBool::new(false)));
        start(&command, &runs).unwrap();
        start(&command, &runs).unwrap();
        wait(&runs);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "run\n");
        start(&command, &runs).unwrap();
        wait(&runs);
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "run\nrun\n");
    }

    #[test]
    fn all_it_has_started_ends_with_its_deadline() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("late");
        let line = format!("(sleep 1; echo late > {}) & sleep 60", file.display());
        let runs = Arc::new(AtomicBool::new(false));
        start(&command(&line, Some(Duration::from_millis(200))), &runs).unwrap();
        let took = wait(&runs);
        assert!(took < Duration::from_secs(10), "{took:?}");
        // Longer than its child would have needed.
        std::thread::park_timeout(Duration::from_millis(1_200));
        assert!(!file.exists(), "its child lives");
    }
}
