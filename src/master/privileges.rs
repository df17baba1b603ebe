//! Giving up root: becomes the user and the group that were asked for, for good. Knows nothing of what
//! is done before, as root, or after.

use std::ffi::CString;

use nix::errno::Errno;
use nix::unistd::{Gid, Group, Uid, User, initgroups, setgid, setgroups, setuid};

/// Why it can't be.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PrivilegesError {
    #[error("there is no {0} {1}")]
    Unknown(&'static str, String),
    #[error("uid {0}: nobody has given this number a name, nor so a group: set gid as well")]
    NoGroup(String),
    #[error("{0} {1}: {2} (only root may become somebody else)")]
    Refused(&'static str, String, Errno),
}

/// Becomes this user and group, each by name or number. A user without a group has its own, and
/// belongs to the groups that the system gives it.
///
/// # Errors
/// There is no such user or group, or this process may not become it.
pub(crate) fn drop_to(user: Option<&str>, group: Option<&str>) -> Result<(), PrivilegesError> {
    let found = user.map(find_user).transpose()?;
    let gid = match (group, &found) {
        (Some(group), _) => Some(find_group(group)?),
        (None, Some(found)) => found.gid,
        (None, None) => None,
    };
    let refused = |kind, name: Option<&str>| {
        let name = name.unwrap_or_default().to_owned();
        move |error| PrivilegesError::Refused(kind, name, error)
    };
    let uid = found.as_ref().map(|found| found.uid).filter(|uid| *uid != Uid::effective());
    if uid.is_none() && gid.is_none_or(|gid| gid == Gid::effective()) {
        return Ok(());
    }
    // Another user in the groups of this one would keep much of what is to be given up.
    let gid = gid.ok_or_else(|| PrivilegesError::NoGroup(user.unwrap_or_default().to_owned()))?;
    let name = found.as_ref().and_then(|found| CString::new(found.name.as_bytes()).ok());
    let groups = match name.filter(|name| !name.is_empty()) {
        Some(name) => initgroups(&name, gid),
        None => setgroups(&[gid]),
    };
    let (kind, name) = if group.is_some() { ("gid", group) } else { ("uid", user) };
    groups.and_then(|()| setgid(gid)).map_err(refused(kind, name))?;
    uid.map_or(Ok(()), setuid).map_err(refused("uid", user))
}

/// Who is to be become.
struct Found {
    /// Empty if nobody has given the number a name.
    name: String,
    uid: Uid,
    gid: Option<Gid>,
}

fn find_user(name: &str) -> Result<Found, PrivilegesError> {
    let number = name.parse().ok().map(Uid::from_raw);
    let known = match number {
        Some(uid) => User::from_uid(uid),
        None => User::from_name(name),
    };
    match (known.ok().flatten(), number) {
        (Some(User { name, uid, gid, .. }), _) => Ok(Found { name, uid, gid: Some(gid) }),
        (None, Some(uid)) => Ok(Found { name: String::new(), uid, gid: None }),
        (None, None) => Err(PrivilegesError::Unknown("user", name.to_owned())),
    }
}

fn find_group(name: &str) -> Result<Gid, PrivilegesError> {
    if let Ok(number) = name.parse() {
        return Ok(Gid::from_raw(number));
    }
    let found = Group::from_name(name).ok().flatten();
    found.map(|group| group.gid).ok_or_else(|| PrivilegesError::Unknown("group", name.to_owned()))
}
