//! How many connections wait in a listening socket's backlog, which of unix sockets only the kernel
//! tells. Knows nothing of what a socket is for.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::AsFd;

use rustix::net::getsockname;

use crate::sock_diag::{FAMILIES, Which, sockets};

/// The backlog of a socket that listens.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(super) struct Backlog {
    /// Connections that nobody has accepted yet.
    pub(super) waiting: u32,
    /// As many as may wait: what `listen` asked for, as far as the kernel granted it.
    pub(super) most: u32,
}

/// Those of sockets that listen, by inode.
#[derive(Default)]
pub(super) struct Backlogs(BTreeMap<u64, Backlog>);

impl Backlogs {
    /// What the kernel says now of these, and of others of their families.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn now<S: AsFd>(of: impl IntoIterator<Item = S>) -> io::Result<Self> {
        let mut families = Vec::with_capacity(FAMILIES.len());
        for socket in of {
            let family = getsockname(socket)?.address_family();
            if !families.contains(&family) {
                families.push(family);
            }
        }
        let backlogs = sockets(Which::Listening, &families)?.into_iter().map(|socket| {
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
        let all = tcp.iter().map(AsFd::as_fd).chain([unix.as_fd()]);
        let all = Backlogs::now(all).unwrap();
        let waiting = |backlog: Option<Backlog>| backlog.unwrap().waiting;
        assert_eq!(waiting(all.of(&unix)), 3);
        assert!(!tcp.is_empty());
        assert!(tcp.iter().all(|listener| waiting(all.of(listener)) == 2));
        assert!(all.of(&unix).unwrap().most >= 128, "{:?}", all.of(&unix));
        drop(unix.accept().unwrap());
        assert_eq!(waiting(Backlogs::now([&unix]).unwrap().of(&unix)), 2);
    }
}
