//! A log file: grows to a size, is put aside, and only so many of those are kept. Knows nothing of
//! what is written.

mod aside;
#[cfg(test)]
mod tests;

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use self::aside::{free_name, prune};
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
