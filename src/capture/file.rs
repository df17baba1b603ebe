//! A file with a request: its format, both ways, and its name. Knows nothing of where files are kept.

use std::io;
use std::path::{Path, PathBuf};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::record::Record;

/// The format of files, as docs/capture.md has it.
const FORMAT: u32 = 1;

/// A file.
#[derive(Serialize)]
struct File<'r> {
    format: u32,
    application: &'r str,
    job: &'r str,
    why: &'static str,
    status: u16,
    /// When it was whole.
    at: String,
    request_id: &'r str,
    micros: Micros,
    protocol: String,
    modifiers: (u8, u8),
    redacted: &'r [String],
    vars: Vec<(String, String)>,
    body: String,
    body_size: u64,
    body_kept: u64,
    body_is_cut: bool,
}

#[derive(Serialize)]
struct Micros {
    queued: u64,
    handled: u64,
    database: u64,
    written: u64,
}

/// What is read of a file to run the request again.
pub(crate) struct Recorded {
    pub(crate) modifiers: (u8, u8),
    pub(crate) vars: Vec<(Vec<u8>, Vec<u8>)>,
    pub(crate) body: Vec<u8>,
}

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    #[error("{file}: {source}", file = file.display())]
    System { file: PathBuf, source: io::Error },
    #[error("{file}: it holds no captured request: {source}", file = file.display())]
    Syntax { file: PathBuf, source: serde_json::Error },
    #[error("{file}: format {format} is not known, only {FORMAT}", file = file.display())]
    Format { file: PathBuf, format: u32 },
    #[error("{file}: a character above 255 where bytes are expected, or a body that is no base64", file = file.display())]
    Bytes { file: PathBuf },
}

impl Record {
    /// The file, as bytes.
    pub(super) fn encode(&self, application: &str) -> Vec<u8> {
        let micros =
            |time: std::time::Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let took = SignedDuration::try_from(self.went.took()).unwrap_or_default();
        let file = File {
            format: FORMAT,
            application,
            job: &self.job,
            why: self.why.word(),
            status: self.went.status,
            at: format!("{:.6}", self.ended_at.checked_sub(took).unwrap_or(self.ended_at)),
            request_id: &self.request_id,
            micros: Micros {
                queued: micros(self.went.queued),
                handled: micros(self.went.handled),
                database: micros(self.went.database),
                written: micros(self.went.written),
            },
            protocol: self.protocol.to_string(),
            modifiers: self.modifiers,
            redacted: &self.redacted,
            vars: self.vars.iter().map(|(name, value)| (latin1(name), latin1(value))).collect(),
            body: STANDARD.encode(&self.body),
            body_size: self.body_size,
            body_kept: self.body.len() as u64,
            body_is_cut: self.is_cut,
        };
        // Texts and numbers can always be written.
        serde_json::to_vec(&file).unwrap_or_default()
    }

    /// A name for it, without the end: `20261129T151200.123Z-4f2a…-GET-users-id`. Names sort by time.
    pub(super) fn name(&self) -> String {
        let time = self.ended_at.to_zoned(TimeZone::UTC).strftime("%Y%m%dT%H%M%S.%3fZ");
        // The route's pattern and not the path, which is the client's.
        let (_, pattern) = self.job.split_once(' ').unwrap_or(("", &self.job));
        let (id, method) = (plain(&self.request_id, 32), plain(&self.method, 16));
        format!("{time}-{id}-{method}-{}", plain(pattern, 60)).trim_end_matches('-').to_owned()
    }
}

impl Recorded {
    /// Reads a file.
    ///
    /// # Errors
    /// [`FileError`].
    pub(crate) fn read(path: &Path) -> Result<Self, FileError> {
        #[derive(Deserialize)]
        struct File {
            format: u32,
            #[serde(default)]
            modifiers: (u8, u8),
            vars: Vec<(String, String)>,
            #[serde(default)]
            body: String,
        }
        let owned = || path.to_owned();
        let text =
            std::fs::read(path).map_err(|source| FileError::System { file: owned(), source })?;
        let file: File = serde_json::from_slice(&text)
            .map_err(|source| FileError::Syntax { file: owned(), source })?;
        if file.format != FORMAT {
            return Err(FileError::Format { file: owned(), format: file.format });
        }
        let bytes = |(name, value): &(String, String)| Some((bytes(name)?, bytes(value)?));
        let vars: Option<Vec<_>> = file.vars.iter().map(bytes).collect();
        let body = STANDARD.decode(&file.body).ok();
        match vars.zip(body) {
            Some((vars, body)) => Ok(Self { modifiers: file.modifiers, vars, body }),
            None => Err(FileError::Bytes { file: owned() }),
        }
    }
}

