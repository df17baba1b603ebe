//! What sockets of this process are connected to, where they aren't its clients' connections. Knows
//! nothing of descriptors.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::sock_diag::{Ends, FAMILIES, Socket, Which, sockets};

/// What is told of a socket that has no peer with a name.
const SOCKET: &str = "socket";

/// What each of the sockets `asked` for, by inode, is connected to: nothing, if it listens or was accepted
/// from one that listens among this process's `own`, as clients come and go by themselves.
pub(super) fn peers(own: &BTreeSet<u64>, asked: &BTreeSet<u64>) -> BTreeMap<u64, Arc<str>> {
    match sockets(Which::All, &FAMILIES) {
        Ok(all) => peers_among(&all, own, asked),
        Err(error) => {
            tracing::debug!(%error, "the kernel doesn't tell what sockets are connected to");
            asked.iter().map(|inode| (*inode, "".into())).collect()
        }
    }
}

fn peers_among(
    all: &[Socket],
    own: &BTreeSet<u64>,
    asked: &BTreeSet<u64>,
) -> BTreeMap<u64, Arc<str>> {
    let by_inode: BTreeMap<u64, &Socket> =
        all.iter().map(|socket| (socket.inode, socket)).collect();
    let listening = || all.iter().filter(|socket| socket.listens && own.contains(&socket.inode));
    let was_accepted = |ends: &Ends| {
        listening().any(|listener| match (&listener.ends, ends) {
            (Ends::Unix { name: Some(listens), .. }, Ends::Unix { name: Some(name), .. }) => {
                listens == name
            }
            (Ends::Tcp { local: listens, .. }, Ends::Tcp { local, .. }) => {
                listens.port() == local.port()
            }
            _ => false,
        })
    };
    let name_of = |inode: u64| match by_inode.get(&inode)?.ends {
        Ends::Unix { ref name, .. } => name.as_deref(),
        Ends::Tcp { .. } => None,
    };
    let told = |inode: &u64| -> Arc<str> {
        let Some(socket) = by_inode.get(inode) else { return SOCKET.into() };
        if was_accepted(&socket.ends) {
            return "".into();
        }
        match &socket.ends {
            Ends::Unix { peer, .. } => peer
                .and_then(name_of)
                .map_or_else(|| SOCKET.into(), |name| format!("{SOCKET} to {name}").into()),
            Ends::Tcp { peer, .. } => format!("{SOCKET} to {peer}").into(),
        }
    };
    asked.iter().map(|inode| (*inode, told(inode))).collect()
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::net::{TcpListener, TcpStream, UdpSocket};
    use std::os::fd::AsFd;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    fn inode(socket: impl AsFd) -> u64 {
        rustix::fs::fstat(socket).unwrap().st_ino
    }

    #[test]
    fn clients_are_told_from_what_a_handler_has_opened() {
        let folder = tempfile::tempdir().unwrap();
        let (server, other) = (folder.path().join("server"), folder.path().join("other"));
        let (server_listens, other_listens) =
            (UnixListener::bind(&server).unwrap(), UnixListener::bind(&other).unwrap());
        let (tcp_listens, other_tcp) =
            (TcpListener::bind("127.0.0.1:0").unwrap(), TcpListener::bind("127.0.0.1:0").unwrap());
        let _clients = (
            UnixStream::connect(&server).unwrap(),
            TcpStream::connect(tcp_listens.local_addr().unwrap()).unwrap(),
        );
        let accepted = (server_listens.accept().unwrap().0, tcp_listens.accept().unwrap().0);
        let opened = (
            UnixStream::connect(&other).unwrap(),
            TcpStream::connect(other_tcp.local_addr().unwrap()).unwrap(),
            UdpSocket::bind("127.0.0.1:0").unwrap(),
            UnixStream::pair().unwrap(),
        );
        let _taken = other_listens.accept().unwrap();
        // What the process has: the other side's sockets are another's.
        let own = BTreeSet::from([inode(&server_listens), inode(&tcp_listens)]);
        let expected = [
            (inode(&server_listens), String::new()),
            (inode(&tcp_listens), String::new()),
            (inode(&accepted.0), String::new()),
            (inode(&accepted.1), String::new()),
            (inode(&opened.0), format!("socket to {}", other.display())),
            (inode(&opened.1), format!("socket to {}", other_tcp.local_addr().unwrap())),
            (inode(&opened.2), SOCKET.to_owned()),
            (inode(&opened.3.0), SOCKET.to_owned()),
            (inode(File::open("/dev/null").unwrap()), SOCKET.to_owned()),
        ];
        let asked = expected.iter().map(|(inode, _)| *inode).collect();
        let told = peers(&own, &asked);
        for (inode, what) in expected {
            assert_eq!(*told[&inode], *what);
        }
    }
}
