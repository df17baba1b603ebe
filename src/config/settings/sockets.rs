//! What the options come to for sockets: their addresses, mode and owner. Touches nothing of the system
//! but whether a manager has opened some.

use super::super::mistake::{Cause, Mistake};
use super::super::place::Place;
use super::reader::Reader;
use crate::app::Protocol;

/// Whom unix sockets are given to.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct SocketOwner {
    pub(crate) user: Option<String>,
    pub(crate) group: Option<String>,
}

pub(super) fn addresses(reader: &mut Reader<'_>) -> Vec<(Protocol, String)> {
    let kinds = [
        ("socket", Protocol::Uwsgi),
        ("fastcgi-socket", Protocol::FastCgi),
        ("scgi-socket", Protocol::Scgi),
        ("http-socket", Protocol::Http),
    ];
    let options = reader.options;
    let sockets: Vec<_> = kinds
        .into_iter()
        .flat_map(|(name, protocol)| {
            options.all(name).iter().map(move |text| (protocol, text.clone()))
        })
        .collect();
    let is_told =
        reader.mistakes.iter().any(|mistake| kinds.iter().any(|(name, _)| mistake.key == *name));
    if sockets.is_empty() && !is_told && std::env::var_os("LISTEN_FDS").is_none() {
        let cause = Cause::Missing("at least one address (a path, @name, host:port)");
        reader.mistakes.push(Mistake { place: Place::Default, key: "socket".to_owned(), cause });
    }
    sockets
}

/// Three octal digits, or four with a leading zero, as chmod takes them.
pub(super) fn mode(reader: &mut Reader<'_>) -> u32 {
    let expected = "three octal digits, or four that begin with 0";
    reader.mode("chmod-socket", true, expected).unwrap_or(0o660)
}

pub(super) fn owner(reader: &mut Reader<'_>) -> Option<SocketOwner> {
    let text = reader.options.text("chown-socket")?;
    let (user, group) = text.split_once(':').unwrap_or((text, ""));
    let part = |name: &str| (!name.is_empty()).then(|| name.to_owned());
    let owner = SocketOwner { user: part(user), group: part(group) };
    if owner == SocketOwner::default() {
        reader.wrong("chown-socket", "user, user:group or :group");
        return None;
    }
    Some(owner)
}
