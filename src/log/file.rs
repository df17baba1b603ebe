//! A log file: grows to a size, is put aside, and only so many of those are kept. Knows nothing of
//! what is written.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crate::clock::now;

/// What a log file is to be.
#[derive(Clone, Debug)]
pub(crate) struct FileSettings {
    pub(crate) path: PathBuf,
    /// Bytes; none: it grows for ever.
    pub(crate) max_size: Option<u64>,
    /// How many that were put aside are kept.
    pub(crate) keep: usize,
    /// The one name under which it is put aside; unless set, its own with the time behind it.
    pub(crate) backup_name: Option<PathBuf>,
    /// Whether what is there from earlier may be removed.
    pub(crate) truncate: bool,
}

/// The file.
pub(crate) struct LogFile {
    settings: FileSettings,
    file: File,
    size: u64,
    /// How much of it was there when it was opened.
    earlier: u64,
    /// When it was last seen to be where it should be.
    looked_at: Instant,
    /// Bytes that could not be written since the last that could, and why.
    lost: Option<(u64, io::Error)>,
}

/// How often it is looked for, since whoever rotates logs may have taken it away.
const LOOK: Duration = Duration::from_secs(1);

impl LogFile {
    /// Opens the file, or makes it.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn open(settings: FileSettings) -> io::Result<Self> {
        let file = open(&settings.path)?;
        let size = file.metadata()?.len();
        Ok(Self { settings, file, size, earlier: size, looked_at: now(), lost: None })
    }

    /// Removes what was there when it was opened, if it is to be.
    ///
    /// # Errors
    /// The system's.
    pub(crate) fn forget_earlier(&mut self) -> io::Result<()> {
        let earlier = std::mem::take(&mut self.earlier);
        if !self.settings.truncate || earlier == 0 {
            return Ok(());
        }
        let mut written = Vec::new();
        let mut reader = File::open(&self.settings.path)?;
        reader.seek(SeekFrom::Start(earlier))?;
        reader.read_to_end(&mut written)?;
        self.file.set_len(0)?;
        self.file.write_all(&written)?;
        self.size = written.len() as u64;
        Ok(())
    }

    /// Opens it anew: what it was is somebody else's now.
    ///
    /// # Errors
    /// The system's; then it goes on as it was.
    pub(crate) fn reopen(&mut self) -> io::Result<()> {
        self.file = open(&self.settings.path)?;
        self.size = self.file.metadata()?.len();
        self.earlier = 0;
        Ok(())
    }

    fn rotate(&mut self) -> io::Result<()> {
        let path = &self.settings.path;
        let aside = self.settings.backup_name.clone().unwrap_or_else(|| free_name(path));
        fs::rename(path, &aside)?;
        prune(path, self.settings.keep);
        self.reopen()
    }

    /// What was taken away, or put elsewhere, is made anew.
    fn look(&mut self) {
        let time = now();
        if time.saturating_duration_since(self.looked_at) < LOOK {
            return;
        }
        self.looked_at = time;
        let mine = self.file.metadata().map(|mine| mine.ino());
        let there = fs::metadata(&self.settings.path).map(|there| there.ino());
        if mine.ok() != there.ok() {
            // Where it can't be made, as its folder is gone, the old one serves on.
            let _ = self.reopen();
        }
    }

    fn write_whole(&mut self, line: &[u8]) -> io::Result<()> {
        if let Some((bytes, error)) = &self.lost {
            let note = format!("{bytes} bytes of the log are lost: {error}\n");
            self.file.write_all(note.as_bytes())?;
            self.size += note.len() as u64;
            self.lost = None;
        }
        self.file.write_all(line)?;
        self.size += line.len() as u64;
        Ok(())
    }
}

