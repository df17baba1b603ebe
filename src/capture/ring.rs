//! The folder that requests are kept in: so many files and no more, whoever wrote them. Knows nothing
//! of what is in them.

use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

/// The folder.
pub(super) struct Ring {
    folder: PathBuf,
    most: usize,
    /// Of the file that is being written: what tells it from those of other processes, and of this one.
    number: u64,
}

const END: &str = ".json";
/// What a file is called until it is whole.
const UNFINISHED: &str = ".unfinished-";
/// One that is older was left by a process that has died.
const UNFINISHED_MAX: Duration = Duration::from_secs(60);
/// How many may have the same name but for a number.
const ALIKE_MAX: u32 = 100;

impl Ring {
    /// Makes the folder if it is missing; where there are too many files, the oldest go.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn open(folder: &Path, most: usize) -> io::Result<Self> {
        let ring = Self { folder: folder.to_owned(), most, number: 0 };
        ring.make_folder()?;
        ring.prune()?;
        Ok(ring)
    }

    /// Writes a file, which nobody sees before it is whole; then the oldest go.
    ///
    /// # Errors
    /// The system's.
    pub(super) fn write(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        self.number += 1;
        let unfinished = format!("{UNFINISHED}{}-{}", std::process::id(), self.number);
        let unfinished = self.folder.join(unfinished);
        let written = create(&unfinished)
            .or_else(|error| match error.kind() {
                // Somebody has taken the folder away.
                io::ErrorKind::NotFound => self.make_folder().and_then(|()| create(&unfinished)),
                _ => Err(error),
            })
            .and_then(|mut file| file.write_all(bytes))
            .and_then(|()| self.name(&unfinished, name));
        if written.is_err() {
            // As much as it took is free again.
            let _ = fs::remove_file(&unfinished);
        }
        written.and_then(|()| self.prune())
    }

    /// Gives a file its name, or the next that isn't taken.
    fn name(&self, unfinished: &Path, name: &str) -> io::Result<()> {
        for number in 1..=ALIKE_MAX {
            let more = if number == 1 { String::new() } else { format!("-{number}") };
            let path = self.folder.join(format!("{name}{more}{END}"));
            match renameat_with(CWD, unfinished, CWD, &path, RenameFlags::NOREPLACE) {
                Ok(()) => return Ok(()),
                // A file system that has no such thing.
                Err(Errno::INVAL | Errno::NOSYS) if !path.exists() => {
                    return fs::rename(unfinished, path);
                }
                // It is taken.
                Err(Errno::EXIST | Errno::INVAL | Errno::NOSYS) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    fn make_folder(&self) -> io::Result<()> {
        match DirBuilder::new().mode(0o700).create(&self.folder) {
            Err(_) if self.folder.is_dir() => Ok(()),
            made => made,
        }
    }

    /// Removes the oldest files, and what dead processes have left unfinished.
    fn prune(&self) -> io::Result<()> {
        let mut names = Vec::new();
        for entry in fs::read_dir(&self.folder)? {
            let entry = entry?;
            match entry.file_name().into_string() {
                Ok(name) if is_ours(&name) => names.push(name),
                Ok(name) if name.starts_with(UNFINISHED) && is_old(&entry) => {
                    // Another process may have been faster.
                    let _ = fs::remove_file(entry.path());
                }
                // Somebody's own.
                Ok(_) | Err(_) => {}
            }
        }
        names.sort_unstable();
        let superfluous = names.len().saturating_sub(self.most);
        for name in &names[..superfluous] {
            match fs::remove_file(self.folder.join(name)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                // Another process may have been faster.
                Ok(()) | Err(_) => {}
            }
        }
        Ok(())
    }
}

fn create(path: &Path) -> io::Result<fs::File> {
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Whether a file has a name as we give them: `20261129T151200.123Z-….json`.
fn is_ours(name: &str) -> bool {
    let form = b"dddddddd_dddddd.dddZ-";
    let fits = |(byte, form): (u8, &u8)| match form {
        b'd' => byte.is_ascii_digit(),
        b'_' => byte == b'T',
        other => byte == *other,
    };
    name.len() > form.len() && name.bytes().zip(form).all(fits) && name.ends_with(END)
}

fn is_old(entry: &fs::DirEntry) -> bool {
    let written = entry.metadata().and_then(|file| file.modified());
    let age = written.ok().and_then(|at| SystemTime::now().duration_since(at).ok());
    age.is_some_and(|age| age >= UNFINISHED_MAX)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn name(second: u32) -> String {
        format!("20261129T1512{second:02}.000Z-id-GET-users")
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    #[test]
    fn the_oldest_go_and_what_is_not_ours_stays() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("captured");
        let mut ring = Ring::open(&folder, 3).unwrap();
        assert_eq!(fs::metadata(&folder).unwrap().permissions().mode() & 0o777, 0o700);
        fs::write(folder.join("20261129-notes.json"), "").unwrap();
        (0..5).for_each(|second| ring.write(&name(second), b"{}").unwrap());
        let kept = |seconds: &[u32]| {
            let own = ["20261129-notes.json".to_owned()];
            let files = seconds.iter().map(|second| format!("{}.json", name(*second)));
            own.into_iter().chain(files).collect::<Vec<_>>()
        };
        assert_eq!(names(&folder), kept(&[2, 3, 4]));
        let file = fs::metadata(folder.join(name(4) + ".json")).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
        // Another process, which may keep fewer.
        let mut other = Ring::open(&folder, 2).unwrap();
        assert_eq!(names(&folder), kept(&[3, 4]));
        other.write(&name(5), b"{}").unwrap();
        ring.write(&name(6), b"{}").unwrap();
        assert_eq!(names(&folder), kept(&[4, 5, 6]));
    }

    #[test]
    fn no_file_takes_the_place_of_another() {
        let folder = tempfile::tempdir().unwrap();
        let mut ring = Ring::open(folder.path(), 9).unwrap();
        for text in ["a", "b", "c"] {
            ring.write(&name(1), text.as_bytes()).unwrap();
        }
        let texts: Vec<String> = names(folder.path())
            .iter()
            .map(|name| fs::read_to_string(folder.path().join(name)).unwrap())
            .collect();
        assert_eq!(texts.len(), 3);
        assert!(["a", "b", "c"].iter().all(|text| texts.iter().any(|found| found == text)));
    }

    #[test]
    fn a_folder_that_was_taken_away_is_made_anew_and_what_fails_leaves_nothing() {
        let parent = tempfile::tempdir().unwrap();
        let folder = parent.path().join("captured");
        let mut ring = Ring::open(&folder, 9).unwrap();
        fs::remove_dir(&folder).unwrap();
        ring.write(&name(1), b"{}").unwrap();
        assert_eq!(names(&folder).len(), 1);
        // A name that no file may have.
        assert!(ring.write(&"x".repeat(300), b"{}").is_err());
        assert_eq!(names(&folder).len(), 1);
        fs::remove_dir_all(&folder).unwrap();
        fs::write(&folder, "").unwrap();
        assert!(ring.write(&name(2), b"{}").is_err());
        assert!(Ring::open(&folder, 9).is_err());
    }

    #[test]
    fn names_are_known() {
        for (name, ours) in [
            ("20261129T151200.123Z-id-GET-users.json", true),
            ("20261129T151200.123Z-.json", true),
            ("20261129T151200.123Z-id", false),
            ("20261129T151200Z-id.json", false),
            ("20261129-151200.123Z-id.json", false),
            ("notes.json", false),
            ("", false),
        ] {
            assert_eq!(is_ours(name), ours, "{name}");
        }
    }
}
