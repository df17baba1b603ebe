//! How an event loop keeps connections: parks them, gives them up in time, and sees answers out.

use std::borrow::Cow;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use mio::event::Source;
use mio::{Interest, Token};

use super::connection::{Connection, State};
use super::connections::Meanwhile;
use super::event_loop::Told;
use super::shared::News;
use super::{EventLoop, Returned, answer_once, refusal};
use crate::app::Parcel;
use crate::pool::{Peer, Place};

/// An early answer is followed by reading so much at most, so that it isn't lost in a reset.
const DRAIN_MAX: usize = 16 << 20;
/// And for so long at most.
const DRAIN_TIME: Duration = Duration::from_secs(5);
/// How long a stop waits for the packet of a connection that has sent nothing.
const IDLE_AT_STOP: Duration = Duration::from_millis(500);

impl EventLoop {
    /// Keeps a connection until it is ready or `deadline` has come; its key. One that has a place comes
    /// back to it.
    pub(super) fn park(
        &mut self,
        mut peer: Peer,
        state: State,
        deadline: Instant,
    ) -> Option<usize> {
        let interest = state.interest();
        // A change makes epoll look anew, so that it tells of what came before it.
        let (key, is_change) = match peer.place.as_mut().and_then(Place::come_back) {
            Some(key) => {
                let is_change = peer.registered != Some(interest);
                let Meanwhile { told, ended } =
                    self.connections.come_back(key, peer, state, deadline);
                if told && !is_change {
                    self.told.push_back(Told { token: Token(key), ended });
                }
                (key, is_change)
            }
            None => {
                self.shared.traffic.waiting.fetch_add(1, Ordering::Relaxed);
                (self.connections.insert(peer, state, deadline), true)
            }
        };
        if is_change && !self.register(key, interest) {
            return None;
        }
        self.set_timer(key);
        Some(key)
    }

    /// Tells epoll what a connection waits for; false if that can't be, and it is closed.
    fn register(&mut self, key: usize, interest: Interest) -> bool {
        let Some(Connection { peer, .. }) = self.connections.find(key) else {
            return false;
        };
        let registry = self.poll.registry();
        let registered = match peer.registered.replace(interest) {
            Some(_) => peer.stream.reregister(registry, Token(key), interest),
            None => peer.stream.register(registry, Token(key), interest),
        };
        if let Err(error) = &registered {
            tracing::error!(%error, "a connection can't be waited for: it is closed");
            self.remove(key);
        }
        registered.is_ok()
    }

    /// Has a connection that is ready still told again: a change makes epoll look anew.
    pub(super) fn tell_again(&mut self, key: usize) {
        if let Some(connection) = self.connections.find(key) {
            let interest = connection.state.interest();
            self.register(key, interest);
        }
    }

    /// Sees to it that a connection is looked at when its time is up.
    pub(super) fn set_timer(&mut self, key: usize) {
        if let Some(at) = self.connections.set_timer(key) {
            self.timeouts.add(at, key);
        }
    }

    pub(super) fn remove(&mut self, key: usize) -> Option<Connection> {
        let connection = self.connections.remove(key)?;
        self.shared.traffic.waiting.fetch_sub(1, Ordering::Relaxed);
        Some(connection)
    }

