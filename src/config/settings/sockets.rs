//! What the options come to for sockets: their addresses, mode and owner. Touches nothing of the system
//! but whether a manager has opened some.

use super::super::Note;
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

/// uWSGI's, for a `chmod-socket` without a mode.
const MODE_FOR_ALL: u32 = 0o666;

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
    let is_told = reader.mistakes.iter().any(|mistake| mistake.key.ends_with("socket"));
    if sockets.is_empty() && !is_told && std::env::var_os("LISTEN_FDS").is_none() {
        let cause = Cause::Missing("at least one address (a path, @name, host:port)");
        reader.mistakes.push(Mistake { place: Place::Default, key: "socket".to_owned(), cause });
    }
    sockets
}

/// Three octal digits, or four with a leading zero, as chmod takes them; nothing, or 1, is for all.
pub(super) fn mode(reader: &mut Reader<'_>, is_daemon: bool, notes: &mut Vec<Note>) -> u32 {
    const OPTION: &str = "chmod-socket";
    if matches!(reader.options.text(OPTION), Some("" | "1" | "true")) {
        return MODE_FOR_ALL;
    }
    if is_daemon && !reader.options.is_given(OPTION) {
        let what = "daemonize makes unix sockets everybody's (666), as nginx may be another user: \
                    set chmod-socket, or chown-socket"
            .to_owned();
        let place = reader.options.place("daemonize");
        notes.push(Note::Warning { key: OPTION.to_owned(), place, what });
        return MODE_FOR_ALL;
    }
    let expected = "three octal digits, or four that begin with 0";
    reader.mode(OPTION, true, expected).unwrap_or(MODE_FOR_ALL)
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
