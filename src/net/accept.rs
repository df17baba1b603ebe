//! How an event loop takes connections: read at once, since the packet is nearly always there.

use std::io;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use rustix::event::epoll::{self, EventData, EventFlags};

use super::connection::{self, Read, State};
use super::event_loop::LISTENER;
use super::proceed::{fresh, retire};
use super::{EventLoop, Take};
use crate::app::{Parcel, Protocol};
use crate::pool::{Peer, RequestJob, Stream};
use crate::process::is_exhausted;

/// How long nothing is accepted after the process has run out of descriptors.
const PAUSE: Duration = Duration::from_millis(100);

impl EventLoop {
    /// Starts to listen.
    ///
    /// The listeners are added to epoll beside mio, which can't pass EPOLLEXCLUSIVE: without it
    /// one connection would wake every worker's loop. They are level-triggered, so that a turn
    /// may leave connections for others.
    pub(super) fn listen(&mut self) -> io::Result<()> {
        for (number, listener) in self.shared.listeners.iter().enumerate() {
            let token = EventData::new_u64((LISTENER - number) as u64);
            epoll::add(
                self.poll.registry(),
                listener,
                token,
                EventFlags::IN | EventFlags::EXCLUSIVE,
            )?;
        }
        self.listening = true;
        Ok(())
    }

    /// Stops listening: new connections are refused from here on, and those that wait in the
    /// backlog are taken, so that they get their answers.
    pub(crate) fn close(&mut self, spare: &mut Vec<Parcel>, arrivals: &mut Vec<RequestJob>) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let now = (self.shared.clock)();
        let listeners = if self.retired { 0 } else { self.shared.listeners.len() };
        for number in 0..listeners {
            self.accept(number, now, Take::All, spare, arrivals);
            self.shared.listeners[number].refuse_new();
            // Some may have come between the two.
            self.accept(number, now, Take::All, spare, arrivals);
        }
        if self.listening {
            self.unlisten();
        }
        self.close_idle(now);
    }

    /// Leaves new connections to another process, which listens on the same sockets. Those that are
    /// here stay until their peers leave: a close could cross a request that is on its way.
    pub(crate) fn retire(&mut self) {
        self.retired = true;
        if self.listening {
            self.unlisten();
        }
    }

    fn unlisten(&mut self) {
        for listener in &self.shared.listeners {
            if let Err(error) = epoll::delete(self.poll.registry(), listener) {
                tracing::error!(%error, socket = listener.name, "a listener can't be left");
            }
        }
        self.listening = false;
    }

    /// Accepts from one listener.
    pub(super) fn accept(
        &mut self,
        number: usize,
        now: Instant,
        take: Take,
        spare: &mut Vec<Parcel>,
        arrivals: &mut Vec<RequestJob>,
    ) {
        while self.listening {
            match self.shared.listeners[number].accept() {
                Ok(stream) => {
                    let protocol = self.shared.listeners[number].protocol;
                    self.admit(stream, protocol, now, spare, arrivals);
                    if take.is_enough(arrivals.len()) {
                        return;
                    }
                }
                // EINVAL is what a TCP socket says that refuses new connections.
                Err(error)
                    if matches!(
                        error.kind(),
                        io::ErrorKind::WouldBlock | io::ErrorKind::InvalidInput
                    ) =>
                {
                    return;
                }
                Err(error) if is_exhausted(&error) => {
                    self.pause(&error, now);
                    return;
                }
                Err(_) => {}
            }
        }
    }

    /// Reads a fresh connection.
    fn admit(
        &mut self,
        stream: Stream,
        protocol: Protocol,
        now: Instant,
        spare: &mut Vec<Parcel>,
        arrivals: &mut Vec<RequestJob>,
    ) {
        let mut peer = Peer::new(stream, protocol, self.index);
        if protocol == Protocol::Http {
            peer.ends = Some(Box::new(peer.stream.ends()));
        }
        let mut packet = fresh(spare, protocol, &self.shared.limits);
        match connection::read(&mut packet, &mut peer, &self.shared.limits, true) {
            Read::Whole => {
                arrivals.push(RequestJob { peer, packet, whole_at: now });
                return;
            }
            Read::Waiting | Read::More if self.shared.is_full() && !self.make_room() => {
                self.shared.traffic.shed.fetch_add(1, Ordering::Relaxed);
                let most = self.shared.connections_max;
                self.throttle.warn(
                    now,
                    "a connection was refused",
                    &format_args!("max-connections {most}"),
                );
                peer.expect(&packet);
                self.refuse(peer, 503, now);
            }
            Read::Waiting | Read::More => {
                let deadline = now + self.shared.socket_timeout;
                if packet.is_empty() {
                    retire(spare, packet);
                    self.park(peer, State::Idle, deadline);
                } else {
                    packet.shrink();
                    self.park(peer, State::Reading(packet), deadline);
                }
                return;
            }
            Read::Bad(error) => {
                self.shared.traffic.bad.fetch_add(1, Ordering::Relaxed);
                self.throttle.warn(now, "a request was refused", &error);
                self.refuse(peer, error.status(), now);
            }
            Read::Closing => self.leave(peer, now),
            Read::Gone => {}
        }
        retire(spare, packet);
    }

    /// Leaves the listeners for a while: their readiness would otherwise make the loop spin.
    fn pause(&mut self, error: &io::Error, now: Instant) {
        self.throttle.warn(now, "no connection can be accepted", error);
        self.unlisten();
        self.paused_until = Some(now + PAUSE);
    }

    /// Listens again when a pause is over.
    pub(super) fn resume(&mut self, now: Instant) -> io::Result<()> {
        if self.paused_until.is_some_and(|until| until <= now) {
            self.paused_until = None;
            if !self.closed && !self.retired {
                return self.listen();
            }
        }
        Ok(())
    }
}
