//! The listening sockets: those that this process was given, and those it binds. Knows nothing of what
//! is done with them.

use std::collections::HashSet;
use std::os::fd::OwnedFd;

use super::Failure;
use crate::app::Protocol;
use crate::config::Settings;
use crate::master::role::Role;
use crate::master::spawn::is_masters;
use crate::net::{ListenError, Listener, STATS, given_address};
use crate::systemd;

/// Opens all. A master's server has what its master has bound, and binds nothing itself.
pub(super) fn open(settings: &Settings, role: Role) -> Result<Vec<Listener>, Failure> {
    let is_server = role == Role::Server;
    let given = systemd::given_sockets(is_server)
        .map_err(|error| Failure::System("the sockets that were given", error))?;
    let mut taken = HashSet::new();
    let mut listeners = Vec::new();
    for (number, (name, socket)) in given.into_iter().enumerate() {
        let (purpose, address) = purpose_of(&name, &socket, settings);
        taken.extend(address);
        let listener = Listener::adopt(purpose.unwrap_or(Protocol::Http), socket)
            .map_err(|error| Failure::System("a socket that was given", error))?;
        let is_masters = is_server && is_masters(number);
        let listener = if is_masters { listener.of_master() } else { listener };
        listeners.push(if purpose.is_none() { listener.for_stats() } else { listener });
    }
    if is_server {
        return Ok(listeners);
    }
    for (protocol, address) in &settings.sockets {
        if !taken.contains(address) {
            let bound = Listener::bind(*protocol, address, settings);
            listeners.push(bound.map_err(|error| refused(&error, ""))?);
        }
    }
    for address in settings.stats.iter().filter(|address| !taken.contains(*address)) {
        let bound = Listener::bind(Protocol::Http, address, settings);
        let bound = bound.map_err(|error| refused(&error, "stats: "))?;
        listeners.push(bound.for_stats());
    }
    if listeners.iter().all(|listener| listener.is_stats) {
        let what = "no socket is given, and LISTEN_FDS is none or another process's (LISTEN_PID)";
        return Err(Failure::Settings(what.to_owned()));
    }
    Ok(listeners)
}

/// Why it doesn't start for a socket that can't be had.
fn refused(error: &ListenError, what: &str) -> Failure {
    let text = format!("{what}{error}");
    if error.is_exhausted() { Failure::Exhausted(text) } else { Failure::Settings(text) }
}

/// What a socket that was given speaks, or none if it is for the statistics: as the option says that has
/// its address, or as it is named; uwsgi otherwise. With it the option's address.
fn purpose_of(
    name: &str,
    socket: &OwnedFd,
    settings: &Settings,
) -> (Option<Protocol>, Option<String>) {
    let local = given_address(socket);
    let same = |(_, address): &&(Protocol, String)| Some(address) == local.as_ref();
    if let Some((protocol, address)) = settings.sockets.iter().find(same) {
        return (Some(*protocol), Some(address.clone()));
    }
    let is_stats = |address: &&String| Some(*address) == local.as_ref();
    if let Some(address) = settings.stats.iter().find(is_stats) {
        return (None, Some(address.clone()));
    }
    let named = Protocol::ALL.into_iter().find(|protocol| protocol.to_string() == name);
    let is_stats = name == STATS;
    ((!is_stats).then(|| named.unwrap_or(Protocol::Uwsgi)), None)
}