/// The file itself; of a folder those that are whole, in the order of their names.
///
/// # Errors
/// The system's.
pub(crate) fn files(path: &Path) -> Result<Vec<PathBuf>, FileError> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let system = |source| FileError::System { file: path.to_owned(), source };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(path).map_err(system)? {
        let entry = entry.map_err(system)?;
        let name = entry.file_name();
        if name.to_str().is_some_and(|name| name.ends_with(".json") && !name.starts_with('.')) {
            files.push(entry.path());
        }
    }
    files.sort_unstable();
    Ok(files)
}

/// Each byte as the character of that number.
fn latin1(bytes: &[u8]) -> String {
    bytes.iter().copied().map(char::from).collect()
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect()
}

/// Letters and digits, and a dash for what is between them; at most so many bytes.
fn plain(text: &str, most: usize) -> String {
    let mut plain = String::new();
    for char in text.chars() {
        if char.is_ascii_alphanumeric() {
            plain.push(char);
        } else if !plain.is_empty() && !plain.ends_with('-') {
            plain.push('-');
        }
        if plain.len() >= most {
            break;
        }
    }
    plain.trim_end_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::app::{JobName, Protocol};
    use crate::capture::{Went, Why};
    use crate::context::Ended;

    fn record(job: &str, id: &str) -> Record {
        let went = Went {
            job: JobName(0),
            ended: Ended::Done,
            status: 200,
            is_overdue: false,
            queued: Duration::from_micros(7),
            handled: Duration::from_millis(1_249),
            database: Duration::from_millis(3),
            written: Duration::from_micros(5),
        };
        Record {
            job: job.to_owned(),
            why: Why::Slow,
            went,
            ended_at: "2026-11-29T15:12:01.3739Z".parse().unwrap(),
            request_id: id.to_owned(),
            protocol: Protocol::FastCgi,
            modifiers: (9, 1),
            redacted: vec!["HTTP_COOKIE".to_owned()],
            method: "GET".to_owned(),
            vars: vec![(b"A".to_vec(), (0..=255).collect()), (b"A".to_vec(), b"\xff".to_vec())],
            body: (0..=255).rev().collect(),
            body_size: 1_000,
            is_cut: true,
        }
    }

    #[test]
    fn names_say_when_and_what() {
        let time = "20261129T151201.373Z";
        for (job, id, name) in [
            ("GET /users/{id}", "4f2a", "4f2a-GET-users-id"),
            ("* /echo", "a.b/../c d", "a-b-c-d-GET-echo"),
            ("GET /", "x", "x-GET"),
            ("modifier 9", "x", "x-GET-9"),
            ("GET /{*ünïcode}", "", "-GET-n-code"),
        ] {
            assert_eq!(record(job, id).name(), format!("{time}-{name}"), "{job} {id}");
        }
        let long = record(&format!("GET /{}", "x".repeat(500)), &"i".repeat(128)).name();
        assert_eq!(long.len(), time.len() + 1 + 32 + 5 + 60);
    }

    #[test]
    fn what_is_written_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (path, record) = (folder.path().join("a.json"), record("GET /", "x"));
        let text = record.encode("app");
        std::fs::write(&path, &text).unwrap();
        let read = Recorded::read(&path).unwrap();
        assert_eq!((read.modifiers, &read.vars, &read.body), ((9, 1), &record.vars, &record.body));
        let value: serde_json::Value = serde_json::from_slice(&text).unwrap();
        assert_eq!(value["at"], "2026-11-29T15:12:00.124888Z", "when it was whole");
        assert_eq!((&value["body_size"], &value["body_kept"]), (&1_000.into(), &256.into()));
        for (text, says) in [
            ("{\"format\":2,\"vars\":[]}", "format 2 is not known"),
            ("{\"format\":1}", "it holds no captured request: missing field `vars`"),
            ("{\"format\":1,\"vars\":[[\"\u{100}\",\"\"]]}", "a character above 255"),
            ("{\"format\":1,\"vars\":[],\"body\":\"*\"}", "a body that is no base64"),
        ] {
            std::fs::write(&path, text).unwrap();
            let told =
                Recorded::read(&path).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(told.contains(says), "{text}: {told}");
        }
    }
}
