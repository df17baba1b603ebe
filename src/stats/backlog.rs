//! How many connections wait in a listening socket's backlog, which of unix sockets only the kernel
//! tells. Knows nothing of what a socket is for.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;

use crate::sock_diag::{Which, sockets};

/// The backlog of a socket that listens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Backlog {
    /// Connections that nobody has accepted yet.
    pub(super) waiting: u32,
    /// As many as may wait: what `listen` asked for, as far as the kernel granted it.
    pub(super) most: u32,
}

/// Those of all sockets that listen, by inode.
#[derive(Default)]
pub(super) struct Backlogs(BTreeMap<u64, Backlog>);

impl Backlogs {
    /// What the kernel says now.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn now() -> io::Result<Self> {
        let backlogs = sockets(Which::Listening)?.into_iter().map(|socket| {
            let (waiting, most) = socket.backlog;
            (socket.inode, Backlog { waiting, most })
        });
        Ok(Self(backlogs.collect()))
    }

    /// That of a socket.
    pub(super) fn of(&self, socket: impl AsFd) -> Option<Backlog> {
        let inode = rustix::fs::fstat(socket).ok()?.st_ino;
        self.0.get(&inode).copied()
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    #[test]
    fn those_that_wait_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let unix = UnixListener::bind(&path).unwrap();
        let _unix: Vec<_> = (0..3).map(|_| UnixStream::connect(&path).unwrap()).collect();
        // A machine may be without IPv6.
        let tcp: Vec<_> =
            ["127.0.0.1:0", "[::1]:0"].iter().filter_map(|at| TcpListener::bind(at).ok()).collect();
        let connect = |listener: &TcpListener| {
            let address = listener.local_addr().unwrap();
            [(); 2].map(|()| TcpStream::connect(address).unwrap())
        };
        let _tcp: Vec<_> = tcp.iter().map(connect).collect();
        let all = Backlogs::now().unwrap();
        let waiting = |backlog: Option<Backlog>| backlog.unwrap().waiting;
        assert_eq!(waiting(all.of(&unix)), 3);
        assert!(!tcp.is_empty());
        assert!(tcp.iter().all(|listener| waiting(all.of(listener)) == 2));
        assert!(all.of(&unix).unwrap().most >= 128, "{:?}", all.of(&unix));
        drop(unix.accept().unwrap());
        assert_eq!(waiting(Backlogs::now().unwrap().of(&unix)), 2);
    }
}
