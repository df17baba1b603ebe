//! uwsgi packets that are no requests: pings, and signals from outside. Knows nothing of handlers.

use std::borrow::Cow;

use cleanslate_proto::uwsgi;

use super::pool::Pool;
use crate::context::{Control, NotRaised, Raiser};
use crate::pool::Peer;

/// Why a signal from outside is not raised.
#[derive(Debug, thiserror::Error)]
pub(super) enum Refused {
    #[error("user {user} and group {group} are not the server's")]
    Foreign { user: u32, group: u32 },
    #[error("nobody knows whose it is: {0}")]
    Unknown(std::io::Error),
    #[error("{0}")]
    NotRaised(#[from] NotRaised),
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
    /// The peer may not raise signals, or there is no such signal, or no room for it. It is told that
    /// this one was not taken.
    pub(super) fn answer_signal(&self, peer: Peer, signal: u8) -> Result<(), Refused> {
        let raised = may_raise(&peer).and_then(|()| Ok(self.raise(signal, Raiser::Client)?));
        let mut answer = Vec::new();
        uwsgi::encode_signal_answer(&mut answer, raised.is_ok());
        self.send(peer, &mut answer, Cow::Borrowed(&[]));
        raised
    }
}

/// Over a unix socket only who is of the server's user or group; root may do anything.
fn may_raise(peer: &Peer) -> Result<(), Refused> {
    let Some((user, group)) = peer.stream.owner().map_err(Refused::Unknown)? else {
        return Ok(());
    };
    let own = rustix::process::geteuid().as_raw() == user;
    if own || user == 0 || rustix::process::getegid().as_raw() == group {
        return Ok(());
    }
    Err(Refused::Foreign { user, group })
}
