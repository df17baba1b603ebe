//! A place for one connection at a time, without waiting. It must not know when requests start.

use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::Instant;

use rustix::event::epoll::{self, EventData, EventFlags};
use rustix::io::Errno;
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketAddrUnix, SocketFlags, SocketType, connect, recv,
    send, socket_with, sockopt,
};

use super::answer::Answer;
use super::failure::Failure;
use super::head::Heads;
use super::records::Records;

/// Where a server listens.
#[derive(Clone, Debug)]
pub(super) enum Server {
    Unix(SocketAddrUnix),
    Tcp(SocketAddr),
}

/// What there is of an answer.
#[derive(Debug)]
pub(super) enum Incoming {
    Plain(Answer),
    Records(Records),
}

/// A place for a connection, and the request that it is for.
#[derive(Debug)]
pub(super) struct Connection {
    socket: Option<OwnedFd>,
    watched: Watched,
    incoming: Incoming,
    /// Bytes of the request.
    sent: usize,
    has_received: bool,
    /// Answers on this connection.
    answers: u64,
    /// Whether there is a request that has no answer yet.
    pub(super) is_asking: bool,
    /// Whether the last connection was kept, and ended in good order.
    pub(super) was_closed: bool,
    /// When the request was due.
    pub(super) due: Instant,
    /// When it was sent.
    pub(super) started: Instant,
}

/// What is told of a connection by itself.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Watched {
    Nothing,
    Input,
    /// Also when it can be written to.
    All,
}

/// What came of looking at a connection.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Outcome {
    Waiting,
    /// The answer is whole and has this status.
    Whole(u16),
    /// The server has closed a kept connection before it saw the request, as it may.
    Gone,
}

impl Connection {
    pub(super) fn new(has_records: bool, now: Instant) -> Self {
        let incoming = if has_records {
            Incoming::Records(Records::default())
        } else {
            Incoming::Plain(Answer::default())
        };
        Self {
            socket: None,
            watched: Watched::Nothing,
            incoming,
            sent: 0,
            has_received: false,
            answers: 0,
            is_asking: false,
            was_closed: false,
            due: now,
            started: now,
        }
    }

    /// Sends a request on the connection that is kept, or on a new one. What is left to send goes
    /// out once there is room, of which only a connection that is watched is told.
    pub(super) fn start(&mut self, server: &Server, request: &[u8]) -> Result<(), Failure> {
        (self.sent, self.has_received, self.is_asking) = (0, false, true);
        self.incoming.start();
        let socket = match &self.socket {
            Some(socket) => socket,
            None => {
                (self.watched, self.answers) = (Watched::Nothing, 0);
                self.socket.insert(open(server)?)
            }
        };
        push(socket, request, &mut self.sent);
        Ok(())
    }

    /// Has `epoll` tell of it under this key, if it doesn't yet.
    pub(super) fn watch(
        &mut self,
        request: &[u8],
        epoll: BorrowedFd<'_>,
        key: u64,
    ) -> Result<(), Failure> {
        let wanted = if self.sent < request.len() { Watched::All } else { Watched::Input };
        let Some(socket) = &self.socket else { return Ok(()) };
        let data = EventData::new_u64(key);
        match (self.watched, wanted) {
            (Watched::Nothing, Watched::All) => epoll::add(epoll, socket, data, ALL),
            (Watched::Nothing, _) => epoll::add(epoll, socket, data, INPUT),
            (Watched::Input, Watched::All) => epoll::modify(epoll, socket, data, ALL),
            (Watched::Input | Watched::All, _) => return Ok(()),
        }
        .map_err(Failure::Refused)?;
        self.watched = wanted;
        Ok(())
    }

    /// Whether all of the request is sent, and nobody is told of the answer.
    pub(super) fn is_unwatched(&self, request: &[u8]) -> bool {
        self.watched == Watched::Nothing && self.sent == request.len()
    }

    /// Goes on with what an event made possible.
    pub(super) fn proceed(
        &mut self,
        request: &[u8],
        heads: &mut Heads,
        room: &mut [u8],
        bytes: &mut u64,
    ) -> Result<Outcome, Failure> {
        let Some(socket) = &self.socket else { return Ok(Outcome::Waiting) };
        if self.sent < request.len() {
            push(socket, request, &mut self.sent);
        }
        loop {
            // Whole at its length: no need to wait for the end.
            match recv(socket, &mut *room, RecvFlags::empty()) {
                Ok((_, 0)) => return self.handle_end(),
                Ok((_, count)) => {
                    *bytes += count as u64;
                    self.has_received = true;
                    if let Some(status) = self.incoming.handle_input(heads, &room[..count])? {
                        self.answers += 1;
                        return Ok(Outcome::Whole(status));
                    }
                }
                Err(Errno::AGAIN) => return Ok(Outcome::Waiting),
                Err(Errno::INTR) => {}
                Err(error) => return self.handle_error(error),
            }
        }
    }

