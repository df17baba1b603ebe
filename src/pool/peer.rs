//! The socket that a job's answer goes to. Knows nothing of what is written to it.

use std::io::{self, IoSlice, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use mio::event::Source;
use mio::net::{TcpStream, UnixStream};
use mio::{Interest, Registry, Token};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use socket2::SockRef;

use super::Place;
use crate::app::{Framing, Packet, Protocol};

/// A connection that belongs to one thread at a time: a loop's while it is not whole or waits to
/// be written to, a pool thread's during its job.
pub(crate) struct Peer {
    pub(crate) stream: Stream,
    pub(crate) protocol: Protocol,
    /// The worker whose event loop has it registered, and takes it back.
    pub(crate) home: usize,
    /// What that loop's epoll is to tell of it; none before it has it.
    pub(crate) registered: Option<Interest>,
    /// Its place in that loop, once it is kept.
    pub(crate) place: Option<Place>,
    /// Whether bytes may be waiting that nobody will read: then it is drained before it is
    /// closed, since a close over them can cost the peer its answer.
    pub(crate) unread: bool,
    /// Whether it has had an answer before, and so may be idle for long.
    pub(crate) kept: bool,
    /// How the answer to the request at hand is written.
    pub(crate) framing: Framing,
    /// Whether that request was HEAD, so that its answer has no body.
    pub(crate) head_only: bool,
    /// What came behind that request: the start of the next.
    pub(crate) ahead: Ahead,
    /// Who is at its ends, where no web server tells.
    pub(crate) ends: Option<Box<Ends>>,
}

/// Bytes that came before their turn. What is taken of them is only passed over, so that a row of
/// small requests isn't moved up again with each of them.
#[derive(Default)]
pub(crate) struct Ahead {
    bytes: Vec<u8>,
    taken: usize,
}

impl Ahead {
    pub(crate) fn is_empty(&self) -> bool {
        self.bytes.is_empty()
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[self.taken..]
    }

    pub(crate) fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    pub(crate) fn take(&mut self, count: usize) {
        self.taken += count;
        if self.taken >= self.bytes.len() {
            *self = Self::default();
        }
    }
}

/// The ends of a connection, as CGI variables. RFC 3875, 4.1.
pub(crate) struct Ends(pub(crate) Vec<(&'static str, String)>);

impl Peer {
    /// A fresh connection, accepted by the loop of this worker.
    pub(crate) fn new(stream: Stream, protocol: Protocol, home: usize) -> Self {
        Self {
            stream,
            protocol,
            home,
            registered: None,
            place: None,
            unread: false,
            kept: false,
            framing: Framing::Plain,
            head_only: false,
            ahead: Ahead::default(),
            ends: None,
        }
    }

    /// Takes note of the request that is to be answered, as far as it has come.
    pub(crate) fn expect(&mut self, packet: &Packet) {
        self.framing = packet.framing();
        self.head_only = packet.is_head();
    }

    /// Whether it has a place in its loop that waits for it.
    pub(crate) fn has_place(&self) -> bool {
        self.place.as_ref().is_some_and(Place::is_left)
    }

    /// Settles how its answer is written. A connection that its peer would keep, and that ends here,
    /// may have the next request in its socket already.
    pub(crate) fn answer_with(&mut self, framing: Framing) {
        self.unread |= self.framing.keeps() && !framing.keeps();
        self.framing = framing;
    }

    /// Whether the peer has closed both its directions, or failed. One that only ended its request
    /// still waits for the answer.
    pub(crate) fn has_left(&self) -> bool {
        let flags = PollFlags::empty();
        let mut polled = [PollFd::new(&self.stream, flags)];
        let at_once = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut polled, Some(&at_once)).is_ok_and(|count| count > 0)
            && polled[0].revents().intersects(PollFlags::HUP | PollFlags::ERR)
    }
}

/// A unix or TCP socket; reads and writes never wait.
pub(crate) enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    pub(crate) fn read(&self, room: &mut [u8]) -> io::Result<usize> {
        retry(|| match self {
            Self::Unix(stream) => (&*stream).read(room),
            Self::Tcp(stream) => (&*stream).read(room),
        })
    }

    pub(crate) fn write(&self, bytes: &[u8]) -> io::Result<usize> {
        retry(|| match self {
            Self::Unix(stream) => (&*stream).write(bytes),
            Self::Tcp(stream) => (&*stream).write(bytes),
        })
    }

    pub(crate) fn write_both(&self, head: &[u8], body: &[u8]) -> io::Result<usize> {
        let slices = [IoSlice::new(head), IoSlice::new(body)];
        retry(|| match self {
            Self::Unix(stream) => (&*stream).write_vectored(&slices),
            Self::Tcp(stream) => (&*stream).write_vectored(&slices),
        })
    }

    /// The ends of the connection. A unix socket has no address: it is named as nginx names it.
    pub(crate) fn ends(&self) -> Ends {
        let Self::Tcp(stream) = self else {
            return Ends(vec![("REMOTE_ADDR", "unix:".to_owned())]);
        };
        let mut vars = Vec::with_capacity(4);
        if let Ok(remote) = stream.peer_addr() {
            vars.push(("REMOTE_ADDR", remote.ip().to_string()));
            vars.push(("REMOTE_PORT", remote.port().to_string()));
        }
        if let Ok(local) = stream.local_addr() {
            vars.push(("SERVER_ADDR", local.ip().to_string()));
            vars.push(("SERVER_PORT", local.port().to_string()));
        }
        Ends(vars)
    }

    /// User and group of the process at the other end; none over TCP.
    pub(crate) fn owner(&self) -> io::Result<Option<(u32, u32)>> {
        match self {
            Self::Unix(stream) => {
                let owner = rustix::net::sockopt::socket_peercred(stream)?;
                Ok(Some((owner.uid.as_raw(), owner.gid.as_raw())))
            }
            Self::Tcp(_) => Ok(None),
        }
    }

    /// Makes the close that follows a reset, so that the peer can't take what it has for the whole.
    /// Unix sockets have no such thing.
    pub(crate) fn reset(&self) {
        if let Self::Tcp(stream) = self
            && let Err(error) = SockRef::from(stream).set_linger(Some(Duration::ZERO))
        {
            tracing::debug!(%error, "a connection can't be reset");
        }
    }

    /// Says that no more will be written, so that the peer sees the end before the close.
    pub(crate) fn finish(&self) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.shutdown(Shutdown::Write),
            Self::Tcp(stream) => stream.shutdown(Shutdown::Write),
        }
    }
}

/// A signal's interruption is no result.
fn retry<T>(mut call: impl FnMut() -> io::Result<T>) -> io::Result<T> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            other => return other,
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix(stream) => stream.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
        }
    }
}

impl Source for Stream {
    fn register(&mut self, registry: &Registry, token: Token, on: Interest) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.register(registry, token, on),
            Self::Tcp(stream) => stream.register(registry, token, on),
        }
    }

    fn reregister(&mut self, registry: &Registry, token: Token, on: Interest) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.reregister(registry, token, on),
            Self::Tcp(stream) => stream.reregister(registry, token, on),
        }
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.deregister(registry),
            Self::Tcp(stream) => stream.deregister(registry),
        }
    }
}