    /// Lets a connection go whose request is whole. One that goes on keeps its place; there is something
    /// to read when it comes back if its peer has `ended`, or if a full buffer left something.
    pub(super) fn let_go(&mut self, key: usize, ended: bool) -> Option<(Peer, Parcel)> {
        let found = self.connections.find(key)?;
        let told = Meanwhile { told: ended || found.peer.unread, ended };
        let keeps = found.peer.framing.keeps();
        let gone = if keeps { self.connections.leave(key, told) } else { self.remove(key) };
        let Connection { mut peer, state, .. } = gone?;
        if keeps {
            peer.place.get_or_insert_with(|| Place::at(&self.home)).leave(key);
        }
        match state {
            State::Reading(packet) => Some((peer, packet)),
            // Only what is read becomes whole; if it were not so, the connection would be closed.
            State::Idle | State::Writing(_) | State::Draining(_) => None,
        }
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

    /// Takes back what threads couldn't finish, and the places of what is gone.
    pub(super) fn take_news(&mut self) {
        while let Ok(news) = self.news.try_recv() {
            match news {
                News::Returned(returned) => {
                    // Without a place of its own it counted as waiting since it was given back.
                    if !returned.peer.has_place() {
                        self.shared.traffic.waiting.fetch_sub(1, Ordering::Relaxed);
                    }
                    self.settle(returned, (self.shared.clock)());
                }
                News::Gone(key) => {
                    if self.connections.free(key) {
                        self.shared.traffic.waiting.fetch_sub(1, Ordering::Relaxed);
                    }
                }
            }
        }
    }

    /// Writes on, then goes on with the connection if it is kept; otherwise drains it if something
    /// may be unread, and closes it.
    pub(super) fn settle(&mut self, Returned { peer, outgoing }: Returned, now: Instant) {
        if !outgoing.is_empty() {
            self.park(peer, State::Writing(outgoing), now + self.shared.socket_timeout);
        } else if peer.framing.keeps() {
            self.take_back(peer, now);
        } else if peer.unread && !self.shared.is_full() && peer.stream.finish().is_ok() {
            // A stop doesn't wait for who has its answer and stays.
            let time = if self.closed { IDLE_AT_STOP } else { DRAIN_TIME };
            self.park(peer, State::Draining(DRAIN_MAX), now + time);
        }
    }

    /// Takes a connection back whose answer is out since this time, and which goes on.
    pub(crate) fn take_back(&mut self, mut peer: Peer, since: Instant) {
        peer.kept = true;
        let has_more = !peer.ahead.is_empty();
        // Where all places are taken, one that has none and asks for nothing makes room.
        if !has_more && !peer.has_place() && self.shared.is_full() {
            return;
        }
        let Some(key) = self.park(peer, State::Idle, self.idle_until(since)) else {
            return;
        };
        if has_more {
            // No edge will tell of it; but others were told of before.
            self.told.push_back(Told::of(key));
        } else if let Some(connection) = self.connections.find(key) {
            self.idle.push_back((key, connection.wait));
            if self.idle.len() > 2 * self.connections.len() + 1_024 {
                let connections = &mut self.connections;
                self.idle.retain(|(key, wait)| {
                    connections.find(*key).is_some_and(|connection| connection.wait == *wait)
                });
            }
        }
    }

    /// Closes the connection that has been idle for the longest since its answer; false when there
    /// is none here.
    pub(super) fn make_room(&mut self) -> bool {
        while let Some((key, wait)) = self.idle.pop_front() {
            let is_idle = |connection: &mut Connection| {
                connection.wait == wait && matches!(connection.state, State::Idle)
            };
            if self.connections.find(key).is_some_and(is_idle) {
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
        let mut keys = Vec::new();
        for (key, connection) in self.connections.iter_mut() {
            let idle = match &connection.state {
                // The second has its answer, and had time to read it.
                State::Idle | State::Draining(_) => true,
                State::Reading(packet) => !packet.has_begun(),
                State::Writing(_) => false,
            };
            if idle && connection.deadline > soon {
                connection.deadline = soon;
                keys.push(key);
            }
        }
        keys.into_iter().for_each(|key| self.set_timer(key));
    }

    /// Gives up those whose time has come.
    pub(super) fn expire(&mut self, now: Instant) {
        while let Some((at, key)) = self.timeouts.pop_due(now) {
            if !self.connections.clear_timer(key, at) {
                continue;
            }
            // Of one that is away the time begins anew when it comes back.
            let Some(connection) = self.connections.find(key) else {
                continue;
            };
            if connection.deadline > now {
                self.set_timer(key);
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
