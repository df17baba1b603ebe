//! What systemd is told of this process, where it listens (`Type=notify-reload`, `WatchdogSec=`), and
//! what sockets it has given. Knows nothing of what the process does.

use std::ffi::OsStr;
use std::io;
use std::os::fd::OwnedFd;
use std::os::linux::net::SocketAddrExt;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::net::{SocketAddr, UnixDatagram};
use std::time::Duration;

use listenfd::ListenFd;
use sd_notify::NotifyState;

/// What can't be told is not worth more than a line for who looks for it.
fn tell(state: &[NotifyState<'_>]) {
    if let Some(to) = std::env::var_os("NOTIFY_SOCKET")
        && let Err(error) = send(&to, state)
    {
        tracing::debug!(%error, "systemd isn't told");
    }
}

/// By hand, since the name of the socket may be an abstract one, as a master's is.
fn send(to: &OsStr, state: &[NotifyState<'_>]) -> io::Result<()> {
    let socket = UnixDatagram::unbound()?;
    match to.as_bytes().strip_prefix(b"@") {
        Some(name) => socket.connect_addr(&SocketAddr::from_abstract_name(name)?)?,
        None => socket.connect(to)?,
    }
    let lines: Vec<String> = state.iter().map(NotifyState::to_string).collect();
    socket.send(lines.join("\n").as_bytes()).map(drop)
}

/// It serves. The number is told since the process that was started may be another.
pub(crate) fn ready() {
    tell(&[NotifyState::Ready, NotifyState::MainPid(std::process::id())]);
}

/// It takes a new configuration up; `ready` says when it has.
pub(crate) fn reloading() {
    match NotifyState::monotonic_usec_now() {
        Ok(at) => tell(&[NotifyState::Reloading, at]),
        Err(error) => tracing::debug!(%error, "systemd isn't told"),
    }
}

pub(crate) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

/// To be called at least `watch_every` by whoever would hang if the process did.
pub(crate) fn still_alive() {
    if sd_notify::watchdog_enabled().is_some() {
        tell(&[NotifyState::Watchdog]);
    }
}

/// How often that must be: twice as often as systemd looks.
pub(crate) fn watch_every() -> Duration {
    sd_notify::watchdog_enabled().map_or(Duration::MAX, |every| every / 2)
}

/// The listening sockets that this process was started with, and their names; `is_own` when whoever
/// gave them has said so in another way than by the process's number.
///
/// # Errors
/// What was given is no socket.
pub(crate) fn given_sockets(is_own: bool) -> io::Result<Vec<(String, OwnedFd)>> {
    let is_addressed =
        std::env::var("LISTEN_PID").is_ok_and(|process| process == std::process::id().to_string());
    if !is_own && !is_addressed {
        return Ok(Vec::new());
    }
    let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
    let mut names = names.split(':').map(str::to_owned);
    let mut given = ListenFd::from_env();
    let mut sockets = Vec::new();
    for number in 0..given.len() {
        let unix = given.take_unix_listener(number).map(|found| found.map(OwnedFd::from));
        let socket = match unix {
            Ok(socket) => socket,
            Err(_) => given.take_tcp_listener(number)?.map(OwnedFd::from),
        };
        let name = names.next().unwrap_or_default();
        sockets.extend(socket.map(|socket| (name, socket)));
    }
    Ok(sockets)
}
