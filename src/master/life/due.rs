//! What a master does when its time has come: starts the next server, ends those that take too long, and
//! hurries the oldest of too many. Knows nothing of events.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Life;
use crate::master::server::{Server, Stage};
use crate::systemd;

/// So many servers may see their connections out at once. Each has its memory, and all that it has leaked.
const RETIRING_MAX: usize = 4;

impl Life {
    /// Until something is to be done, whatever happens.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        let stages = self.servers.iter().filter_map(|server| match server.stage {
            Stage::Starting(until) => until,
            Stage::Waiting(until) | Stage::Retiring(until) => Some(until),
            Stage::Late | Stage::Serving => None,
        });
        let next = stages.chain(self.start_at).min();
        let wait = next.map_or(Duration::MAX, |at| at.saturating_duration_since(now));
        // A death that was not told is found all the same.
        wait.min(systemd::watch_every()).min(Duration::from_secs(1))
    }

    /// Does what is due.
    pub(super) fn keep_time(&mut self, now: Instant) {
        let is_current = self.servers.iter().any(Server::is_current);
        if self.start_at.is_some_and(|at| at <= now) {
            self.start_at = None;
            if !is_current && let Err(error) = self.start(now) {
                tracing::error!(%error, "no server can be started");
                self.start_at = Some(now + Duration::from_secs(1));
            }
        }
        let mut is_late = false;
        for server in &mut self.servers {
            match server.stage {
                // It is told once it has ended.
                Stage::Starting(Some(until)) if until <= now => {
                    server.signal(Signal::KILL);
                    server.stage = Stage::Late;
                }
                Stage::Waiting(until) => is_late |= until <= now,
                Stage::Retiring(until) if until <= now => {
                    tracing::error!(
                        process = server.process(),
                        "a server doesn't end: it is killed"
                    );
                    server.signal(Signal::KILL);
                    server.stage = Stage::Retiring(now + self.mercy);
                }
                Stage::Starting(_) | Stage::Late | Stage::Serving | Stage::Retiring(_) => {}
            }
        }
        if is_late {
            tracing::error!("the old server keeps its schedule to itself: the new one begins anew");
            self.hand_on();
        }
    }

    /// Of too many servers that retire the oldest are told to end: what is under way is still answered,
    /// but idle connections are closed.
    pub(super) fn hurry(&mut self) {
        let retires =
            |server: &&mut Server| matches!(server.stage, Stage::Retiring(_)) && !server.is_hurried;
        // The oldest are the first.
        let mut retiring: Vec<&mut Server> = self.servers.iter_mut().filter(retires).collect();
        let count = retiring.len();
        for server in retiring.drain(..count.saturating_sub(RETIRING_MAX)) {
            let process = server.process();
            tracing::warn!(
                process,
                retiring = count,
                limit = RETIRING_MAX,
                "too many servers retire: the oldest is told to end"
            );
            server.signal(Signal::TERM);
            server.is_hurried = true;
        }
    }
}
