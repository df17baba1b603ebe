//! Which descriptors this process has, as the kernel lists them. Knows nothing of who opened them.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;

/// The open descriptors by number, with what each points to: nothing, if it is a socket.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Descriptors(BTreeMap<i32, Arc<str>>);

impl Descriptors {
    /// Those that are open now. What a number points to is looked up only where it wasn't open
    /// `before`, as there may be thousands: one that was closed and opened again goes for the same.
    pub(crate) fn now(before: &Self) -> Self {
        // The folder itself is open while it is read.
        let own = Some(format!("/proc/{}/fd", std::process::id()));
        let Ok(folder) = fs::read_dir("/proc/self/fd") else {
            return Self::default();
        };
        let entries = folder.flatten().filter_map(|entry| {
            let number = entry.file_name().to_str()?.parse().ok()?;
            if let Some(target) = before.0.get(&number) {
                return Some((number, target.clone()));
            }
            let target = fs::read_link(entry.path()).ok()?;
            let target = target.to_str()?;
            // Clients' connections come and go by the thousand, and are nobody's leak.
            let target = if target.starts_with("socket:") { "" } else { target };
            (Some(target) != own.as_deref()).then(|| (number, Arc::from(target)))
        });
        Self(entries.collect())
    }

    /// Those that were there before as well, so that they have outlived most jobs, by what they point to.
    pub(crate) fn that_stay(&self, before: &Self) -> BTreeMap<String, usize> {
        let mut all = BTreeMap::new();
        for (number, target) in self.0.iter().filter(|(_, target)| !target.is_empty()) {
            if before.0.get(number) == Some(target) {
                *all.entry(target.to_string()).or_default() += 1;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stays_is_told_from_what_comes_and_goes() {
        let of = |all: &[(i32, &str)]| {
            Descriptors(all.iter().map(|(number, target)| (*number, Arc::from(*target))).collect())
        };
        let before = of(&[(3, "/a"), (4, "/b"), (5, "/b"), (6, "/c")]);
        let now = of(&[(3, "/a"), (4, "/b"), (5, "/d"), (7, "/b")]);
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
}
