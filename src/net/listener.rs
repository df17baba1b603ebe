//! Listening sockets: bound once, shared by all event loops. Knows nothing of what arrives, nor of how
//! they are bound.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::sync::atomic::{AtomicBool, Ordering};

use mio::net::{TcpListener, UnixListener};
use socket2::{SockAddr, Socket};

use super::socket_file::SocketFile;
use crate::app::Protocol;
use crate::pool::Stream;

/// A socket that accepts.
pub(crate) struct Listener {
    pub(super) socket: Accepting,
    pub(crate) protocol: Protocol,
    pub(crate) name: String,
    /// Whether it is for those who ask for the statistics.
    pub(crate) is_stats: bool,
    pub(super) file: Option<SocketFile>,
    /// Whether other processes have it as well: then it is theirs to close.
    pub(super) is_shared: AtomicBool,
    /// Whether these are but its master, which has bound it, and the master's other servers.
    pub(super) is_masters: bool,
}

/// What sockets are named that the statistics are asked for on.
pub(crate) const STATS: &str = "stats";

pub(super) enum Accepting {
    Unix(UnixListener),
    Tcp(TcpListener),
}

impl Listener {
    /// Takes a socket that listens already, which whoever started this process keeps as well.
    ///
    /// # Errors
    /// It is no such socket.
    pub(crate) fn adopt(protocol: Protocol, socket: OwnedFd) -> io::Result<Self> {
        let socket = Socket::from(socket);
        if !socket.is_listener()? {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "it doesn't listen"));
        }
        socket.set_nonblocking(true)?;
        let local = socket.local_addr()?;
        let name = name_of(&local);
        let socket = Accepting::from(socket, local.as_socket().is_some());
        Ok(Self {
            socket,
            protocol,
            name,
            is_stats: false,
            file: None,
            is_shared: AtomicBool::new(true),
            is_masters: false,
        })
    }

    /// The same socket, which is the master's own.
    pub(crate) fn of_master(self) -> Self {
        Self { is_masters: true, ..self }
    }

    /// Whether nobody but this process, and its servers, has it.
    pub(crate) fn is_own(&self) -> bool {
        !self.is_shared.load(Ordering::Relaxed)
    }

    /// The master is gone, and all its servers are about to end: what was its socket is anyone's of them
    /// to close.
    pub(crate) fn inherit(&self) {
        if self.is_masters {
            self.is_shared.store(false, Ordering::Relaxed);
        }
    }

    /// The same socket, for those who ask for the statistics.
    pub(crate) fn for_stats(self) -> Self {
        Self { is_stats: true, ..self }
    }

    /// What it is for, as other processes are told: its protocol, or [`STATS`].
    pub(crate) fn purpose(&self) -> String {
        if self.is_stats { STATS.to_owned() } else { self.protocol.to_string() }
    }

    /// Takes a connection that waits; reads and writes on it never wait.
    pub(crate) fn accept(&self) -> io::Result<Stream> {
        match &self.socket {
            Accepting::Unix(listener) => listener.accept().map(|(stream, _)| Stream::Unix(stream)),
            Accepting::Tcp(listener) => listener.accept().map(|(stream, _)| Stream::Tcp(stream)),
        }
    }

    /// Refuses new connections at once. What waits in a unix socket's backlog can still be
    /// accepted; of TCP's it is reset, so accept first.
    pub(crate) fn refuse_new(&self) {
        if !self.is_own() {
            return;
        }
        // Each event loop says so, and only the first has something to do.
        if let Err(error) = rustix::net::shutdown(self, rustix::net::Shutdown::Read)
            && error != rustix::io::Errno::NOTCONN
        {
            tracing::warn!(socket = self.name, %error, "a socket can't refuse new connections");
        }
    }

    /// Removes the socket's file, if it has one that is still its own.
    pub(crate) fn remove_file(&self) {
        if let Some(file) = &self.file {
            file.remove();
        }
    }
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match &self.socket {
            Accepting::Unix(listener) => listener.as_fd(),
            Accepting::Tcp(listener) => listener.as_fd(),
        }
    }
}

impl Accepting {
    pub(super) fn from(socket: Socket, is_tcp: bool) -> Self {
        if is_tcp {
            Self::Tcp(TcpListener::from_std(socket.into()))
        } else {
            Self::Unix(UnixListener::from_std(socket.into()))
        }
    }
}

/// The address of a socket that others have bound, as an option would give it.
pub(crate) fn given_address(socket: &OwnedFd) -> Option<String> {
    let socket = Socket::from(socket.try_clone().ok()?);
    socket.local_addr().ok().map(|local| name_of(&local))
}

fn name_of(local: &SockAddr) -> String {
    let unix = || {
        let path = local.as_pathname().map(|path| path.display().to_string());
        let name = || local.as_abstract_namespace().map(|name| name.escape_ascii().to_string());
        path.or_else(|| name().map(|name| format!("@{name}")))
    };
    let tcp = local.as_socket().map(|address| address.to_string());
    tcp.or_else(unix).unwrap_or_else(|| "a socket without a name".to_owned())
}
