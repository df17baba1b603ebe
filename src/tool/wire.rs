//! A connection to a server, on which nothing waits without a deadline. It must not know what the
//! bytes mean.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, ToSocketAddrs};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::{Domain, SockAddr, Socket, Type};

use super::clock;
use super::target::Address;

/// A connection.
#[derive(Debug)]
pub(super) struct Wire {
    socket: Socket,
}

/// Why there is no connection.
#[derive(Debug, thiserror::Error)]
pub(super) enum ConnectError {
    #[error("{address}: the name has no address: {source}")]
    Resolve { address: Address, source: io::Error },
    #[error("{address}: no connection: {source}")]
    Refused { address: Address, source: io::Error },
    #[error("{address}: no connection in time")]
    TimedOut { address: Address },
}

/// The exit code of a time that is over, which is curl's.
pub(super) const TIMED_OUT: u8 = 28;

impl ConnectError {
    /// The number that curl has for it.
    pub(super) fn exit_code(&self) -> u8 {
        match self {
            Self::Resolve { .. } => 6,
            Self::Refused { .. } => 7,
            Self::TimedOut { .. } => TIMED_OUT,
        }
    }
}

/// What a wait for the server brought.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Wait {
    /// Something went as wished: bytes were read, or all were sent.
    Done,
    /// The server has ended the connection. A reset is one too: which of both a peer sees depends
    /// on what the kernel had not yet passed on.
    Closed,
    TimedOut,
}

/// What is read at once.
const ROOM: usize = 64 * 1024;
/// What is read while there is still something to send, so that neither side waits for the other.
const READ_WHILE_SENDING_MAX: usize = 16 * 1024 * 1024;

impl Wire {
    /// Connects before that time has come.
    pub(super) fn connect(address: &Address, until: Instant) -> Result<Self, ConnectError> {
        let owned = || address.clone();
        let refused = |source: io::Error| match source.kind() {
            io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
                ConnectError::TimedOut { address: owned() }
            }
            _ => ConnectError::Refused { address: owned(), source },
        };
        let socket = match address {
            Address::Unix(path) => SockAddr::unix(path).and_then(|to| connect_unix(&to, until)),
            Address::Abstract(name) => {
                SockAddr::unix(format!("\0{name}")).and_then(|to| connect_unix(&to, until))
            }
            Address::Tcp { host, port } => {
                let all = (host.as_str(), *port)
                    .to_socket_addrs()
                    .map_err(|source| ConnectError::Resolve { address: owned(), source })?;
                connect_tcp(all, until)
            }
        };
        let socket = socket.map_err(refused)?;
        socket.set_nonblocking(true).map_err(refused)?;
        Ok(Self { socket })
    }

    /// The address that the server sees, if there is one.
    pub(super) fn local(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()?.as_socket()
    }

    /// The address that was connected to, if it is one of TCP.
    pub(super) fn peer(&self) -> Option<SocketAddr> {
        self.socket.peer_addr().ok()?.as_socket()
    }

    /// Sends all of `bytes`, and reads what comes meanwhile.
    pub(super) fn send(&self, bytes: &[u8], received: &mut Vec<u8>, until: Instant) -> Wait {
        let mut rest = bytes;
        while !rest.is_empty() {
            match (&self.socket).write(rest) {
                Ok(count) => {
                    rest = &rest[count..];
                    continue;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(_) => return Wait::Closed,
            }
            let may_read = received.len() < READ_WHILE_SENDING_MAX;
            let wanted = if may_read { PollFlags::IN | PollFlags::OUT } else { PollFlags::OUT };
            match self.wait(wanted, until) {
                Some(found) if may_read && found.contains(PollFlags::IN) => {
                    if self.take(received) == Some(Wait::Closed) {
                        return Wait::Closed;
                    }
                }
                Some(_) => {}
                None => return Wait::TimedOut,
            }
        }
        Wait::Done
    }

    /// Appends the next bytes to `received` once there are some.
    pub(super) fn read(&self, received: &mut Vec<u8>, until: Instant) -> Wait {
        loop {
            if let Some(outcome) = self.take(received) {
                return outcome;
            }
            if self.wait(PollFlags::IN, until).is_none() {
                return Wait::TimedOut;
            }
        }
    }

    /// Tells the server that no more will be sent.
    pub(super) fn half_close(&self) {
        // A connection that is gone needs no end; a read will tell.
        self.socket.shutdown(Shutdown::Write).ok();
    }

    /// Ends the connection without a word: over TCP as a reset.
    pub(super) fn reset(self) {
        // Without it the end is an orderly one, which is no worse a test.
        self.socket.set_linger(Some(Duration::ZERO)).ok();
    }

    /// Reads what is there; `None` if that is nothing.
    fn take(&self, received: &mut Vec<u8>) -> Option<Wait> {
        let mut room = [0; ROOM];
        match (&self.socket).read(&mut room) {
            Ok(0) => Some(Wait::Closed),
            Ok(count) => {
                received.extend(&room[..count]);
                Some(Wait::Done)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => None,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => None,
            Err(_) => Some(Wait::Closed),
        }
    }

    /// What of `wanted` is possible now; `None` once the time is over.
    fn wait(&self, wanted: PollFlags, until: Instant) -> Option<PollFlags> {
        loop {
            let left = clock::left(until);
            if left.is_zero() {
                return None;
            }
            let timeout = Timespec::try_from(left).ok();
            let mut polled = [PollFd::new(&self.socket, wanted)];
            match poll(&mut polled, timeout.as_ref()) {
                Ok(0) | Err(rustix::io::Errno::INTR) => {}
                Ok(_) => return Some(polled[0].revents()),
                Err(_) => return None,
            }
        }
    }
}

fn connect_unix(to: &SockAddr, until: Instant) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    // It bounds a connect as well, which waits while the server's backlog is full.
    socket.set_write_timeout(Some(clock::left(until).max(Duration::from_millis(1))))?;
    socket.connect(to)?;
    Ok(socket)
}

/// The first of these addresses that answers.
fn connect_tcp(all: impl Iterator<Item = SocketAddr>, until: Instant) -> io::Result<Socket> {
    let mut last = io::Error::from(io::ErrorKind::NotFound);
    for to in all {
        let socket = Socket::new(Domain::for_address(to), Type::STREAM, None)?;
        let left = clock::left(until).max(Duration::from_millis(1));
        match socket.connect_timeout(&SockAddr::from(to), left) {
            // Pieces that are sent apart are to arrive apart.
            Ok(()) => return socket.set_tcp_nodelay(true).map(|()| socket),
            Err(error) => last = error,
        }
    }
    Err(last)
}
