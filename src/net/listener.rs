//! Listening sockets: bound once, shared by all event loops. Knows nothing of what arrives.

use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use mio::net::{TcpListener, UnixListener};
use socket2::{Domain, SockAddr, Socket, Type};

use super::address::Address;
use crate::app::Protocol;
use crate::config::Settings;
use crate::pool::Stream;
use crate::process::somaxconn;

/// A socket that accepts.
pub(crate) struct Listener {
    socket: Accepting,
    pub(crate) protocol: Protocol,
    pub(crate) name: String,
    /// Whether it is for those who ask for the statistics.
    pub(crate) is_stats: bool,
    file: Option<SocketFile>,
    /// Whether other processes have it as well: then it is theirs to close.
    is_shared: bool,
}

/// The file of a unix socket. It goes with its listener, unless another server has replaced it.
struct SocketFile {
    path: PathBuf,
    inode: u64,
}

/// What sockets are named that the statistics are asked for on.
pub(crate) const STATS: &str = "stats";

enum Accepting {
    Unix(UnixListener),
    Tcp(TcpListener),
}

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
            Address::Tcp(at) => tcp(*at),
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
        Ok(Self { socket, protocol, name, is_stats: false, file, is_shared: false })
    }

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
        Ok(Self { socket, protocol, name, is_stats: false, file: None, is_shared: true })
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
        if self.is_shared {
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

impl SocketFile {
    fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), inode: std::fs::metadata(path)?.ino() })
    }

    fn remove(&self) {
        let is_ours = std::fs::metadata(&self.path).is_ok_and(|now| now.ino() == self.inode);
        if is_ours && let Err(error) = std::fs::remove_file(&self.path) {
            tracing::warn!(path = %self.path.display(), %error, "a socket's file can't be removed");
        }
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        self.remove();
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
    fn from(socket: Socket, is_tcp: bool) -> Self {
        if is_tcp {
            Self::Tcp(TcpListener::from_std(socket.into()))
        } else {
            Self::Unix(UnixListener::from_std(socket.into()))
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

/// Removes what a dead server left; a live one's socket stays and is an error.
fn make_way(address: &Address, path: &Path) -> Result<(), ListenError> {
    let bind_error = |error| ListenError::Bind(address.clone(), error);
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(bind_error(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(ListenError::NotASocket(address.clone()));
        }
        Ok(_) => {}
    }
    let probe = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(bind_error)?;
    probe.set_nonblocking(true).map_err(bind_error)?;
    match probe.connect(&SockAddr::unix(path).map_err(bind_error)?) {
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            std::fs::remove_file(path).map_err(bind_error)
        }
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Err(bind_error(error)),
        // Taken, or its backlog is full: someone listens.
        _ => Err(ListenError::InUse(address.clone())),
    }
}

/// Sets the file's owner and mode.
fn grant(address: &Address, path: &Path, settings: &Settings) -> Result<(), ListenError> {
    let access = |error| ListenError::Access(address.clone(), error);
    if let Some(owner) = &settings.socket_owner {
        let unknown =
            |kind, name: &String| ListenError::NoSuchOwner(address.clone(), kind, name.clone());
        let user = match &owner.user {
            Some(name) => Some(id(name, "/etc/passwd").ok_or_else(|| unknown("user", name))?),
            None => None,
        };
        let group = match &owner.group {
            Some(name) => Some(id(name, "/etc/group").ok_or_else(|| unknown("group", name))?),
            None => None,
        };
        std::os::unix::fs::chown(path, user, group).map_err(access)?;
    }
    let mode = std::fs::Permissions::from_mode(settings.socket_mode);
    std::fs::set_permissions(path, mode).map_err(access)
}

/// A number, or the number of a name in a file of `name:password:number:…` lines.
fn id(name: &str, file: &str) -> Option<u32> {
    if let Ok(number) = name.parse() {
        return Some(number);
    }
    let lines = std::fs::read_to_string(file).ok()?;
    lines.lines().find_map(|line| {
        let mut fields = line.split(':');
        (fields.next() == Some(name)).then(|| fields.nth(1)?.parse().ok())?
    })
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
