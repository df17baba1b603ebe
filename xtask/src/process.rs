//! A child process with a log that is stopped when dropped. Must not know what it runs.

use std::fs::{self, File};
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{
    Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid,
};

/// A running child, leader of its own process group: Ctrl-C in the terminal goes to us alone,
/// and we stop the children in the order that suits them.
pub(crate) struct Process {
    name: String,
    child: Child,
    logs: Vec<PathBuf>,
    /// How this program is asked to finish what it has begun and leave.
    stop_signal: Signal,
    /// Its number may by now be another process's.
    buried: bool,
}

impl Process {
    /// Starts `command` with its output in `log`.
    pub(crate) fn start(
        name: &str,
        mut command: Command,
        log: &Path,
        stop_signal: Signal,
    ) -> Result<Self, String> {
        let output = |log| File::options().create(true).append(true).open(log).map(Stdio::from);
        let cannot_log = |e| format!("cannot write {}: {e}", log.display());
        command
            .stdin(Stdio::null())
            .stdout(output(log).map_err(cannot_log)?)
            .stderr(output(log).map_err(cannot_log)?)
            .process_group(0);
        let child = command.spawn().map_err(|e| {
            format!("{name} did not start: {}: {e}", command.get_program().to_string_lossy())
        })?;
        let name = name.to_owned();
        Ok(Self { name, child, logs: vec![log.to_owned()], stop_signal, buried: false })
    }

    /// Another file that this program writes its log to.
    pub(crate) fn also_logs_to(mut self, log: PathBuf) -> Self {
        self.logs.push(log);
        self
    }

    /// The number of its process group as well.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// An error with the last log lines if the process has ended.
    pub(crate) fn check(&mut self) -> Result<(), String> {
        if !self.has_ended() {
            return Ok(());
        }
        match self.bury() {
            Ok(status) => Err(format!("{} {}\n{}", self.name, ended(status), self.tail())),
            Err(error) => Err(format!("cannot tell how {} ended: {error}", self.name)),
        }
    }

    /// The last lines of the logs, each file under its name.
    pub(crate) fn tail(&self) -> String {
        self.logs
            .iter()
            .map(|log| {
                let text = fs::read(log).unwrap_or_default();
                let name = log.file_name().unwrap_or_default().to_string_lossy();
                format!("--- {name}\n{}", last_lines(&String::from_utf8_lossy(&text), 20))
            })
            .collect()
    }

    fn ends_within(&self, time: Duration) -> bool {
        let started = Instant::now();
        while !self.has_ended() {
            if started.elapsed() > time {
                return false;
            }
            thread::sleep(Duration::from_millis(10));
        }
        true
    }

    /// Only looks: as long as the child isn't waited for, its number is nobody else's.
    fn has_ended(&self) -> bool {
        let look = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(&self.child)), look), Ok(None))
    }

    /// Ends the whole group, since a master that was killed leaves its workers behind.
    fn bury(&mut self) -> io::Result<ExitStatus> {
        if !self.buried {
            let _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
            self.buried = true;
        }
        self.child.wait()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if !self.buried {
            let _ = kill_process(Pid::from_child(&self.child), self.stop_signal);
            if !self.ends_within(PATIENCE) {
                eprintln!("{} did not stop within {} s: killed", self.name, PATIENCE.as_secs());
            }
        }
        let _ = self.bury();
    }
}

/// Longer than any answer of the demo takes.
const PATIENCE: Duration = Duration::from_secs(10);

fn ended(status: ExitStatus) -> String {
    match status.code() {
        Some(code) => format!("has ended with status {code}"),
        None => format!("has been ended by {status}"),
    }
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].iter().map(|line| format!("{line}\n")).collect()
}

#[cfg(test)]
mod tests {
    use rustix::process::test_kill_process;

    use super::*;

    fn shell(script: &str, log: &Path) -> Process {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        Process::start("shell", command, log, Signal::TERM).unwrap()
    }

    #[test]
    fn an_end_is_reported_with_the_last_log_lines() {
        let folder = tempfile::tempdir().unwrap();
        let mut process = shell("echo bad socket >&2; exit 3", &folder.path().join("log"));
        assert!(process.ends_within(Duration::from_secs(60)));
        let error = process.check().unwrap_err();
        assert_eq!(error, "shell has ended with status 3\n--- log\nbad socket\n");
    }

    #[test]
    fn dropped_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let process = shell("exec sleep 600", &folder.path().join("log"));
        let pid = Pid::from_child(&process.child);
        drop(process);
        assert!(test_kill_process(pid).is_err());
    }

    #[test]
    fn what_a_dead_child_has_started_is_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        let mut process = shell("sleep 600 & echo $!", &log);
        assert!(process.ends_within(Duration::from_secs(60)));
        let worker = fs::read_to_string(&log).unwrap().trim().to_owned();
        process.check().unwrap_err();
        // It is not our child, so it may take a moment until someone has waited for it.
        let stat = format!("/proc/{worker}/stat");
        let gone = || fs::read_to_string(&stat).map_or(true, |stat| stat.contains(") Z "));
        let started = Instant::now();
        while !gone() && started.elapsed() < Duration::from_secs(60) {
            thread::yield_now();
        }
        assert!(gone());
    }

    #[test]
    fn last_lines_of_more_and_of_fewer() {
        assert_eq!(last_lines("a\nb\nc", 2), "b\nc\n");
        assert_eq!(last_lines("", 2), "");
    }
}
