//! A command's life: waited for to its end, which comes soon after its deadline at the latest, and told of.
//! Knows nothing of other commands.

use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ExitStatus};
use std::time::Duration;

use rustix::process::Signal;

use super::process::has_ended;
use super::{Commands, GRACE, Running};
use crate::clock::{moment, now};

/// Of one that this process has started, for what was given at that place.
pub(super) fn own(commands: &Commands, running: &Running, mut child: Child, place: &str) {
    let started = now();
    see_to_its_end(commands, running, || {
        // Until then its first process is counted among its group.
        let _ = child.try_wait();
    });
    let (command, ended) = (&running.command, child.wait());
    let took = now().saturating_duration_since(started).as_secs_f64();
    match ended {
        Ok(status) if status.success() => tracing::info!(command, took, "a command has ended"),
        Ok(status) => {
            let ended = how(status);
            tracing::warn!(command, place, took, ended, "a command has failed");
        }
        Err(error) => tracing::error!(command, %error, "a command is lost"),
    }
}

/// Of one that another process has started, which may be gone: how it ends is known to nobody else.
pub(super) fn adopted(commands: &Commands, running: &Running) {
    see_to_its_end(commands, running, || {});
    tracing::info!(
        command = running.command,
        "a command that another server had started has ended"
    );
}

fn see_to_its_end(commands: &Commands, running: &Running, reap: impl FnOnce()) {
    let Some(process) = running.group.open() else {
        return;
    };
    let left = |(_, at): (Duration, u64)| Duration::from_nanos(at.saturating_sub(moment().nanos));
    let is_over = has_ended(&process, running.limit.map(left));
    // Whoever it was left to has told it; and who can't be waited for isn't ended for that.
    if is_over.unwrap_or(true) || commands.is_left() {
        let _ = has_ended(&process, None);
        return;
    }
    let limit = running.limit.map_or(0.0, |(limit, _)| limit.as_secs_f64());
    let command = &running.command;
    tracing::error!(command, limit, "a command missed its deadline: it is told to end");
    let until = now() + GRACE;
    running.group.signal(Signal::TERM);
    let _ = has_ended(&process, Some(GRACE));
    reap();
    running.group.wait_for_members(until);
    running.group.signal(Signal::KILL);
}

fn how(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("exit code {code}"),
        (None, Some(signal)) => format!("signal {signal}"),
        (None, None) => status.to_string(),
    }
}
