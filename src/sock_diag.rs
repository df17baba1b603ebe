//! What the kernel tells of the sockets of this network namespace (netlink's sock_diag). Knows nothing of
//! whose they are.

use std::io;
use std::net::SocketAddr;

use netlink_packet_core::{NLM_F_DUMP, NLM_F_REQUEST};
use netlink_packet_core::{NetlinkHeader, NetlinkMessage, NetlinkPayload};
use netlink_packet_sock_diag::constants::{AF_INET, AF_INET6, IPPROTO_TCP, TCP_LISTEN};
use netlink_packet_sock_diag::unix::nlas::UnixDiagName;
use netlink_packet_sock_diag::{SockDiagMessage, inet, unix};
use rustix::fd::OwnedFd;
use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink};

/// A unix or TCP socket.
#[derive(Debug)]
pub(crate) struct Socket {
    pub(crate) inode: u64,
    pub(crate) listens: bool,
    pub(crate) ends: Ends,
    /// Of one that listens: connections that nobody has accepted yet, and how many may wait there.
    pub(crate) backlog: (u32, u32),
}

/// What a socket stands between.
#[derive(Debug)]
pub(crate) enum Ends {
    /// Its name, which one that was accepted shares with the one that listens, and the inode of its peer.
    Unix {
        name: Option<String>,
        peer: Option<u64>,
    },
    Tcp {
        local: SocketAddr,
        peer: SocketAddr,
    },
}

/// Which sockets are asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Which {
    Listening,
    All,
}

/// The families of sockets that it can be asked for.
pub(crate) const FAMILIES: [AddressFamily; 3] =
    [AddressFamily::UNIX, AddressFamily::INET, AddressFamily::INET6];

/// Larger than what the kernel puts into one piece.
const PIECE: usize = 64 << 10;

/// Asks the kernel for those of these families; it looks through all that it has of one.
///
/// # Errors
/// The system's; a kernel may be built without sock_diag.
pub(crate) fn sockets(which: Which, families: &[AddressFamily]) -> io::Result<Vec<Socket>> {
    let flags = SocketFlags::CLOEXEC;
    let protocol = Some(netlink::SOCK_DIAG);
    let kernel =
        rustix::net::socket_with(AddressFamily::NETLINK, SocketType::DGRAM, flags, protocol)?;
    let mut found = Vec::new();
    for family in families {
        let question = match *family {
            AddressFamily::INET => tcp_sockets(which, AF_INET),
            AddressFamily::INET6 => tcp_sockets(which, AF_INET6),
            _ => unix_sockets(which),
        };
        ask(&kernel, question, &mut found)?;
    }
    Ok(found)
}

/// Puts one question, and takes the answer to its end.
fn ask(kernel: &OwnedFd, question: SockDiagMessage, found: &mut Vec<Socket>) -> io::Result<()> {
    let mut header = NetlinkHeader::default();
    header.flags = NLM_F_REQUEST | NLM_F_DUMP;
    let mut message = NetlinkMessage::new(header, NetlinkPayload::InnerMessage(question));
    message.finalize();
    let mut bytes = vec![0; message.buffer_len()];
    message.serialize(&mut bytes);
    rustix::net::send(kernel, &bytes, SendFlags::empty())?;
    let mut piece = vec![0; PIECE];
    loop {
        // The kernel answers while it is asked: what isn't there now won't come.
        let (length, _) = rustix::net::recv(kernel, &mut piece[..], RecvFlags::DONTWAIT)?;
        if take(&piece[..length], found)? {
            return Ok(());
        }
    }
}

/// Takes one piece of an answer; whether it was the last.
fn take(mut piece: &[u8], found: &mut Vec<Socket>) -> io::Result<bool> {
    while !piece.is_empty() {
        let message: NetlinkMessage<SockDiagMessage> =
            NetlinkMessage::deserialize(piece).map_err(io::Error::other)?;
        match message.payload {
            NetlinkPayload::InnerMessage(socket) => found.extend(Socket::read(&socket)),
            NetlinkPayload::Done(_) => return Ok(true),
            NetlinkPayload::Error(error) => return Err(error.to_io()),
            _ => {}
        }
        // Messages begin at multiples of four.
        let length = (message.header.length as usize).next_multiple_of(4);
        piece = piece.get(length.max(4)..).unwrap_or_default();
    }
    Ok(false)
}

impl Socket {
    fn read(message: &SockDiagMessage) -> Option<Self> {
        match message {
            SockDiagMessage::UnixResponse(socket) => {
                let name = socket.name().map(|name| match name {
                    UnixDiagName::Pathname(path) => path.to_string_lossy().into_owned(),
                    UnixDiagName::Abstract(name) => {
                        format!("@{}", String::from_utf8_lossy(name))
                    }
                });
                let waiting = socket.number_of_pending_connection().unwrap_or(0);
                let most = socket.max_number_of_pending_connection().unwrap_or(0);
                Some(Self {
                    inode: socket.header.inode.into(),
                    listens: socket.header.state == TCP_LISTEN,
                    ends: Ends::Unix { name, peer: socket.peer().map(u64::from) },
                    backlog: (waiting, most),
                })
            }
            SockDiagMessage::InetResponse(socket) => {
                let header = &socket.header;
                let id = &header.socket_id;
                let local = SocketAddr::new(id.source_address, id.source_port);
                let peer = SocketAddr::new(id.destination_address, id.destination_port);
                Some(Self {
                    inode: header.inode.into(),
                    listens: header.state == TCP_LISTEN,
                    ends: Ends::Tcp { local, peer },
                    backlog: (header.recv_queue, header.send_queue),
                })
            }
            SockDiagMessage::UnixRequest(_) | SockDiagMessage::InetRequest(_) => None,
        }
    }
}

fn unix_sockets(which: Which) -> SockDiagMessage {
    let (state_flags, show_flags) = match which {
        Which::Listening => (unix::StateFlags::LISTEN, unix::ShowFlags::RQLEN),
        Which::All => (unix::StateFlags::all(), unix::ShowFlags::NAME | unix::ShowFlags::PEER),
    };
    SockDiagMessage::UnixRequest(unix::UnixRequest {
        state_flags,
        inode: 0,
        show_flags,
        cookie: [0xff; 8],
    })
}

fn tcp_sockets(which: Which, family: u8) -> SockDiagMessage {
    let socket_id =
        if family == AF_INET { inet::SocketId::new_v4() } else { inet::SocketId::new_v6() };
    let states = match which {
        Which::Listening => inet::StateFlags::LISTEN,
        // Nobody has a descriptor for those.
        Which::All => inet::StateFlags::all() - inet::StateFlags::TIME_WAIT,
    };
    SockDiagMessage::InetRequest(inet::InetRequest {
        family,
        protocol: IPPROTO_TCP,
        extensions: inet::ExtensionFlags::empty(),
        states,
        socket_id,
    })
}