    /// Whether the connection may carry another request.
    pub(super) fn may_keep(&self) -> bool {
        self.incoming.answer().may_keep
    }

    /// Whether there is a connection.
    pub(super) fn is_open(&self) -> bool {
        self.socket.is_some()
    }

    pub(super) fn socket(&self) -> Option<BorrowedFd<'_>> {
        self.socket.as_ref().map(AsFd::as_fd)
    }

    pub(super) fn close(&mut self) {
        self.socket = None;
    }

    fn handle_end(&mut self) -> Result<Outcome, Failure> {
        if self.is_left_behind() {
            return Ok(Outcome::Gone);
        }
        let answer = self.incoming.answer();
        match self.incoming {
            Incoming::Plain(_) if self.has_received && answer.is_whole_at_end() => {
                Ok(Outcome::Whole(answer.status))
            }
            Incoming::Plain(_) | Incoming::Records(_) => Err(Failure::CutShort),
        }
    }

    fn handle_error(&self, error: Errno) -> Result<Outcome, Failure> {
        match error {
            // The server closed it while the request was under way.
            Errno::CONNRESET | Errno::PIPE if self.is_left_behind() => Ok(Outcome::Gone),
            Errno::CONNRESET | Errno::PIPE => Err(Failure::Reset),
            error => Err(Failure::Refused(error)),
        }
    }

    fn is_left_behind(&self) -> bool {
        self.answers > 0 && !self.has_received
    }
}

impl Incoming {
    fn start(&mut self) {
        match self {
            Self::Plain(answer) => answer.start(),
            Self::Records(records) => records.start(),
        }
    }

    fn answer(&self) -> &Answer {
        match self {
            Self::Plain(answer) => answer,
            Self::Records(records) => &records.answer,
        }
    }

    /// The status, once the answer is whole.
    fn handle_input(&mut self, heads: &mut Heads, bytes: &[u8]) -> Result<Option<u16>, Failure> {
        let is_whole = match self {
            Self::Plain(answer) => {
                answer.handle_input(heads, bytes)?;
                answer.is_whole()
            }
            Self::Records(records) => {
                records.handle_input(heads, bytes)?;
                records.is_whole()
            }
        };
        Ok(is_whole.then(|| self.answer().status))
    }
}

/// Each event is told once. The end of the input is input.
const INPUT: EventFlags = EventFlags::IN.union(EventFlags::ET);
const ALL: EventFlags = INPUT.union(EventFlags::OUT);

/// A socket whose connection is there, or on its way.
fn open(server: &Server) -> Result<OwnedFd, Failure> {
    let family = match server {
        Server::Unix(_) => AddressFamily::UNIX,
        Server::Tcp(SocketAddr::V4(_)) => AddressFamily::INET,
        Server::Tcp(SocketAddr::V6(_)) => AddressFamily::INET6,
    };
    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let socket = socket_with(family, SocketType::STREAM, flags, None).map_err(Failure::Refused)?;
    let connected = match server {
        Server::Unix(to) => connect(&socket, to),
        Server::Tcp(to) => {
            sockopt::set_tcp_nodelay(&socket, true).map_err(Failure::Refused)?;
            connect(&socket, to)
        }
    };
    match connected {
        Ok(()) | Err(Errno::INPROGRESS) => Ok(socket),
        Err(Errno::AGAIN) if matches!(server, Server::Unix(_)) => Err(Failure::BacklogFull),
        Err(error) => Err(Failure::Refused(error)),
    }
}

/// Sends what the kernel takes. What goes wrong is told by the next read, after an answer that
/// came before.
fn push(socket: &OwnedFd, request: &[u8], sent: &mut usize) {
    while *sent < request.len() {
        match send(socket, &request[*sent..], SendFlags::NOSIGNAL) {
            Ok(count) => *sent += count,
            Err(Errno::INTR) => {}
            Err(_) => return,
        }
    }
}
