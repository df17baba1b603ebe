//! How an event loop keeps connections: parks them, gives them up in time, and sees answers out.

use std::borrow::Cow;
use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::{Interest, Token};

use super::connection::{self, Connection, State};
use super::{EventLoop, Returned, answer_once, refusal};
use crate::pool::Peer;

/// An early answer is followed by reading so much at most, so that it isn't lost in a reset.
const DRAIN_MAX: usize = 16 << 20;
/// And for so long at most.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// How long a stop waits for the packet of a connection that has sent nothing.
const IDLE_AT_STOP: Duration = Duration::from_millis(500);

impl EventLoop {
    /// Keeps a connection until it is ready or `deadline` has come; its key.
    pub(super) fn park(&mut self, peer: Peer, state: State, deadline: Instant) -> Option<usize> {
        self.generation = (self.generation + 1) & connection::GENERATION_MAX;
        let interest = state.interest();
        let generation = self.generation;
        let index = self.connections.insert(Connection { peer, state, deadline, generation });
        self.shared.traffic.waiting.fetch_add(1, Ordering::Relaxed);
        let key = connection::key(index, generation);
        if let Err(error) = self.register(index, Token(key), interest) {
            tracing::error!(%error, "a connection can't be waited for: it is closed");
            self.remove(key);
            return None;
        }
        self.timeouts.add(deadline, key);
        Some(key)
    }

    fn register(&mut self, index: usize, token: Token, interest: Interest) -> io::Result<()> {
        let peer = &mut self.connections[index].peer;
        let registry = self.poll.registry();
        if peer.registered {
            return peer.stream.reregister(registry, token, interest);
        }
        peer.registered = true;
        peer.stream.register(registry, token, interest)
    }

    /// Has a connection that is ready still told again: a change makes epoll look anew.
    pub(super) fn tell_again(&mut self, key: usize) {
        let Some(connection) = connection::find(&mut self.connections, key) else {
            return;
        };
        let interest = connection.state.interest();
        if let Err(error) = self.register(connection::index_of(key), Token(key), interest) {
            tracing::error!(%error, "a connection can't be waited for: it is closed");
            self.remove(key);
        }
    }

    pub(super) fn remove(&mut self, key: usize) -> Option<Connection> {
        connection::find(&mut self.connections, key)?;
        self.shared.traffic.waiting.fetch_sub(1, Ordering::Relaxed);
        self.connections.try_remove(connection::index_of(key))
    }

    /// Answers without a handler and closes as gently as may be.
    pub(crate) fn refuse(&mut self, mut peer: Peer, status: u16, now: Instant) {
        peer.framing = peer.framing.closing();
        let mut answer = refusal(peer.framing, peer.head_only, status);
        let Ok(outgoing) = answer_once(&peer, &mut answer, Cow::Borrowed(&[])) else {
            self.shared.traffic.left.fetch_add(1, Ordering::Relaxed);
            return;
        };
        self.see_off(Returned { peer, outgoing }, now);
    }

    /// Closes a connection that gets no answer, or has it, as gently as may be.
    pub(super) fn leave(&mut self, peer: Peer, now: Instant) {
        self.see_off(Returned::idle(peer), now);
    }

    fn see_off(&mut self, mut returned: Returned, now: Instant) {
        // What it sends on is read and dropped, or the answer could be lost in a reset.
        returned.peer.unread = true;
        returned.peer.framing = returned.peer.framing.closing();
        self.settle(returned, now);
    }

    /// Takes back what threads couldn't finish.
    pub(super) fn settle_returned(&mut self) {
        while let Ok(returned) = self.returned.try_recv() {
            // It counted as waiting since it was given back.
            self.shared.traffic.waiting.fetch_sub(1, Ordering::Relaxed);
            self.settle(returned, (self.shared.clock)());
        }
    }

