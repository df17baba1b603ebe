//! What a configuration may ask of the machine it is read on: variables, files, names, the time. It
//! knows nothing of what is done with them.

use std::io;
use std::path::PathBuf;

/// What is found under a path.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Found {
    File,
    Folder,
    Other,
}

/// The machine, as a configuration sees it.
pub(super) trait Surroundings {
    fn variable(&self, name: &str) -> Option<String>;
    /// All of them, sorted by name.
    fn variables(&self) -> Vec<(String, String)>;
    /// # Errors
    /// The system's, or that it isn't text.
    fn read(&self, path: &str) -> io::Result<String>;
    fn find(&self, path: &str) -> Option<Found>;
    /// All paths that match, folders with a slash at their end.
    fn glob(&self, pattern: &str) -> Vec<String>;
    /// The path from the root, without links but in its last part.
    fn full_path(&self, path: &str) -> String;
    fn inode(&self, path: &str) -> Option<u64>;
    fn folder(&self) -> String;
    fn host(&self) -> String;
    /// Of this process: number and name.
    fn user(&self) -> (u32, Option<String>);
    fn group(&self) -> (u32, Option<String>);
    fn processors(&self) -> usize;
    fn program(&self) -> String;
    /// Microseconds since 1970.
    fn time(&self) -> u128;
}

/// This machine, as seen from a folder.
pub(super) struct Machine {
    folder: PathBuf,
}

impl Machine {
    /// As seen from the working folder.
    pub(super) fn here() -> Self {
        // Without one, paths are taken as they are.
        Self { folder: std::env::current_dir().unwrap_or_default() }
    }

    #[cfg(test)]
    pub(super) fn seen_from(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }
}

fn text(path: PathBuf) -> String {
    path.into_os_string().into_string().unwrap_or_else(|path| path.to_string_lossy().into_owned())
}

impl Surroundings for Machine {
    fn variable(&self, name: &str) -> Option<String> {
        std::env::var(name).ok()
    }

    fn variables(&self) -> Vec<(String, String)> {
        let both = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
            Some((name.into_string().ok()?, value.into_string().ok()?))
        };
        let mut variables: Vec<_> = std::env::vars_os().filter_map(both).collect();
        variables.sort_unstable();
        variables
    }

    fn read(&self, path: &str) -> io::Result<String> {
        if path == "-" {
            return io::read_to_string(io::stdin());
        }
        std::fs::read_to_string(self.folder.join(path))
    }

    fn find(&self, path: &str) -> Option<Found> {
        let kind = std::fs::metadata(self.folder.join(path)).ok()?.file_type();
        Some(match (kind.is_file(), kind.is_dir()) {
            (true, _) => Found::File,
            (_, true) => Found::Folder,
            _ => Found::Other,
        })
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        let prefix = format!("{}/", glob::Pattern::escape(&self.folder.to_string_lossy()));
        let is_absolute = pattern.starts_with('/');
        let full = if is_absolute { pattern.to_owned() } else { format!("{prefix}{pattern}") };
        let options = glob::MatchOptions {
            require_literal_separator: true,
            require_literal_leading_dot: true,
            ..glob::MatchOptions::default()
        };
        let Ok(paths) = glob::glob_with(&full, options) else { return Vec::new() };
        let named = paths.flatten().map(|path| {
            let slash = if path.is_dir() { "/" } else { "" };
            let seen = match path.strip_prefix(&self.folder) {
                Ok(seen) if !is_absolute => seen.to_owned(),
                _ => path,
            };
            text(seen) + slash
        });
        named.collect()
    }

    fn full_path(&self, path: &str) -> String {
        let joined = self.folder.join(path);
        let is_link = std::fs::symlink_metadata(&joined).is_ok_and(|found| found.is_symlink());
        let full = if is_link { None } else { std::fs::canonicalize(&joined).ok() };
        text(full.unwrap_or(joined))
    }

    fn inode(&self, path: &str) -> Option<u64> {
        use std::os::unix::fs::MetadataExt;
        std::fs::symlink_metadata(path).ok().map(|found| found.ino())
    }

    fn folder(&self) -> String {
        text(self.folder.clone())
    }

    fn host(&self) -> String {
        rustix::system::uname().nodename().to_string_lossy().into_owned()
    }

    fn user(&self) -> (u32, Option<String>) {
        let uid = nix::unistd::getuid();
        let known = nix::unistd::User::from_uid(uid).ok().flatten();
        (uid.as_raw(), known.map(|user| user.name))
    }

    fn group(&self) -> (u32, Option<String>) {
        let gid = nix::unistd::getgid();
        let known = nix::unistd::Group::from_gid(gid).ok().flatten();
        (gid.as_raw(), known.map(|group| group.name))
    }

    fn processors(&self) -> usize {
        std::thread::available_parallelism().map_or(1, usize::from)
    }

    fn program(&self) -> String {
        std::env::current_exe().map_or_else(|_| String::new(), text)
    }

    fn time(&self) -> u128 {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        since.map_or(0, |since| since.as_micros())
    }
}
