//! What a master does when a server has ended: nothing, if it was meant to; otherwise another is started,
//! at once or after a wait. Knows nothing of events.

use std::process::ExitStatus;
use std::time::Duration;

use super::Life;
use crate::clock::now;
use crate::master::MasterError;
use crate::master::server::{Server, Stage};
use crate::systemd;

/// Who lives so long has not died soon.
const SOON: Duration = Duration::from_secs(5);
/// The first wait after a server died soon; it doubles up to the longest.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const DOUBLINGS: u32 = 8;

impl Life {
    /// Sees to servers that have ended.
    pub(super) fn reap(&mut self) -> Result<(), MasterError> {
        let mut number = 0;
        while number < self.servers.len() {
            match self.servers[number].ended() {
                Some(status) => {
                    let server = self.servers.remove(number);
                    self.left.extend(server.commands.iter().cloned());
                    self.bury(&server, status)?;
                }
                None => number += 1,
            }
        }
        Ok(())
    }

    fn bury(&mut self, server: &Server, status: ExitStatus) -> Result<(), MasterError> {
        let process = server.process();
        let lived = now().saturating_duration_since(server.started);
        let seconds = lived.as_secs_f64();
        if !self.has_started && !self.stopping {
            return Err(MasterError::NotStarted(status));
        }
        if self.stopping || !server.is_current() {
            // One that was still starting had nothing that could be cut short.
            let has_served = !matches!(server.stage, Stage::Starting(_) | Stage::Late);
            self.cut_short |= self.stopping && has_served && !status.success();
            tracing::info!(process, %status, seconds, "a server has ended");
            return Ok(());
        }
        let serves = self.servers.iter().any(|server| server.stage == Stage::Serving);
        if serves {
            if server.stage == Stage::Late {
                let limit = self.start_timeout.unwrap_or_default().as_secs_f64();
                tracing::error!(
                    process,
                    seconds,
                    limit,
                    "the new server took longer than start-timeout and was killed: the old one serves on"
                );
            } else {
                tracing::error!(
                    process, %status,
                    "the new server ended before it was ready: the old one serves on"
                );
            }
            systemd::ready();
            // What was wrong may have been mended since.
            if let Some(reason) = self.reload_next.take() {
                self.reload(&reason);
            }
            return Ok(());
        }
        self.deaths = if lived < SOON { self.deaths + 1 } else { 0 };
        let wait = match self.deaths {
            // The first time it may have been anything.
            0 | 1 => Duration::ZERO,
            deaths => FIRST_WAIT * 2_u32.pow((deaths - 2).min(DOUBLINGS)),
        };
        tracing::error!(
            process, %status, seconds, late = server.stage == Stage::Late, wait = wait.as_secs_f64(),
            "a server died: another is started"
        );
        self.start_at = Some(now() + wait);
        Ok(())
    }
}
