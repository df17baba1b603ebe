//! What a ready connection comes to: it is read, written or drained as far as it goes, and then
//! waits on, arrives, or leaves. Knows nothing of how the loop waits.

use std::sync::atomic::Ordering;
use std::time::Instant;

use super::connection::{self, Connection, Read, State};
use super::{EventLoop, OutgoingError, Progress, Returned};
use crate::app::{Framing, PacketLimits, Parcel, Protocol};
use crate::pool::RequestJob;

/// What a ready connection comes to.
enum Next {
    Wait,
    /// It is ready still: the next turn is told so again.
    Again,
    Close,
    /// It is closed once what its peer still sends is read and dropped.
    Leave,
    Arrive,
    Refuse(u16),
    Written,
}

/// How it was with a request before more of it was read.
#[derive(Clone, Copy)]
struct Before {
    begun: bool,
    /// Whether there was one that can be given up and be ended for it, as FastCGI alone has it.
    asked: bool,
}

impl EventLoop {
    /// A connection is ready for what it waits for, or its peer has ended its side or left.
    pub(super) fn proceed(
        &mut self,
        key: usize,
        ended: bool,
        now: Instant,
        spare: &mut Vec<Parcel>,
        arrivals: &mut Vec<RequestJob>,
    ) {
        let timeout = self.shared.socket_timeout;
        // An event may be stale: of a connection that is gone since it was told. Of one whose request is
        // at work it is kept in mind.
        if !self.connections.is_here(key, ended) {
            return;
        }
        let Some(connection) = self.connections.find(key) else {
            return;
        };
        if matches!(connection.state, State::Idle) {
            connection.state =
                State::Reading(fresh(spare, connection.peer.protocol, &self.shared.limits));
        }
        let next = match &mut connection.state {
            State::Idle | State::Reading(_) => self.read_on(key, now, spare),
            State::Writing(outgoing) => match outgoing.write_to(&connection.peer.stream) {
                Ok(Progress::Done) => Next::Written,
                Ok(progress) => {
                    connection.deadline = now + timeout;
                    if progress == Progress::More { Next::Again } else { Next::Wait }
                }
                Err(error) => {
                    if !matches!(error, OutgoingError::Peer(_)) {
                        self.throttle.warn(now, "an answer was cut short", &error);
                    }
                    self.shared.traffic.left.fetch_add(1, Ordering::Relaxed);
                    Next::Close
                }
            },
            State::Draining(left) => match connection::drain(&connection.peer, left) {
                true => Next::Close,
                false => Next::Wait,
            },
        };
        self.follow(key, next, ended, now, spare, arrivals);
    }

    /// Reads what has come of a request.
    fn read_on(&mut self, key: usize, now: Instant, spare: &mut Vec<Parcel>) -> Next {
        let Some(connection) = self.connections.find(key) else {
            return Next::Wait;
        };
        let State::Reading(packet) = &mut connection.state else {
            return Next::Wait;
        };
        let asked = matches!(packet.framing(), Framing::FastCgi { id, .. } if id != 0);
        let before = Before { begun: packet.has_begun(), asked };
        match connection::read_on(packet, &mut connection.peer, &self.shared.limits) {
            Read::Whole => Next::Arrive,
            Read::Gone => Next::Close,
            Read::Closing => Next::Leave,
            Read::Bad(error) => {
                self.shared.traffic.bad.fetch_add(1, Ordering::Relaxed);
                self.throttle.warn(now, "a request was refused", &error);
                Next::Refuse(error.status())
            }
            outcome => {
                self.wait_on(key, before, now, spare);
                if matches!(outcome, Read::More) { Next::Again } else { Next::Wait }
            }
        }
    }

    /// How long a connection may wait for the rest of its request, and what it holds meanwhile.
    fn wait_on(&mut self, key: usize, was: Before, now: Instant, spare: &mut Vec<Parcel>) {
        let (timeout, idle_until) = (self.shared.socket_timeout, self.idle_until(now));
        let Some(connection) = self.connections.find(key) else {
            return;
        };
        let State::Reading(packet) = &mut connection.state else {
            return;
        };
        let before = connection.deadline;
        // The head has one time for all of it; a body one for each stall.
        let begins = !was.begun && packet.has_begun();
        if packet.in_body() || (begins && connection.peer.kept) {
            connection.deadline = now + timeout;
        }
        if was.begun && !packet.has_begun() {
            // Who has given a request up has had the end of it for an answer; a record that is part
            // of none gives nobody more time.
            connection.peer.kept |= was.asked;
            let until = if was.asked { idle_until } else { idle_until.min(connection.deadline) };
            connection.deadline = until;
        }
        if packet.is_empty() {
            if let State::Reading(packet) = std::mem::replace(&mut connection.state, State::Idle) {
                retire(spare, packet);
            }
        } else if !packet.in_body() {
            packet.shrink();
        }
        if connection.deadline < before {
            // Its time is up before it is looked for next.
            self.set_timer(key);
        }
    }

    fn follow(
        &mut self,
        key: usize,
        next: Next,
        ended: bool,
        now: Instant,
        spare: &mut Vec<Parcel>,
        arrivals: &mut Vec<RequestJob>,
    ) {
        match next {
            Next::Wait => return,
            Next::Again => return self.tell_again(key),
            Next::Arrive => {
                if let Some((peer, packet)) = self.let_go(key, ended) {
                    arrivals.push(RequestJob { peer, packet, whole_at: now });
                }
                return;
            }
            _ => {}
        }
        let Some(Connection { peer, state, .. }) = self.remove(key) else {
            return;
        };
        match (next, state) {
            // Its packet, which may be large, is dropped.
            (Next::Refuse(status), State::Reading(_)) => self.refuse(peer, status, now),
            (Next::Leave, _) => self.leave(peer, now),
            (Next::Written, State::Writing(outgoing)) => {
                self.settle(Returned { peer, outgoing }, now);
            }
            // Dropped, and so closed.
            (Next::Close, State::Reading(packet)) => retire(spare, packet),
            _ => {}
        }
    }
}

/// Packets kept for later requests; each holds at most 64 KiB.
const SPARE_MAX: usize = 4;

/// Keeps a packet that has served for a later request, if there are few.
pub(crate) fn retire(spare: &mut Vec<Parcel>, mut packet: Parcel) {
    if spare.len() < SPARE_MAX && packet.is_alone() {
        packet.clear();
        spare.push(packet);
    }
}

/// A packet for the next request by this protocol.
pub(super) fn fresh(spare: &mut Vec<Parcel>, protocol: Protocol, limits: &PacketLimits) -> Parcel {
    match spare.pop() {
        Some(mut packet) => {
            packet.begin(protocol, limits);
            packet
        }
        None => Parcel::new(protocol, limits),
    }
}
