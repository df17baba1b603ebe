//! How a listening socket is bound as the options say. Knows nothing of what becomes of it.

use std::io;
use std::sync::atomic::AtomicBool;

use socket2::{Domain, SockAddr, Socket, Type};

use super::Listener;
use super::address::Address;
use super::listener::Accepting;
use super::socket_file::{LEAVING, LOOK, SocketFile, grant, make_way};
use crate::app::Protocol;
use crate::clock::now;
use crate::config::Settings;
use crate::process::{is_exhausted, somaxconn};

/// Why a socket can't be listened on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ListenError {
    #[error("socket {0}: {1}")]
    Address(String, io::Error),
    #[error("socket {0}: a server answers on it already")]
    InUse(Address),
    #[error("socket {0}: there is a file of that name that is no socket")]
    NotASocket(Address),
    #[error("socket {0}: can't be bound: {1}")]
    Bind(Address, io::Error),
    #[error("socket {0}: its mode or owner can't be set: {1}")]
    Access(Address, io::Error),
    #[error("socket {0}: there is no {1} {2} (a number will do as well)")]
    NoSuchOwner(Address, &'static str, String),
}

impl ListenError {
    /// Whether it isn't the settings that are wrong: something has run out.
    pub(crate) fn is_exhausted(&self) -> bool {
        match self {
            Self::Bind(_, error) | Self::Access(_, error) => is_exhausted(error),
            Self::Address(..) | Self::InUse(_) | Self::NotASocket(_) | Self::NoSuchOwner(..) => {
                false
            }
        }
    }
}

impl Listener {
    /// Binds an address as the settings say.
    pub(crate) fn bind(
        protocol: Protocol,
        text: &str,
        settings: &Settings,
    ) -> Result<Self, ListenError> {
        let address =
            Address::parse(text).map_err(|error| ListenError::Address(text.to_owned(), error))?;
        warn_of_cut_backlog(&address, settings.backlog);
        let bind_error = |error| ListenError::Bind(address.clone(), error);
        let socket = match &address {
            Address::Path(path) => {
                make_way(&address, path)?;
                unix(&SockAddr::unix(path).map_err(bind_error)?)
            }
            Address::Abstract(name) => {
                unix(&SockAddr::unix(format!("\0{name}")).map_err(bind_error)?)
            }
            Address::Tcp(at) => once_free(|| tcp(*at)),
        };
        let socket = socket.map_err(|error| match error.kind() {
            io::ErrorKind::AddrInUse => ListenError::InUse(address.clone()),
            _ => ListenError::Bind(address.clone(), error),
        })?;
        let file = match &address {
            Address::Path(path) => Some(SocketFile::of(path).map_err(bind_error)?),
            _ => None,
        };
        // The file's access is settled before the first connection can be made.
        if let Some(file) = &file {
            grant(&address, &file.path, settings)?;
        }
        socket.listen(settings.backlog).map_err(bind_error)?;
        let name = local_name(&address, &socket);
        let socket = Accepting::from(socket, matches!(address, Address::Tcp(_)));
        Ok(Self {
            socket,
            protocol,
            name,
            is_stats: false,
            file,
            is_shared: AtomicBool::new(false),
            is_masters: false,
        })
    }
}

/// Tries for a moment longer: servers whose master has just died give its address up at once.
fn once_free(bind: impl Fn() -> io::Result<Socket>) -> io::Result<Socket> {
    let until = now() + LEAVING;
    loop {
        match bind() {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && now() < until => {
                std::thread::park_timeout(LOOK);
            }
            other => return other,
        }
    }
}

fn unix(address: &SockAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.bind(address)?;
    Ok(socket)
}

fn tcp(address: std::net::SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    socket.set_reuse_address(true)?;
    // Accepted sockets inherit it; set there it would cost each connection a call.
    socket.set_tcp_nodelay(true)?;
    socket.bind(&address.into())?;
    Ok(socket)
}

/// The name with the port that the kernel chose for port 0.
fn local_name(address: &Address, socket: &Socket) -> String {
    match (address, socket.local_addr().ok().and_then(|local| local.as_socket())) {
        (Address::Tcp(_), Some(local)) => local.to_string(),
        _ => address.to_string(),
    }
}

/// The kernel cuts a longer backlog without a word; then a burst is refused that should wait.
fn warn_of_cut_backlog(address: &Address, backlog: i32) {
    let wanted = u64::try_from(backlog).unwrap_or(0);
    if let Some(most) = somaxconn().filter(|most| *most < wanted) {
        tracing::warn!(
            socket = %address, listen = backlog, somaxconn = most,
            "the kernel cuts the backlog: raise net.core.somaxconn"
        );
    }
}
