//! uwsgi packets that are no requests: pings, and signals from outside. Knows nothing of handlers.

use std::borrow::Cow;
use std::sync::Arc;

use cleanslate_proto::uwsgi;

use super::pool::Pool;
use crate::clock::now;
use crate::pool::{Due, Peer, Tick};

/// Who may not raise signals.
#[derive(Debug, thiserror::Error)]
pub(super) enum Forbidden {
    #[error("user {user} and group {group} are not the server's")]
    Foreign { user: u32, group: u32 },
    #[error("nobody knows whose it is: {0}")]
    Unknown(std::io::Error),
}

impl Pool {
    /// Answers a ping. It has waited for a thread as a request does, so it tells that there is one.
    pub(super) fn answer_ping(&self, peer: Peer) {
        let mut answer = Vec::new();
        uwsgi::encode_ping_answer(&mut answer);
        self.send(peer, &mut answer, Cow::Borrowed(&[]));
    }

    /// Raises a signal for whoever is at the other end, and tells whether it was taken.
    ///
    /// # Errors
    /// The peer may not raise signals; it is told that this one was not taken.
    pub(super) fn answer_signal(&self, peer: Peer, signal: u8) -> Result<(), Forbidden> {
        let permitted = may_raise(&peer);
        let taken = permitted.is_ok() && self.raise(signal);
        let mut answer = Vec::new();
        uwsgi::encode_signal_answer(&mut answer, taken);
        self.send(peer, &mut answer, Cow::Borrowed(&[]));
        permitted
    }

    /// Queues a tick of the signal's timer; false if there is none. One that finds another waiting
    /// or running is taken all the same, and counted with it.
    fn raise(&self, signal: u8) -> bool {
        let timers = &self.surroundings.application.timers;
        let Some(timer) = timers.iter().position(|timer| timer.signal == signal) else {
            return false;
        };
        let state = &self.ticks[timer];
        if state.come_due() == Due::Queue {
            self.queue_tick(Tick { timer, due_at: now(), state: Arc::clone(state) });
        }
        true
    }
}

/// Over a unix socket only who is of the server's user or group; root may do anything.
fn may_raise(peer: &Peer) -> Result<(), Forbidden> {
    let Some((user, group)) = peer.stream.owner().map_err(Forbidden::Unknown)? else {
        return Ok(());
    };
    let own = rustix::process::geteuid().as_raw() == user;
    if own || user == 0 || rustix::process::getegid().as_raw() == group {
        return Ok(());
    }
    Err(Forbidden::Foreign { user, group })
}
