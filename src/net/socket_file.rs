//! The file of a unix socket: made way for, granted to who may use it, and removed. Knows nothing of what
//! arrives on the socket.

use std::io;
use std::os::unix::fs::{FileTypeExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::io::Errno;
use rustix::process::test_kill_process;
use socket2::{Domain, SockAddr, Socket, Type};

use super::address::Address;
use super::bind::ListenError;
use crate::clock::now;
use crate::config::Settings;

/// The file of a unix socket. It goes with its listener, unless another server has replaced it.
pub(super) struct SocketFile {
    pub(super) path: PathBuf,
    inode: u64,
}

impl SocketFile {
    pub(super) fn of(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), inode: std::fs::metadata(path)?.ino() })
    }

    pub(super) fn remove(&self) {
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

/// Removes what a dead server left; a live one's socket stays and is an error.
pub(super) fn make_way(address: &Address, path: &Path) -> Result<(), ListenError> {
    let bind_error = |error| ListenError::Bind(address.clone(), error);
    match std::fs::symlink_metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(bind_error(error)),
        Ok(found) if !found.file_type().is_socket() => {
            return Err(ListenError::NotASocket(address.clone()));
        }
        Ok(_) => {}
    }
    let until = now() + LEAVING;
    loop {
        let probe = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(bind_error)?;
        probe.set_nonblocking(true).map_err(bind_error)?;
        match probe.connect(&SockAddr::unix(path).map_err(bind_error)?) {
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                return std::fs::remove_file(path).map_err(bind_error);
            }
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
                return Err(bind_error(error));
            }
            Ok(()) if now() < until && is_orphan(&probe) => std::thread::park_timeout(LOOK),
            // Taken, or its backlog is full: someone listens.
            Ok(()) | Err(_) => return Err(ListenError::InUse(address.clone())),
        }
    }
}

/// How long servers whose master has died may take to give up its sockets, which they do at once.
pub(super) const LEAVING: Duration = Duration::from_millis(500);
pub(super) const LOOK: Duration = Duration::from_millis(5);

/// Whether who has this connection's other end made a socket of it and is dead: then it is held by
/// processes that it has started.
fn is_orphan(connection: &Socket) -> bool {
    let owner = rustix::net::sockopt::socket_peercred(connection);
    owner.is_ok_and(|owner| test_kill_process(owner.pid) == Err(Errno::SRCH))
}

/// Sets the file's owner and mode.
pub(super) fn grant(
    address: &Address,
    path: &Path,
    settings: &Settings,
) -> Result<(), ListenError> {
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
