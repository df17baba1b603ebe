//! What a process does before anything else: its folder, its mask, its log, its pidfile. Knows nothing
//! of what it will do.

use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::Mode;

use super::Failure;
use super::output::Output;
use crate::config::Settings;
use crate::log::{FileSettings, Log, Sink};
use crate::master::daemon::Starter;
use crate::master::pidfile::{PidFile, PidFileError};
use crate::master::role::Role;

/// What a process holds while it lives.
pub(super) struct Prepared {
    pub(super) log: Log,
    /// Where output goes that isn't logged, if there is a log file.
    pub(super) output: Option<Output>,
    pub(super) pid_file: Option<PidFile>,
}

/// Prepares a process.
pub(super) fn process(settings: &Settings, role: Role) -> Result<Prepared, Failure> {
    let process = &settings.process;
    let is_servers = role == Role::Server;
    // A server's output is its master's, which keeps the log.
    let file = settings.log.file.as_ref().filter(|_| !is_servers);
    let sink = file.map(|path| open_log(settings, path)).transpose()?;
    if let Some(folder) = &process.chdir {
        std::env::set_current_dir(folder)
            .map_err(|error| Failure::Settings(format!("chdir {}: {error}", folder.display())))?;
    }
    if let Some(mask) = process.umask {
        rustix::process::umask(Mode::from_raw_mode(mask));
    }
    let output = sink.clone().map(Output::into_log).transpose();
    let output = output.map_err(|error| Failure::System("a pipe for the log", error))?;
    let log = Log::start(settings.log_level, settings.log.json, sink);
    // A server's master has said it.
    for note in settings.notes.iter().filter(|_| !is_servers) {
        tracing::warn!("{note}");
    }
    let pid_file = pid_file(process.pidfile.as_deref(), role);
    let pid_file = pid_file.map_err(|error| Failure::Settings(error.to_string()))?;
    Ok(Prepared { log, output, pid_file })
}

/// A server's number is its master's business.
fn pid_file(path: Option<&Path>, role: Role) -> Result<Option<PidFile>, PidFileError> {
    path.filter(|_| role != Role::Server).map(PidFile::write).transpose()
}

/// The pidfile that is there only once the process serves.
pub(super) fn safe_pid_file(settings: &Settings, role: Role) -> io::Result<Option<PidFile>> {
    pid_file(settings.process.safe_pidfile.as_deref(), role).map_err(io::Error::other)
}

fn open_log(settings: &Settings, path: &PathBuf) -> Result<Sink, Failure> {
    let log = &settings.log;
    // Found again by the same name, whatever folder is the process's by then.
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let file = FileSettings {
        path: absolute(path),
        max_size: log.max_size,
        keep: log.keep,
        backup_name: log.backup_name.as_ref().map(absolute),
        truncate: log.truncate,
    };
    Sink::open(file)
        .map_err(|error| Failure::Settings(format!("the log {}: {error}", path.display())))
}

/// A process has started: nobody waits for it any more.
pub(super) fn let_go(starter: Option<Starter>, output: Option<&Output>) -> io::Result<()> {
    if let Some(output) = output {
        output.has_started();
    }
    match (starter, output) {
        (Some(starter), Some(output)) => starter.let_go(output.errors()),
        // Who logs to a file and stays in the foreground may still write where it was started.
        (None, Some(_) | None) => Ok(()),
        (Some(starter), None) => starter.let_go(std::fs::File::open("/dev/null")?),
    }
}