impl Write for LogFile {
    /// Never fails: what can't be written is counted, and told once something can.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.look();
        let is_full = self.settings.max_size.is_some_and(|most| self.size >= most);
        if is_full && self.size > 0 {
            // Where it can't be put aside it grows on, which is better than silence.
            let _ = self.rotate();
        }
        if let Err(error) = self.write_whole(line) {
            let before = self.lost.as_ref().map_or(0, |(bytes, _)| *bytes);
            self.lost = Some((before + line.len() as u64, error));
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn open(path: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).open(path)
}

/// The file's name with the time behind it, and a number where that is taken.
fn free_name(path: &Path) -> PathBuf {
    let seconds = jiff::Timestamp::now().as_second();
    let name = |number: u32| {
        let mut name = path.as_os_str().to_owned();
        name.push(format!(".{seconds}"));
        if number > 0 {
            name.push(format!(".{number}"));
        }
        PathBuf::from(name)
    };
    (0..u32::MAX).map(name).find(|name| !name.exists()).unwrap_or_else(|| name(0))
}

/// Removes the oldest of those that were put aside.
fn prune(path: &Path, keep: usize) {
    let mut aside = put_aside(path).unwrap_or_default();
    aside.sort();
    let superfluous = aside.len().saturating_sub(keep);
    for (_, old) in aside.drain(..superfluous) {
        // One that can't be removed now is tried again with the next.
        let _ = fs::remove_file(old);
    }
}

/// The files that were put aside, by their time and number.
fn put_aside(path: &Path) -> io::Result<Vec<(Vec<u64>, PathBuf)>> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
    let prefix = format!("{}.", path.file_name().unwrap_or_default().to_string_lossy());
    let mut found = Vec::new();
    for entry in fs::read_dir(folder.unwrap_or_else(|| Path::new(".")))? {
        let entry = entry?;
        let name = entry.file_name();
        let Some(behind) = name.to_str().and_then(|name| name.strip_prefix(&prefix)) else {
            continue;
        };
        let numbers: Result<Vec<u64>, _> = behind.split('.').map(str::parse).collect();
        if let Ok(numbers) = numbers
            && numbers.len() <= 2
        {
            found.push((numbers, entry.path()));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(path: &Path) -> FileSettings {
        let path = path.to_owned();
        FileSettings { path, max_size: Some(100), keep: 2, backup_name: None, truncate: false }
    }

    fn write(log: &mut LogFile, lines: usize) {
        (0..lines).for_each(|number| log.write_all(format!("{number:09}\n").as_bytes()).unwrap());
    }

    #[test]
    fn it_is_put_aside_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        fs::write(folder.path().join("app.log.old"), "somebody's own").unwrap();
        let mut log = LogFile::open(settings(&path)).unwrap();
        write(&mut log, 45);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 5);
        let aside = put_aside(&path).unwrap();
        assert_eq!(aside.len(), 2, "{aside:?}");
        for (_, file) in &aside {
            assert_eq!(fs::metadata(file).unwrap().len(), 100);
        }
        assert!(folder.path().join("app.log.old").exists());
        let mut one = settings(&path);
        one.backup_name = Some(folder.path().join("one"));
        write(&mut LogFile::open(one).unwrap(), 10);
        assert_eq!(fs::metadata(folder.path().join("one")).unwrap().len(), 100);
    }

    #[test]
    fn it_is_made_anew_when_it_is_taken_away() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        let mut log = LogFile::open(settings(&path)).unwrap();
        write(&mut log, 1);
        fs::remove_file(&path).unwrap();
        log.looked_at = log.looked_at.checked_sub(LOOK).unwrap();
        write(&mut log, 1);
        assert_eq!(fs::read_to_string(&path).unwrap(), "000000000\n");
        fs::rename(&path, folder.path().join("elsewhere")).unwrap();
        log.reopen().unwrap();
        write(&mut log, 2);
        assert_eq!(fs::read_to_string(&path).unwrap().lines().count(), 2);
    }

    #[test]
    fn what_is_lost_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        let mut log = LogFile::open(settings(&path)).unwrap();
        log.file = OpenOptions::new().write(true).open("/dev/full").unwrap();
        log.looked_at = now() + LOOK;
        write(&mut log, 3);
        log.reopen().unwrap();
        write(&mut log, 1);
        let told = fs::read_to_string(&path).unwrap();
        assert!(told.starts_with("30 bytes of the log are lost: No space left"), "{told}");
        assert!(told.ends_with("\n000000000\n"));
    }

    #[test]
    fn what_is_there_from_earlier_is_removed_when_asked_for() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("app.log");
        for (truncate, expected) in [(false, "old000000000\n"), (true, "000000000\n")] {
            fs::write(&path, "old").unwrap();
            let mut log = LogFile::open(FileSettings { truncate, ..settings(&path) }).unwrap();
            write(&mut log, 1);
            assert_eq!(fs::read_to_string(&path).unwrap(), "old000000000\n");
            log.forget_earlier().unwrap();
            log.forget_earlier().unwrap();
            assert_eq!(fs::read_to_string(&path).unwrap(), expected);
            write(&mut log, 1);
            assert_eq!(log.size, fs::metadata(&path).unwrap().len());
        }
    }
}