    /// Writes on, then goes on with the connection if it is kept; otherwise drains it if something
    /// may be unread, and closes it.
    pub(super) fn settle(&mut self, Returned { peer, outgoing }: Returned, now: Instant) {
        if !outgoing.is_empty() {
            self.park(peer, State::Writing(outgoing), now + self.shared.socket_timeout);
        } else if peer.framing.keeps() {
            self.keep(peer, now);
        } else if peer.unread && !self.shared.is_full() && peer.stream.finish().is_ok() {
            // A stop doesn't wait for who has its answer and stays.
            let time = if self.closed { IDLE_AT_STOP } else { DRAIN_TIME };
            self.park(peer, State::Draining(DRAIN_MAX), now + time);
        }
    }

    /// Takes a connection back whose answer is out, and which goes on.
    pub(crate) fn take_back(&mut self, peer: Peer) {
        self.keep(peer, (self.shared.clock)());
    }

    fn keep(&mut self, mut peer: Peer, now: Instant) {
        peer.kept = true;
        let has_more = !peer.ahead.is_empty();
        // Where all places are taken, one that asks for nothing makes room.
        if !has_more && self.shared.is_full() {
            return;
        }
        let Some(key) = self.park(peer, State::Idle, self.idle_until(now)) else {
            return;
        };
        if has_more {
            // No edge will tell of it; but others were told of before.
            self.told.push_back(Token(key));
        } else {
            self.idle.push_back(key);
            if self.idle.len() > 2 * self.connections.len() + 1_024 {
                let connections = &mut self.connections;
                self.idle.retain(|key| connection::find(connections, *key).is_some());
            }
        }
    }

    /// Closes the connection that has been idle for the longest since its answer; false when there
    /// is none here.
    pub(super) fn make_room(&mut self) -> bool {
        while let Some(key) = self.idle.pop_front() {
            let found = connection::find(&mut self.connections, key);
            if found.is_some_and(|connection| matches!(connection.state, State::Idle)) {
                return self.remove(key).is_some();
            }
        }
        false
    }

    /// How long a connection that asks for nothing may stay: at a stop not for long, though what it
    /// asks next may be on its way.
    pub(super) fn idle_until(&self, now: Instant) -> Instant {
        now + if self.closed { IDLE_AT_STOP } else { self.shared.keepalive }
    }

    /// Connections that have sent nothing are closed soon: not at once, since the packet of one that
    /// has just come is on its way.
    pub(super) fn close_idle(&mut self, now: Instant) {
        let soon = now + IDLE_AT_STOP;
        for (index, connection) in &mut self.connections {
            let idle = match &connection.state {
                // The second has its answer, and had time to read it.
                State::Idle | State::Draining(_) => true,
                State::Reading(packet) => !packet.has_begun(),
                State::Writing(_) => false,
            };
            if idle && connection.deadline > soon {
                connection.deadline = soon;
                self.timeouts.add(soon, connection::key(index, connection.generation));
            }
        }
    }

    /// Gives up those whose time has come.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some(key) = self.timeouts.pop_due(now) {
            let Some(connection) = connection::find(&mut self.connections, key) else {
                continue;
            };
            if connection.deadline > now {
                let deadline = connection.deadline;
                self.timeouts.add(deadline, key);
                continue;
            }
            let Some(Connection { mut peer, state, .. }) = self.remove(key) else {
                continue;
            };
            match state {
                // Who has had an answer may be idle; of others a health check asks for nothing.
                State::Idle if peer.kept => {}
                State::Idle => {
                    self.shared.traffic.stalled.fetch_add(1, Ordering::Relaxed);
                }
                State::Reading(packet) => {
                    self.shared.traffic.stalled.fetch_add(1, Ordering::Relaxed);
                    if packet.has_begun() {
                        let seconds = self.shared.socket_timeout.as_secs_f64();
                        self.throttle.warn(
                            now,
                            "a request stalled",
                            &format_args!("socket-timeout {seconds} s"),
                        );
                        peer.expect(&packet);
                        self.refuse(peer, 408, now);
                    }
                }
                State::Writing(_) => {
                    self.shared.traffic.unread.fetch_add(1, Ordering::Relaxed);
                }
                State::Draining(_) => {}
            }
        }
    }
}
