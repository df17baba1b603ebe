//! Which descriptors this process has, as the kernel lists them. Knows nothing of who opened them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::sync::Arc;

use super::sockets;

/// The open descriptors by number.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Descriptors(BTreeMap<i32, Target>);

/// What a descriptor points to.
#[derive(Clone, Debug, Eq, PartialEq)]
enum Target {
    Path(Arc<str>),
    /// With what it is connected to: not known yet while it is new, as most are gone by the next look.
    /// Nothing, if it is a client's.
    Socket {
        inode: u64,
        peer: Option<Arc<str>>,
    },
}

impl Descriptors {
    /// Those that are open now. What a number points to is looked up only where it wasn't open
    /// `before`, as there may be thousands: a file that was closed and opened again goes for the same.
    pub(crate) fn now(before: &Self) -> Self {
        // The folder itself is open while it is read.
        let own = format!("/proc/{}/fd", std::process::id());
        let Ok(folder) = fs::read_dir("/proc/self/fd") else {
            return Self::default();
        };
        let entries = folder.flatten().filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            let known = before.0.get(&number);
            if let Some(Target::Path(_)) = known {
                return Some((number, known?.clone()));
            }
            let link = fs::read_link(entry.path()).ok()?;
            let target = Target::of(link.to_str()?, known);
            (target != Target::Path(own.as_str().into())).then_some((number, target))
        });
        let mut now = Self(entries.collect());
        now.name_sockets(before);
        now
    }

    /// Asks what those sockets are connected to that have stayed open since the last look.
    fn name_sockets(&mut self, before: &Self) {
        let inodes = |target: &Target| match target {
            Target::Socket { inode, peer } => Some((*inode, peer.is_none())),
            Target::Path(_) => None,
        };
        let stay = self.0.iter().filter(|(number, target)| {
            inodes(target).is_some_and(|(_, is_unknown)| is_unknown)
                && before.0.get(number) == Some(target)
        });
        let asked: BTreeSet<u64> = stay.filter_map(|(_, target)| Some(inodes(target)?.0)).collect();
        if asked.is_empty() {
            return;
        }
        let own = self.0.values().filter_map(|target| Some(inodes(target)?.0)).collect();
        let peers = sockets::peers(&own, &asked);
        for target in self.0.values_mut() {
            if let Target::Socket { inode, peer } = target {
                *peer = peer.take().or_else(|| peers.get(inode).cloned());
            }
        }
    }

    /// Those that were there before as well, so that they have outlived most jobs, by what they point to.
    pub(crate) fn that_stay(&self, before: &Self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        for (number, target) in &self.0 {
            let Some(name) = target.name() else { continue };
            if before.0.get(number).is_some_and(|before| before.is(target)) {
                *all.entry(name.to_owned()).or_default() += 1;
            }
        }
        all
    }
}

impl Target {
    /// What a link in the list of descriptors says; the same number pointed to `known` before.
    fn of(link: &str, known: Option<&Self>) -> Self {
        let inode = link.strip_prefix("socket:[").and_then(|rest| rest.strip_suffix(']'));
        let Some(inode) = inode.and_then(|inode| inode.parse().ok()) else {
            return Self::Path(link.into());
        };
        match known {
            Some(Self::Socket { inode: same, peer }) if *same == inode => {
                Self::Socket { inode, peer: peer.clone() }
            }
            _ => Self::Socket { inode, peer: None },
        }
    }

    /// What is told of it: nothing while it isn't known, or if it is a client's.
    fn name(&self) -> Option<&str> {
        match self {
            Self::Path(path) => Some(path),
            Self::Socket { peer, .. } => peer.as_deref().filter(|peer| !peer.is_empty()),
        }
    }

    fn is(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Path(path), Self::Path(other)) => path == other,
            (Self::Socket { inode, .. }, Self::Socket { inode: other, .. }) => inode == other,
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::fd::AsRawFd;
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    fn of(all: &[(i32, &str)]) -> Descriptors {
        Descriptors(all.iter().map(|(number, link)| (*number, Target::of(link, None))).collect())
    }

    #[test]
    fn what_stays_is_told_from_what_comes_and_goes() {
        let before = of(&[(3, "/a"), (4, "/b"), (5, "/b"), (6, "/c"), (8, "socket:[1]")]);
        let now = of(&[(3, "/a"), (4, "/b"), (5, "/d"), (7, "/b"), (8, "socket:[2]")]);
        let stay: Vec<_> = now.that_stay(&before).into_iter().collect();
        assert_eq!(stay, [("/a".to_owned(), 1), ("/b".to_owned(), 1)]);
    }

    #[test]
    fn a_file_that_is_open_is_found() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        let now = Descriptors::now(&Descriptors::default());
        assert_eq!(now.that_stay(&now).get(&path), Some(&1));
    }

    #[test]
    fn a_socket_that_stays_is_told_by_its_peer() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("elsewhere");
        let listens = UnixListener::bind(&path).unwrap();
        let open = UnixStream::connect(&path).unwrap();
        let (accepted, _) = listens.accept().unwrap();
        let first = Descriptors::now(&Descriptors::default());
        let second = Descriptors::now(&first);
        let name = |number: i32| second.0[&number].name().map(str::to_owned);
        assert_eq!(first.0[&open.as_raw_fd()].name(), None, "it may be gone in a moment");
        assert_eq!(name(open.as_raw_fd()), Some(format!("socket to {}", path.display())));
        assert_eq!(name(accepted.as_raw_fd()), None);
        assert_eq!(name(listens.as_raw_fd()), None);
        assert_eq!(second.that_stay(&first)[&format!("socket to {}", path.display())], 1);
    }
}
