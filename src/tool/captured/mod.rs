//! Captured requests: their files, as docs/capture.md has them, and how they are sent again. It must not
//! know who wrote them, nor why they are sent.

mod encode;

use std::path::{Path, PathBuf};
use std::time::Duration;
use std::{fs, io};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::Deserialize;

use crate::tool::vars::Var;

/// A captured request.
pub(in crate::tool) struct Captured {
    pub(in crate::tool) path: PathBuf,
    pub(in crate::tool) about: About,
    /// The names whose values are not there.
    pub(in crate::tool) redacted: Vec<String>,
    pub(in crate::tool) vars: Vec<Var>,
    pub(in crate::tool) body: Vec<u8>,
}

/// What is known of it.
#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
pub(in crate::tool) struct About {
    pub(in crate::tool) application: String,
    pub(in crate::tool) job: String,
    pub(in crate::tool) why: String,
    pub(in crate::tool) status: u16,
    pub(in crate::tool) at: String,
    pub(in crate::tool) request_id: String,
    pub(in crate::tool) micros: Micros,
    pub(in crate::tool) protocol: String,
    pub(in crate::tool) modifiers: (u8, u8),
    pub(in crate::tool) body_size: u64,
    pub(in crate::tool) body_is_cut: bool,
}

/// How long it took, and where.
#[derive(Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub(in crate::tool) struct Micros {
    pub(in crate::tool) queued: u64,
    pub(in crate::tool) handled: u64,
    pub(in crate::tool) database: u64,
    pub(in crate::tool) written: u64,
}

#[derive(Deserialize)]
struct File {
    /// Who writes one by hand may leave it out.
    #[serde(default = "known_format")]
    format: u32,
    #[serde(flatten)]
    about: About,
    #[serde(default)]
    redacted: Vec<String>,
    vars: Vec<(String, String)>,
    #[serde(default)]
    body: String,
}

/// Methods that change nothing.
const SAFE: [&[u8]; 3] = [b"GET", b"HEAD", b"OPTIONS"];
const FORMAT: u32 = 1;

fn known_format() -> u32 {
    FORMAT
}

impl Captured {
    pub(in crate::tool) fn read(path: &Path) -> Result<Self, CapturedError> {
        let owned = || path.to_owned();
        let text =
            fs::read(path).map_err(|source| CapturedError::Read { file: owned(), source })?;
        let file: File = serde_json::from_slice(&text)
            .map_err(|source| CapturedError::Syntax { file: owned(), source })?;
        let File { format, about, redacted, vars, body } = file;
        if format != FORMAT {
            return Err(CapturedError::Format { file: owned(), format });
        }
        let var = |(name, value): &(String, String)| Some((bytes(name)?, bytes(value)?));
        let vars: Option<Vec<Var>> = vars.iter().map(var).collect();
        let content = vars.zip(STANDARD.decode(&body).ok());
        let (vars, body) = content.ok_or_else(|| CapturedError::Bytes { file: owned() })?;
        Ok(Self { path: owned(), about, redacted, vars, body })
    }

    /// The value of a var, of a repeated one the last; empty if there is none.
    pub(in crate::tool) fn var(&self, name: &str) -> &[u8] {
        let found = self.vars.iter().rev().find(|(key, _)| key == name.as_bytes());
        found.map_or(&[], |(_, value)| value.as_slice())
    }

    pub(in crate::tool) fn method(&self) -> String {
        String::from_utf8_lossy(self.var("REQUEST_METHOD")).into_owned()
    }

    /// Path and query, as they were sent.
    pub(in crate::tool) fn uri(&self) -> &[u8] {
        let uri = self.var("REQUEST_URI");
        if uri.is_empty() { self.var("PATH_INFO") } else { uri }
    }

    /// Whether it may be sent again without a second thought.
    pub(in crate::tool) fn is_safe(&self) -> bool {
        SAFE.contains(&self.var("REQUEST_METHOD"))
    }

    pub(in crate::tool) fn file_name(&self) -> String {
        self.path.file_name().unwrap_or_default().to_string_lossy().into_owned()
    }

    /// How long it took when it was captured.
    pub(in crate::tool) fn took(&self) -> Duration {
        let Micros { queued, handled, written, .. } = self.about.micros;
        Duration::from_micros(queued.saturating_add(handled).saturating_add(written))
    }
}

/// All files: those that are given, and of folders those in them, in the order of their names.
pub(in crate::tool) fn files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, CapturedError> {
    let mut all = Vec::new();
    for path in paths {
        if !path.is_dir() {
            all.push(path.clone());
            continue;
        }
        let before = all.len();
        let read = |source| CapturedError::Read { file: path.clone(), source };
        for entry in fs::read_dir(path).map_err(read)? {
            let entry = entry.map_err(read)?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".json") && !name.starts_with('.') {
                all.push(entry.path());
            }
        }
        if all.len() == before {
            return Err(CapturedError::Empty { folder: path.clone() });
        }
        all[before..].sort_unstable();
    }
    Ok(all)
}

/// Why there is no captured request.
#[derive(Debug, thiserror::Error)]
pub(in crate::tool) enum CapturedError {
    #[error("{file}: {source}", file = file.display())]
    Read { file: PathBuf, source: io::Error },
    #[error("{file}: it holds no captured request: {source}", file = file.display())]
    Syntax { file: PathBuf, source: serde_json::Error },
    #[error("{file}: format {format} is not known, only {FORMAT}", file = file.display())]
    Format { file: PathBuf, format: u32 },
    #[error(
        "{file}: a character above 255 where bytes are expected, or a body that is no base64",
        file = file.display()
    )]
    Bytes { file: PathBuf },
    #[error("{folder}: there is no captured request in this folder", folder = folder.display())]
    Empty { folder: PathBuf },
}

/// The exit code of all of these, which is curl's for a file that can't be read.
pub(in crate::tool) const UNREADABLE: u8 = 26;

/// Characters up to 255 as the bytes of that number.
fn bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|char| u8::try_from(u32::from(char)).ok()).collect()
}
